/*
 * What goes between programs and the namespace providers that others advertise.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "private.h"

#include "nspwire.h"
#include "pack.h"
#include "store.h"

void wire_name(const GUID *id, WCHAR name[WIRE_NAME_LEN])
{
    WCHAR text[39];
    DWORD session = 0;

    store_guid_name(id, text);
    ProcessIdToSessionId(GetCurrentProcessId(), &session);
    _snwprintf(name, WIRE_NAME_LEN, L"\\\\.\\pipe\\__ws2_32_nsp_%s_%u", text, (unsigned int)session);
}

#define PATIENCE_MS 5000

HANDLE wire_connect(const GUID *id)
{
    WCHAR name[WIRE_NAME_LEN];
    HANDLE pipe;

    wire_name(id, name);
    do pipe = CreateFileW(name, GENERIC_READ | GENERIC_WRITE, 0, NULL, OPEN_EXISTING, 0, NULL);
    while (pipe == INVALID_HANDLE_VALUE && GetLastError() == ERROR_PIPE_BUSY &&
           WaitNamedPipeW(name, PATIENCE_MS));
    return pipe == INVALID_HANDLE_VALUE ? NULL : pipe;
}

static WCHAR *pack_wide(struct pack *pack, const WCHAR *text)
{
    return text ? pack_aligned(pack, text, (wcslen(text) + 1) * sizeof(WCHAR)) : NULL;
}

static void *pack_if(struct pack *pack, const void *data, SIZE_T size)
{
    return data && size ? pack_aligned(pack, data, size) : NULL;
}

static void pack_addresses(struct pack *pack, CSADDR_INFO *infos, DWORD count, const CSADDR_INFO *from)
{
    SOCKADDR *local, *remote;
    DWORD i;

    for (i = 0; i < count; i++)
    {
        local = pack_if(pack, from[i].LocalAddr.lpSockaddr, from[i].LocalAddr.iSockaddrLength);
        remote = pack_if(pack, from[i].RemoteAddr.lpSockaddr, from[i].RemoteAddr.iSockaddrLength);
        if (!infos) continue;
        infos[i].LocalAddr.lpSockaddr = local;
        infos[i].RemoteAddr.lpSockaddr = remote;
    }
}

/* The set and what it points to in one piece; the bytes it takes. */
static SIZE_T pack_set(char *base, const WSAQUERYSET2W *set)
{
    struct pack pack = {base, 0};
    WSAQUERYSET2W copy = *set;
    WSAQUERYSET2W *to = pack_take(&pack, sizeof(*to));
    BLOB blob = {0, NULL}, *packed;

    copy.dwSize = sizeof(copy);
    copy.lpszServiceInstanceName = pack_wide(&pack, set->lpszServiceInstanceName);
    copy.lpVersion = pack_if(&pack, set->lpVersion, sizeof(*set->lpVersion));
    copy.lpszComment = pack_wide(&pack, set->lpszComment);
    copy.lpNSProviderId = pack_if(&pack, set->lpNSProviderId, sizeof(GUID));
    copy.lpszContext = pack_wide(&pack, set->lpszContext);
    if (!set->lpafpProtocols) copy.dwNumberOfProtocols = 0;
    copy.lpafpProtocols = pack_if(&pack, set->lpafpProtocols, copy.dwNumberOfProtocols * sizeof(AFPROTOCOLS));
    copy.lpszQueryString = pack_wide(&pack, set->lpszQueryString);
    if (!set->lpcsaBuffer) copy.dwNumberOfCsAddrs = 0;
    copy.lpcsaBuffer = pack_if(&pack, set->lpcsaBuffer, copy.dwNumberOfCsAddrs * sizeof(CSADDR_INFO));
    pack_addresses(&pack, copy.lpcsaBuffer, copy.dwNumberOfCsAddrs, set->lpcsaBuffer);
    if (set->lpBlob) blob = *set->lpBlob;
    packed = pack_if(&pack, set->lpBlob, sizeof(blob));
    blob.pBlobData = pack_if(&pack, blob.pBlobData, blob.cbSize);
    if (packed) *packed = blob;
    copy.lpBlob = packed;
    if (to) *to = copy;
    return pack.used;
}

