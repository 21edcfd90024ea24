/*
 * What becomes of datagrams that nobody takes: the port unreachable that comes
 * back, and how the sender hears of it.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "harness.h"

#include "../../include/ws2_missing.h"

#ifndef SIO_UDP_CONNRESET
#define SIO_UDP_CONNRESET _WSAIOW(IOC_VENDOR, 12)
#endif

union address
{
    struct sockaddr any;
    struct sockaddr_in ipv4;
    struct sockaddr_in6 ipv6;
};

static int size_of(const union address *addr)
{
    return addr->any.sa_family == AF_INET ? sizeof(addr->ipv4) : sizeof(addr->ipv6);
}

static SOCKET bound(int family, union address *addr)
{
    SOCKET s = socket(family, SOCK_DGRAM, 0);
    int length = sizeof(*addr);

    memset(addr, 0, sizeof(*addr));
    addr->any.sa_family = family;
    if (family == AF_INET)
        addr->ipv4.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    else
        addr->ipv6.sin6_addr.s6_addr[15] = 1;
    CHECK_INT(bind(s, &addr->any, size_of(addr)), 0);
    CHECK_INT(getsockname(s, &addr->any, &length), 0);
    return s;
}

/* The address of a port at which nobody is. */
static void nowhere(int family, union address *addr)
{
    closesocket(bound(family, addr));
}

static void send_nowhere(SOCKET s, int family)
{
    union address addr;

    nowhere(family, &addr);
    CHECK_INT(sendto(s, "lost", 4, 0, &addr.any, size_of(&addr)), 4);
}

static void set_switch(SOCKET s, DWORD code, BOOL on)
{
    DWORD size;

    CHECK_INT(WSAIoctl(s, code, &on, sizeof(on), NULL, 0, &size, NULL, NULL), 0);
}

static BOOL is_readable(SOCKET s, int seconds)
{
    struct timeval timeout = {.tv_sec = seconds};
    fd_set read;

    FD_ZERO(&read);
    FD_SET(s, &read);
    return select(0, &read, NULL, NULL, &timeout) == 1;
}

static void check_still_works(SOCKET s, union address *addr)
{
    char buffer[8];
    union address other;
    SOCKET sender = bound(addr->any.sa_family, &other);

    CHECK_INT(sendto(sender, "fine", 4, 0, &addr->any, size_of(addr)), 4);
    CHECK(is_readable(s, 10));
    CHECK_INT(recv(s, buffer, sizeof(buffer), 0), 4);
    closesocket(sender);
}

static void check_blocking(int family)
{
    char buffer[8];
    union address addr;
    SOCKET s = bound(family, &addr);

    send_nowhere(s, family);
    CHECK_ERROR(recv(s, buffer, sizeof(buffer), 0), WSAECONNRESET);
    check_still_works(s, &addr);
    send_nowhere(s, family);
    CHECK_ERROR(recvfrom(s, buffer, sizeof(buffer), 0, NULL, NULL), WSAECONNRESET);
    check_still_works(s, &addr);
    closesocket(s);
}

TEST(a_port_unreachable_is_a_reset_for_the_next_receive)
{
    check_blocking(AF_INET);
}

TEST(so_it_is_with_ipv6)
{
    check_blocking(AF_INET6);
}

TEST(a_socket_that_was_never_bound_hears_of_it_too)
{
    SOCKET s = socket(AF_INET, SOCK_DGRAM, 0);
    char buffer[8];

    send_nowhere(s, AF_INET);
    CHECK_ERROR(recv(s, buffer, sizeof(buffer), 0), WSAECONNRESET);
    closesocket(s);
}

TEST(a_connected_socket_hears_of_it)
{
    union address addr, to;
    SOCKET s = bound(AF_INET, &addr);
    char buffer[8];
    int i;

    nowhere(AF_INET, &to);
    CHECK_INT(connect(s, &to.any, sizeof(to.ipv4)), 0);
    for (i = 0; i < 3; i++)
    {
        CHECK_INT(send(s, "lost", 4, 0), 4);
        CHECK_ERROR(recv(s, buffer, sizeof(buffer), 0), WSAECONNRESET);
    }
    closesocket(s);
}

