/*
 * Bluetooth as a namespace provider: devices, their services, and registering one's own.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The looking is done in the ELF half. Specified in ws2bth.h, and with
 * WSALookupServiceBegin, WSAQUERYSET and WSASetService for Bluetooth.
 */
#include "private.h"

#include "bluetooth.h"
#include "finder.h"
#include "guarded.h"
#include "namespace.h"
#include "text.h"
#include "unixcall.h"

WINE_DEFAULT_DEBUG_CHANNEL(winsock);

#define SDP_VERSION 1
#define RFCOMM 3

/* BTH_SET_SERVICE, which Wine's headers lack. */
#include <pshpack1.h>
struct set_service
{
    ULONG *version;
    HANDLE *handle;
    ULONG device_class;
    ULONG reserved[5];
    ULONG record_size;
    BYTE record[1];
};
#include <poppack.h>

C_ASSERT(offsetof(struct set_service, record) == 44);
C_ASSERT(sizeof(GUID) == sizeof(((struct ws2_bth_answer *)0)->service_class));

/* Whoever asks all name spaces does not mean to search the air. */
static BOOL is_meant(const struct query *query)
{
    return query->name_space == NS_BTH || query->has_provider;
}

BOOL bth_accepts(const struct query *query, DWORD flags)
{
    (void)flags;
    return is_meant(query);
}

/* The device whose services are wanted, as WSAAddressToString writes it. */
static int read_context(const struct query *query, DWORD flags, struct ws2_bth_find *params)
{
    struct sockaddr_bth addr;
    INT size = sizeof(addr);

    if (!query->context)
    {
        params->own = !!(flags & LUP_RES_SERVICE);
        return params->own ? 0 : WSAEINVAL;
    }
    if (WSAStringToAddressW(query->context, FAMILY_BTH, NULL, (SOCKADDR *)&addr, &size)) return WSAEINVAL;
    params->address = addr.device;
    return 0;
}

static int set_address(struct answer *answer, ULONGLONG adapter, const struct ws2_bth_answer *from,
                       BOOL service)
{
    struct sockaddr_bth local = {.family = FAMILY_BTH, .device = adapter};
    struct sockaddr_bth remote = {.family = FAMILY_BTH, .device = from->address};
    CSADDR_INFO info = {{(SOCKADDR *)&local, sizeof(local)},
                        {(SOCKADDR *)&remote, sizeof(remote)},
                        SOCK_STREAM,
                        from->protocol};

    if (service)
    {
        memcpy(&remote.service_class, from->service_class, sizeof(GUID));
        remote.port = from->port;
    }
    if (!(answer->addresses = addresses_copy(&info, 1))) return WSA_NOT_ENOUGH_MEMORY;
    answer->address_count = 1;
    return 0;
}

static int set_text(WCHAR **to, ws2_ptr from)
{
    if (from && !(*to = text_widen(WS2_AT(const char, from), CP_UTF8))) return WSA_NOT_ENOUGH_MEMORY;
    return 0;
}

static int fill_answer(struct answer *answer, const struct ws2_bth_find *params,
                       const struct ws2_bth_answer *from)
{
    int err;

    answer->name_space = NS_BTH;
    answer->provider = namespace_bth_id;
    answer->output_flags = from->flags;
    memcpy(&answer->service_class, from->service_class, sizeof(GUID));
    if ((err = set_text(&answer->name, from->name))) return err;
    if ((err = set_text(&answer->comment, from->comment))) return err;
    if ((err = set_address(answer, params->adapter, from, params->services))) return err;
    if (!(answer->blob = heap_alloc(from->blob_size))) return WSA_NOT_ENOUGH_MEMORY;
    memcpy(answer->blob, WS2_AT(const void, from->blob), from->blob_size);
    answer->blob_size = from->blob_size;
    return 0;
}

static int take_answers(const struct ws2_bth_find *params, struct answer **answers)
{
    const struct ws2_bth_answer *from = WS2_AT(const struct ws2_bth_answer, params->answers);
    struct answer **tail = answers;
    unsigned int i;
    int err = 0;

    for (i = 0; i < params->count && !err; i++)
    {
        if (!(*tail = answer_new())) return WSA_NOT_ENOUGH_MEMORY;
        err = fill_answer(*tail, params, &from[i]);
        tail = &(*tail)->next;
    }
    return err;
}

/* Takes as long as the devices do: an inquiry some seconds, a device that is not there as well. */
int bth_find(const struct query *query, DWORD flags, struct answer **answers)
{
    struct ws2_bth_find params = {0};
    int err = 0;

    *answers = NULL;
    params.services = !(flags & LUP_CONTAINERS);
    params.flush = !!(flags & LUP_FLUSHCACHE);
    params.has_class = query->has_class;
    memcpy(params.service_class, &query->service_class, sizeof(GUID));
    params.blob = WS2_PTR(query->blob);
    params.blob_size = query->blob_size;
    if (params.services && (err = read_context(query, flags, &params))) return err;
    if (unix_call(WS2_BTH_FIND, &params)) return WSASERVICE_NOT_FOUND;
    if (params.error) return params.error;
    err = take_answers(&params, answers);
    unix_call(WS2_BTH_FREE, &params);
    if (err) answers_free(answers);
    return err;
}

