/*
 * What WSARecvMsg and WSASendMsg share.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * What the device can do goes through it: sending without control data, and
 * receiving the control messages that it knows. The others need the host's
 * descriptor; waiting is left to the device even then, because it alone knows the
 * socket's mode and time-outs and can be cancelled.
 */
#include "private.h"

#include "base/device.h"
#include "base/kept.h"
#include "base/message.h"
#include "record.h"

static const struct
{
    enum kept_option option;
    DWORD kind;
} made_kinds[] = {
    {KEPT_RECVERR, WS2_CONTROL_ERROR},
    {KEPT_ECN, WS2_CONTROL_ECN},
    {KEPT_RECVDSTADDR, WS2_CONTROL_DSTADDR},
    {KEPT_RECVIF, WS2_CONTROL_INTERFACE},
    {KEPT_ORIGINAL_ARRIVAL_IF, WS2_CONTROL_ARRIVAL},
    {KEPT_COALESCED_SIZE, WS2_CONTROL_COALESCED},
};

DWORD message_made_kinds(SOCKET s)
{
    DWORD kinds = 0;
    size_t i;

    for (i = 0; i < ARRAY_COUNT(made_kinds); i++)
        if (kept_get(s, made_kinds[i].option, 0)) kinds |= made_kinds[i].kind;
    return kinds;
}

static DWORD basic_kind(int level, int name)
{
    static const struct
    {
        int level, name;
        DWORD kind;
    } options[] = {
        {IPPROTO_IP, IP_PKTINFO, WS2_CONTROL_PKTINFO},
        {IPPROTO_IP, IP_RECVTOS, WS2_CONTROL_TOS},
        {IPPROTO_IPV6, IPV6_PKTINFO, WS2_CONTROL_PKTINFO},
        {IPPROTO_IPV6, IPV6_RECVTCLASS, WS2_CONTROL_TCLASS},
    };
    size_t i;

    for (i = 0; i < ARRAY_COUNT(options); i++)
        if (options[i].level == level && options[i].name == name) return options[i].kind;
    return 0;
}

void message_option_set(SOCKET s, int level, int name)
{
    DWORD uninvited = kept_get(s, KEPT_CONTROL_UNINVITED, 0), kind = basic_kind(level, name);

    if (uninvited & kind) kept_set(s, KEPT_CONTROL_UNINVITED, uninvited & ~kind);
}

BOOL message_option_uninvited(SOCKET s, int level, int name)
{
    return (kept_get(s, KEPT_CONTROL_UNINVITED, 0) & basic_kind(level, name)) != 0;
}

DWORD message_destination_flags(const char *control, ULONG size)
{
    WSAMSG walked = {.Control = {size, (char *)control}};
    const WSACMSGHDR *header;

    for (header = WSA_CMSG_FIRSTHDR(&walked); header; header = WSA_CMSG_NXTHDR(&walked, header))
    {
        const UCHAR *addr = WSA_CMSG_DATA(header);

        if (header->cmsg_type != IP_PKTINFO) continue;
        if (header->cmsg_level == IPPROTO_IPV6) return addr[0] == 0xff ? MSG_MCAST : 0;
        if (header->cmsg_level != IPPROTO_IP) continue;
        if (*(const ULONG *)addr == INADDR_BROADCAST) return MSG_BCAST;
        return addr[0] >= 224 && addr[0] < 240 ? MSG_MCAST : 0;
    }
    return 0;
}

int message_type(SOCKET s, int *err)
{
    const struct socket_record *record = record_get(s);
    struct afd_info info;
    NTSTATUS status;

    if (record && record->type) return record->type;
    if (!(status = device_request(s, AFD_GET_INFO, NULL, 0, &info, sizeof(info), NULL))) return info.type;
    *err = device_error(status);
    return 0;
}

void crossing_free(struct crossing *crossing)
{
    if (crossing->buffers != crossing->local) heap_free(crossing->buffers);
}

/* Touches what will be written: guard pages and write watches act on this, not on
 * what the host writes. */
static void touch(char *p, ULONG size)
{
    volatile char *last = p + size - 1;

    if (!size) return;
    for (; p <= (char *)last; p += 0x1000) *(volatile char *)p = *(volatile char *)p;
    *last = *last;
}

int crossing_begin(struct crossing *crossing, SOCKET s, const WSAMSG *msg, BOOL receiving)
{
    volatile int err = 0;

    memset(&crossing->params, 0, sizeof(crossing->params));
    crossing->buffers = crossing->local;
    if (msg->dwBufferCount > LOCAL_BUFFERS &&
        (msg->dwBufferCount > MAXLONG / sizeof(*crossing->buffers) ||
         !(crossing->buffers = heap_alloc(msg->dwBufferCount * sizeof(*crossing->buffers)))))
    {
        crossing->buffers = crossing->local;
        return WSAENOBUFS;
    }
    __TRY
    {
        DWORD i;

        GUARD_BEGIN;
        for (i = 0; i < msg->dwBufferCount; i++)
        {
            crossing->buffers[i].base = WS2_PTR(msg->lpBuffers[i].buf);
            crossing->buffers[i].size = msg->lpBuffers[i].len;
            if (receiving) touch(msg->lpBuffers[i].buf, msg->lpBuffers[i].len);
        }
        GUARD_END;
    }
    __EXCEPT_PAGE_FAULT
    {
        err = WSAEFAULT;
    }
    __ENDTRY
    crossing->params.handle = WS2_PTR(s);
    crossing->params.buffers = WS2_PTR(crossing->buffers);
    crossing->params.count = msg->dwBufferCount;
    crossing->params.header_size = sizeof(WSACMSGHDR);
    return err;
}
