/* The host descriptor behind a handle (SPDX-License-Identifier: LGPL-2.1-or-later). */
#ifndef WS2_UNIX_DESCRIPTOR_H
#define WS2_UNIX_DESCRIPTOR_H

#include "ws2_unix.h"

/* A descriptor for the length of a call, which the caller closes; a Winsock error or 0. */
int descriptor_open(ws2_ptr handle, int *fd);

/* Whether a handle whose descriptor the layer caches is still open: some 40 ns. It
 * says so of any open file, too. */
int descriptor_is_open(ws2_ptr handle);

#endif
