/* errno to Winsock error (SPDX-License-Identifier: LGPL-2.1-or-later). */
#ifndef WS2_UNIX_ERRNO_H
#define WS2_UNIX_ERRNO_H

/* The Winsock error for a host errno; 0 for 0. Never 0 for anything else. */
int error_from_errno(int host_errno);

/* That of a host call which has just failed; 0 for one that has not. */
int error_if(int failed);

#endif
