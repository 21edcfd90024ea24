/* The security log's file (SPDX-License-Identifier: LGPL-2.1-or-later). */
#ifndef WS2_LOGFILE_H
#define WS2_LOGFILE_H

/* A line in two parts, between which its number goes; the second ends with a newline. */
struct log_line
{
    const char *before, *after;
    ULONG before_size, after_size;
};

/* Writes it, as a whole, behind those of all processes; a number higher than theirs. */
BOOL logfile_append(const struct log_line *line);

#endif
