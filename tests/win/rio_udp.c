/*
 * Registered I/O on datagram sockets: addresses, control data, errors.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "rio_end.h"

static BOOL is_same(const SOCKADDR_INET *one, const SOCKADDR_INET *other)
{
    if (one->si_family != other->si_family || one->Ipv4.sin_port != other->Ipv4.sin_port) return FALSE;
    return one->si_family == AF_INET
               ? one->Ipv4.sin_addr.s_addr == other->Ipv4.sin_addr.s_addr
               : !memcmp(&one->Ipv6.sin6_addr, &other->Ipv6.sin6_addr, sizeof(one->Ipv6.sin6_addr));
}

static void exchange(int family)
{
    RIO_BUF data, remote, local;
    struct end from, to;
    int i;

    open_end(&from, family);
    open_end(&to, family);
    memset(&memory, 0, sizeof(memory));
    for (i = 1; i < 3; i++)
    {
        data = PART(data[i]);
        remote = PART(remote[i]);
        local = PART(local[i]);
        if (i == 1)
            CHECK(rio.RIOReceiveEx(to.rq, &data, 1, NULL, &remote, NULL, NULL, 0, (void *)10));
        else
            CHECK(rio.RIOReceiveEx(to.rq, &data, 1, &local, &remote, NULL, NULL, 0, (void *)11));
    }
    send_to(&from, &to.name, "one");
    send_to(&from, &to.name, "three");
    CHECK_COMPLETION(to.cq, 10, 0, 3);
    CHECK_COMPLETION(to.cq, 11, 0, 5);
    CHECK(!memcmp(memory.data[1], "one", 3));
    CHECK(!memcmp(memory.data[2], "three", 5));
    CHECK(is_same(&memory.remote[1], &from.name));
    CHECK(is_same(&memory.remote[2], &from.name));
    CHECK(is_same(&memory.local[2], &to.name));
    close_end(&from);
    close_end(&to);
}

TEST(addresses_come_with_the_data)
{
    exchange(AF_INET);
}

TEST(addresses_come_with_the_data_over_ipv6)
{
    exchange(AF_INET6);
}

TEST(the_local_address_is_where_a_datagram_was_sent_to)
{
    SOCKADDR_INET any = {.si_family = AF_INET}, to;
    RIO_BUF data, local;
    struct end from, at;
    int size = sizeof(any);

    open_end(&from, AF_INET);
    at.socket = rio_socket(AF_INET, SOCK_DGRAM);
    CHECK_INT(bind(at.socket, (struct sockaddr *)&any, sizeof(any.Ipv4)), 0);
    CHECK_INT(getsockname(at.socket, (struct sockaddr *)&any, &size), 0);
    make_queue(&at, rio_queue_of(16));
    to = any;
    to.Ipv4.sin_addr.s_addr = inet_addr("127.0.0.77");
    data = PART(data[1]);
    local = PART(local[1]);
    CHECK(rio.RIOReceiveEx(at.rq, &data, 1, &local, NULL, NULL, NULL, 0, (void *)2));
    send_to(&from, &to, "x");
    CHECK_COMPLETION(at.cq, 2, 0, 1);
    CHECK(is_same(&memory.local[1], &to));
    close_end(&from);
    close_end(&at);
}

TEST(a_socket_of_both_families_maps_addresses)
{
    SOCKADDR_INET any = {.si_family = AF_INET6}, to = {.si_family = AF_INET};
    RIO_BUF data, local, remote;
    struct end from, at;
    int size = sizeof(any), off = 0;

    open_end(&from, AF_INET);
    at.socket = rio_socket(AF_INET6, SOCK_DGRAM);
    CHECK_INT(setsockopt(at.socket, IPPROTO_IPV6, IPV6_V6ONLY, (char *)&off, sizeof(off)), 0);
    CHECK_INT(bind(at.socket, (struct sockaddr *)&any, sizeof(any.Ipv6)), 0);
    CHECK_INT(getsockname(at.socket, (struct sockaddr *)&any, &size), 0);
    make_queue(&at, rio_queue_of(16));
    to.Ipv4.sin_port = any.Ipv6.sin6_port;
    to.Ipv4.sin_addr.s_addr = inet_addr("127.0.0.77");
    data = PART(data[1]);
    local = PART(local[1]);
    remote = PART(remote[1]);
    CHECK(rio.RIOReceiveEx(at.rq, &data, 1, &local, &remote, NULL, NULL, 0, (void *)2));
    send_to(&from, &to, "x");
    CHECK_COMPLETION(at.cq, 2, 0, 1);
    CHECK_INT(memory.local[1].si_family, AF_INET6);
    CHECK_INT(memory.local[1].Ipv6.sin6_port, any.Ipv6.sin6_port);
    CHECK_INT(memory.local[1].Ipv6.sin6_addr.s6_addr[11], 0xff);
    CHECK(!memcmp(memory.local[1].Ipv6.sin6_addr.s6_addr + 12, &to.Ipv4.sin_addr, 4));
    CHECK_INT(memory.remote[1].si_family, AF_INET6);
    CHECK(!memcmp(memory.remote[1].Ipv6.sin6_addr.s6_addr + 12, &from.name.Ipv4.sin_addr, 4));
    close_end(&from);
    close_end(&at);
}

static const WSACMSGHDR *find_control(const char *buffer, int level, int type)
{
    const ULONG total = ((const RIO_CMSG_BUFFER *)buffer)->TotalLength;
    WSAMSG message = {.Control = {total - RIO_CMSG_BASE_SIZE, (char *)buffer + RIO_CMSG_BASE_SIZE}};
    WSACMSGHDR *header;

    for (header = WSA_CMSG_FIRSTHDR(&message); header; header = WSA_CMSG_NXTHDR(&message, header))
        if (header->cmsg_level == level && header->cmsg_type == type) return header;
    return NULL;
}

TEST(control_data_comes_as_the_socket_was_told)
{
    RIO_BUF data, control, flags, local;
    const WSACMSGHDR *header;
    struct end from, to;
    int on = 1;

    open_end(&from, AF_INET);
    open_end(&to, AF_INET);
    data = PART(data[1]);
    control = PART(control[1]);
    flags = PART(flags[1]);
    local = PART(local[1]);
    memset(memory.control, 0xcc, sizeof(memory.control));
    memory.flags[1] = 0xcccc;
    send_to(&from, &to.name, "a");
    CHECK(rio.RIOReceiveEx(to.rq, &data, 1, &local, NULL, &control, &flags, 0, (void *)2));
    CHECK_COMPLETION(to.cq, 2, 0, 1);
    CHECK_INT(((RIO_CMSG_BUFFER *)memory.control[1])->TotalLength, RIO_CMSG_BASE_SIZE);
    CHECK_INT(memory.flags[1], 0);
    CHECK_INT(setsockopt(to.socket, IPPROTO_IP, IP_PKTINFO, (char *)&on, sizeof(on)), 0);
    send_to(&from, &to.name, "b");
    CHECK(rio.RIOReceiveEx(to.rq, &data, 1, NULL, NULL, &control, &flags, 0, (void *)3));
    CHECK_COMPLETION(to.cq, 3, 0, 1);
    CHECK((header = find_control(memory.control[1], IPPROTO_IP, IP_PKTINFO)) != NULL);
    CHECK_INT(((IN_PKTINFO *)WSA_CMSG_DATA(header))->ipi_addr.s_addr, htonl(INADDR_LOOPBACK));
    CHECK_INT(memory.flags[1], 0);
    /* what finds no room is left out */
    control.Length = RIO_CMSG_BASE_SIZE + 8;
    send_to(&from, &to.name, "c");
    CHECK(rio.RIOReceiveEx(to.rq, &data, 1, NULL, NULL, &control, &flags, 0, (void *)4));
    CHECK_COMPLETION(to.cq, 4, WSAEMSGSIZE, 1);
    CHECK_INT(memory.flags[1], MSG_CTRUNC);
    CHECK_INT(((RIO_CMSG_BUFFER *)memory.control[1])->TotalLength, RIO_CMSG_BASE_SIZE);
    close_end(&from);
    close_end(&to);
}