int bluetooth_find_channel(struct sockaddr_bth *addr, int protocol)
{
    struct ws2_bth_find params = {.services = TRUE, .has_class = TRUE, .address = addr->device};
    static const GUID none;
    const struct ws2_bth_answer *answers;
    unsigned int i;

    if (addr->port || IsEqualGUID(&addr->service_class, &none)) return 0;
    memcpy(params.service_class, &addr->service_class, sizeof(GUID));
    if (unix_call(WS2_BTH_FIND, &params) || params.error) return WSAEADDRNOTAVAIL;
    answers = WS2_AT(const struct ws2_bth_answer, params.answers);
    for (i = 0; i < params.count && !addr->port; i++)
        if (answers[i].protocol == (uint32_t)protocol) addr->port = answers[i].port;
    unix_call(WS2_BTH_FREE, &params);
    return addr->port ? 0 : WSAEADDRNOTAVAIL;
}

/* What the system makes a record of. */
static int describe(const struct query *query, struct ws2_bth_service *params, char **name, char **comment)
{
    const SOCKET_ADDRESS *local = query->addresses ? &query->addresses[0].LocalAddr : NULL;
    const struct sockaddr_bth *addr = local ? (const struct sockaddr_bth *)local->lpSockaddr : NULL;

    if (!query->has_class || query->address_count != 1 || !addr) return WSAEINVAL;
    if (local->iSockaddrLength < (int)sizeof(*addr) || addr->family != FAMILY_BTH) return WSAEINVAL;
    params->protocol = query->addresses[0].iProtocol;
    params->port = addr->port;
    memcpy(params->service_class, &query->service_class, sizeof(GUID));
    if (query->name && !(*name = text_narrow(query->name, CP_UTF8))) return WSA_NOT_ENOUGH_MEMORY;
    if (query->comment && !(*comment = text_narrow(query->comment, CP_UTF8))) return WSA_NOT_ENOUGH_MEMORY;
    params->name = WS2_PTR(*name);
    params->comment = WS2_PTR(*comment);
    return 0;
}

static int set_described(const struct query *query, enum ws2_unix_function function)
{
    struct ws2_bth_service params = {0};
    char *name = NULL, *comment = NULL;
    int err = describe(query, &params, &name, &comment);

    if (!err) err = unix_call(function, &params) ? WSASERVICE_NOT_FOUND : params.error;
    heap_free(name);
    heap_free(comment);
    return err;
}

/* A record of the program's own, known by the handle that it gets for it. */
static int set_record(const struct query *query, enum ws2_unix_function function)
{
    const struct set_service *from = (const struct set_service *)query->blob;
    SIZE_T room = query->blob_size - offsetof(struct set_service, record);
    struct ws2_bth_service params = {0};
    ULONG version;
    HANDLE handle;

    if (query->blob_size < offsetof(struct set_service, record)) return WSAEINVAL;
    if (!from->version || !from->handle) return WSAEINVAL;
    if (!guarded_read(&version, from->version, sizeof(version))) return WSAEFAULT;
    if (!guarded_read(&handle, from->handle, sizeof(handle))) return WSAEFAULT;
    if (version != SDP_VERSION || from->record_size > room) return WSAEINVAL;
    if (function == WS2_BTH_REGISTER)
    {
        params.record = WS2_PTR(from->record);
        params.record_size = from->record_size;
    }
    else if (!(params.handle = HandleToULong(handle)))
        return WSAEINVAL;
    if (unix_call(function, &params)) return WSASERVICE_NOT_FOUND;
    handle = function == WS2_BTH_REGISTER ? ULongToHandle(params.handle) : NULL;
    if (params.error || guarded_write(from->handle, &handle, sizeof(handle))) return params.error;
    if (function == WS2_BTH_REGISTER) unix_call(WS2_BTH_REMOVE, &params);
    return WSAEFAULT;
}

/* RNRSERVICE_DEREGISTER means nothing to Bluetooth. */
int bth_set_service(const struct query *query, WSAESETSERVICEOP operation, DWORD flags)
{
    enum ws2_unix_function function = operation == RNRSERVICE_REGISTER ? WS2_BTH_REGISTER : WS2_BTH_REMOVE;

    if (!is_meant(query)) return WSASERVICE_NOT_FOUND;
    if (flags || operation == RNRSERVICE_DEREGISTER) return WSAEINVAL;
    return query->blob_size ? set_record(query, function) : set_described(query, function);
}
