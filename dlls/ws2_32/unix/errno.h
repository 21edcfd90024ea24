/* errno to Winsock error (SPDX-License-Identifier: LGPL-2.1-or-later). */
#ifndef WS2_UNIX_ERRNO_H
#define WS2_UNIX_ERRNO_H

/* The Winsock error for a host errno; 0 for 0. Never 0 for anything else. */
int error_from_errno(int host_errno);

#endif
