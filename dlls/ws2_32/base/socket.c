/*
 * Making, duplicating and closing sockets at the device.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "private.h"

#include "base/alias.h"
#include "base/base.h"
#include "base/bindrules.h"
#include "base/closing.h"
#include "base/device.h"
#include "base/edge.h"
#include "base/fast.h"
#include "base/host.h"
#include "base/newborn.h"
#include "base/rawhost.h"
#include "ws2_rio.h"
#include "base/secured.h"
#include "base/state.h"
#include "base/token.h"
#include "base/watch.h"
#include "catalog.h"
#include "duplicate.h"
#include "group.h"
#include "member.h"
#include "record.h"
#include "unixcall.h"

WINE_DEFAULT_DEBUG_CHANNEL(winsock);

#ifndef WSA_FLAG_ACCESS_SYSTEM_SECURITY
#define WSA_FLAG_ACCESS_SYSTEM_SECURITY 0x40
#endif
#ifndef WSA_FLAG_NO_HANDLE_INHERIT
#define WSA_FLAG_NO_HANDLE_INHERIT 0x80
#endif

/* A file object of the device, not a socket yet. The device grants whatever access it is
 * asked for: its files have no security descriptor before somebody sets one. */
static NTSTATUS open_device(DWORD flags, HANDLE *handle)
{
    ACCESS_MASK access = GENERIC_READ | GENERIC_WRITE | WRITE_DAC | SYNCHRONIZE; /* as on Windows */
    OBJECT_ATTRIBUTES attr;
    UNICODE_STRING name;
    IO_STATUS_BLOCK io;
    NTSTATUS status;

    if (flags & WSA_FLAG_ACCESS_SYSTEM_SECURITY)
    {
        if (!token_has_security_privilege()) return STATUS_PRIVILEGE_NOT_HELD;
        access |= ACCESS_SYSTEM_SECURITY;
    }
    RtlInitUnicodeString(&name, L"\\Device\\Afd");
    InitializeObjectAttributes(&attr, &name, flags & WSA_FLAG_NO_HANDLE_INHERIT ? 0 : OBJ_INHERIT, NULL,
                               NULL);
    status = NtOpenFile(handle, access, &attr, &io, 0,
                        flags & WSA_FLAG_OVERLAPPED ? 0 : FILE_SYNCHRONOUS_IO_NONALERT);
    if (!status && (flags & WSA_FLAG_ACCESS_SYSTEM_SECURITY)) secured_begin(*handle);
    return status;
}

static int open_error(NTSTATUS status)
{
    switch (status)
    {
    case STATUS_TOO_MANY_OPENED_FILES: return WSAEMFILE;
    case STATUS_PRIVILEGE_NOT_HELD: return WSAEACCES;
    }
    return WSAENETDOWN;
}

/* In two steps, between which no poll may see it. */
static int make_socket(struct ws2_socket_create *params, HANDLE *handle)
{
    BOOL entered = newborn_enter();
    NTSTATUS status = open_device(params->flags, handle);
    int err;

    if (status)
    {
        WARN("the socket device does not open, status %#lx\n", status);
        err = open_error(status);
    }
    else
    {
        params->handle = WS2_PTR(*handle);
        err = (status = unix_call(WS2_SOCKET_CREATE, params)) ? device_error(status) : params->error;
        if (err) NtClose(*handle);
    }
    newborn_leave(entered);
    return err;
}

