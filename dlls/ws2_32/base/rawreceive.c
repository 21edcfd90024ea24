/*
 * What raw sockets of the host receive: where it came from.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The front hears of peers that stand for the senders. An overlapped receive's is
 * told, once its outcome is known, to who asks for that.
 */
#include "private.h"

#include "base/base.h"
#include "base/rawhost.h"
#include "base/rawnote.h"
#include "guarded.h"

#define FIRST_NAME 0x7f400000 /* of the fronts' peers: 127.64.0.0/10 */
#define NAMES_MASK 0xffc00000

/* An overlapped receive that wants an address. */
struct wish
{
    SOCKET socket;
    WSAOVERLAPPED *overlapped;
    struct sockaddr *addr;
    int *len;
    LPWSAOVERLAPPED_COMPLETION_ROUTINE routine;
    struct wish *next;
};

static struct wish *wishes;
static SRWLOCK lock = SRWLOCK_INIT;

static int fail(int error, int *err)
{
    *err = error;
    return SOCKET_ERROR;
}

/* Those with a routine still have it called. */
void raw_forget_receives(SOCKET s)
{
    struct wish **link = &wishes, *old;

    AcquireSRWLockExclusive(&lock);
    while ((old = *link))
    {
        if (old->socket != s || old->routine)
        {
            link = &old->next;
            continue;
        }
        *link = old->next;
        heap_free(old);
    }
    ReleaseSRWLockExclusive(&lock);
}

/* Who sent what came from this peer of the front; FALSE if it is none. */
static BOOL translate(SOCKET s, const SOCKADDR_IN *from, SOCKADDR_STORAGE *to, int *size)
{
    struct ws2_packet params;
    struct raw_socket raw;

    if (from->sin_family != AF_INET || (RtlUlongByteSwap(from->sin_addr.s_addr) & NAMES_MASK) != FIRST_NAME ||
        !raw_look(s, &raw))
        return FALSE;
    params = (struct ws2_packet){.id = raw.note.id,
                                 .front_address = from->sin_addr.s_addr,
                                 .address = WS2_PTR(to),
                                 .address_size = sizeof(*to)};
    if (raw_call(WS2_PACKET_SOURCE, &params)) return FALSE;
    *size = params.address_size;
    return TRUE;
}

static void fulfil(const struct wish *wish)
{
    SOCKADDR_STORAGE name;
    SOCKADDR_IN from;
    int size;

    if (!guarded_read(&from, wish->addr, sizeof(from)) || !translate(wish->socket, &from, &name, &size))
        return;
    if (guarded_write(wish->addr, &name, size)) guarded_write(wish->len, &size, sizeof(size));
}

static struct wish *take_wish(WSAOVERLAPPED *overlapped)
{
    struct wish **link = &wishes, *wish;

    AcquireSRWLockExclusive(&lock);
    while ((wish = *link) && wish->overlapped != overlapped) link = &wish->next;
    if (wish) *link = wish->next;
    ReleaseSRWLockExclusive(&lock);
    return wish;
}

static void CALLBACK translate_and_call(DWORD error, DWORD bytes, WSAOVERLAPPED *overlapped, DWORD flags)
{
    struct wish *wish = take_wish(overlapped);
    LPWSAOVERLAPPED_COMPLETION_ROUTINE routine;

    if (!wish) return;
    if (!error || error == WSAEMSGSIZE) fulfil(wish);
    routine = wish->routine;
    heap_free(wish);
    routine(error, bytes, overlapped, flags);
}

static int receive_overlapped(SOCKET s, WSABUF *buffers, DWORD count, DWORD *done, DWORD *flags,
                              struct sockaddr *addr, int *len, WSAOVERLAPPED *overlapped,
                              LPWSAOVERLAPPED_COMPLETION_ROUTINE routine, int *err)
{
    struct wish *wish = heap_alloc(sizeof(*wish));
    struct raw_socket raw;
    int room, ret;

    if (!wish || !raw_look(s, &raw) || !guarded_read(&room, len, sizeof(room)) ||
        room < raw_address_size(&raw))
    {
        heap_free(wish);
        return fail(wish ? WSAEFAULT : WSAENOBUFS, err);
    }
    *wish = (struct wish){s, overlapped, addr, len, routine, NULL};
    heap_free(take_wish(overlapped)); /* an operation nobody asked the outcome of */
    AcquireSRWLockExclusive(&lock);
    wish->next = wishes;
    wishes = wish;
    ReleaseSRWLockExclusive(&lock);
    ret = front_recvfrom(s, buffers, count, done, flags, addr, len, overlapped,
                         routine ? translate_and_call : NULL, err);
    if (!ret && !routine && (wish = take_wish(overlapped)))
    {
        fulfil(wish);
        heap_free(wish);
    }
    if (ret && *err != WSA_IO_PENDING) heap_free(take_wish(overlapped));
    return ret;
}

int rawhost_recvfrom(SOCKET s, WSABUF *buffers, DWORD count, DWORD *done, DWORD *flags, struct sockaddr *addr,
                     int *len, WSAOVERLAPPED *overlapped, LPWSAOVERLAPPED_COMPLETION_ROUTINE routine,
                     int *err)
{
    SOCKADDR_IN from = {0};
    SOCKADDR_STORAGE name;
    int from_len = sizeof(from), size, ret;

    if (!rawhost_is(s) || !addr || !len)
        return front_recvfrom(s, buffers, count, done, flags, addr, len, overlapped, routine, err);
    if (overlapped)
        return receive_overlapped(s, buffers, count, done, flags, addr, len, overlapped, routine, err);
    ret =
        front_recvfrom(s, buffers, count, done, flags, (struct sockaddr *)&from, &from_len, NULL, NULL, err);
    if (ret && *err != WSAEMSGSIZE) return ret;
    if (translate(s, &from, &name, &size) && raw_give_name(&name, size, addr, len))
        return fail(WSAEFAULT, err);
    return ret;
}

int rawhost_recvmsg(SOCKET s, WSAMSG *msg, DWORD *done, WSAOVERLAPPED *overlapped,
                    LPWSAOVERLAPPED_COMPLETION_ROUTINE routine)
{
    const ULONG none = 0;
    WSAMSG copy;
    int err = 0;

    if (!msg || !guarded_read(&copy, msg, sizeof(copy)) ||
        !guarded_write(&msg->Control.len, &none, sizeof(none)))
        return WSAEFAULT;
    if (rawhost_recvfrom(s, copy.lpBuffers, copy.dwBufferCount, done, &msg->dwFlags, copy.name,
                         copy.name ? &msg->namelen : NULL, overlapped, routine, &err))
        return err;
    return 0;
}

BOOL WSPAPI rawhost_get_overlapped_result(SOCKET s, WSAOVERLAPPED *overlapped, DWORD *done, BOOL wait,
                                          DWORD *flags, int *err)
{
    BOOL ok = base_get_overlapped_result(s, overlapped, done, wait, flags, err);
    struct wish *wish;

    if (!rawhost_is(s) || (!ok && *err == WSA_IO_INCOMPLETE) || !(wish = take_wish(overlapped))) return ok;
    if (ok || *err == WSAEMSGSIZE) fulfil(wish);
    heap_free(wish);
    return ok;
}