TEST(control_data_goes_with_a_send)
{
    RIO_CMSG_BUFFER *total = (RIO_CMSG_BUFFER *)memory.control[0];
    WSACMSGHDR *header = (WSACMSGHDR *)(memory.control[0] + RIO_CMSG_BASE_SIZE);
    RIO_BUF data, control, flags, remote;
    const WSACMSGHDR *got;
    struct end from, to;
    int on = 1;

    open_end(&from, AF_INET);
    open_end(&to, AF_INET);
    CHECK_INT(setsockopt(to.socket, IPPROTO_IP, IP_HOPLIMIT, (char *)&on, sizeof(on)), 0);
    header->cmsg_len = WSA_CMSG_LEN(sizeof(int));
    header->cmsg_level = IPPROTO_IP;
    header->cmsg_type = IP_TTL;
    *(int *)WSA_CMSG_DATA(header) = 42;
    total->TotalLength = RIO_CMSG_BASE_SIZE + WSA_CMSG_SPACE(sizeof(int));
    memory.remote[0] = to.name;
    memory.flags[0] = 0xcccc;
    data = part(memory.data[0], 1);
    control = PART(control[0]);
    remote = PART(remote[0]);
    flags = PART(flags[0]);
    CHECK(rio.RIOSendEx(from.rq, &data, 1, NULL, &remote, &control, &flags, 0, (void *)1));
    CHECK_COMPLETION(from.sent, 1, 0, 1);
    CHECK_INT(memory.flags[0], 0);
    data = PART(data[1]);
    control = PART(control[1]);
    CHECK(rio.RIOReceiveEx(to.rq, &data, 1, NULL, NULL, &control, NULL, 0, (void *)2));
    CHECK_COMPLETION(to.cq, 2, 0, 1);
    CHECK((got = find_control(memory.control[1], IPPROTO_IP, IP_TTL)) != NULL);
    CHECK_INT(*(int *)WSA_CMSG_DATA(got), 42);
    /* control data that are none */
    data = part(memory.data[0], 1);
    control = PART(control[0]);
    total->TotalLength = sizeof(memory.control[0]) + 1;
    CHECK(rio.RIOSendEx(from.rq, &data, 1, NULL, &remote, &control, NULL, 0, (void *)3));
    CHECK_COMPLETION(from.sent, 3, WSAEINVAL, 0);
    close_end(&from);
    close_end(&to);
}

