/* The host's part in waiting for what the device finishes later (SPDX-License-Identifier: LGPL-2.1-or-later). */
#ifndef WS2_UNIX_FINISH_H
#define WS2_UNIX_FINISH_H

#include <stdint.h>

/* Until *status is no longer pending, as a handler of SIGUSR1 in this thread will have it, or
 * another signal comes, or so many ms have passed. */
void finish_wait(const volatile int32_t *status, int32_t pending, uint32_t wait_ms);

#endif
