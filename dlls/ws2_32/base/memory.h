/* Copies to and from the application's memory, which may not be there (SPDX-License-Identifier: LGPL-2.1-or-later). */
#ifndef WS2_BASE_MEMORY_H
#define WS2_BASE_MEMORY_H

#include "guarded.h"

#define copy_from_app guarded_read
#define copy_to_app guarded_write

/* The socket address of an application: copied into *to (at most its size), with
 * Windows's rule that len reaches the family's length. 0, WSAEFAULT or
 * WSAEAFNOSUPPORT; *used is the family's own length. */
int sockaddr_from_app(SOCKADDR_STORAGE *to, const struct sockaddr *app, int len, int *used);

#endif
