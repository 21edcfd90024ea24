/* What a packet says of an operation that failed (SPDX-License-Identifier: LGPL-2.1-or-later). */
#ifndef WS2_BASE_ENDING_H
#define WS2_BASE_ENDING_H

struct socket_record;

/* A socket is about to be closed, or was: the device's receives that wait are to end for that. */
void ending_closing(const struct socket_record *record);

/* An operation begins with an OVERLAPPED that may have been such a one's. */
void ending_began(const void *overlapped);

/* A packet from the server is on its way to the program, which has asked this port. */
void ending_translate(HANDLE port, FILE_IO_COMPLETION_INFORMATION *packet);

#endif
