/* select and WSAPoll over sockets of several providers (SPDX-License-Identifier: LGPL-2.1-or-later). */
#ifndef WS2_MIXED_H
#define WS2_MIXED_H

/* Whether sockets in the sets, of which any may be NULL, have different providers.
 * Only asked once a layered provider is there; a bad pointer says no, and will fault
 * where it matters. */
BOOL mixed_sets(const fd_set *read, const fd_set *write, const fd_set *except);

/* As lpWSPSelect: each socket is asked for the handle that the base provider knows it
 * by, and those are waited for. */
int mixed_select(fd_set *read, fd_set *write, fd_set *except, const struct timeval *timeout, int *err);

/* As WSAPoll, which always works that way; sets the last error. */
int mixed_poll(WSAPOLLFD *fds, ULONG count, int timeout);

#endif
