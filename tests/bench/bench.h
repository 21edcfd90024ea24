/*
 * What a row of the benchmark is, and what rows share.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#ifndef BENCH_H
#define BENCH_H

#include "port.h"

/* Where a ratio of the row has to be, as a factor of another way's time. */
enum bench_target
{
    NO_TARGET,
    OF_NATIVE,
    OF_OWN,
    OF_DIRECT, /* of the row of that name and "_direct", on the module */
    HIDDEN,    /* such a row */
};

struct row
{
    const char *name, *title;
    enum bench_target target;
    double limit;
    int (*setup)(void); /* 0, ROW_FAILED or ROW_LACKING; may be NULL */
    int (*op)(void);    /* what is timed: 0 or ROW_FAILED */
    void (*finish)(void);
};

#define ROW_FAILED (-1)
#define ROW_LACKING 1 /* this way has no such thing */

/* Ends setup or op with a failure that is told with its line and error code. */
#define NEED(condition)                                                                      \
    do                                                                                       \
    {                                                                                        \
        if (!(condition)) return bench_failed(__FILE__, __LINE__, #condition, port_error()); \
    } while (0)

int bench_failed(const char *file, int line, const char *what, int error);

/* Lists of rows, each ended by one without a name. */
extern const struct row connection_rows[], transfer_rows[], waiting_rows[], option_rows[], overlapped_rows[],
    registered_rows[], file_rows[], dispatch_rows[], device_rows[];

/* The file to transmit. */
extern const char *bench_file;

/* What most rows use: a pair of connected sockets (TCP without delay), and a buffer for each. */
extern SOCKET pair[2];
extern char sent[65536], got[65536];

int tcp_pair(void);
int tcp_listener(struct sockaddr_in *address);
int udp_socket(SOCKET *s, struct sockaddr_in *address);
int udp_pair(void);
void close_pair(void);
int set_blocking(SOCKET s, int blocking);

/* Receives exactly size bytes. */
int receive_all(SOCKET s, char *buffer, int size);

#endif