TEST(select_and_poll_report_it_as_readable)
{
    u_long on = 1;
    char buffer[8];
    union address addr;
    SOCKET s = bound(AF_INET, &addr);
    WSAPOLLFD poll = {.fd = s, .events = POLLRDNORM};
    int i;

    CHECK_INT(ioctlsocket(s, FIONBIO, &on), 0);
    for (i = 0; i < 3; i++)
    {
        CHECK(!is_readable(s, 0));
        send_nowhere(s, AF_INET);
        CHECK(is_readable(s, 10));
        CHECK_INT(WSAPoll(&poll, 1, 10000), 1);
        CHECK(poll.revents & POLLRDNORM);
        CHECK_ERROR(recv(s, buffer, sizeof(buffer), 0), WSAECONNRESET);
        CHECK_ERROR(recv(s, buffer, sizeof(buffer), 0), WSAEWOULDBLOCK);
    }
    check_still_works(s, &addr);
    closesocket(s);
}

TEST(sends_never_fail_for_it)
{
    char buffer[8];
    union address addr, to;
    SOCKET s = bound(AF_INET, &addr);
    int i;

    nowhere(AF_INET, &to);
    for (i = 0; i < 100; i++) CHECK_INT(sendto(s, "lost", 4, 0, &to.any, sizeof(to.ipv4)), 4);
    CHECK_ERROR(recv(s, buffer, sizeof(buffer), 0), WSAECONNRESET);
    closesocket(s);
}

struct waiting
{
    SOCKET socket;
    int result, error;
};

static DWORD WINAPI receive(void *arg)
{
    struct waiting *waiting = arg;
    char buffer[8];

    waiting->result = recv(waiting->socket, buffer, sizeof(buffer), 0);
    waiting->error = WSAGetLastError();
    return 0;
}

static DWORD WINAPI wait_for_data(void *arg)
{
    struct waiting *waiting = arg;

    waiting->result = is_readable(waiting->socket, 20);
    return 0;
}

/* Long enough for the wait to have become one of the device. */
static HANDLE start_waiting(DWORD(WINAPI *function)(void *), struct waiting *waiting)
{
    HANDLE thread = CreateThread(NULL, 0, function, waiting, 0, NULL);

    Sleep(100);
    return thread;
}

static void join(HANDLE thread)
{
    CHECK_INT(WaitForSingleObject(thread, 20000), WAIT_OBJECT_0);
    CloseHandle(thread);
}

/* Twice: the layer's server gives a socket up after the first error. */
TEST(it_ends_a_receive_that_waits_and_so_do_data_later)
{
    union address addr, other;
    struct waiting waiting = {.socket = bound(AF_INET, &addr)};
    SOCKET sender = bound(AF_INET, &other);
    HANDLE thread;
    int i;

    for (i = 0; i < 2; i++)
    {
        thread = start_waiting(receive, &waiting);
        send_nowhere(waiting.socket, AF_INET);
        join(thread);
        CHECK_INT(waiting.result, -1);
        CHECK_INT(waiting.error, WSAECONNRESET);

        thread = start_waiting(receive, &waiting);
        CHECK_INT(sendto(sender, "data", 4, 0, &addr.any, sizeof(addr.ipv4)), 4);
        join(thread);
        CHECK_INT(waiting.result, 4);
    }
    closesocket(sender);
    closesocket(waiting.socket);
}

TEST(it_ends_a_select_that_waits_and_so_do_data_later)
{
    union address addr, other;
    struct waiting waiting = {.socket = bound(AF_INET, &addr)};
    SOCKET sender = bound(AF_INET, &other);
    char buffer[8];
    HANDLE thread;
    int i;

    for (i = 0; i < 2; i++)
    {
        thread = start_waiting(wait_for_data, &waiting);
        send_nowhere(waiting.socket, AF_INET);
        join(thread);
        CHECK_INT(waiting.result, 1);
        CHECK_ERROR(recv(waiting.socket, buffer, sizeof(buffer), 0), WSAECONNRESET);

        thread = start_waiting(wait_for_data, &waiting);
        CHECK_INT(sendto(sender, "data", 4, 0, &addr.any, sizeof(addr.ipv4)), 4);
        join(thread);
        CHECK_INT(waiting.result, 1);
        CHECK_INT(recv(waiting.socket, buffer, sizeof(buffer), 0), 4);
    }
    closesocket(sender);
    closesocket(waiting.socket);
}

