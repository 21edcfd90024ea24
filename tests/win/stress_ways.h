/* Streams, and every way to send and receive them (SPDX-License-Identifier: LGPL-2.1-or-later). */
#ifndef STRESS_WAYS_H
#define STRESS_WAYS_H

#include "stress.h"

#define MAX_PIECE 20000

/* One direction of a connection, as one of its ends sees it. */
struct stream
{
    SOCKET s;
    unsigned int seed, size;
    const volatile LONG *closed; /* what fails then, or is ended, is not wrong; NULL for never */
    size_t done;
    const char *way; /* it goes now */
    char wrong[80];
};

/* How long each test goes on: STRESS_SECONDS of the environment, or a few seconds. */
DWORD stress_seconds(void);

/* Where chance starts from: STRESS_SEED of the environment, or any. It is printed. */
unsigned int stress_seed(void);

/* Starts the process that sends what it is given duplicates for, and ends it. */
void stress_begin(void);
void stress_end(void);

/* Sets *closed, before which nobody makes another handle of its streams any more: by then the
 * value may be another's. In a call with that, a socket's is safe, but Wine 8.0's server stops
 * over a duplicate of a handle that ntdll waits for a request by. */
void stress_closes(volatile LONG *closed);

/* Threads that send all of a struct stream and shut it down, or receive it until it ends. */
DWORD WINAPI stress_sender(void *stream);
DWORD WINAPI stress_receiver(void *stream);

/* A byte, whatever comes of it. */
void stress_send_by_duplicate(SOCKET s);
void stress_send_by_handle(SOCKET s);

#endif
