/*
 * A layered provider with socket handles of its own, from WPUCreateSocketHandle.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Overlapped operations run below on OVERLAPPEDs of its own, that a thread takes off
 * a completion port and reports above in the way the program chose.
 */
#include "lsp.h"

static WSPUPCALLTABLE upcalls;
static WSPPROC_TABLE lower;
static WSAPROTOCOL_INFOW lower_info;
static DWORD own_entry;
static HANDLE port, worker;
static int(WSPAPI *complete_request)(SOCKET, WSAOVERLAPPED *, DWORD, DWORD, int *);

/* Where entries have no socket: never one. */
static const SOCKET s = 0;

static void expect(BOOL good)
{
    if (!good) InterlockedIncrement(&lsp_shared()->upcalls_bad);
}

static BOOL lower_of(SOCKET handle, SOCKET *below, int *err)
{
    DWORD_PTR context;

    if (upcalls.lpWPUQuerySocketHandleContext(handle, &context, err)) return FALSE;
    *below = context;
    return TRUE;
}

#define AS_TRANSLATED(result, name, params, args)                 \
    static result WSPAPI down_##name params                       \
    {                                                             \
        SOCKET below;                                             \
        lsp_count(ENTRY_##name);                                  \
        if (!lower_of(s, &below, e)) return (result)SOCKET_ERROR; \
        {                                                         \
            SOCKET s __attribute__((unused)) = below;             \
            return lower.lpWSP##name args;                        \
        }                                                         \
    }
ENTRIES(AS_TRANSLATED)

/* A handle of its own for a socket below. */
static SOCKET own(SOCKET below, int *err)
{
    DWORD_PTR context = 0;
    SOCKET handle;
    int ignored;

    if (below == INVALID_SOCKET) return below;
    expect(CreateIoCompletionPort((HANDLE)below, port, 0, 0) == port);
    handle = upcalls.lpWPUCreateSocketHandle(own_entry, below, err);
    if (handle == INVALID_SOCKET)
    {
        lower.lpWSPCloseSocket(below, &ignored);
        return handle;
    }
    expect(handle != below);
    expect(!upcalls.lpWPUQuerySocketHandleContext(handle, &context, &ignored) && context == below);
    return handle;
}

static SOCKET WSPAPI own_Socket(int family, int type, int protocol, LPWSAPROTOCOL_INFOW info, GROUP group,
                                DWORD flags, LPINT err)
{
    (void)info;
    lsp_count(ENTRY_Socket);
    return own(
        lower.lpWSPSocket(family, type, protocol, &lower_info, group, flags | WSA_FLAG_OVERLAPPED, err), err);
}

static SOCKET WSPAPI own_Accept(SOCKET handle, struct sockaddr *addr, LPINT len, LPCONDITIONPROC condition,
                                DWORD_PTR context, LPINT err)
{
    return own(down_Accept(handle, addr, len, condition, context, err), err);
}

static int WSPAPI own_CloseSocket(SOCKET handle, LPINT err)
{
    int ret = down_CloseSocket(handle, err), ignored;

    if (ret) return ret;
    expect(!upcalls.lpWPUCloseSocketHandle(handle, &ignored));
    return 0;
}

static int WSPAPI own_Connect(SOCKET handle, const struct sockaddr *addr, int len, LPWSABUF caller,
                              LPWSABUF callee, LPQOS sqos, LPQOS gqos, LPINT err)
{
    struct sockaddr_in elsewhere;

    return down_Connect(handle, lsp_redirected(addr, len, &elsewhere), len, caller, callee, sqos, gqos, err);
}

/* An operation below. */
struct operation
{
    WSAOVERLAPPED overlapped; /* first */
    SOCKET handle, below;
    WSAOVERLAPPED *above;
    LPWSAOVERLAPPED_COMPLETION_ROUTINE routine;
    WSATHREADID thread;
    DWORD error, bytes, flags;
};

static struct operation *begin(SOCKET handle, SOCKET below, WSAOVERLAPPED *above,
                               LPWSAOVERLAPPED_COMPLETION_ROUTINE routine, const WSATHREADID *thread)
{
    struct operation *operation = calloc(1, sizeof(*operation));

    operation->handle = handle;
    operation->below = below;
    operation->above = above;
    operation->routine = routine;
    if (routine) expect(thread != NULL);
    if (thread) operation->thread = *thread;
    above->Internal = WSS_OPERATION_IN_PROGRESS;
    if (!routine && above->hEvent) expect(ResetEvent(above->hEvent));
    return operation;
}

/* All are reported as going on, since the packet comes in any case. */
static int started(struct operation *operation, int ret, int *err)
{
    if (!ret || *err == WSA_IO_PENDING)
    {
        *err = WSA_IO_PENDING;
        return SOCKET_ERROR;
    }
    free(operation);
    return SOCKET_ERROR;
}

static void CALLBACK call_routine(DWORD_PTR context)
{
    struct operation *operation = (struct operation *)context;

    operation->routine(operation->error, operation->bytes, operation->above, operation->flags);
    free(operation);
}

static void finish(struct operation *operation)
{
    int err = 0;

    operation->error = 0;
    if (!lower.lpWSPGetOverlappedResult(operation->below, &operation->overlapped, &operation->bytes, FALSE,
                                        &operation->flags, &err))
        operation->error = err;
    operation->above->Offset = operation->flags;
    operation->above->OffsetHigh = operation->error;
    if (operation->routine)
    {
        operation->above->InternalHigh = operation->bytes;
        operation->above->Internal = 0;
        expect(!upcalls.lpWPUQueueApc(&operation->thread, call_routine, (DWORD_PTR)operation, &err));
        return;
    }
    expect(!complete_request(operation->handle, operation->above, operation->error, operation->bytes, &err));
    free(operation);
}

static DWORD CALLBACK work(void *unused)
{
    WSAOVERLAPPED *overlapped;
    ULONG_PTR key;
    DWORD bytes;

    (void)unused;
    for (;;)
    {
        GetQueuedCompletionStatus(port, &bytes, &key, &overlapped, INFINITE);
        if (!overlapped) return 0;
        finish((struct operation *)overlapped);
    }
}

static BOOL WSPAPI own_GetOverlappedResult(SOCKET handle, LPWSAOVERLAPPED above, LPDWORD bytes, BOOL wait,
                                           LPDWORD flags, LPINT err)
{
    (void)handle;
    lsp_count(ENTRY_GetOverlappedResult);
    if (above->Internal == WSS_OPERATION_IN_PROGRESS && wait) WaitForSingleObject(above->hEvent, INFINITE);
    *err = above->Internal == WSS_OPERATION_IN_PROGRESS ? WSA_IO_INCOMPLETE : (int)above->OffsetHigh;
    *bytes = above->InternalHigh;
    *flags = above->Offset;
    return !*err;
}

static int WSPAPI own_Recv(SOCKET handle, LPWSABUF buffers, DWORD count, LPDWORD bytes, LPDWORD flags,
                           LPWSAOVERLAPPED above, LPWSAOVERLAPPED_COMPLETION_ROUTINE routine,
                           LPWSATHREADID thread, LPINT err)
{
    struct operation *operation;
    SOCKET below;

    if (!above) return down_Recv(handle, buffers, count, bytes, flags, NULL, NULL, NULL, err);
    lsp_count(ENTRY_Recv);
    if (!lower_of(handle, &below, err)) return SOCKET_ERROR;
    operation = begin(handle, below, above, routine, thread);
    return started(
        operation,
        lower.lpWSPRecv(below, buffers, count, NULL, flags, &operation->overlapped, NULL, NULL, err), err);
}

static int WSPAPI own_Send(SOCKET handle, LPWSABUF buffers, DWORD count, LPDWORD bytes, DWORD flags,
                           LPWSAOVERLAPPED above, LPWSAOVERLAPPED_COMPLETION_ROUTINE routine,
                           LPWSATHREADID thread, LPINT err)
{
    struct operation *operation;
    SOCKET below;

    if (!above) return down_Send(handle, buffers, count, bytes, flags, NULL, NULL, NULL, err);
    lsp_count(ENTRY_Send);
    if (!lower_of(handle, &below, err)) return SOCKET_ERROR;
    operation = begin(handle, below, above, routine, thread);
    return started(
        operation,
        lower.lpWSPSend(below, buffers, count, NULL, flags, &operation->overlapped, NULL, NULL, err), err);
}

static LPFN_CONNECTEX lower_connect_ex;

static BOOL WINAPI own_connect_ex(SOCKET handle, const struct sockaddr *addr, int len, void *data, DWORD size,
                                  DWORD *sent, OVERLAPPED *above)
{
    struct operation *operation;
    SOCKET below;
    int err = 0, ret;

    (void)sent;
    InterlockedIncrement(&lsp_shared()->extension_calls);
    if (!lower_of(handle, &below, &err)) return SetLastError(err), FALSE;
    operation = begin(handle, below, above, NULL, NULL);
    ret = lower_connect_ex(below, addr, len, data, size, NULL, &operation->overlapped) ? 0 : SOCKET_ERROR;
    if (ret) err = GetLastError();
    started(operation, ret, &err);
    SetLastError(err);
    return FALSE;
}

static int WSPAPI own_Ioctl(SOCKET handle, DWORD code, void *in, DWORD in_size, void *out, DWORD out_size,
                            DWORD *returned, WSAOVERLAPPED *overlapped,
                            LPWSAOVERLAPPED_COMPLETION_ROUTINE routine, LPWSATHREADID thread, int *err)
{
    static const GUID id = WSAID_CONNECTEX;
    int ret;

    ret = down_Ioctl(handle, code, in, in_size, out, out_size, returned, overlapped, routine, thread, err);
    if (ret || code != SIO_GET_EXTENSION_FUNCTION_POINTER) return ret;
    if (memcmp(in, &id, sizeof(id))) /* the others take the base provider's handles */
    {
        *err = WSAEOPNOTSUPP;
        return SOCKET_ERROR;
    }
    lower_connect_ex = *(LPFN_CONNECTEX *)out;
    *(LPFN_CONNECTEX *)out = own_connect_ex;
    return 0;
}

static fd_set *down_set(fd_set *set, fd_set *below)
{
    unsigned int i;
    int err;

    if (!set) return NULL;
    below->fd_count = set->fd_count;
    for (i = 0; i < set->fd_count; i++)
    {
        below->fd_array[i] = INVALID_SOCKET;
        lower_of(set->fd_array[i], &below->fd_array[i], &err);
    }
    return below;
}

static void up_set(fd_set *set, fd_set *below)
{
    unsigned int i, count = 0;
    SOCKET one;
    int err;

    for (i = 0; set && i < set->fd_count; i++)
        if (lower_of(set->fd_array[i], &one, &err) && upcalls.lpWPUFDIsSet(one, below))
            set->fd_array[count++] = set->fd_array[i];
    if (set) set->fd_count = count;
}

static int WSPAPI own_Select(int count, fd_set *read, fd_set *write, fd_set *except,
                             const struct timeval *timeout, LPINT err)
{
    fd_set sets[3];
    int ret;

    lsp_count(ENTRY_Select);
    ret = lower.lpWSPSelect(count, down_set(read, &sets[0]), down_set(write, &sets[1]),
                            down_set(except, &sets[2]), (void *)timeout, err);
    up_set(read, &sets[0]);
    up_set(write, &sets[1]);
    up_set(except, &sets[2]);
    return ret;
}

static int WSPAPI own_Cleanup(LPINT err)
{
    InterlockedIncrement(&lsp_shared()->cleanups);
    PostQueuedCompletionStatus(port, 0, 0, NULL);
    WaitForSingleObject(worker, INFINITE);
    CloseHandle(worker);
    CloseHandle(port);
    return lower.lpWSPCleanup(err);
}

/* The upcalls that nothing above needs. */
static void try_upcalls(void)
{
    LPBLOCKINGCALLBACK callback = (void *)1;
    DWORD_PTR context = 1;
    WSATHREADID thread;
    SOCKET none;
    WSAEVENT event;
    int err = 0;

    event = upcalls.lpWPUCreateEvent(&err);
    expect(event != NULL);
    expect(WaitForSingleObject(event, 0) == WAIT_TIMEOUT);
    expect(upcalls.lpWPUSetEvent(event, &err));
    expect(WaitForSingleObject(event, 0) == WAIT_OBJECT_0);
    expect(WaitForSingleObject(event, 0) == WAIT_OBJECT_0);
    expect(upcalls.lpWPUResetEvent(event, &err));
    expect(WaitForSingleObject(event, 0) == WAIT_TIMEOUT);
    expect(upcalls.lpWPUCloseEvent(event, &err));
    expect(!upcalls.lpWPUSetEvent(event, &err) && err == WSA_INVALID_HANDLE);

    expect(!upcalls.lpWPUOpenCurrentThread(&thread, &err));
    expect(!upcalls.lpWPUCloseThread(&thread, &err));
    err = 0;
    expect(upcalls.lpWPUCloseThread(&thread, &err) == SOCKET_ERROR && err == WSAEINVAL);

    expect(!upcalls.lpWPUQueryBlockingCallback(own_entry, &callback, &context, &err) && !callback);
    expect(!upcalls.lpWPUPostMessage((HWND)1, WM_NULL, 0, 0));

    err = 0;
    none = upcalls.lpWPUCreateSocketHandle(0xdead, 0, &err);
    expect(none == INVALID_SOCKET && err == WSAEINVAL);
    err = 0;
    expect(upcalls.lpWPUCloseSocketHandle(0xdead0, &err) == SOCKET_ERROR && err == WSAENOTSOCK);
    err = 0;
    expect(upcalls.lpWPUQuerySocketHandleContext(0xdead0, &context, &err) == SOCKET_ERROR &&
           err == WSAENOTSOCK);
    err = 0;
    expect(upcalls.lpWPUModifyIFSHandle(0xdead, 4, &err) == INVALID_SOCKET && err == WSAEINVAL);
    err = 0;
    expect(complete_request(0xdead0, NULL, 0, 0, &err) == SOCKET_ERROR && err == WSAEINVAL);
}

#define AS_TRANSLATED_MEMBER(result, name, params, args) .lpWSP##name = (void *)down_##name,

int WSPAPI WSPStartup(WORD version, LPWSPDATA data, LPWSAPROTOCOL_INFOW info, WSPUPCALLTABLE table,
                      LPWSPPROC_TABLE procs)
{
    static const WSPPROC_TABLE translating = {ENTRIES(AS_TRANSLATED_MEMBER)};
    int err;

    (void)version;
    InterlockedIncrement(&lsp_shared()->startups);
    upcalls = table;
    own_entry = info->dwCatalogEntryId;
    complete_request = (void *)GetProcAddress(GetModuleHandleA("ws2_32.dll"), "WPUCompleteOverlappedRequest");
    if (!complete_request) return WSAEPROVIDERFAILEDINIT;
    if ((err = lsp_start_lower(info, upcalls, &lower_info, &lower))) return err;
    try_upcalls();
    port = CreateIoCompletionPort(INVALID_HANDLE_VALUE, NULL, 0, 0);
    worker = CreateThread(NULL, 0, work, NULL, 0, NULL);
    memset(data, 0, sizeof(*data));
    data->wVersion = data->wHighVersion = MAKEWORD(2, 2);
    *procs = translating;
    procs->lpWSPAddressToString = lower.lpWSPAddressToString;
    procs->lpWSPStringToAddress = lower.lpWSPStringToAddress;
    procs->lpWSPCancelBlockingCall = lower.lpWSPCancelBlockingCall;
    procs->lpWSPSocket = (void *)own_Socket;
    procs->lpWSPAccept = (void *)own_Accept;
    procs->lpWSPConnect = (void *)own_Connect;
    procs->lpWSPCloseSocket = (void *)own_CloseSocket;
    procs->lpWSPGetOverlappedResult = (void *)own_GetOverlappedResult;
    procs->lpWSPRecv = (void *)own_Recv;
    procs->lpWSPSend = (void *)own_Send;
    procs->lpWSPIoctl = (void *)own_Ioctl;
    procs->lpWSPSelect = (void *)own_Select;
    procs->lpWSPCleanup = (void *)own_Cleanup;
    return 0;
}

BOOL WINAPI DllMain(HINSTANCE module, DWORD reason, void *reserved)
{
    (void)module, (void)reason, (void)reserved;
    return TRUE;
}
