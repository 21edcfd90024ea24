/*
 * TransmitPackets.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The device sends memory, one file, and memory. So on a stream everything before the
 * last file and everything after it is put together in memory: one request then is
 * the whole operation, and its completion has the whole number of bytes. A datagram
 * is put together in memory as well, of the elements up to one with TP_ELEMENT_EOP.
 */
#include "private.h"

#include "base/base.h"
#include "base/completion.h"
#include "base/device.h"
#include "base/extension.h"
#include "base/state.h"
#include "base/transmit.h"
#include "guarded.h"
#include "record.h"
#include "startup.h"

WINE_DEFAULT_DEBUG_CHANNEL(winsock);

#define CURRENT_POSITION ((LONGLONG)-1) /* nFileOffset's */

#define KINDS (TP_ELEMENT_MEMORY | TP_ELEMENT_FILE)

struct bytes
{
    char *data;
    ULONG len, room;
};

static char *make_room(struct bytes *bytes, ULONG more)
{
    ULONG room = max(bytes->room * 2, bytes->len + more);
    char *data;

    if (bytes->len + more < more) return NULL;
    if (bytes->room - bytes->len < more)
    {
        if (!(data = heap_realloc(bytes->data, room))) return NULL;
        bytes->data = data;
        bytes->room = room;
    }
    return bytes->data + bytes->len;
}

/* One read at an offset, or at the file pointer; the file may have been opened for
 * overlapped use. Gives 0 bytes at the end. */
static int read_block(HANDLE file, LONGLONG offset, char *to, ULONG size, ULONG *got)
{
    HANDLE event = CreateEventW(NULL, TRUE, FALSE, NULL);
    LARGE_INTEGER position = {.QuadPart = offset};
    IO_STATUS_BLOCK io;
    NTSTATUS status;

    if (!event) return WSAENOBUFS;
    status = NtReadFile(file, event, NULL, NULL, &io, to, size,
                        offset == FILE_POINTER_POSITION ? NULL : &position, NULL);
    if (status == STATUS_PENDING)
    {
        WaitForSingleObject(event, INFINITE);
        status = io.Status;
    }
    CloseHandle(event);
    *got = status ? 0 : io.Information;
    return status == STATUS_END_OF_FILE ? 0 : device_error(status);
}

static int append_part(struct bytes *bytes, const TRANSMIT_PACKETS_ELEMENT *element)
{
    LONGLONG offset = element->nFileOffset.QuadPart;
    ULONG left = element->cLength ? element->cLength : MAXLONG, size, got;
    char *to;
    int error;

    if (offset == CURRENT_POSITION) offset = FILE_POINTER_POSITION;
    while (left)
    {
        size = min(left, TRANSMIT_BLOCK);
        if (!(to = make_room(bytes, size))) return WSAENOBUFS;
        if ((error = read_block(element->hFile, offset, to, size, &got))) return error;
        if (!got) break;
        bytes->len += got;
        left -= got;
        if (offset != FILE_POINTER_POSITION) offset += got;
    }
    return 0;
}

/* Reading at an offset moves the file pointer, which only elements without one use. */
static int append_file(struct bytes *bytes, const TRANSMIT_PACKETS_ELEMENT *element)
{
    const LARGE_INTEGER here = {.QuadPart = 0};
    LARGE_INTEGER position;
    const BOOL keep = element->nFileOffset.QuadPart != CURRENT_POSITION &&
                      SetFilePointerEx(element->hFile, here, &position, FILE_CURRENT);
    int error = append_part(bytes, element);

    if (keep) SetFilePointerEx(element->hFile, position, NULL, FILE_BEGIN);
    return error;
}

static int append(struct bytes *bytes, const TRANSMIT_PACKETS_ELEMENT *element)
{
    char *to;

    if (element->dwElFlags & TP_ELEMENT_FILE) return append_file(bytes, element);
    if (!(to = make_room(bytes, element->cLength))) return WSAENOBUFS;
    if (!guarded_read(to, element->pBuffer, element->cLength)) return WSAEFAULT;
    bytes->len += element->cLength;
    return 0;
}

/* Memory of an operation in the background goes when a request that was queued after
 * it has ended, one way or another. */