static SOCKET redeem(const WSAPROTOCOL_INFOW *info, DWORD flags, int *err)
{
    const BOOL front = host_family(info->iAddressFamily);
    const struct socket_record initial = {
        .flags = RECORD_OVERLAPPED | RECORD_OURS | RECORD_LANE_CLOSED | RECORD_SHARED,
        .family = front ? AF_INET : info->iAddressFamily,
        .type = info->iSocketType,
        .protocol = front ? IPPROTO_TCP : info->iProtocol,
        .catalog_id = info->dwCatalogEntryId,
        .registered = (flags & WSA_FLAG_REGISTERED_IO) != 0,
    };
    SOCKET s = duplicate_redeem(info);

    if (s == INVALID_SOCKET)
        *err = WSAEINVAL;
    else if (!record_add(s, &initial))
    {
        NtClose(SOCKET_HANDLE(s));
        *err = WSAENOBUFS;
        s = INVALID_SOCKET;
    }
    else if (front && (*err = host_redeemed(s, info)))
    {
        record_remove(s);
        NtClose(SOCKET_HANDLE(s));
        s = INVALID_SOCKET;
    }
    else
    {
        state_duplicate_unbound(s);
        member_redeem(s);
    }
    return s;
}

SOCKET WSPAPI base_socket(int family, int type, int protocol, WSAPROTOCOL_INFOW *info, GROUP group,
                          DWORD flags, int *err)
{
    struct socket_record initial = {
        .flags = RECORD_OURS | (flags & WSA_FLAG_OVERLAPPED ? RECORD_OVERLAPPED : 0),
        .family = family,
        .type = type,
        .protocol = protocol,
        .catalog_id = info ? info->dwCatalogEntryId : 0,
        .registered = (flags & WSA_FLAG_REGISTERED_IO) != 0,
    };
    struct ws2_socket_create params = {.family = family, .type = type, .protocol = protocol, .flags = flags};
    struct group_place place;
    HANDLE handle;

    TRACE("family %d, type %d, protocol %d, group %#x, flags %#lx\n", family, type, protocol, group, flags);

    if (info && duplicate_is(info)) return redeem(info, flags, err);
    if (info && rawhost_kind(family, type, protocol))
        return rawhost_socket(info, protocol, group, flags, err);
    if (info && host_family(family)) return host_socket(info, type, protocol, group, flags, err);
    if ((*err = group_enter(group, type, protocol, !(flags & WSA_FLAG_NO_HANDLE_INHERIT), &place)))
        return INVALID_SOCKET;
    watch_prepare();
    if ((*err = make_socket(&params, &handle)))
    {
        group_leave(&place);
        return INVALID_SOCKET;
    }
    if (!record_add(HANDLE_SOCKET(handle), &initial) || group_join(HANDLE_SOCKET(handle), &place))
    {
        record_remove(HANDLE_SOCKET(handle));
        NtClose(handle);
        group_leave(&place);
        *err = WSAENOBUFS;
        return INVALID_SOCKET;
    }
    kept_set(HANDLE_SOCKET(handle), KEPT_MULTIPOINT, flags);
    raw_without_requests(HANDLE_SOCKET(handle), family, type, protocol);
    return HANDLE_SOCKET(handle);
}

#define LINGER_TICK_MS 5

static BOOL has_unsent(SOCKET s, const struct socket_record *record)
{
    return fast_is_reset(s) <= 0 && (record->tail || fast_unsent(s) > 0);
}

/* A close that lingers waits until all has arrived, and ends the connection if that takes too
 * long. A socket that may not wait stays open instead, for its owner to close it again. */
static int close_lingers(SOCKET s)
{
    static const struct linger at_once = {.l_onoff = TRUE};
    const struct socket_record *record = record_get(s);
    struct linger linger;
    ULONGLONG end;

    if (!record || !(record->flags & RECORD_CONNECTED) || !kept_get(s, KEPT_LINGER_ON, 0) ||
        device_request(s, AFD_GET_SO_LINGER, NULL, 0, &linger, sizeof(linger), NULL) || !linger.l_linger ||
        !has_unsent(s, record))
        return 0;
    if (record->flags & RECORD_NONBLOCKING) return WSAEWOULDBLOCK;
    if (!closing_is_last(s)) return 0;
    end = GetTickCount64() + 1000 * linger.l_linger;
    while (GetTickCount64() < end)
    {
        Sleep(LINGER_TICK_MS);
        if (!has_unsent(s, record)) return 0;
    }
    device_request(s, AFD_SET_SO_LINGER, &at_once, sizeof(at_once), NULL, 0, NULL);
    return 0;
}

