/*
 * Messages of SOCK_SEQPACKET sockets, whose fronts are streams.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * In the front's stream a message comes after its size, and the relay takes it apart.
 * A message is looked at before it is taken, so that one too large for the buffers stays
 * for a call with larger ones, as Windows has it for reliable protocols.
 */
#include "private.h"

#include "base/base.h"
#include "base/device.h"
#include "base/host.h"
#include "base/hostmessage.h"
#include "guarded.h"
#include "record.h"

#define MOST_BUFFERS 1024

/* The header's buffer, and the application's. */
struct framed
{
    uint32_t header;
    ULONG size; /* of the application's */
    DWORD count;
    WSABUF buffers[];
};

/* On the heap; NULL with *err. */
static struct framed *frame(const WSABUF *buffers, DWORD count, int *err)
{
    struct framed *framed = NULL;
    ULONGLONG size = 0;
    DWORD i;

    *err = WSAENOBUFS;
    if (count > MOST_BUFFERS ||
        !(framed = heap_alloc(offsetof(struct framed, buffers) + (count + 1) * sizeof(*buffers))))
        return NULL;
    framed->count = count + 1;
    framed->buffers[0].buf = (char *)&framed->header;
    framed->buffers[0].len = sizeof(framed->header);
    if (guarded_read(framed->buffers + 1, buffers, count * sizeof(*buffers)))
    {
        for (i = 1; i <= count; i++) size += framed->buffers[i].len;
        framed->size = min(size, MAXLONG);
        return framed;
    }
    *err = WSAEFAULT;
    heap_free(framed);
    return NULL;
}

static int finish(int error, ULONG bytes, DWORD *done, int *err)
{
    if ((!error || error == WSAEMSGSIZE) && done && !guarded_write(done, &bytes, sizeof(bytes)))
        error = WSAEFAULT;
    *err = error;
    return error ? SOCKET_ERROR : 0;
}

static int send_all(SOCKET s, WSABUF *buffers, DWORD count)
{
    DWORD sent;
    int error = 0;

    front_sendto(s, buffers, count, &sent, 0, NULL, 0, NULL, NULL, &error);
    return error;
}

/* The device completes what carries the message's own bytes, so their number is right; the
 * header goes before. A message that was announced must follow. */
static int send_overlapped(SOCKET s, struct framed *framed, DWORD *done, WSAOVERLAPPED *overlapped,
                           LPWSAOVERLAPPED_COMPLETION_ROUTINE routine)
{
    struct socket_record *record = record_get(s);
    BOOL owned = record && lane_own(record, s, LANE_SEND);
    int error = send_all(s, framed->buffers, 1);

    if (!error &&
        front_sendto(s, framed->buffers + 1, framed->count - 1, done, 0, NULL, 0, overlapped, routine,
                     &error) &&
        error != WSA_IO_PENDING)
        send_all(s, framed->buffers + 1, framed->count - 1);
    if (owned) lane_disown(record, LANE_SEND);
    return error;
}

int message_send(SOCKET s, WSABUF *buffers, DWORD count, DWORD *done, DWORD flags, WSAOVERLAPPED *overlapped,
                 LPWSAOVERLAPPED_COMPLETION_ROUTINE routine, int *err)
{
    struct socket_record *record = record_get(s);
    struct framed *framed;
    ULONG size;
    int error;

    if (flags) return finish(WSAEOPNOTSUPP, 0, NULL, err);
    if (overlapped ? !guarded_write(overlapped, overlapped, sizeof(*overlapped)) : !done)
        return finish(WSAEFAULT, 0, NULL, err);
    if (!(framed = frame(buffers, count, err))) return SOCKET_ERROR;
    framed->header = size = framed->size;
    if (size > WS2_HOST_MESSAGE_MAX)
        error = WSAEMSGSIZE;
    else if (overlapped)
        error = send_overlapped(s, framed, done, overlapped, routine);
    else
        error = send_all(s, framed->buffers, framed->count);
    heap_free(framed);
    host_settle(record); /* nothing is lost with a program that is terminated */
    return overlapped || error ? finish(error, 0, NULL, err) : finish(0, size, done, err);
}

/* The part of the next message that had to be taken before the rest could come: the host has
 * no room for more while something is left of what it has. The last part stays with the host,
 * where whoever selects sees it. Whoever receives takes it from the record, and puts it back. */
struct message
{
    ULONG have, size; /* header included; size is 0 until that is known */
    char *data;
};

static struct message *take_message(struct socket_record *record)
{
    struct message *message = InterlockedExchangePointer((void **)&record->message, NULL);

    return message ? message : heap_zalloc(sizeof(*message));
}

static void free_message(struct message *message)
{
    if (message) heap_free(message->data);
    heap_free(message);
}

static void put_message_back(struct socket_record *record, SOCKET s, struct message *message)
{
    if (message->have && record->handle == s &&
        !InterlockedCompareExchangePointer((void **)&record->message, message, NULL))
        return;
    free_message(message);
}

