/* Connections that have timed out (SPDX-License-Identifier: LGPL-2.1-or-later). */
#ifndef WS2_BASE_BROKEN_H
#define WS2_BASE_BROKEN_H

/* What Windows calls the error of a transfer on s: the error itself, or why the connection
 * is broken. */
int broken_error(SOCKET s, int error);

#endif
