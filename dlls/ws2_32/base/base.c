/*
 * The base provider's proc table.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "private.h"

#include "base/base.h"
#include "base/host.h"
#include "base/option.h"
#include "base/rawhost.h"
#include "guarded.h"

WINE_DEFAULT_DEBUG_CHANNEL(winsock);

static int WSPAPI base_cleanup(int *err)
{
    (void)err;
    TRACE("\n");
    return 0;
}

/* A call that waits here is cancelled by the hook that it runs: hook.h. */
static int WSPAPI base_cancel_blocking_call(int *err)
{
    *err = WSAEOPNOTSUPP;
    return SOCKET_ERROR;
}

/* No QOS templates: Windows answers the same since the RSVP provider is gone. */
static BOOL WSPAPI base_get_qos_by_name(SOCKET s, WSABUF *name, QOS *qos, int *err)
{
    struct afd_info info;
    QOS none = {0};
    WSABUF asked;
    char last;

    TRACE("socket %#Ix, name %p, qos %p\n", s, name, qos);
    if (!(*err = socket_info(s, &info)))
        *err = guarded_read(&asked, name, sizeof(asked)) &&
                       (!asked.len || guarded_read(&last, asked.buf + asked.len - 1, 1)) &&
                       guarded_write(qos, &none, sizeof(none))
                   ? WSAEOPNOTSUPP
                   : WSAEFAULT;
    return FALSE;
}

static const WSPPROC_TABLE procs = {
    base_accept,
    base_address_to_string,
    base_async_select,
    host_bind,
    base_cancel_blocking_call,
    base_cleanup,
    base_close_socket,
    host_connect,
    host_duplicate_socket,
    base_enum_network_events,
    base_event_select,
    rawhost_get_overlapped_result,
    host_getpeername,
    host_getsockname,
    base_getsockopt,
    base_get_qos_by_name,
    base_ioctl,
    base_join_leaf,
    host_listen,
    base_recv,
    base_recv_disconnect,
    base_recvfrom,
    base_select,
    base_send,
    base_send_disconnect,
    base_sendto,
    base_setsockopt,
    base_shutdown,
    base_socket,
    base_string_to_address,
};

/* For mswsock.dll, by which layered providers know this one. */
void *WINAPI __ws2_base_extension(const GUID *id)
{
    return extension_function(id);
}

int WSPAPI __ws2_base_startup(WORD version, WSPDATA *data, WSAPROTOCOL_INFOW *info, WSPUPCALLTABLE upcalls,
                              WSPPROC_TABLE *table)
{
    return base_WSPStartup(version, data, info, upcalls, table);
}

/* WSPStartup: returns the error. Only 2.2 exists for providers. */
int WSPAPI base_WSPStartup(WORD version, WSPDATA *data, WSAPROTOCOL_INFOW *info, WSPUPCALLTABLE upcalls,
                           WSPPROC_TABLE *table)
{
    static const WCHAR description[] = L"Winsock for Wine base provider";

    (void)upcalls;
    TRACE("version %#x, data %p, info %p, table %p\n", version, data, info, table);

    if (LOBYTE(version) < 2 || (LOBYTE(version) == 2 && HIBYTE(version) < 2)) return WSAVERNOTSUPPORTED;
    if (!data || !info || !table) return WSAEFAULT;
    data->wVersion = data->wHighVersion = MAKEWORD(2, 2);
    memcpy(data->szDescription, description, sizeof(description));
    *table = procs;
    return 0;
}
