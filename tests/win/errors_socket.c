/*
 * What is no socket gives WSAENOTSOCK: INVALID_SOCKET, 0, a closed socket, a file and an
 * event. And the errors of making, duplicating and closing sockets.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "extensions.h"
#include "socket_calls.h"

static SOCKET closed_socket(void)
{
    SOCKET s = stream_socket();

    CHECK_INT(closesocket(s), 0);
    return s;
}

static HANDLE some_file(void)
{
    WCHAR path[MAX_PATH], name[MAX_PATH];
    HANDLE file;

    CHECK(GetTempPathW(MAX_PATH, path));
    CHECK(GetTempFileNameW(path, L"err", 0, name));
    file = CreateFileW(name, GENERIC_READ | GENERIC_WRITE, FILE_SHARE_READ | FILE_SHARE_WRITE, NULL,
                       OPEN_EXISTING, FILE_FLAG_DELETE_ON_CLOSE, NULL);
    CHECK(file != INVALID_HANDLE_VALUE);
    return file;
}

static void for_each_kind(void (*check)(SOCKET s))
{
    HANDLE event = CreateEventW(NULL, TRUE, FALSE, NULL), file = some_file();

    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sin_port = htons(9);
    check(closed_socket());
    check(INVALID_SOCKET);
    check(0);
    check((SOCKET)event);
    check((SOCKET)file);
    /* and they are still what they were */
    CHECK(SetEvent(event));
    CHECK_INT(GetFileType(file), FILE_TYPE_DISK);
    CHECK(CloseHandle(event));
    CHECK(CloseHandle(file));
}

static void connections(SOCKET s)
{
    fail_to_connect(s, WSAENOTSOCK);
}

TEST(connections_are_between_sockets)
{
    for_each_kind(connections);
}

static void transfers(SOCKET s)
{
    fail_to_transfer(s, WSAENOTSOCK);
}

TEST(only_sockets_transfer)
{
    for_each_kind(transfers);
}

static void options(SOCKET s)
{
    fail_to_have_options(s, WSAENOTSOCK);
}

TEST(only_sockets_have_options)
{
    for_each_kind(options);
}

static void events(SOCKET s)
{
    struct timeval now = {0, 0};
    HANDLE event = WSACreateEvent();
    WSANETWORKEVENTS taken;
    WSAPOLLFD poll = {s, POLLIN, 0};
    fd_set set;
    int i;

    CHECK_ERROR(WSAEventSelect(s, event, FD_READ), WSAENOTSOCK);
    CHECK_ERROR(WSAAsyncSelect(s, GetDesktopWindow(), WM_USER, FD_READ), WSAENOTSOCK);
    CHECK_ERROR(WSAEnumNetworkEvents(s, event, &taken), WSAENOTSOCK);
    if (s != INVALID_SOCKET) /* which WSAPoll passes over */
    {
        CHECK_ERROR(WSAPoll(&poll, 1, 0), WSAENOTSOCK);
        CHECK_INT(poll.revents, POLLNVAL);
    }
    for (i = 0; i < 3; i++)
    {
        FD_ZERO(&set);
        FD_SET(s, &set);
        CHECK_ERROR(select(0, i == 0 ? &set : NULL, i == 1 ? &set : NULL, i == 2 ? &set : NULL, &now),
                    WSAENOTSOCK);
    }
    CHECK(WSACloseEvent(event));
}

TEST(only_sockets_become_ready)
{
    for_each_kind(events);
}

static void lifetimes(SOCKET s)
{
    WSAPROTOCOL_INFOA info_a;
    WSAPROTOCOL_INFOW info_w;

    CHECK_ERROR(WSADuplicateSocketA(s, GetCurrentProcessId(), &info_a), WSAENOTSOCK);
    CHECK_ERROR(WSADuplicateSocketW(s, GetCurrentProcessId(), &info_w), WSAENOTSOCK);
    CHECK_ERROR(closesocket(s), WSAENOTSOCK);
}

TEST(only_sockets_are_closed_by_closesocket)
{
    for_each_kind(lifetimes);
}

static SOCKET acceptor, listener;
static LPFN_ACCEPTEX accept_ex;
static LPFN_CONNECTEX connect_ex;
static LPFN_DISCONNECTEX disconnect_ex;
static LPFN_TRANSMITFILE transmit_file;
static LPFN_TRANSMITPACKETS transmit_packets;
static LPFN_WSARECVMSG receive_message;
static LPFN_WSASENDMSG send_message;

