/* The format of hosts, services and protocol (SPDX-License-Identifier: LGPL-2.1-or-later). */
#ifndef WS2_ETCFILE_H
#define WS2_ETCFILE_H

#define ETC_FIELDS 36 /* more on a line are ignored: Windows's own limit of aliases is 35 */

/*
 * Splits the next line that holds anything into its fields: white space
 * separates, # starts a comment. *cursor points into a NUL-terminated text that
 * is cut up in place, and moves on. Returns the number of fields, 0 at the end.
 */
int etc_next(char **cursor, char *fields[ETC_FIELDS]);

/* Cuts a services file's "80/tcp" into port and protocol; the port, or -1. */
int etc_port(char *field, char **protocol);

/* A decimal number from 0 to max, and nothing after it; -1 otherwise. */
int etc_number(const char *field, int max);

#endif
