/*
 * TransmitFile.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "private.h"

#include "base/alias.h"
#include "base/base.h"
#include "base/device.h"
#include "base/extension.h"
#include "base/fast.h"
#include "base/fileview.h"
#include "base/reuse.h"
#include "base/state.h"
#include "base/tail.h"
#include "base/transmit.h"
#include "base/transmit_fast.h"
#include "guarded.h"
#include "record.h"
#include "startup.h"
#include "status.h"

WINE_DEFAULT_DEBUG_CHANNEL(winsock);

const struct afd_transmit transmit_nothing = {.buffer_size = NO_BLOCK};

int transmit_check(SOCKET s, ULONGLONG size, DWORD flags, BOOL streams_only)
{
    const struct socket_record *record = record_get(s);
    const BOOL stream = !record || !record->type || record->type == SOCK_STREAM;
    SOCKADDR_STORAGE peer;
    NTSTATUS status;

    if (size <= TRANSMIT_MAX && (stream || !streams_only) &&
        (!(flags & TF_REUSE_SOCKET) || (flags & TF_DISCONNECT)) && (stream || !(flags & TF_DISCONNECT)))
        return 0;
    /* no connection is found out before a wrong argument is */
    status = state_peer(s, &peer);
    return status ? device_error(status) : WSAEINVAL;
}

BOOL transmit_result(SOCKET s, NTSTATUS status)
{
    if (status == STATUS_INVALID_CONNECTION && fast_is_reset(s) > 0) status = STATUS_CONNECTION_RESET;
    return extension_result(status);
}

static NTSTATUS shut_sending_down(SOCKET s)
{
    static const int how = SD_SEND;

    return device_request(s, AFD_SHUTDOWN, &how, sizeof(how), NULL, 0, NULL);
}

static NTSTATUS submit_overlapped(SOCKET s, const struct afd_transmit *request, OVERLAPPED *overlapped,
                                  void (*queued)(SOCKET s, void *context), void *context)
{
    struct socket_record *record = record_get(s);
    BOOL owned = record && record->type == SOCK_STREAM && lane_own_to_queue(record, s, LANE_SEND);
    struct afd_transmit in = *request;
    NTSTATUS status;

    if (!in.file) in.buffer_size = NO_BLOCK;
    status = device_submit(s, AFD_TRANSMIT, &in, sizeof(in), NULL, 0, NULL, overlapped, NULL);

    if (owned) lane_disown(record, LANE_SEND);
    if (status == STATUS_PENDING && queued) queued(s, context);
    return status;
}

/* The device's transmission would not give its block back: as one send instead, which
 * waits for room even on a socket that does not. */
static NTSTATUS send_waiting(SOCKET s, const struct afd_transmit *request, ULONG *sent)
{
    WSABUF buffers[3] = {{request->head_len, WS2_AT(char, request->head)}};
    const struct afd_sendmsg send = {
        .force_async = TRUE, .count = ARRAY_COUNT(buffers), .buffers = WS2_PTR(buffers)};
    SOCKADDR_STORAGE peer;
    struct file_view view;
    NTSTATUS status;

    if (!file_view_open(&view, request))
    {
        file_view_close(&view, 0);
        return device_submit(s, AFD_TRANSMIT, request, sizeof(*request), NULL, 0, sent, NULL, NULL);
    }
    buffers[1] = (WSABUF){view.size, view.data};
    buffers[2] = (WSABUF){request->tail_len, WS2_AT(char, request->tail)};
    status = device_submit(s, AFD_SENDMSG, &send, sizeof(send), NULL, 0, sent, NULL, NULL);
    file_view_close(&view, max(*sent, request->head_len) - request->head_len);
    if (status &&
        state_peer(s, &peer) == STATUS_INVALID_CONNECTION)
        status = STATUS_INVALID_CONNECTION;
    return status;
}

/* The fast lane first, the device for what is left; in one piece. */
static NTSTATUS submit_waiting(SOCKET s, struct afd_transmit request, ULONG *sent)
{
    struct socket_record *record = record_get(s);
    BOOL owned = record && record->type == SOCK_STREAM && lane_own(record, s, LANE_SEND);
    ULONGLONG total = 0;
    NTSTATUS status;
    ULONG rest = 0;
    int error;

    if (transmit_fast(s, &request, &total, &error))
        status = error ? status_from_error(error) : STATUS_SUCCESS;
    else
        status = send_waiting(s, &request, &rest);
    if (owned) lane_disown(record, LANE_SEND);
    if (sent) *sent = total + rest;
    return status;
}