static void extensions(SOCKET s)
{
    TRANSMIT_PACKETS_ELEMENT element = {.dwElFlags = TP_ELEMENT_MEMORY, .cLength = 1, .pBuffer = text};
    WSAMSG msg = {.lpBuffers = &buffer, .dwBufferCount = 1};
    OVERLAPPED overlapped;

    event_overlapped(&overlapped);
    CHECK_NOTHING(accept_ex(s, acceptor, text, 0, 32, 32, &count, &overlapped), WSAENOTSOCK);
    CHECK_NOTHING(accept_ex(listener, s, text, 0, 32, 32, &count, &overlapped), WSAENOTSOCK);
    CHECK_NOTHING(connect_ex(s, addr, len, NULL, 0, NULL, &overlapped), WSAENOTSOCK);
    CHECK_NOTHING(disconnect_ex(s, NULL, 0, 0), WSAENOTSOCK);
    CHECK_NOTHING(disconnect_ex(s, &overlapped, 0, 0), WSAENOTSOCK);
    CHECK_NOTHING(transmit_file(s, NULL, 0, 0, NULL, NULL, 0), WSAENOTSOCK);
    CHECK_NOTHING(transmit_packets(s, &element, 1, 0, NULL, 0), WSAENOTSOCK);
    CHECK_ERROR(receive_message(s, &msg, &count, NULL, NULL), WSAENOTSOCK);
    CHECK_ERROR(send_message(s, &msg, 0, &count, NULL, NULL), WSAENOTSOCK);
    CHECK(CloseHandle(overlapped.hEvent));
}

TEST(extension_functions_are_for_sockets)
{
    SOCKET s = stream_socket();

    accept_ex = EXTENSION(s, LPFN_ACCEPTEX, WSAID_ACCEPTEX);
    connect_ex = EXTENSION(s, LPFN_CONNECTEX, WSAID_CONNECTEX);
    disconnect_ex = EXTENSION(s, LPFN_DISCONNECTEX, WSAID_DISCONNECTEX);
    transmit_file = EXTENSION(s, LPFN_TRANSMITFILE, WSAID_TRANSMITFILE);
    transmit_packets = EXTENSION(s, LPFN_TRANSMITPACKETS, WSAID_TRANSMITPACKETS);
    receive_message = EXTENSION(s, LPFN_WSARECVMSG, WSAID_WSARECVMSG);
    send_message = EXTENSION(s, LPFN_WSASENDMSG, WSAID_WSASENDMSG);
    CHECK_INT(closesocket(s), 0);
    acceptor = stream_socket();
    listener = tcp_listener(NULL);
    for_each_kind(extensions);
    CHECK_INT(closesocket(acceptor), 0);
    CHECK_INT(closesocket(listener), 0);
}

TEST(kinds_of_sockets_that_there_are_not)
{
    static const struct
    {
        int family, type, protocol, error;
    } cases[] = {
        {77, SOCK_STREAM, IPPROTO_TCP, WSAEAFNOSUPPORT},
        {AF_INET, 77, IPPROTO_TCP, WSAESOCKTNOSUPPORT},
        {AF_INET, SOCK_STREAM, IPPROTO_UDP, WSAEPROTONOSUPPORT},
        {AF_INET, SOCK_DGRAM, IPPROTO_TCP, WSAEPROTONOSUPPORT},
        {AF_INET, SOCK_SEQPACKET, 0, WSAESOCKTNOSUPPORT},
        {AF_UNSPEC, 0, 0, WSAEINVAL},
    };
    unsigned int i;

    for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
    {
        CHECK_ERROR(socket(cases[i].family, cases[i].type, cases[i].protocol), cases[i].error);
        CHECK_ERROR(WSASocketA(cases[i].family, cases[i].type, cases[i].protocol, NULL, 0, 0),
                    cases[i].error);
        CHECK_ERROR(WSASocketW(cases[i].family, cases[i].type, cases[i].protocol, NULL, 0, 0),
                    cases[i].error);
    }
}

/* A description that no catalog entry has, and flags that contradict each other. */
TEST(what_wsasocket_refuses)
{
    WSAPROTOCOL_INFOW info = {.iAddressFamily = AF_INET, .iSocketType = SOCK_STREAM, .iProtocol = 77};

    info.dwCatalogEntryId = 0xdead;
    CHECK_ERROR(WSASocketW(FROM_PROTOCOL_INFO, FROM_PROTOCOL_INFO, FROM_PROTOCOL_INFO, &info, 0, 0),
                WSAEPROTONOSUPPORT);
    CHECK_ERROR(WSASocketW(AF_INET, SOCK_STREAM, IPPROTO_TCP, NULL, 0,
                           WSA_FLAG_MULTIPOINT_C_ROOT | WSA_FLAG_MULTIPOINT_C_LEAF),
                WSAEINVAL);
    CHECK_ERROR(WSASocketW(AF_INET, SOCK_DGRAM, IPPROTO_UDP, NULL, 0,
                           WSA_FLAG_MULTIPOINT_D_ROOT | WSA_FLAG_MULTIPOINT_D_LEAF),
                WSAEINVAL);
}

TEST(what_duplicating_refuses)
{
    WSAPROTOCOL_INFOW info;
    SOCKET s = stream_socket();

    CHECK_ERROR(WSADuplicateSocketW(s, 0xdead, &info), WSAEINVAL);
    CHECK_ERROR(WSADuplicateSocketW(s, GetCurrentProcessId(), NULL), WSAEFAULT);
    CHECK_ERROR(WSADuplicateSocketA(s, GetCurrentProcessId(), NULL), WSAEFAULT);
    CHECK_INT(closesocket(s), 0);
}