void message_forget(SOCKET s)
{
    struct socket_record *record = record_get(s);

    if (record) free_message(InterlockedExchangePointer((void **)&record->message, NULL));
}

static int receive_part(SOCKET s, struct message *message, DWORD flags, ULONG size, ULONG *got)
{
    WSABUF buffer = {size, message->data + message->have};
    int error = 0;

    *got = 0;
    front_recvfrom(s, &buffer, 1, got, &flags, NULL, NULL, NULL, NULL, &error);
    return error;
}

static BOOL make_room(struct message *message, ULONG size)
{
    char *data = heap_alloc(size);

    if (!data) return FALSE;
    memcpy(data, message->data, message->have);
    heap_free(message->data);
    message->data = data;
    message->size = size;
    return TRUE;
}

/* Waits for the message as recv would: then it is in data, and its last *rest bytes are still
 * with the host, too. At the end *rest is 0. */
static int await_message(SOCKET s, struct message *message, ULONG *rest)
{
    uint32_t header;
    ULONG seen;
    int error;

    for (;;)
    {
        if (!message->size && !make_room(message, sizeof(header))) return WSAENOBUFS;
        *rest = message->size - message->have;
        if ((error = receive_part(s, message, MSG_PEEK, *rest, &seen))) return error;
        if (!seen)
        {
            *rest = 0;
            return 0;
        }
        if (seen == *rest && message->size > sizeof(header)) return 0;
        if (seen == *rest)
        {
            memcpy(&header, message->data, sizeof(header));
            if (!header) return 0;
            if (message->have) /* the header's beginning was taken */
            {
                if ((error = receive_part(s, message, 0, seen, &seen))) return error;
                message->have += seen;
            }
            if (!make_room(message, sizeof(header) + header)) return WSAENOBUFS;
            continue;
        }
        if ((error = receive_part(s, message, 0, seen, &seen))) return error;
        message->have += seen;
    }
}

/* Into the application's buffers, as far as they go; FALSE for a fault. */
static BOOL scatter(const char *data, ULONG size, const struct framed *framed)
{
    ULONG part;
    DWORD i;

    for (i = 1; i < framed->count && size; i++, data += part, size -= part)
    {
        part = min(framed->buffers[i].len, size);
        if (!guarded_write(framed->buffers[i].buf, data, part)) return FALSE;
    }
    return TRUE;
}

static int receive(SOCKET s, struct message *message, const struct framed *framed, BOOL peek, ULONG *size)
{
    ULONG rest, own;
    int error = await_message(s, message, &rest);

    *size = 0;
    if (error || !rest) return error;
    own = message->size - sizeof(framed->header);
    *size = min(own, framed->size);
    if (!scatter(message->data + sizeof(framed->header), *size, framed)) return WSAEFAULT;
    if (own > framed->size) return WSAEMSGSIZE;
    if (peek) return 0;
    if ((error = receive_part(s, message, 0, rest, &rest))) return error;
    message->have = 0;
    return 0;
}

int message_receive(SOCKET s, WSABUF *buffers, DWORD count, DWORD *done, DWORD *flags,
                    WSAOVERLAPPED *overlapped, int *err)
{
    struct socket_record *record = record_get(s);
    struct message *message;
    struct framed *framed;
    DWORD how;
    ULONG size = 0;
    BOOL owned;
    int error = WSAENOBUFS;

    if (!flags || !guarded_read(&how, flags, sizeof(how)) || (!done && !overlapped))
        return finish(WSAEFAULT, 0, NULL, err);
    if (how & ~MSG_PEEK || overlapped) return finish(WSAEOPNOTSUPP, 0, NULL, err);
    if (!(framed = frame(buffers, count, err))) return SOCKET_ERROR;
    owned = lane_own(record, s, LANE_RECEIVE);
    if ((message = take_message(record)))
    {
        error = receive(s, message, framed, how & MSG_PEEK, &size);
        put_message_back(record, s, message);
    }
    if (owned) lane_disown(record, LANE_RECEIVE);
    heap_free(framed);
    return finish(error, size, done, err);
}

/* Only what is there is looked at, so nothing waits. */
int message_readable(SOCKET s, DWORD *bytes)
{
    struct socket_record *record = record_get(s);
    struct message *message;
    ULONG rest = 0;
    NTSTATUS status;
    int error = 0;

    host_settle(record);
    *bytes = 0;
    status = device_request(s, AFD_FIONREAD, NULL, 0, bytes, sizeof(*bytes), NULL);
    if (!status && *bytes && (message = take_message(record)))
    {
        if (!message->size && *bytes < sizeof(uint32_t))
            *bytes = 0;
        else if (!message->size)
        {
            if (make_room(message, sizeof(uint32_t)) &&
                !(error = receive_part(s, message, MSG_PEEK, sizeof(uint32_t), &rest)))
                memcpy(bytes, message->data, sizeof(*bytes));
        }
        else
            *bytes = message->size - sizeof(uint32_t);
        put_message_back(record, s, message);
    }
    return status ? device_error(status) : error;
}