struct remains
{
    OVERLAPPED overlapped;
    HANDLE event, wait;
    struct bytes head, tail;
    BOOL left; /* to remains_over */
};

static void free_remains(struct remains *remains)
{
    if (remains->event) CloseHandle(remains->event);
    heap_free(remains->head.data);
    heap_free(remains->tail.data);
    heap_free(remains);
}

static void WINAPI remains_over(void *context, BOOLEAN timed_out)
{
    struct remains *remains = context;

    (void)timed_out;
    while (!remains->wait) Sleep(0); /* its starter is about to write it */
    UnregisterWaitEx(remains->wait, NULL);
    free_remains(remains);
}

static void free_when_sent(SOCKET s, void *context)
{
    struct remains *remains = context;
    HANDLE wait;

    /* the low bit keeps this one's completion from the application's port */
    remains->left = TRUE;
    remains->overlapped.hEvent = (HANDLE)((ULONG_PTR)remains->event | 1);
    if (device_submit(s, AFD_TRANSMIT, &transmit_nothing, sizeof(transmit_nothing), NULL, 0, NULL,
                      &remains->overlapped, NULL) == STATUS_PENDING &&
        RegisterWaitForSingleObject(&wait, remains->event, remains_over, remains, INFINITE,
                                    WT_EXECUTEONLYONCE))
        InterlockedExchangePointer(&remains->wait, wait);
    else
        WARN("memory of a transmission on %#Ix stays allocated\n", s);
}

/* One element needs no copy if nothing else is in its place. */
static int gather(struct bytes *bytes, const TRANSMIT_PACKETS_ELEMENT *elements, DWORD count, ULONGLONG *data,
                  DWORD *len)
{
    DWORD i;
    int error = 0;

    if (count == 1 && !(elements->dwElFlags & TP_ELEMENT_FILE))
    {
        *data = WS2_PTR(elements->pBuffer);
        *len = elements->cLength;
        return 0;
    }
    for (i = 0; i < count && !error; i++) error = append(bytes, &elements[i]);
    *data = WS2_PTR(bytes->data);
    *len = bytes->len;
    return error;
}

static int gather_stream(struct afd_transmit *request, struct remains *remains,
                         const TRANSMIT_PACKETS_ELEMENT *elements, DWORD count)
{
    const TRANSMIT_PACKETS_ELEMENT *file;
    DWORD last = count, before = count;
    int error;

    while (last && !(elements[last - 1].dwElFlags & TP_ELEMENT_FILE)) last--;
    if (last)
    {
        file = &elements[before = last - 1];
        request->file = HandleToULong(file->hFile);
        request->file_len = file->cLength;
        request->offset = file->nFileOffset;
        if (file->nFileOffset.QuadPart == CURRENT_POSITION) request->offset.QuadPart = FILE_POINTER_POSITION;
        error = gather(&remains->tail, elements + last, count - last, &request->tail, &request->tail_len);
        if (error) return error;
    }
    return gather(&remains->head, elements, before, &request->head, &request->head_len);
}

static NTSTATUS transmit_stream(SOCKET s, const TRANSMIT_PACKETS_ELEMENT *elements, DWORD count,
                                OVERLAPPED *overlapped, DWORD flags, int *error)
{
    struct afd_transmit request = {.buffer_size = TRANSMIT_BLOCK};
    struct remains *remains = heap_zalloc(sizeof(*remains));
    NTSTATUS status = STATUS_NO_MEMORY;

    if (!remains) return status;
    if (!(*error = gather_stream(&request, remains, elements, count)))
    {
        const BOOL copies = remains->head.data || remains->tail.data;

        if (copies && overlapped) remains->event = CreateEventW(NULL, TRUE, FALSE, NULL);
        if (!copies || !overlapped || remains->event)
            status = transmit_submit(s, &request, flags, overlapped, NULL, copies ? free_when_sent : NULL,
                                     remains);
    }
    if (!remains->left) free_remains(remains);
    return status;
}