TEST(it_ends_an_overlapped_receive_and_the_next_gets_data)
{
    OVERLAPPED overlapped = {.hEvent = CreateEventW(NULL, TRUE, FALSE, NULL)};
    char data[8];
    WSABUF buffer = {sizeof(data), data};
    union address addr, other;
    SOCKET s = bound(AF_INET, &addr), sender = bound(AF_INET, &other);
    DWORD flags = 0, size;
    int i;

    for (i = 0; i < 2; i++)
    {
        CHECK_ERROR(WSARecvFrom(s, &buffer, 1, NULL, &flags, NULL, NULL, &overlapped, NULL), WSA_IO_PENDING);
        send_nowhere(s, AF_INET);
        CHECK_INT(WaitForSingleObject(overlapped.hEvent, 20000), WAIT_OBJECT_0);
        WSASetLastError(0);
        CHECK(!WSAGetOverlappedResult(s, &overlapped, &size, FALSE, &flags));
        CHECK_INT(WSAGetLastError(), WSAECONNRESET);

        flags = 0;
        while (WSARecvFrom(s, &buffer, 1, NULL, &flags, NULL, NULL, &overlapped, NULL) &&
               WSAGetLastError() == WSAECONNRESET)
            continue; /* the same message, as Windows may have several */
        CHECK_INT(WSAGetLastError(), WSA_IO_PENDING);
        CHECK_INT(sendto(sender, "data", 4, 0, &addr.any, sizeof(addr.ipv4)), 4);
        CHECK_INT(WaitForSingleObject(overlapped.hEvent, 20000), WAIT_OBJECT_0);
        CHECK(WSAGetOverlappedResult(s, &overlapped, &size, FALSE, &flags));
        CHECK_INT(size, 4);
    }
    CloseHandle(overlapped.hEvent);
    closesocket(sender);
    closesocket(s);
}

TEST(an_overlapped_receive_after_it_fails_at_once)
{
    OVERLAPPED overlapped = {.hEvent = CreateEventW(NULL, TRUE, FALSE, NULL)};
    char data[8];
    WSABUF buffer = {sizeof(data), data};
    union address addr;
    SOCKET s = bound(AF_INET, &addr);
    DWORD flags = 0;

    send_nowhere(s, AF_INET);
    CHECK(is_readable(s, 10));
    CHECK_ERROR(WSARecvFrom(s, &buffer, 1, NULL, &flags, NULL, NULL, &overlapped, NULL), WSAECONNRESET);
    CHECK_ERROR(WSARecvFrom(s, &buffer, 1, NULL, &flags, NULL, NULL, &overlapped, NULL), WSA_IO_PENDING);
    closesocket(s);
    CloseHandle(overlapped.hEvent);
}

TEST(an_event_tells_of_something_to_read_and_never_of_a_close)
{
    WSAEVENT event = WSACreateEvent();
    WSANETWORKEVENTS events;
    union address addr;
    char buffer[8];
    SOCKET s = bound(AF_INET, &addr);

    CHECK_INT(WSAEventSelect(s, event, FD_READ | FD_CLOSE), 0);
    send_nowhere(s, AF_INET);
    CHECK_INT(WaitForSingleObject(event, 20000), WAIT_OBJECT_0);
    memset(&events, 0, sizeof(events));
    CHECK_INT(WSAEnumNetworkEvents(s, event, &events), 0);
    CHECK_INT(events.lNetworkEvents, FD_READ);
    CHECK_ERROR(recv(s, buffer, sizeof(buffer), 0), WSAECONNRESET);
    CHECK_ERROR(recv(s, buffer, sizeof(buffer), 0), WSAEWOULDBLOCK);
    closesocket(s);
    WSACloseEvent(event);
}

/* Two datagrams, so that the one to nowhere has come back when the second is there. */
static void check_deaf(SOCKET s, union address *addr)
{
    send_nowhere(s, AF_INET);
    send_nowhere(s, AF_INET);
    check_still_works(s, addr);
}

TEST(nothing_is_heard_with_sio_udp_connreset_off)
{
    union address addr;
    SOCKET s = bound(AF_INET, &addr);
    char buffer[8];

    set_switch(s, SIO_UDP_CONNRESET, FALSE);
    check_deaf(s, &addr);
    set_switch(s, SIO_UDP_CONNRESET, TRUE);
    send_nowhere(s, AF_INET);
    CHECK_ERROR(recv(s, buffer, sizeof(buffer), 0), WSAECONNRESET);
    set_switch(s, SIO_UDP_CONNRESET, FALSE);
    check_deaf(s, &addr);
    closesocket(s);
}

