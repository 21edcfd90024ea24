/* Reading the device's answers to AFD_POLL (SPDX-License-Identifier: LGPL-2.1-or-later). */
#ifndef WS2_BASE_SELECT_H
#define WS2_BASE_SELECT_H

/* What `got`, AFD_POLL_* that the device reports of `asked`, means in truth:
 * without READ where it only stands for a failed connect, and the like. */
int poll_outcome(SOCKET s, int asked, int got);

#endif