TEST(a_datagram_that_does_not_fit_fills_its_buffer)
{
    RIO_BUF data, flags;
    struct end from, to;

    open_end(&from, AF_INET);
    open_end(&to, AF_INET);
    data = part(memory.data[1], 4);
    flags = PART(flags[1]);
    send_to(&from, &to.name, "too long");
    CHECK(rio.RIOReceive(to.rq, &data, 1, 0, (void *)2));
    CHECK_COMPLETION(to.cq, 2, WSAEMSGSIZE, 4);
    CHECK(!memcmp(memory.data[1], "too ", 4));
    send_to(&from, &to.name, "too long");
    CHECK(rio.RIOReceiveEx(to.rq, &data, 1, NULL, NULL, NULL, &flags, 0, (void *)3));
    CHECK_COMPLETION(to.cq, 3, WSAEMSGSIZE, 4);
    CHECK_INT(memory.flags[1], MSG_TRUNC);
    close_end(&from);
    close_end(&to);
}

TEST(datagrams_need_no_data)
{
    struct end from, to;
    RIO_BUF remote;

    open_end(&from, AF_INET);
    open_end(&to, AF_INET);
    remote = PART(remote[1]);
    send_to(&from, &to.name, "never seen");
    CHECK(rio.RIOReceiveEx(to.rq, NULL, 0, NULL, &remote, NULL, NULL, 0, (void *)2));
    CHECK_COMPLETION(to.cq, 2, 0, 0);
    CHECK(is_same(&memory.remote[1], &from.name));
    memory.remote[2] = to.name;
    remote = PART(remote[2]);
    CHECK(rio.RIOSendEx(from.rq, NULL, 0, NULL, &remote, NULL, NULL, 0, (void *)3));
    CHECK_COMPLETION(from.sent, 3, 0, 0);
    CHECK(rio.RIOReceive(to.rq, NULL, 0, 0, (void *)4));
    CHECK_COMPLETION(to.cq, 4, 0, 0);
    close_end(&from);
    close_end(&to);
}