/* A handle that is no socket must stay open: it belongs to somebody else. */
int WSPAPI base_close_socket(SOCKET s, int *err)
{
    struct closing closing;
    BOOL closed = FALSE;

    TRACE("socket %#Ix\n", s);

    if ((*err = close_lingers(s))) return SOCKET_ERROR;
    edge_forget(s);
    if (closing_begin(&closing, s))
    {
        closed = !NtClose(SOCKET_HANDLE(s));
        closing_end(&closing, closed);
    }
    if (closed) return 0;
    *err = WSAENOTSOCK;
    return SOCKET_ERROR;
}

/* A handle of s that is no other's: the value of s may be anything's as soon as another
 * thread has closed it, and so what is asked about is the duplicate. */
static NTSTATUS duplicate_here(SOCKET s, HANDLE *same, struct afd_info *device)
{
    const HANDLE self = GetCurrentProcess();
    NTSTATUS status;

    if (!DuplicateHandle(self, SOCKET_HANDLE(s), self, same, 0, FALSE, DUPLICATE_SAME_ACCESS))
        return STATUS_INVALID_HANDLE;
    record_remove(HANDLE_SOCKET(*same)); /* who had the value was closed behind our back */
    status = device_request(HANDLE_SOCKET(*same), AFD_GET_INFO, NULL, 0, device, sizeof(*device), NULL);
    if (status) NtClose(*same);
    return status;
}

/* Passes the handle on to the process, or closes it. */
static int give(HANDLE same, DWORD pid, HANDLE process, HANDLE *given)
{
    *given = same;
    if (pid == GetCurrentProcessId()) return 0;
    return DuplicateHandle(GetCurrentProcess(), same, process, given, 0, FALSE,
                           DUPLICATE_SAME_ACCESS | DUPLICATE_CLOSE_SOURCE)
               ? 0
               : WSAENOTSOCK;
}

static int write_ticket(WSAPROTOCOL_INFOW *info, const WSAPROTOCOL_INFOW *entry,
                        const struct afd_info *device, HANDLE given, DWORD pid)
{
    volatile int err = 0;

    __TRY
    {
        GUARD_BEGIN;
        *info = *entry;
        info->iProtocol = device->protocol;
        duplicate_mark(info, given, pid);
        GUARD_END;
    }
    __EXCEPT_PAGE_FAULT
    {
        err = WSAEFAULT;
    }
    __ENDTRY
    return err;
}

int WSPAPI base_duplicate_socket(SOCKET s, DWORD pid, WSAPROTOCOL_INFOW *info, int *err)
{
    const WSAPROTOCOL_INFOW *entry = NULL;
    struct socket_record *record;
    HANDLE process, same, given;
    struct afd_info device;
    NTSTATUS status;

    TRACE("socket %#Ix, pid %#lx, info %p\n", s, pid, info);

    *err = 0;
    if ((status = duplicate_here(s, &same, &device)))
    {
        *err = device_error(status);
        return SOCKET_ERROR;
    }
    if (!(process = OpenProcess(PROCESS_DUP_HANDLE, FALSE, pid)))
        *err = WSAEINVAL;
    else if (!info)
        *err = WSAEFAULT;
    else
        entry = catalog_find(device.family, device.type, device.protocol, err);
    if (*err || !entry)
        NtClose(same);
    else if (!(*err = give(same, pid, process, &given)) &&
             (*err = write_ticket(info, entry, &device, given, pid)))
        DuplicateHandle(process, given, NULL, NULL, 0, FALSE, DUPLICATE_CLOSE_SOURCE);
    else if (!*err)
    {
        if ((record = record_get(s))) alias_share(record);
        member_duplicate(s, process, pid, given);
    }
    if (process) CloseHandle(process);
    return *err ? SOCKET_ERROR : 0;
}