struct block
{
    char *at;
    SIZE_T size;
    ULONGLONG base;
};

/* Makes a pointer, of any type, that was right at base right here; FALSE if it points elsewhere. */
static BOOL move_pointer(const struct block *block, void *pointer, SIZE_T size)
{
    ULONGLONG offset;
    char *at;

    memcpy(&at, pointer, sizeof(at));
    if (!at) return TRUE;
    offset = (ULONG_PTR)at - block->base;
    if (offset > block->size || size > block->size - offset) return FALSE;
    at = block->at + offset;
    memcpy(pointer, &at, sizeof(at));
    return TRUE;
}

static BOOL move_text(const struct block *block, WCHAR **text)
{
    const WCHAR *at;

    if (!move_pointer(block, text, sizeof(WCHAR))) return FALSE;
    for (at = *text; at && (const char *)(at + 1) <= block->at + block->size; at++)
        if (!*at) return TRUE;
    return !at;
}

static BOOL move_addresses(const struct block *block, CSADDR_INFO *infos, DWORD count)
{
    DWORD i;

    for (i = 0; infos && i < count; i++)
        if (!move_pointer(block, &infos[i].LocalAddr.lpSockaddr, infos[i].LocalAddr.iSockaddrLength) ||
            !move_pointer(block, &infos[i].RemoteAddr.lpSockaddr, infos[i].RemoteAddr.iSockaddrLength))
            return FALSE;
    return TRUE;
}

static BOOL move_set(const struct block *block)
{
    WSAQUERYSET2W *set = (WSAQUERYSET2W *)block->at;

    return block->size >= sizeof(*set) && move_text(block, &set->lpszServiceInstanceName) &&
           move_pointer(block, &set->lpVersion, sizeof(*set->lpVersion)) &&
           move_text(block, &set->lpszComment) && move_pointer(block, &set->lpNSProviderId, sizeof(GUID)) &&
           move_text(block, &set->lpszContext) &&
           move_pointer(block, &set->lpafpProtocols,
                        (SIZE_T)set->dwNumberOfProtocols * sizeof(AFPROTOCOLS)) &&
           move_text(block, &set->lpszQueryString) &&
           move_pointer(block, &set->lpcsaBuffer, (SIZE_T)set->dwNumberOfCsAddrs * sizeof(CSADDR_INFO)) &&
           move_addresses(block, set->lpcsaBuffer, set->dwNumberOfCsAddrs) &&
           move_pointer(block, &set->lpBlob, sizeof(BLOB)) &&
           (!set->lpBlob || move_pointer(block, &set->lpBlob->pBlobData, set->lpBlob->cbSize));
}

static BOOL write_all(HANDLE pipe, const void *data, DWORD size)
{
    DWORD done;

    return !size || (WriteFile(pipe, data, size, &done, NULL) && done == size);
}

static BOOL read_all(HANDLE pipe, void *data, DWORD size)
{
    char *at = data;
    DWORD done;

    for (; size; at += done, size -= done)
        if (!ReadFile(pipe, at, size, &done, NULL) || !done) return FALSE;
    return TRUE;
}

BOOL wire_send(HANDLE pipe, struct wire *message, const WSAQUERYSET2W *set)
{
    char *block = NULL;
    BOOL sent;

    message->size = set ? pack_set(NULL, set) : 0;
    if (set && !(block = heap_zalloc(message->size))) return FALSE;
    if (set) pack_set(block, set);
    message->base = (ULONG_PTR)block;
    sent = write_all(pipe, message, sizeof(*message)) && write_all(pipe, block, message->size);
    heap_free(block);
    return sent;
}

BOOL wire_receive(HANDLE pipe, struct wire *message, WSAQUERYSET2W **set)
{
    struct block block = {NULL};

    *set = NULL;
    if (!read_all(pipe, message, sizeof(*message)) || message->size > WIRE_MAX_SIZE) return FALSE;
    if (!message->size) return TRUE;
    block.size = message->size;
    block.base = message->base;
    if ((block.at = heap_alloc(block.size)) && read_all(pipe, block.at, block.size) && move_set(&block))
    {
        *set = (WSAQUERYSET2W *)block.at;
        return TRUE;
    }
    heap_free(block.at);
    return FALSE;
}