TEST(addresses_are_checked)
{
    RIO_BUF data, remote, small;
    struct end from;

    open_end(&from, AF_INET);
    data = part(memory.data[0], 1);
    remote = PART(remote[0]);
    memory.remote[0] = from.name;
    small = remote;
    small.Length--;
    CHECK_RIO_ERROR(rio.RIOSendEx(from.rq, &data, 1, NULL, &small, NULL, NULL, 0, NULL), FALSE, WSAEINVAL);
    CHECK_RIO_ERROR(rio.RIOReceiveEx(from.rq, &data, 1, NULL, &small, NULL, NULL, 0, NULL), FALSE, WSAEINVAL);
    CHECK_RIO_ERROR(rio.RIOReceiveEx(from.rq, &data, 1, &small, NULL, NULL, NULL, 0, NULL), FALSE, WSAEINVAL);
    CHECK_RIO_ERROR(rio.RIOSendEx(from.rq, &data, 1, &remote, &remote, NULL, NULL, 0, NULL), FALSE,
                    WSAEINVAL);
    small.Length = 3;
    CHECK_RIO_ERROR(rio.RIOReceiveEx(from.rq, &data, 1, NULL, NULL, NULL, &small, 0, NULL), FALSE, WSAEINVAL);
    CHECK_RIO_ERROR(rio.RIOReceiveEx(from.rq, &data, 1, NULL, NULL, &small, NULL, 0, NULL), FALSE, WSAEINVAL);
    small.BufferId = RIO_INVALID_BUFFERID;
    CHECK_RIO_ERROR(rio.RIOSendEx(from.rq, &data, 1, NULL, &small, NULL, NULL, 0, NULL), FALSE, WSAEFAULT);
    memory.remote[0].si_family = AF_INET6;
    CHECK_RIO_ERROR(rio.RIOSendEx(from.rq, &data, 1, NULL, &remote, NULL, NULL, 0, NULL), FALSE,
                    WSAEAFNOSUPPORT);
    memory.remote[0] = from.name;
    memory.remote[0].Ipv4.sin_port = 0;
    CHECK_RIO_ERROR(rio.RIOSendEx(from.rq, &data, 1, NULL, &remote, NULL, NULL, 0, NULL), FALSE,
                    WSAEADDRNOTAVAIL);
    /* to nobody */
    CHECK(rio.RIOSend(from.rq, &data, 1, 0, (void *)5));
    CHECK_COMPLETION(from.sent, 5, WSAENOTCONN, 0);
    close_end(&from);
}

TEST(a_socket_without_a_name_receives_nothing_and_gets_one_by_sending)
{
    SOCKET s;
    RIO_BUF data, remote;
    SOCKADDR_INET name;
    int size = sizeof(name);
    struct end to;
    RIO_CQ cq;
    RIO_RQ rq;

    open_end(&to, AF_INET);
    s = rio_socket(AF_INET, SOCK_DGRAM);
    cq = rio_queue_of(4);
    rq = rio_requests(s, 2, cq, 0);
    data = part(memory.data[0], 1);
    remote = PART(remote[0]);
    memory.remote[0] = to.name;
    CHECK(rio.RIOReceive(rq, &data, 1, 0, (void *)1));
    CHECK_COMPLETION(cq, 1, WSAEINVAL, 0);
    CHECK(rio.RIOSendEx(rq, &data, 1, NULL, &remote, NULL, NULL, 0, (void *)2));
    CHECK_COMPLETION(cq, 2, 0, 1);
    CHECK_INT(getsockname(s, (struct sockaddr *)&name, &size), 0);
    CHECK(name.Ipv4.sin_port != 0);
    CHECK(rio.RIOReceive(rq, &data, 1, 0, (void *)3));
    name.Ipv4.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    send_to(&to, &name, "z");
    CHECK_COMPLETION(cq, 3, 0, 1);
    closesocket(s);
    rio.RIOCloseCompletionQueue(cq);
    close_end(&to);
}

/* A port where nobody is. */
static SOCKADDR_INET nowhere(void)
{
    SOCKADDR_INET name;

    closesocket(rio_udp(AF_INET, &name));
    return name;
}

TEST(a_port_unreachable_resets_a_receive)
{
    SOCKADDR_INET name = nowhere();
    struct end end;
    RIO_BUF data;

    open_end(&end, AF_INET);
    data = PART(data[1]);
    CHECK(rio.RIOReceive(end.rq, &data, 1, 0, (void *)2));
    send_to(&end, &name, "a");
    CHECK_COMPLETION(end.cq, 2, WSAECONNRESET, 0);
    /* later ones are as ever */
    CHECK(rio.RIOReceive(end.rq, &data, 1, 0, (void *)3));
    name = end.name;
    send_to(&end, &name, "self");
    CHECK_COMPLETION(end.cq, 3, 0, 4);
    close_end(&end);
}

TEST(nothing_is_heard_of_it_with_sio_udp_connreset_off)
{
    SOCKADDR_INET name = nowhere();
    struct end end;
    RIO_BUF data;
    DWORD off = FALSE, returned;
    int i;

    open_end(&end, AF_INET);
    CHECK_INT(
        WSAIoctl(end.socket, _WSAIOW(IOC_VENDOR, 12), &off, sizeof(off), NULL, 0, &returned, NULL, NULL), 0);
    data = PART(data[1]);
    CHECK(rio.RIOReceive(end.rq, &data, 1, 0, (void *)2));
    for (i = 0; i < 3; i++) send_to(&end, &name, "a");
    name = end.name;
    send_to(&end, &name, "self");
    CHECK_COMPLETION(end.cq, 2, 0, 4);
    close_end(&end);
}