NTSTATUS transmit_submit(SOCKET s, const struct afd_transmit *request, DWORD flags, OVERLAPPED *overlapped,
                         ULONG *sent, void (*queued)(SOCKET s, void *context), void *context)
{
    const BOOL reuse = (flags & TF_REUSE_SOCKET) != 0, disconnect = !reuse && (flags & TF_DISCONNECT);
    NTSTATUS status;
    HANDLE same;

    tail_gate(s, overlapped ? TAIL_QUEUE : TAIL_WAIT); /* what a non-blocking send has left goes first */
    if (!overlapped)
    {
        if ((status = submit_waiting(s, *request, sent))) return status;
        return reuse ? reuse_disconnect(s) : disconnect ? shut_sending_down(s) : status;
    }
    if (!disconnect)
    {
        status = submit_overlapped(s, request, overlapped, queued, context);
        if (status == STATUS_PENDING && reuse) reuse_disconnect_later(s);
        return status;
    }
    /* the completion may make somebody close s before we are done with it */
    if (!DuplicateHandle(GetCurrentProcess(), SOCKET_HANDLE(s), GetCurrentProcess(), &same, 0, FALSE,
                         DUPLICATE_SAME_ACCESS))
        return STATUS_INVALID_HANDLE;
    status = submit_overlapped(s, request, overlapped, queued, context);
    if (status == STATUS_PENDING)
        shut_sending_down(HANDLE_SOCKET(same)); /* the device lets the queue go first */
    NtClose(same);
    return status;
}

static int copy_buffers(struct afd_transmit *request, const TRANSMIT_FILE_BUFFERS *buffers)
{
    TRANSMIT_FILE_BUFFERS copy;

    if (!guarded_read(&copy, buffers, sizeof(copy))) return WSAEFAULT;
    request->head = WS2_PTR(copy.Head);
    request->head_len = copy.HeadLength;
    request->tail = WS2_PTR(copy.Tail);
    request->tail_len = copy.TailLength;
    if (!guarded_readable(copy.Head, copy.HeadLength) || !guarded_readable(copy.Tail, copy.TailLength))
        return WSAEFAULT;
    return 0;
}

/* An offset past the end is an error only where the file says how long it is. */
static BOOL starts_in_file(HANDLE file, const LARGE_INTEGER *offset)
{
    LARGE_INTEGER size;

    if (!offset->QuadPart) return TRUE;
    if (offset->QuadPart < 0) return FALSE;
    return !GetFileSizeEx(file, &size) || offset->QuadPart <= size.QuadPart;
}

/*
 * Sends buffers' head, file_len bytes of file (0: all of it) and the tail, in that
 * order and as one operation, whose result is the number of bytes. With an OVERLAPPED
 * the file is read from its Offset, and the call always ends as WSA_IO_PENDING; without
 * one from the file pointer, and it waits. send_size is advice. TF_DISCONNECT ends
 * sending afterwards, with TF_REUSE_SOCKET the whole connection (see DisconnectEx);
 * TF_USE_* and TF_WRITE_BEHIND are hints about threads. WSAENOTCONN for a socket
 * without a connection before anything else; WSAEINVAL for a connected datagram
 * socket, an offset past the end, more than 2^31 - 2 bytes, or TF_REUSE_SOCKET alone.
 */
BOOL WINAPI extension_transmit_file(SOCKET s, HANDLE file, DWORD file_len, DWORD send_size,
                                    OVERLAPPED *overlapped, TRANSMIT_FILE_BUFFERS *buffers, DWORD flags)
{
    struct afd_transmit request = {
        .file = HandleToULong(file), .file_len = file_len, .buffer_size = TRANSMIT_BLOCK};
    SOCKADDR_STORAGE peer;
    NTSTATUS status;
    int error;

    TRACE("socket %#Ix, file %p, %lu bytes, send size %lu, overlapped %p, buffers %p, flags %#lx\n", s, file,
          file_len, send_size, overlapped, buffers, flags);

    if (!startup_done()) return FALSE;
    if (overlapped && !extension_begin(overlapped)) return extension_fail(WSAEFAULT);
    if (!extension_on_socket(s)) return extension_fail(WSAENOTSOCK);
    alias_record(s);
    if (buffers && (error = copy_buffers(&request, buffers))) return extension_fail(error);
    error = transmit_check(s, (ULONGLONG)file_len + request.head_len + request.tail_len, flags, TRUE);
    if (error) return extension_fail(error);

    request.offset.QuadPart = FILE_POINTER_POSITION;
    if (overlapped)
    {
        request.offset.u.LowPart = overlapped->Offset;
        request.offset.u.HighPart = overlapped->OffsetHigh;
    }
    if (file && overlapped && !starts_in_file(file, &request.offset))
    {
        status = state_peer(s, &peer);
        return status ? transmit_result(s, status) : extension_fail(WSAEINVAL);
    }
    return transmit_result(s, transmit_submit(s, &request, flags, overlapped, NULL, NULL, NULL));
}
