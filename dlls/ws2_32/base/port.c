/*
 * The completion ports that sockets are bound to.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * A socket keeps its port, and posts packets to it, also after the program has closed the
 * handle that it bound the socket with. So here is a handle of the module's own. It must not
 * keep a port alive for those who wait there: later versions of the layer wake them when the
 * last handle is closed, as Windows does. The program's last is therefore the last.
 */
#include "private.h"

#include "base/port.h"

WINE_DEFAULT_DEBUG_CHANNEL(winsock);

struct port
{
    struct port *next;
    HANDLE known_as; /* the program's handle, until it is closed */
    HANDLE own;      /* NULL: nobody can take packets any more */
    ULONG number;
    LONG users;
};

static SRWLOCK lock = SRWLOCK_INIT;
static struct port *ports;
static ULONG last_number;

static HANDLE duplicate_of(HANDLE handle)
{
    HANDLE own;

    if (NtDuplicateObject(GetCurrentProcess(), handle, GetCurrentProcess(), &own, 0, 0,
                          DUPLICATE_SAME_ACCESS))
        return NULL;
    return own;
}

/* The lock is held. Whoever closes handles by ntdll.dll itself is not seen doing it. */
static struct port *known(HANDLE handle)
{
    struct port *port;

    for (port = ports; port; port = port->next)
    {
        if (port->known_as != handle || !port->own) continue;
        if (!NtCompareObjects(port->own, handle)) return port;
        port->known_as = NULL;
    }
    return NULL;
}

/* The lock is held. */
static struct port *make(HANDLE handle)
{
    struct port *port = heap_alloc(sizeof(*port));

    if (!port) return NULL;
    *port = (struct port){.next = ports, .known_as = handle, .own = duplicate_of(handle)};
    if (!port->own)
    {
        heap_free(port);
        return NULL;
    }
    if (!++last_number) last_number = 1;
    port->number = last_number;
    return ports = port;
}

struct port *port_enter(HANDLE handle)
{
    struct port *port;

    AcquireSRWLockExclusive(&lock);
    if ((port = known(handle)) || (port = make(handle))) port->users++;
    ReleaseSRWLockExclusive(&lock);
    return port;
}

void port_leave(struct port *port)
{
    struct port **link;

    AcquireSRWLockExclusive(&lock);
    if (!--port->users)
    {
        for (link = &ports; *link != port; link = &(*link)->next)
            ;
        *link = port->next;
        if (port->own) NtClose(port->own);
        heap_free(port);
    }
    ReleaseSRWLockExclusive(&lock);
}

ULONG port_find(HANDLE handle)
{
    const struct port *port;
    ULONG number;

    if (!ports || RtlDllShutdownInProgress()) return 0;
    AcquireSRWLockShared(&lock);
    for (port = ports; port && port->known_as != handle; port = port->next)
        ;
    number = port ? port->number : 0;
    ReleaseSRWLockShared(&lock);
    return number;
}

ULONG port_number(const struct port *port)
{
    return port->number;
}

void port_post(struct port *port, ULONG_PTR key, const void *value, NTSTATUS status, ULONG_PTR bytes)
{
    NTSTATUS posted;

    AcquireSRWLockShared(&lock);
    posted = port->own ? NtSetIoCompletion(port->own, key, (ULONG_PTR)value, status, bytes) : STATUS_SUCCESS;
    ReleaseSRWLockShared(&lock);
    if (posted) WARN("no packet for %p, status %#lx\n", value, posted);
}

static BOOL is_only_other(HANDLE handle)
{
    OBJECT_BASIC_INFORMATION info;

    return !NtQueryObject(handle, ObjectBasicInformation, &info, sizeof(info), NULL) && info.HandleCount == 2;
}

static void forget(HANDLE handle, BOOL closes)
{
    struct port *port;

    if (!ports || RtlDllShutdownInProgress()) return;
    AcquireSRWLockExclusive(&lock);
    for (port = ports; port; port = port->next)
    {
        if (port->known_as != handle) continue;
        port->known_as = NULL;
        if (!closes || !port->own || !is_only_other(handle)) continue;
        NtClose(port->own);
        port->own = NULL;
    }
    ReleaseSRWLockExclusive(&lock);
}

void port_closing(HANDLE handle)
{
    forget(handle, TRUE);
}

void port_moving(HANDLE handle)
{
    forget(handle, FALSE);
}
