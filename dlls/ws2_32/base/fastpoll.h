/* select and WSAPoll as host calls (SPDX-License-Identifier: LGPL-2.1-or-later). */
#ifndef WS2_BASE_FASTPOLL_H
#define WS2_BASE_FASTPOLL_H

/* Both answer whole calls whose every socket is on the fast lane, TRUE then with *ready
 * and *error. FALSE: nothing was written, ask the device, which reports whatever is wrong
 * with the arguments, too; *waited tells how much of the time, in ms, is gone. */
BOOL fast_select(fd_set *const sets[3], const struct timeval *timeout, int *ready, int *waited, int *error);
BOOL fast_wsapoll(WSAPOLLFD *fds, ULONG count, int timeout, int *ready, int *waited, int *error);

#endif
