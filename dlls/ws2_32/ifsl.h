/* The device behind the handles of providers that have no files (SPDX-License-Identifier: LGPL-2.1-or-later).
 *
 * Windows has a driver for them, ws2ifsl.sys: what programs ask of the handle as of any
 * file comes back to the process that made it. */
#ifndef WS2_IFSL_H
#define WS2_IFSL_H

/* Who answers, each in a thread of the device's own in which APCs run. file is what
 * ifsl_open got. */
struct ifsl_owner
{
    /* ReadFile or WriteFile on the handle: ends in ifsl_end, once, in any thread. */
    void (*transfer)(void *request, void *file, BOOL read, void *buffer, DWORD size);
    /* The last handle of the file was closed, by whatever call. */
    void (*closed)(void *file);
};

/* A new handle, for overlapped use, whose requests go to owner; NULL when there is none to be had. */
HANDLE ifsl_open(const struct ifsl_owner *owner, BOOL inherit, void *file);

void ifsl_end(void *request, NTSTATUS status, DWORD bytes);

/* Ends an operation on the handle with this outcome: in the OVERLAPPED, its event, and the
 * completion port that the handle may be bound to. */
NTSTATUS ifsl_complete(HANDLE handle, WSAOVERLAPPED *overlapped, HANDLE event, BOOL packet, NTSTATUS status,
                       DWORD bytes);

/* Whether the caller is that thread. */
BOOL ifsl_is_thread(void);

/* Returns when all that was asked before has been answered or passed on. */
void ifsl_drain(void);

#endif
