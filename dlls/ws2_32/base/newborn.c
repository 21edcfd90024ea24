/*
 * Sockets in the making, and polls.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * A socket is made in two steps: a file object of the device is opened, and then
 * told what socket to be. wineserver 8.0 stops for good, with the whole prefix,
 * when a poll names a handle between the two. A program needs no more for that
 * than a thread that selects on a socket which another has just closed, while a
 * third makes one that gets the same handle. So a process makes no socket while
 * it starts a poll; wineserver takes them one after the other anyway.
 */
#include "private.h"

#include "base/ahead.h"
#include "base/newborn.h"
#include "base/owner.h"
#include "unixcall.h"

WINE_DEFAULT_DEBUG_CHANNEL(winsock);

/* A thread may be suspended in here. Others rather take the risk than wait longer. */
#define TRIES 20

static struct ownership nursery;

BOOL newborn_enter(void)
{
    LONG self = GetCurrentThreadId(), owner;
    unsigned int tries;

    for (tries = 0; (owner = owner_take(&nursery)); tries++)
        if (owner == self || tries == TRIES) return FALSE;
    return TRUE;
}

void newborn_leave(BOOL entered)
{
    if (entered) owner_release(&nursery);
}

/* Made a socket, too: its handle may be the one that an application has closed and still asks for. */
HANDLE newborn_device(void)
{
    struct ws2_socket_create params = {.family = AF_INET, .type = SOCK_DGRAM};
    BOOL entered = newborn_enter();
    OBJECT_ATTRIBUTES attr;
    UNICODE_STRING name;
    IO_STATUS_BLOCK io;
    HANDLE handle;

    RtlInitUnicodeString(&name, L"\\Device\\Afd");
    InitializeObjectAttributes(&attr, &name, 0, NULL, NULL);
    if (NtOpenFile(&handle, GENERIC_READ | SYNCHRONIZE, &attr, &io, 0, 0))
        handle = NULL;
    else
    {
        params.handle = WS2_PTR(handle);
        if (unix_call(WS2_SOCKET_CREATE, &params) || params.error)
            WARN("a socket to poll through was refused, error %d\n", params.error);
    }
    newborn_leave(entered);
    return handle;
}

NTSTATUS newborn_poll(HANDLE device, HANDLE event, void *port_value, IO_STATUS_BLOCK *io, const void *in,
                      ULONG in_size, void *out, ULONG out_size)
{
    const struct afd_poll *poll = in;
    NTSTATUS status;
    BOOL entered;
    ULONG i;

    for (i = 0; i < poll->count; i++) ahead_settle(poll->sockets[i].socket);
    entered = newborn_enter();
    status = NtDeviceIoControlFile(device, event, NULL, port_value, io, AFD_POLL, (void *)in, in_size, out,
                                   out_size);
    newborn_leave(entered);
    return status;
}