TEST(a_datagram_that_is_too_long_is_still_told_from_it)
{
    union address addr, other;
    SOCKET s = bound(AF_INET, &addr), sender = bound(AF_INET, &other);
    char buffer[2];

    send_nowhere(s, AF_INET);
    CHECK_ERROR(recv(s, buffer, sizeof(buffer), 0), WSAECONNRESET);
    CHECK_INT(sendto(sender, "data", 4, 0, &addr.any, sizeof(addr.ipv4)), 4);
    CHECK_ERROR(recv(s, buffer, sizeof(buffer), 0), WSAEMSGSIZE);
    CHECK(!memcmp(buffer, "da", 2));
    closesocket(sender);
    closesocket(s);
}

TEST(wsarecvmsg_fails_with_it)
{
    static GUID id = WSAID_WSARECVMSG;
    LPFN_WSARECVMSG receive_message;
    char data[8], control[64];
    WSABUF buffer = {sizeof(data), data};
    WSAMSG msg = {.lpBuffers = &buffer, .dwBufferCount = 1, .Control = {sizeof(control), control}};
    union address addr;
    SOCKET s = bound(AF_INET, &addr);
    int on = 1;
    DWORD size;

    CHECK_INT(setsockopt(s, IPPROTO_IP, IP_PKTINFO, (char *)&on, sizeof(on)), 0);
    CHECK_INT(WSAIoctl(s, SIO_GET_EXTENSION_FUNCTION_POINTER, &id, sizeof(id), &receive_message,
                       sizeof(receive_message), &size, NULL, NULL),
              0);
    send_nowhere(s, AF_INET);
    CHECK_ERROR(receive_message(s, &msg, &size, NULL, NULL), WSAECONNRESET);
    check_still_works(s, &addr);
    closesocket(s);
}

#ifndef MSG_ERRQUEUE
#define MSG_ERRQUEUE 0x1000
#endif

struct report /* IN_RECVERR */
{
    int protocol;
    ULONG info;
    UCHAR type, code;
};

TEST(ip_recverr_has_wsarecvmsg_give_the_message_itself)
{
    static GUID id = WSAID_WSARECVMSG;
    LPFN_WSARECVMSG receive_message;
    char data[8], control[64];
    WSABUF buffer = {sizeof(data), data};
    union address addr, from, to;
    WSAMSG msg = {.name = &from.any,
                  .namelen = sizeof(from),
                  .lpBuffers = &buffer,
                  .dwBufferCount = 1,
                  .Control = {sizeof(control), control}};
    SOCKET s = bound(AF_INET, &addr);
    const WSACMSGHDR *header;
    struct report report;
    u_long nonblocking = 1;
    int on = 1;
    DWORD size;

    set_switch(s, SIO_UDP_CONNRESET, FALSE);
    CHECK_INT(setsockopt(s, IPPROTO_IP, IP_RECVERR, (char *)&on, sizeof(on)), 0);
    CHECK_INT(WSAIoctl(s, SIO_GET_EXTENSION_FUNCTION_POINTER, &id, sizeof(id), &receive_message,
                       sizeof(receive_message), &size, NULL, NULL),
              0);
    nowhere(AF_INET, &to);
    CHECK_INT(sendto(s, "lost", 4, 0, &to.any, size_of(&to)), 4);
    CHECK_INT(receive_message(s, &msg, &size, NULL, NULL), 0);
    CHECK_INT(size, 4);
    CHECK(!memcmp(data, "lost", 4));
    CHECK_INT(msg.dwFlags, MSG_ERRQUEUE);
    CHECK_INT(from.ipv4.sin_port, to.ipv4.sin_port);
    header = WSA_CMSG_FIRSTHDR(&msg);
    CHECK(header != NULL);
    CHECK_INT(header->cmsg_level, IPPROTO_IP);
    CHECK_INT(header->cmsg_type, IP_RECVERR);
    memcpy(&report, WSA_CMSG_DATA(header), sizeof(report));
    CHECK_INT(report.protocol, IPPROTO_ICMP);
    CHECK_INT(report.type, 3);
    CHECK_INT(report.code, 3);
    check_still_works(s, &addr);
    CHECK_INT(ioctlsocket(s, FIONBIO, &nonblocking), 0);
    msg.dwFlags = 0;
    msg.Control.len = sizeof(control);
    CHECK_ERROR(receive_message(s, &msg, &size, NULL, NULL), WSAEWOULDBLOCK);
    closesocket(s);
}
