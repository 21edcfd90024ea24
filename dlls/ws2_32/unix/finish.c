/*
 * The host's part in waiting for what the device finishes later.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * What a request was waited for arrives as a system APC: wineserver interrupts the thread
 * with SIGUSR1, and the layer's handler asks what for, and writes the outcome. A thread that
 * waits at wineserver has to be woken there first, ask as well, and wait once more; that is
 * a round trip more than one that waits on the host.
 */
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stddef.h>
#include <time.h>

#include "unix/finish.h"

void finish_wait(const volatile int32_t *status, int32_t pending, uint32_t wait_ms)
{
    const struct timespec wait = {wait_ms / 1000, wait_ms % 1000 * 1000000L};
    sigset_t signals, before;

    /* it must not come between the look and the wait */
    sigemptyset(&signals);
    sigaddset(&signals, SIGUSR1);
    pthread_sigmask(SIG_BLOCK, &signals, &before);
    if (*status == pending) ppoll(NULL, 0, &wait, &before);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
}