/* The size of a datagram is the sender's: a packet is cut only if it asks for that. */
static NTSTATUS send_packet(SOCKET s, const struct bytes *packet, DWORD send_size, ULONG *total)
{
    const ULONG step = send_size && send_size < packet->len ? send_size : max(packet->len, 1);
    struct afd_sendmsg request = {.count = 1};
    ULONG done, sent;
    WSABUF buffer;
    NTSTATUS status = STATUS_SUCCESS;

    request.buffers = WS2_PTR(&buffer);
    for (done = 0; !status && (done < packet->len || !done); done += step)
    {
        buffer = (WSABUF){min(step, packet->len - done), packet->data + done};
        status = device_request_alertable(s, AFD_SENDMSG, &request, sizeof(request), NULL, 0, &sent);
        if (!status) *total += sent;
    }
    return status;
}

static NTSTATUS transmit_datagrams(SOCKET s, const TRANSMIT_PACKETS_ELEMENT *elements, DWORD count,
                                   DWORD send_size, OVERLAPPED *overlapped, int *error)
{
    struct bytes packet = {0};
    NTSTATUS status = STATUS_SUCCESS;
    ULONG total = 0;
    DWORD i;

    for (i = 0; i < count && !status; i++)
    {
        if ((*error = append(&packet, &elements[i]))) break;
        if (!(elements[i].dwElFlags & TP_ELEMENT_EOP) && i + 1 < count) continue;
        status = send_packet(s, &packet, send_size, &total);
        packet.len = 0;
    }
    heap_free(packet.data);
    if (status || *error || !overlapped) return status;
    /* the device sends one datagram a request, so the bytes of several are counted here */
    completion_tell(s, overlapped, NULL, NULL, STATUS_SUCCESS, total);
    return STATUS_PENDING;
}

static int copy_elements(TRANSMIT_PACKETS_ELEMENT **copy, const TRANSMIT_PACKETS_ELEMENT *elements,
                         DWORD count, ULONGLONG *size)
{
    DWORD i, kind;

    *size = 0;
    if (count > MAXLONG / sizeof(**copy)) return WSAENOBUFS;
    if (!(*copy = heap_alloc(max(count, 1) * sizeof(**copy)))) return WSAENOBUFS;
    if (count && !guarded_read(*copy, elements, count * sizeof(**copy))) return WSAEFAULT;
    for (i = 0; i < count; i++)
    {
        kind = (*copy)[i].dwElFlags & KINDS;
        if (((*copy)[i].dwElFlags & ~(KINDS | TP_ELEMENT_EOP)) || !kind || kind == KINDS) return WSAEINVAL;
        *size += (*copy)[i].cLength;
    }
    return 0;
}

/*
 * Sends the elements, memory (pBuffer, cLength bytes) or parts of files (from nFileOffset,
 * -1 for the file pointer; cLength 0 for all), as one operation, whose result is the
 * number of bytes. On a connected datagram socket each run of elements up to one with
 * TP_ELEMENT_EOP is one datagram, or several of send_size bytes; on a stream neither
 * matters. flags as for TransmitFile, TF_DISCONNECT for streams only. WSAENOTCONN comes
 * first; WSAEINVAL for an element that is neither or both; WSAEFAULT for bad pointers.
 */
BOOL WINAPI extension_transmit_packets(SOCKET s, TRANSMIT_PACKETS_ELEMENT *elements, DWORD count,
                                       DWORD send_size, OVERLAPPED *overlapped, DWORD flags)
{
    const struct socket_record *record = record_get(s);
    TRANSMIT_PACKETS_ELEMENT *copy = NULL;
    NTSTATUS status = STATUS_SUCCESS;
    SOCKADDR_STORAGE peer;
    ULONGLONG size;
    int error;

    TRACE("socket %#Ix, elements %p, count %lu, send size %lu, overlapped %p, flags %#lx\n", s, elements,
          count, send_size, overlapped, flags);

    if (!startup_done()) return FALSE;
    if (overlapped && !extension_begin(overlapped)) return extension_fail(WSAEFAULT);
    if ((status = state_peer(s, &peer)))
        return transmit_result(s, status);
    if (!(error = copy_elements(&copy, elements, count, &size)) &&
        !(error = transmit_check(s, size, flags, FALSE)))
    {
        if (record && record->type == SOCK_DGRAM)
            status = transmit_datagrams(s, copy, count, send_size, overlapped, &error);
        else
            status = transmit_stream(s, copy, count, overlapped, flags, &error);
    }
    heap_free(copy);
    return error ? extension_fail(error) : transmit_result(s, status);
}
