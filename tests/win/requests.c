/*
 * Calls of each kind, for tools/requests, which counts what they ask of Wine's server.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Before each row and after it the program asks for an event that there is not, whose
 * name tells the row: that is seen in the server's trace. Rows that are marked as fast
 * must ask nothing. Whatever is done once a socket is done before.
 */
#include <winsock2.h>
#include <ws2tcpip.h>
#include <mswsock.h>
#include <windows.h>
#include <stdio.h>
#include <stdlib.h>

#include "../../include/ws2_rio.h"

#define MANY 64

static SOCKET pairs[MANY][2], datagram, listener, called;
static struct sockaddr_in listener_name, datagram_name;
static char data[65536];

static void check(BOOL fine, const char *what)
{
    if (fine) return;
    printf("%s failed, error %ld\n", what, (long)GetLastError());
    ExitProcess(1);
}

#define CHECK(cond) check(cond, #cond)

static void mark(const char *kind, const char *name, unsigned int calls)
{
    char text[128];

    snprintf(text, sizeof(text), "requests:%s:%u:%s", kind, calls, name);
    OpenEventA(EVENT_ALL_ACCESS, FALSE, text);
}

static SOCKET make_listener(struct sockaddr_in *name)
{
    SOCKET s = socket(AF_INET, SOCK_STREAM, 0);
    int size = sizeof(*name);

    *name = (struct sockaddr_in){.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    CHECK(s != INVALID_SOCKET);
    CHECK(!bind(s, (struct sockaddr *)name, sizeof(*name)));
    CHECK(!listen(s, MANY));
    CHECK(!getsockname(s, (struct sockaddr *)name, &size));
    return s;
}

static void make_pair(SOCKET pair[2])
{
    CHECK((pair[0] = socket(AF_INET, SOCK_STREAM, 0)) != INVALID_SOCKET);
    CHECK(!connect(pair[0], (struct sockaddr *)&listener_name, sizeof(listener_name)));
    CHECK((pair[1] = accept(listener, NULL, NULL)) != INVALID_SOCKET);
}

static void send_and_receive(int size, BOOL peek)
{
    CHECK(send(pairs[0][0], data, size, 0) == size);
    if (peek) CHECK(recv(pairs[0][1], data, 1, MSG_PEEK) == 1);
    CHECK(recv(pairs[0][1], data, size, MSG_WAITALL) == size);
}

static void tcp_64(void)
{
    send_and_receive(64, FALSE);
}

static void tcp_peek(void)
{
    send_and_receive(64, TRUE);
}

static void tcp_wsa(void)
{
    WSABUF buffers[2] = {{32, data}, {32, data + 32}};
    DWORD done, flags = 0;

    CHECK(!WSASend(pairs[0][0], buffers, 2, &done, 0, NULL, NULL));
    CHECK(!WSARecv(pairs[0][1], buffers, 2, &done, &flags, NULL, NULL));
}

static void udp_64(void)
{
    struct sockaddr_in from;
    int size = sizeof(from);

    CHECK(sendto(datagram, data, 64, 0, (struct sockaddr *)&datagram_name, sizeof(datagram_name)) == 64);
    CHECK(recvfrom(datagram, data, 64, 0, (struct sockaddr *)&from, &size) == 64);
}

static void set_mode(SOCKET s, u_long nonblocking)
{
    CHECK(!ioctlsocket(s, FIONBIO, &nonblocking));
}

static void nothing_to_receive(void)
{
    CHECK(recv(pairs[1][0], data, 1, 0) == SOCKET_ERROR && WSAGetLastError() == WSAEWOULDBLOCK);
}

static void select_some(unsigned int count)
{
    struct timeval no_time = {0, 0};
    fd_set read, write;
    unsigned int i;

    FD_ZERO(&read);
    FD_ZERO(&write);
    for (i = 0; i < count; i++)
    {
        FD_SET(pairs[i][i & 1], &read);
        FD_SET(pairs[i][i & 1], &write);
    }
    CHECK(select(0, &read, &write, NULL, &no_time) == (int)count);
}

static void select_2(void)
{
    select_some(2);
}

static void select_64(void)
{
    select_some(MANY);
}

static void poll_some(unsigned int count)
{
    WSAPOLLFD fds[MANY];
    unsigned int i;

    for (i = 0; i < count; i++)
        fds[i] = (WSAPOLLFD){.fd = pairs[i][i & 1], .events = POLLRDNORM | POLLWRNORM};
    CHECK(WSAPoll(fds, count, 0) == (int)count);
}

static void poll_2(void)
{
    poll_some(2);
}

static void poll_64(void)
{
    poll_some(MANY);
}

static void select_listener(void)
{
    struct timeval no_time = {0, 0};
    fd_set read;

    FD_ZERO(&read);
    FD_SET(called, &read);
    CHECK(select(0, &read, NULL, NULL, &no_time) == 1);
}

static void readable(void)
{
    u_long bytes;

    CHECK(!ioctlsocket(pairs[0][0], FIONREAD, &bytes));
}

static void at_mark(void)
{
    u_long yes;

    CHECK(!ioctlsocket(pairs[0][0], SIOCATMARK, &yes));
}

static void same_mode(void)
{
    set_mode(pairs[0][0], 0);
}

static void get_number(SOCKET s, int level, int name)
{
    int value, size = sizeof(value);

    CHECK(!getsockopt(s, level, name, (char *)&value, &size));
}

static void set_number(SOCKET s, int level, int name, int value)
{
    CHECK(!setsockopt(s, level, name, (char *)&value, sizeof(value)));
}

static void get_nodelay(void)
{
    get_number(pairs[0][0], IPPROTO_TCP, TCP_NODELAY);
}

static void set_nodelay(void)
{
    set_number(pairs[0][0], IPPROTO_TCP, TCP_NODELAY, 1);
}

static void set_keepalive(void)
{
    set_number(pairs[0][1], SOL_SOCKET, SO_KEEPALIVE, 1);
}

static void get_type(void)
{
    get_number(pairs[0][0], SOL_SOCKET, SO_TYPE);
}

static void get_timeout(void)
{
    get_number(pairs[0][0], SOL_SOCKET, SO_RCVTIMEO);
}

static void get_error(void)
{
    get_number(pairs[0][0], SOL_SOCKET, SO_ERROR);
}

static void set_timeout(void)
{
    set_number(pairs[3][0], SOL_SOCKET, SO_RCVTIMEO, 5000);
}

static void local_name(void)
{
    struct sockaddr_in name;
    int size = sizeof(name);

    CHECK(!getsockname(pairs[0][0], (struct sockaddr *)&name, &size));
}

static void peer_name(void)
{
    struct sockaddr_in name;
    int size = sizeof(name);

    CHECK(!getpeername(pairs[0][1], (struct sockaddr *)&name, &size));
}

static void create_and_close(void)
{
    SOCKET s = socket(AF_INET, SOCK_STREAM, 0);

    CHECK(s != INVALID_SOCKET);
    closesocket(s);
}

static void create_and_close_as_handle(void)
{
    SOCKET s = socket(AF_INET, SOCK_STREAM, 0);

    CHECK(s != INVALID_SOCKET);
    CHECK(CloseHandle((HANDLE)s));
}

/* Whatever is closed passes by the module. */
static void other_handles(void)
{
    HANDLE self = GetCurrentProcess(), event = CreateEventW(NULL, TRUE, FALSE, NULL), copy;

    CHECK(DuplicateHandle(self, event, self, &copy, 0, FALSE, DUPLICATE_SAME_ACCESS));
    CHECK(CloseHandle(event) && CloseHandle(copy));
}

static void bind_to_port(void)
{
    struct sockaddr_in name = {.sin_family = AF_INET, .sin_port = datagram_name.sin_port};
    SOCKET s = socket(AF_INET, SOCK_STREAM, 0);

    name.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    CHECK(!bind(s, (struct sockaddr *)&name, sizeof(name)));
    closesocket(s);
}

static void connect_accept_close(void)
{
    SOCKET pair[2];

    make_pair(pair);
    closesocket(pair[0]);
    closesocket(pair[1]);
}

/* As short connections do: a question, its answer, and who it was. */
static void short_connection(void)
{
    struct sockaddr_in name;
    int size = sizeof(name), i;
    SOCKET pair[2];

    make_pair(pair);
    CHECK(!getpeername(pair[0], (struct sockaddr *)&name, &size));
    for (i = 0; i < 2; i++)
    {
        CHECK(send(pair[i], data, 64, 0) == 64);
        CHECK(recv(pair[!i], data, 64, MSG_WAITALL) == 64);
    }
    closesocket(pair[0]);
    closesocket(pair[1]);
}

static SOCKET unbound;

static void select_unconnected(void)
{
    struct timeval no_time = {0, 0};
    fd_set read;

    FD_ZERO(&read);
    FD_SET(unbound, &read);
    CHECK(!select(0, &read, NULL, NULL, &no_time));
}

static WSAEVENT event;

static void select_events(void)
{
    CHECK(!WSAEventSelect(pairs[2][0], event, FD_READ | FD_CLOSE));
}

static void select_around(void)
{
    CHECK(!WSAEventSelect(pairs[7][0], event, FD_READ | FD_CLOSE));
    CHECK(!WSAEventSelect(pairs[7][0], event, 0));
}

static void event_round_trip(void)
{
    WSANETWORKEVENTS events;

    CHECK(send(pairs[2][1], data, 64, 0) == 64);
    CHECK(WSAWaitForMultipleEvents(1, &event, TRUE, 10000, FALSE) == WSA_WAIT_EVENT_0);
    CHECK(!WSAEnumNetworkEvents(pairs[2][0], event, &events));
    CHECK(recv(pairs[2][0], data, 64, 0) == 64);
}

static void nothing_selected_to_receive(void)
{
    CHECK(recv(pairs[2][0], data, 1, 0) == SOCKET_ERROR && WSAGetLastError() == WSAEWOULDBLOCK);
}

static void overlapped_send(void)
{
    OVERLAPPED overlapped = {.hEvent = event};
    WSABUF buffer = {64, data};
    DWORD done, flags;

    if (WSASend(pairs[3][0], &buffer, 1, NULL, 0, &overlapped, NULL))
        CHECK(WSAGetLastError() == WSA_IO_PENDING);
    CHECK(WSAGetOverlappedResult(pairs[3][0], &overlapped, &done, TRUE, &flags) && done == 64);
    CHECK(recv(pairs[3][1], data, 64, MSG_WAITALL) == 64);
}

static void overlapped_receive(void)
{
    OVERLAPPED overlapped = {.hEvent = event};
    WSABUF buffer = {64, data};
    DWORD done, flags = 0;

    CHECK(WSARecv(pairs[3][0], &buffer, 1, NULL, &flags, &overlapped, NULL) &&
          WSAGetLastError() == WSA_IO_PENDING);
    CHECK(send(pairs[3][1], data, 64, 0) == 64);
    CHECK(WSAGetOverlappedResult(pairs[3][0], &overlapped, &done, TRUE, &flags) && done == 64);
}

static HANDLE port;

static void take_packet(OVERLAPPED *expected)
{
    OVERLAPPED *overlapped;
    ULONG_PTR key;
    DWORD done;

    CHECK(GetQueuedCompletionStatus(port, &done, &key, &overlapped, 10000) && overlapped == expected &&
          done == 64);
}

/* pairs[4] reports to a port, pairs[5] too, but not what succeeds at once. */
static void port_send_receive(void)
{
    OVERLAPPED sending = {0}, receiving = {0};
    WSABUF buffer = {64, data};
    DWORD flags = 0;

    CHECK(!WSASend(pairs[4][0], &buffer, 1, NULL, 0, &sending, NULL));
    take_packet(&sending);
    CHECK(!WSARecv(pairs[4][1], &buffer, 1, NULL, &flags, &receiving, NULL));
    take_packet(&receiving);
}

static void skipped_send_receive(void)
{
    OVERLAPPED sending = {0}, receiving = {0};
    WSABUF buffer = {64, data};
    DWORD flags = 0;

    CHECK(!WSASend(pairs[5][0], &buffer, 1, NULL, 0, &sending, NULL) && sending.InternalHigh == 64);
    CHECK(!WSARecv(pairs[5][1], &buffer, 1, NULL, &flags, &receiving, NULL) && receiving.InternalHigh == 64);
}

static void skipped_zero_receive(void)
{
    OVERLAPPED receiving = {0};
    WSABUF nothing = {0, NULL};
    DWORD flags = 0;

    CHECK(send(pairs[5][0], data, 64, 0) == 64);
    CHECK(!WSARecv(pairs[5][1], &nothing, 1, NULL, &flags, &receiving, NULL));
    CHECK(recv(pairs[5][1], data, 64, MSG_WAITALL) == 64);
}

static void zero_receive_that_waits(void)
{
    OVERLAPPED receiving = {0}, *overlapped;
    WSABUF nothing = {0, NULL};
    DWORD done, flags = 0;
    ULONG_PTR key;

    CHECK(WSARecv(pairs[5][1], &nothing, 1, NULL, &flags, &receiving, NULL) &&
          WSAGetLastError() == WSA_IO_PENDING);
    CHECK(send(pairs[5][0], data, 64, 0) == 64);
    CHECK(GetQueuedCompletionStatus(port, &done, &key, &overlapped, 10000) && overlapped == &receiving);
    CHECK(recv(pairs[5][1], data, 64, MSG_WAITALL) == 64);
}

static void port_receive_send(void)
{
    OVERLAPPED sending = {0}, receiving = {0}, *overlapped;
    WSABUF out = {64, data}, in = {64, data + 64};
    DWORD done, flags = 0;
    ULONG_PTR key;
    int i;

    CHECK(WSARecv(pairs[4][1], &in, 1, NULL, &flags, &receiving, NULL) &&
          WSAGetLastError() == WSA_IO_PENDING);
    CHECK(!WSASend(pairs[4][0], &out, 1, NULL, 0, &sending, NULL));
    for (i = 0; i < 2; i++) CHECK(GetQueuedCompletionStatus(port, &done, &key, &overlapped, 10000));
}

static void low_bit_send(void)
{
    OVERLAPPED overlapped = {.hEvent = (HANDLE)((ULONG_PTR)event | 1)};
    WSABUF buffer = {64, data};

    CHECK(!WSASend(pairs[4][0], &buffer, 1, NULL, 0, &overlapped, NULL) && overlapped.InternalHigh == 64);
    CHECK(recv(pairs[4][1], data, 64, MSG_WAITALL) == 64);
}

static void report_to_port(SOCKET pair[2], UCHAR modes)
{
    int i;

    for (i = 0; i < 2; i++)
    {
        CHECK((port = CreateIoCompletionPort((HANDLE)pair[i], port, 0, 0)) != NULL);
        if (modes) CHECK(SetFileCompletionNotificationModes((HANDLE)pair[i], modes));
    }
}

static void make_pair_by_accept_ex(SOCKET pair[2])
{
    static char addresses[2 * (sizeof(struct sockaddr_in) + 16)];
    const DWORD size = sizeof(addresses) / 2;
    OVERLAPPED overlapped = {.hEvent = event};
    DWORD done, flags;

    CHECK((pair[1] = socket(AF_INET, SOCK_STREAM, 0)) != INVALID_SOCKET);
    CHECK((pair[0] = socket(AF_INET, SOCK_STREAM, 0)) != INVALID_SOCKET);
    CHECK(!AcceptEx(listener, pair[1], addresses, 0, size, size, &done, &overlapped) &&
          WSAGetLastError() == WSA_IO_PENDING);
    CHECK(!connect(pair[0], (struct sockaddr *)&listener_name, sizeof(listener_name)));
    CHECK(WSAGetOverlappedResult(listener, &overlapped, &done, TRUE, &flags));
}

static void accept_ex(void)
{
    SOCKET pair[2];

    make_pair_by_accept_ex(pair);
    CHECK(!closesocket(pair[0]) && !closesocket(pair[1]));
}

static SOCKET acceptor[2]; /* and its peer first */

static void both_ways(void)
{
    CHECK(send(acceptor[0], data, 64, 0) == 64);
    CHECK(recv(acceptor[1], data, 64, MSG_WAITALL) == 64);
    CHECK(send(acceptor[1], data, 64, 0) == 64);
    CHECK(recv(acceptor[0], data, 64, MSG_WAITALL) == 64);
}

static HANDLE file;

static void transmit_file(void)
{
    CHECK(SetFilePointer(file, 0, NULL, FILE_BEGIN) == 0);
    CHECK(TransmitFile(pairs[6][0], file, 0, 0, NULL, NULL, 0));
    CHECK(recv(pairs[6][1], data, 64, MSG_WAITALL) == 64);
}

static void make_file(void)
{
    char path[MAX_PATH], name[MAX_PATH];
    DWORD written;

    CHECK(GetTempPathA(sizeof(path), path) && GetTempFileNameA(path, "rq", 0, name));
    file = CreateFileA(name, GENERIC_READ | GENERIC_WRITE, 0, NULL, CREATE_ALWAYS, FILE_FLAG_DELETE_ON_CLOSE,
                       NULL);
    CHECK(file != INVALID_HANDLE_VALUE && WriteFile(file, data, 64, &written, NULL));
}

static RIO_EXTENSION_FUNCTION_TABLE rio;
static SOCKET registered;
static struct sockaddr_in registered_name;
static RIO_CQ completions;
static RIO_RQ requests;
static RIO_BUF buffer, remote;

/* Without registered I/O, what there is instead. */
static void rio_send_receive(void)
{
    RIORESULT results[2];
    ULONG done;

    if (!rio.cbSize)
    {
        udp_64();
        return;
    }
    CHECK(rio.RIOSendEx(requests, &buffer, 1, NULL, &remote, NULL, NULL, 0, NULL));
    CHECK(rio.RIOReceive(requests, &buffer, 1, 0, NULL));
    for (done = 0; done < 2;) done += rio.RIODequeueCompletion(completions, results, 2);
}

static void rio_notified(void)
{
    if (rio.cbSize) CHECK(!rio.RIONotify(completions));
    rio_send_receive();
    if (rio.cbSize) CHECK(WaitForSingleObject(event, 10000) == WAIT_OBJECT_0 && ResetEvent(event));
}

static void make_registered(void)
{
    RIO_NOTIFICATION_COMPLETION how = {.Type = RIO_EVENT_COMPLETION, .Event = {event, FALSE}};
    static SOCKADDR_INET address;
    GUID id = WSAID_MULTIPLE_RIO;
    int size = sizeof(registered_name);
    DWORD done;

    registered = WSASocketW(AF_INET, SOCK_DGRAM, 0, NULL, 0, WSA_FLAG_REGISTERED_IO | WSA_FLAG_OVERLAPPED);
    CHECK(registered != INVALID_SOCKET);
    if (WSAIoctl(registered, SIO_GET_MULTIPLE_EXTENSION_FUNCTION_POINTER, &id, sizeof(id), &rio, sizeof(rio),
                 &done, NULL, NULL))
        return;
    registered_name = (struct sockaddr_in){.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    CHECK(!bind(registered, (struct sockaddr *)&registered_name, sizeof(registered_name)));
    CHECK(!getsockname(registered, (struct sockaddr *)&registered_name, &size));
    address.Ipv4 = registered_name;
    CHECK((completions = rio.RIOCreateCompletionQueue(8, &how)) != RIO_INVALID_CQ);
    requests = rio.RIOCreateRequestQueue(registered, 4, 1, 4, 1, completions, completions, NULL);
    CHECK(requests != RIO_INVALID_RQ);
    buffer = (RIO_BUF){rio.RIORegisterBuffer(data, sizeof(data)), 0, 64};
    remote = (RIO_BUF){rio.RIORegisterBuffer((char *)&address, sizeof(address)), 0, sizeof(address)};
}

#define FAST 1000
#define SLOW 50

static const struct row
{
    const char *name;
    BOOL fast;
    void (*call)(void);
} rows[] = {
    {"send and recv, TCP, 64 bytes", TRUE, tcp_64},
    {"send, recv with MSG_PEEK and recv", TRUE, tcp_peek},
    {"WSASend and WSARecv, two buffers", TRUE, tcp_wsa},
    {"both ways with a socket of AcceptEx's", TRUE, both_ways},
    {"sendto and recvfrom, UDP, 64 bytes", TRUE, udp_64},
    {"recv of nothing, non-blocking", TRUE, nothing_to_receive},
    {"select of 2, reading and writing", TRUE, select_2},
    {"select of 64, reading and writing", TRUE, select_64},
    {"WSAPoll of 2", TRUE, poll_2},
    {"WSAPoll of 64", TRUE, poll_64},
    {"select of a listener that is called", TRUE, select_listener},
    {"FIONREAD", TRUE, readable},
    {"SIOCATMARK", TRUE, at_mark},
    {"FIONBIO, unchanged", TRUE, same_mode},
    {"getsockopt TCP_NODELAY", TRUE, get_nodelay},
    {"setsockopt TCP_NODELAY", TRUE, set_nodelay},
    {"setsockopt SO_KEEPALIVE, accepted", TRUE, set_keepalive},
    {"getsockopt SO_TYPE", TRUE, get_type},
    {"getsockopt SO_RCVTIMEO", TRUE, get_timeout},
    {"getsockname", TRUE, local_name},
    {"getpeername, accepted", TRUE, peer_name},
    {"WSASend and WSARecv, no packets", TRUE, skipped_send_receive},
    {"WSARecv of 0 bytes with data there", TRUE, skipped_zero_receive},
    {"TransmitFile, 64 bytes, and recv", TRUE, transmit_file},
    {"recv of nothing, FD_READ selected", TRUE, nothing_selected_to_receive},
    {"RIOSendEx and RIOReceive, UDP, 64 bytes", TRUE, rio_send_receive},
    {"getsockopt SO_ERROR", FALSE, get_error},
    {"setsockopt SO_RCVTIMEO", FALSE, set_timeout},
    {"select of an unconnected stream", FALSE, select_unconnected},
    {"socket and closesocket", FALSE, create_and_close},
    {"socket and CloseHandle", FALSE, create_and_close_as_handle},
    {"an event made, duplicated, closed twice", FALSE, other_handles},
    {"socket, bind to a port and closesocket", FALSE, bind_to_port},
    {"connect, accept and two closesocket", FALSE, connect_accept_close},
    {"the same, getpeername and both ways", FALSE, short_connection},
    {"connect, AcceptEx and two closesocket", FALSE, accept_ex},
    {"WSAEventSelect", FALSE, select_events},
    {"WSAEventSelect of FD_READ, and of 0", FALSE, select_around},
    {"WSAEventSelect, round trip", FALSE, event_round_trip},
    {"overlapped send with event, recv", FALSE, overlapped_send},
    {"overlapped receive with event, send", FALSE, overlapped_receive},
    {"overlapped send, event's low bit, recv", FALSE, low_bit_send},
    {"WSASend and WSARecv, completion port", FALSE, port_send_receive},
    {"WSARecv and WSASend, completion port", FALSE, port_receive_send},
    {"WSARecv of 0 bytes that waits, and recv", FALSE, zero_receive_that_waits},
    {"RIONotify, RIOSendEx, RIOReceive, event", FALSE, rio_notified},
};

static void prepare(void)
{
    struct sockaddr_in called_name;
    int size = sizeof(datagram_name);
    unsigned int i;

    listener = make_listener(&listener_name);
    for (i = 0; i < MANY; i++) make_pair(pairs[i]);
    datagram_name = (struct sockaddr_in){.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    CHECK((datagram = socket(AF_INET, SOCK_DGRAM, 0)) != INVALID_SOCKET);
    CHECK(!bind(datagram, (struct sockaddr *)&datagram_name, sizeof(datagram_name)));
    CHECK(!getsockname(datagram, (struct sockaddr *)&datagram_name, &size));
    called = make_listener(&called_name);
    CHECK((unbound = socket(AF_INET, SOCK_STREAM, 0)) != INVALID_SOCKET);
    CHECK(!connect(unbound, (struct sockaddr *)&called_name, sizeof(called_name)));
    CHECK((unbound = socket(AF_INET, SOCK_STREAM, 0)) != INVALID_SOCKET);
    CHECK((event = WSACreateEvent()) != NULL);
    make_pair_by_accept_ex(acceptor);
    CHECK(
        !setsockopt(acceptor[1], SOL_SOCKET, SO_UPDATE_ACCEPT_CONTEXT, (char *)&listener, sizeof(listener)));
    CHECK(!WSAEventSelect(pairs[2][0], event, FD_READ | FD_CLOSE));
    set_mode(pairs[1][0], 1);
    report_to_port(pairs[4], 0);
    report_to_port(pairs[5], 3); /* FILE_SKIP_COMPLETION_PORT_ON_SUCCESS, FILE_SKIP_SET_EVENT_ON_HANDLE */
    make_file();
    make_registered();
}

int main(void)
{
    WSADATA wsadata;
    unsigned int i, j;

    CHECK(!WSAStartup(MAKEWORD(2, 2), &wsadata));
    prepare();
    for (i = 0; i < ARRAYSIZE(rows); i++)
    {
        const unsigned int calls = rows[i].fast ? FAST : SLOW;

        for (j = 0; j < 3; j++) rows[i].call(); /* and what is only done once */
        mark(rows[i].fast ? "fast" : "slow", rows[i].name, calls);
        for (j = 0; j < calls; j++) rows[i].call();
        mark("end", rows[i].name, calls);
    }
    ExitProcess(0);
}
