/*
 * A pointer that leads nowhere gives WSAEFAULT, whatever the function and the argument.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "errors.h"

#include "extensions.h"

static struct sockaddr_in loopback(void)
{
    struct sockaddr_in addr = {.sin_family = AF_INET};

    addr.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return addr;
}

static struct sockaddr_in address;
static SOCKADDR *const addr = (SOCKADDR *)&address;
static int len = sizeof(address);
static char text[256];
static WCHAR wide[256];
static WSABUF buffer = {1, text};
static DWORD count, flags;

TEST(binding_and_connecting)
{
    SOCKET s = stream_socket(), udp = socket(AF_INET, SOCK_DGRAM, 0);
    WSABUF data = {4, text};
    void *bad;

    address = loopback();
    FOR_UNREADABLE(bad)
    {
        CHECK_ERROR(bind(s, bad, len), WSAEFAULT);
        CHECK_ERROR(connect(s, bad, len), WSAEFAULT);
        CHECK_ERROR(connect(udp, bad, len), WSAEFAULT);
        CHECK_ERROR(WSAConnect(s, bad, len, NULL, NULL, NULL, NULL), WSAEFAULT);
        CHECK_ERROR(WSAJoinLeaf(udp, bad, len, NULL, NULL, NULL, NULL, JL_BOTH), WSAEFAULT);
    }
    CHECK_ERROR(bind(s, NULL, len), WSAEFAULT);
    CHECK_ERROR(connect(s, NULL, len), WSAEFAULT);
    CHECK_ERROR(WSAConnect(s, NULL, len, NULL, NULL, NULL, NULL), WSAEFAULT);
    CHECK_ERROR(WSAJoinLeaf(udp, NULL, len, NULL, NULL, NULL, NULL, JL_BOTH), WSAEFAULT);
    CHECK_ERROR(connect(s, addr, len - 1), WSAEFAULT);
    CHECK_ERROR(bind(s, addr, len - 1), WSAEFAULT);
    CHECK_ERROR(WSAConnect(s, addr, 1, &data, NULL, NULL, NULL), WSAEFAULT);
    CHECK_INT(closesocket(s), 0);
    CHECK_INT(closesocket(udp), 0);
}

TEST(connecting_by_name)
{
    struct timeval second = {1, 0};
    SOCKET s = stream_socket();
    void *bad;

    FOR_UNREADABLE(bad)
    {
        CHECK_NOTHING(WSAConnectByNameA(s, bad, "80", NULL, NULL, NULL, NULL, &second, NULL), WSAEFAULT);
        CHECK_NOTHING(WSAConnectByNameA(s, "127.0.0.1", bad, NULL, NULL, NULL, NULL, &second, NULL),
                      WSAEFAULT);
        CHECK_NOTHING(WSAConnectByNameA(s, "127.0.0.1", "80", NULL, NULL, NULL, NULL, bad, NULL), WSAEFAULT);
        CHECK_NOTHING(WSAConnectByNameW(s, bad, (WCHAR *)L"80", NULL, NULL, NULL, NULL, &second, NULL),
                      WSAEFAULT);
        CHECK_NOTHING(WSAConnectByNameW(s, (WCHAR *)L"127.0.0.1", bad, NULL, NULL, NULL, NULL, &second, NULL),
                      WSAEFAULT);
        CHECK_NOTHING(
            WSAConnectByNameW(s, (WCHAR *)L"127.0.0.1", (WCHAR *)L"80", NULL, NULL, NULL, NULL, bad, NULL),
            WSAEFAULT);
    }
    CHECK_INT(closesocket(s), 0);
}

static SOCKET_ADDRESS_LIST list = {.iAddressCount = 1};

/* The socket is a new one every time: an address that can't be written is found out
 * once there is one to write. */
static void connect_by_list(DWORD *local_len, void *local, DWORD *remote_len, void *remote)
{
    struct timeval second = {1, 0};
    SOCKET s = stream_socket();

    CHECK_NOTHING(WSAConnectByList(s, &list, local_len, local, remote_len, remote, &second, NULL), WSAEFAULT);
    CHECK_INT(closesocket(s), 0);
}

TEST(connecting_by_list)
{
    DWORD local_len = sizeof(SOCKADDR_STORAGE), remote_len = sizeof(SOCKADDR_STORAGE);
    SOCKADDR_STORAGE local, remote;
    struct timeval second = {1, 0};
    SOCKET s = stream_socket();
    void *bad;

    list.Address[0].iSockaddrLength = sizeof(address);
    FOR_UNREADABLE(bad)
    {
        CHECK_NOTHING(WSAConnectByList(s, bad, NULL, NULL, NULL, NULL, &second, NULL), WSAEFAULT);
        list.Address[0].lpSockaddr = bad;
        CHECK_NOTHING(WSAConnectByList(s, &list, NULL, NULL, NULL, NULL, &second, NULL), WSAEFAULT);
        list.Address[0].lpSockaddr = addr;
        CHECK_NOTHING(WSAConnectByList(s, &list, NULL, NULL, NULL, NULL, bad, NULL), WSAEFAULT);
    }
    CHECK_INT(closesocket(s), 0);
    FOR_UNWRITABLE(bad)
    {
        SOCKET listener = tcp_listener(&address);

        list.Address[0].lpSockaddr = addr;
        connect_by_list(bad, &local, &remote_len, &remote);
        connect_by_list(&local_len, bad, &remote_len, &remote);
        connect_by_list(&local_len, &local, bad, &remote);
        connect_by_list(&local_len, &local, &remote_len, bad);
        CHECK_INT(closesocket(listener), 0);
    }
}

TEST(accepting)
{
    struct sockaddr_in listening;
    SOCKET listener = tcp_listener(&listening), client = connected_to(&listening), s;
    void *bad;

    FOR_UNWRITABLE(bad)
    {
        len = sizeof(address);
        CHECK_ERROR(accept(listener, bad, &len), WSAEFAULT);
        CHECK_ERROR(accept(listener, addr, bad), WSAEFAULT);
        CHECK_ERROR(WSAAccept(listener, bad, &len, NULL, 0), WSAEFAULT);
        CHECK_ERROR(WSAAccept(listener, addr, bad, NULL, 0), WSAEFAULT);
    }
    len = 1;
    CHECK_ERROR(accept(listener, addr, &len), WSAEFAULT);
    len = sizeof(address);
    /* none of that took the connection */
    CHECK((s = accept(listener, NULL, NULL)) != INVALID_SOCKET);
    CHECK_INT(closesocket(s), 0);
    CHECK_INT(closesocket(client), 0);
    CHECK_INT(closesocket(listener), 0);
}

TEST(names_of_sockets)
{
    SOCKET pair[2];
    void *bad;

    tcp_pair(pair);
    FOR_UNWRITABLE(bad)
    {
        len = sizeof(address);
        CHECK_ERROR(getsockname(pair[0], bad, &len), WSAEFAULT);
        CHECK_ERROR(getsockname(pair[0], addr, bad), WSAEFAULT);
        CHECK_ERROR(getpeername(pair[0], bad, &len), WSAEFAULT);
        CHECK_ERROR(getpeername(pair[0], addr, bad), WSAEFAULT);
    }
    CHECK_ERROR(getsockname(pair[0], NULL, &len), WSAEFAULT);
    CHECK_ERROR(getsockname(pair[0], addr, NULL), WSAEFAULT);
    CHECK_ERROR(getpeername(pair[0], NULL, &len), WSAEFAULT);
    CHECK_ERROR(getpeername(pair[0], addr, NULL), WSAEFAULT);
    len = sizeof(address) - 1;
    CHECK_ERROR(getpeername(pair[0], addr, &len), WSAEFAULT);
    CHECK_INT(closesocket(pair[0]), 0);
    CHECK_INT(closesocket(pair[1]), 0);
}

TEST(sending_on_streams)
{
    SOCKET pair[2];
    WSABUF wrong;
    void *bad;

    tcp_pair(pair);
    FOR_UNREADABLE(bad)
    {
        wrong = (WSABUF){4, bad};
        CHECK_ERROR(send(pair[0], bad, 4, 0), WSAEFAULT);
        CHECK_ERROR(sendto(pair[0], bad, 4, 0, NULL, 0), WSAEFAULT);
        CHECK_ERROR(WSASend(pair[0], bad, 1, &count, 0, NULL, NULL), WSAEFAULT);
        CHECK_ERROR(WSASend(pair[0], &wrong, 1, &count, 0, NULL, NULL), WSAEFAULT);
        CHECK_ERROR(WSASendTo(pair[0], bad, 1, &count, 0, NULL, 0, NULL, NULL), WSAEFAULT);
    }
    CHECK_ERROR(send(pair[0], NULL, 4, 0), WSAEFAULT);
    CHECK_ERROR(WSASend(pair[0], NULL, 1, &count, 0, NULL, NULL), WSAEFAULT);
    CHECK_ERROR(WSASend(pair[0], &buffer, 1, NULL, 0, NULL, NULL), WSAEFAULT);
    /* nothing of all that was sent */
    CHECK_INT(send(pair[0], "x", 1, 0), 1);
    CHECK_INT(recv(pair[1], text, sizeof(text), 0), 1);
    CHECK_INT(closesocket(pair[0]), 0);
    CHECK_INT(closesocket(pair[1]), 0);
}

TEST(sending_datagrams)
{
    struct sockaddr_in to;
    SOCKET s, peer;
    WSABUF wrong;
    void *bad;

    udp_bound(&s, NULL);
    udp_bound(&peer, &to);
    FOR_UNREADABLE(bad)
    {
        wrong = (WSABUF){4, bad};
        CHECK_ERROR(sendto(s, bad, 4, 0, (SOCKADDR *)&to, sizeof(to)), WSAEFAULT);
        CHECK_ERROR(sendto(s, text, 4, 0, bad, sizeof(to)), WSAEFAULT);
        CHECK_ERROR(WSASendTo(s, bad, 1, &count, 0, (SOCKADDR *)&to, sizeof(to), NULL, NULL), WSAEFAULT);
        CHECK_ERROR(WSASendTo(s, &wrong, 1, &count, 0, (SOCKADDR *)&to, sizeof(to), NULL, NULL), WSAEFAULT);
        CHECK_ERROR(WSASendTo(s, &buffer, 1, &count, 0, bad, sizeof(to), NULL, NULL), WSAEFAULT);
    }
    CHECK_ERROR(sendto(s, text, 4, 0, (SOCKADDR *)&to, sizeof(to) - 1), WSAEFAULT);
    CHECK_ERROR(WSASendTo(s, &buffer, 1, NULL, 0, (SOCKADDR *)&to, sizeof(to), NULL, NULL), WSAEFAULT);
    CHECK_INT(sendto(s, "x", 1, 0, (SOCKADDR *)&to, sizeof(to)), 1);
    CHECK_INT(recv(peer, text, sizeof(text), 0), 1);
    CHECK_INT(closesocket(s), 0);
    CHECK_INT(closesocket(peer), 0);
}

TEST(receiving_from_streams)
{
    SOCKET pair[2];
    WSABUF wrong;
    void *bad;

    tcp_pair(pair);
    CHECK_INT(send(pair[1], "data", 4, 0), 4);
    FOR_UNWRITABLE(bad)
    {
        wrong = (WSABUF){4, bad};
        CHECK_ERROR(recv(pair[0], bad, 4, 0), WSAEFAULT);
        CHECK_ERROR(recvfrom(pair[0], bad, 4, 0, NULL, NULL), WSAEFAULT);
        CHECK_ERROR(WSARecv(pair[0], &wrong, 1, &count, &flags, NULL, NULL), WSAEFAULT);
        CHECK_ERROR(WSARecvFrom(pair[0], &wrong, 1, &count, &flags, NULL, NULL, NULL, NULL), WSAEFAULT);
    }
    FOR_UNREADABLE(bad)
    {
        CHECK_ERROR(WSARecv(pair[0], bad, 1, &count, &flags, NULL, NULL), WSAEFAULT);
        CHECK_ERROR(WSARecv(pair[0], &buffer, 1, &count, bad, NULL, NULL), WSAEFAULT);
        CHECK_ERROR(WSARecvFrom(pair[0], bad, 1, &count, &flags, NULL, NULL, NULL, NULL), WSAEFAULT);
    }
    CHECK_ERROR(recv(pair[0], NULL, 4, 0), WSAEFAULT);
    CHECK_ERROR(WSARecv(pair[0], NULL, 1, &count, &flags, NULL, NULL), WSAEFAULT);
    CHECK_ERROR(WSARecv(pair[0], &buffer, 1, NULL, &flags, NULL, NULL), WSAEFAULT);
    CHECK_ERROR(WSARecv(pair[0], &buffer, 1, &count, NULL, NULL, NULL), WSAEFAULT);
    /* nothing of all that took the data */
    CHECK_INT(recv(pair[0], text, sizeof(text), 0), 4);
    CHECK_INT(closesocket(pair[0]), 0);
    CHECK_INT(closesocket(pair[1]), 0);
}

/* A datagram that arrived with nowhere to go may be lost: each has one of its own. */
TEST(receiving_datagrams)
{
    struct sockaddr_in here, from;
    SOCKET s, peer;
    WSABUF wrong;
    void *bad;

    udp_bound(&s, &here);
    udp_bound(&peer, NULL);
    FOR_UNWRITABLE(bad)
    {
        len = sizeof(from);
        wrong = (WSABUF){4, bad};
        sendto(peer, "data", 4, 0, (SOCKADDR *)&here, sizeof(here));
        CHECK_ERROR(recv(s, bad, 4, 0), WSAEFAULT);
        sendto(peer, "data", 4, 0, (SOCKADDR *)&here, sizeof(here));
        CHECK_ERROR(recvfrom(s, bad, 4, 0, (SOCKADDR *)&from, &len), WSAEFAULT);
        sendto(peer, "data", 4, 0, (SOCKADDR *)&here, sizeof(here));
        CHECK_ERROR(recvfrom(s, text, 4, 0, bad, &len), WSAEFAULT);
        sendto(peer, "data", 4, 0, (SOCKADDR *)&here, sizeof(here));
        CHECK_ERROR(recvfrom(s, text, 4, 0, (SOCKADDR *)&from, bad), WSAEFAULT);
        sendto(peer, "data", 4, 0, (SOCKADDR *)&here, sizeof(here));
        CHECK_ERROR(WSARecvFrom(s, &wrong, 1, &count, &flags, (SOCKADDR *)&from, &len, NULL, NULL),
                    WSAEFAULT);
        sendto(peer, "data", 4, 0, (SOCKADDR *)&here, sizeof(here));
        CHECK_ERROR(WSARecvFrom(s, &buffer, 1, &count, &flags, bad, &len, NULL, NULL), WSAEFAULT);
    }
    FOR_UNREADABLE(bad)
    {
        len = sizeof(from);
        sendto(peer, "data", 4, 0, (SOCKADDR *)&here, sizeof(here));
        CHECK_ERROR(WSARecvFrom(s, &buffer, 1, &count, bad, (SOCKADDR *)&from, &len, NULL, NULL), WSAEFAULT);
    }
    len = 4;
    CHECK_ERROR(recvfrom(s, text, sizeof(text), 0, (SOCKADDR *)&from, &len), WSAEFAULT);
    CHECK_INT(closesocket(s), 0);
    CHECK_INT(closesocket(peer), 0);
}

TEST(overlapped_structures)
{
    SOCKET pair[2], udp;
    struct sockaddr_in to;
    WSAOVERLAPPED overlapped = {0};
    void *bad;

    tcp_pair(pair);
    udp_bound(&udp, &to);
    FOR_UNWRITABLE(bad)
    {
        CHECK_ERROR(WSASend(pair[0], &buffer, 1, &count, 0, bad, NULL), WSAEFAULT);
        CHECK_ERROR(WSARecv(pair[0], &buffer, 1, &count, &flags, bad, NULL), WSAEFAULT);
        CHECK_ERROR(WSASendTo(udp, &buffer, 1, &count, 0, (SOCKADDR *)&to, sizeof(to), bad, NULL), WSAEFAULT);
        CHECK_ERROR(WSARecvFrom(udp, &buffer, 1, &count, &flags, NULL, NULL, bad, NULL), WSAEFAULT);
        CHECK_NOTHING(WSAGetOverlappedResult(pair[0], &overlapped, bad, FALSE, &flags), WSAEFAULT);
        CHECK_NOTHING(WSAGetOverlappedResult(pair[0], &overlapped, &count, FALSE, bad), WSAEFAULT);
    }
    FOR_UNREADABLE(bad)
    CHECK_NOTHING(WSAGetOverlappedResult(pair[0], bad, &count, FALSE, &flags), WSAEFAULT);
    CHECK_INT(closesocket(pair[0]), 0);
    CHECK_INT(closesocket(pair[1]), 0);
    CHECK_INT(closesocket(udp), 0);
}

TEST(options_and_ioctls)
{
    SOCKET s = stream_socket();
    u_long number = 1;
    void *bad;
    int size;

    FOR_UNREADABLE(bad)
    {
        CHECK_ERROR(setsockopt(s, SOL_SOCKET, SO_LINGER, bad, sizeof(LINGER)), WSAEFAULT);
        CHECK_ERROR(setsockopt(s, SOL_SOCKET, SO_RCVBUF, bad, 4), WSAEFAULT);
        CHECK_ERROR(setsockopt(s, IPPROTO_IP, IP_TTL, bad, 4), WSAEFAULT);
        CHECK_ERROR(ioctlsocket(s, FIONBIO, bad), WSAEFAULT);
        CHECK_ERROR(WSAIoctl(s, FIONBIO, bad, 4, NULL, 0, &count, NULL, NULL), WSAEFAULT);
    }
    FOR_UNWRITABLE(bad)
    {
        size = 4;
        CHECK_ERROR(getsockopt(s, SOL_SOCKET, SO_TYPE, bad, &size), WSAEFAULT);
        CHECK_ERROR(getsockopt(s, SOL_SOCKET, SO_TYPE, text, bad), WSAEFAULT);
        CHECK_ERROR(getsockopt(s, SOL_SOCKET, SO_RCVBUF, bad, &size), WSAEFAULT);
        CHECK_ERROR(getsockopt(s, SOL_SOCKET, SO_SNDBUF, bad, &size), WSAEFAULT);
        CHECK_ERROR(ioctlsocket(s, FIONREAD, bad), WSAEFAULT);
        CHECK_ERROR(WSAIoctl(s, SIO_ADDRESS_LIST_QUERY, NULL, 0, bad, 4096, &count, NULL, NULL), WSAEFAULT);
        CHECK_ERROR(WSAIoctl(s, FIONBIO, &number, 4, NULL, 0, bad, NULL, NULL), WSAEFAULT);
    }
    CHECK_ERROR(WSAIoctl(s, FIONBIO, &number, 4, NULL, 0, NULL, NULL, NULL), WSAEFAULT);
    CHECK_INT(closesocket(s), 0);
}

TEST(byte_orders)
{
    SOCKET s = stream_socket();
    void *bad;

    FOR_UNWRITABLE(bad)
    {
        CHECK_ERROR(WSAHtonl(s, 1, bad), WSAEFAULT);
        CHECK_ERROR(WSANtohl(s, 1, bad), WSAEFAULT);
    }
    bad = unreadable(0);
    CHECK_ERROR(WSAHtons(s, 1, bad), WSAEFAULT);
    CHECK_ERROR(WSANtohs(s, 1, bad), WSAEFAULT);
    CHECK_INT(closesocket(s), 0);
}

TEST(waiting_for_readiness)
{
    SOCKET s = stream_socket();
    struct timeval now = {0, 0};
    fd_set set;
    void *bad;

    FD_ZERO(&set);
    FD_SET(s, &set);
    FOR_UNREADABLE(bad)
    {
        CHECK_ERROR(select(0, bad, NULL, NULL, &now), WSAEFAULT);
        CHECK_ERROR(select(0, NULL, bad, NULL, &now), WSAEFAULT);
        CHECK_ERROR(select(0, NULL, NULL, bad, &now), WSAEFAULT);
        CHECK_ERROR(select(0, &set, NULL, NULL, bad), WSAEFAULT);
    }
    FOR_UNWRITABLE(bad)
    {
        CHECK_ERROR(WSAPoll(bad, 1, 0), WSAEFAULT);
        CHECK_ERROR(WSAEnumNetworkEvents(s, NULL, bad), WSAEFAULT);
    }
    CHECK_ERROR(WSAEnumNetworkEvents(s, NULL, NULL), WSAEFAULT);
    CHECK_INT(closesocket(s), 0);
}

TEST(making_and_duplicating_sockets)
{
    SOCKET s = stream_socket();
    WSADATA *nowhere;
    void *bad;

    FOR_UNREADABLE(bad)
    {
        CHECK_ERROR(WSASocketA(FROM_PROTOCOL_INFO, FROM_PROTOCOL_INFO, FROM_PROTOCOL_INFO, bad, 0, 0),
                    WSAEFAULT);
        CHECK_ERROR(WSASocketW(FROM_PROTOCOL_INFO, FROM_PROTOCOL_INFO, FROM_PROTOCOL_INFO, bad, 0, 0),
                    WSAEFAULT);
    }
    FOR_UNWRITABLE(bad)
    {
        nowhere = bad;
        CHECK_ERROR(WSADuplicateSocketA(s, GetCurrentProcessId(), bad), WSAEFAULT);
        CHECK_ERROR(WSADuplicateSocketW(s, GetCurrentProcessId(), bad), WSAEFAULT);
        CHECK_INT(WSAStartup(MAKEWORD(2, 2), nowhere), WSAEFAULT);
    }
    CHECK_INT(closesocket(s), 0);
}

TEST(names_of_hosts)
{
    void *bad;

    FOR_UNREADABLE(bad)
    {
        CHECK_NOTHING(gethostbyname(bad), WSAEFAULT);
        CHECK_NOTHING(gethostbyaddr(bad, 4, AF_INET), WSAEFAULT);
        CHECK_NOTHING(getservbyname(bad, NULL), WSAEFAULT);
        CHECK_NOTHING(getservbyname("http", bad), WSAEFAULT);
        CHECK_NOTHING(getservbyport(htons(80), bad), WSAEFAULT);
        CHECK_NOTHING(getprotobyname(bad), WSAEFAULT);
    }
    FOR_UNWRITABLE(bad)
    {
        CHECK_ERROR(gethostname(bad, 256), WSAEFAULT);
        CHECK_ERROR(GetHostNameW(bad, 256), WSAEFAULT);
    }
}

TEST(address_lists)
{
    ADDRINFOEXA *list_ex_a;
    ADDRINFOEXW *list_ex_w;
    ADDRINFOA *list_a;
    ADDRINFOW *list_w;
    void *bad;

    FOR_UNREADABLE(bad)
    {
        CHECK_INT(getaddrinfo(bad, NULL, NULL, &list_a), WSAEFAULT);
        CHECK_INT(getaddrinfo("127.0.0.1", bad, NULL, &list_a), WSAEFAULT);
        CHECK_INT(getaddrinfo("127.0.0.1", NULL, bad, &list_a), WSAEFAULT);
        CHECK_INT(GetAddrInfoW(bad, NULL, NULL, &list_w), WSAEFAULT);
        CHECK_INT(GetAddrInfoW(L"127.0.0.1", bad, NULL, &list_w), WSAEFAULT);
        CHECK_INT(GetAddrInfoW(L"127.0.0.1", NULL, bad, &list_w), WSAEFAULT);
        CHECK_INT(GetAddrInfoExA(bad, NULL, NS_ALL, NULL, NULL, &list_ex_a, NULL, NULL, NULL, NULL),
                  WSAEFAULT);
        CHECK_INT(GetAddrInfoExA("127.0.0.1", NULL, NS_ALL, bad, NULL, &list_ex_a, NULL, NULL, NULL, NULL),
                  WSAEFAULT);
        CHECK_INT(GetAddrInfoExW(bad, NULL, NS_ALL, NULL, NULL, &list_ex_w, NULL, NULL, NULL, NULL),
                  WSAEFAULT);
        CHECK_INT(GetAddrInfoExW(L"127.0.0.1", bad, NS_ALL, NULL, NULL, &list_ex_w, NULL, NULL, NULL, NULL),
                  WSAEFAULT);
        CHECK_INT(GetAddrInfoExW(L"127.0.0.1", NULL, NS_ALL, bad, NULL, &list_ex_w, NULL, NULL, NULL, NULL),
                  WSAEFAULT);
        CHECK_INT(GetAddrInfoExW(L"127.0.0.1", NULL, NS_ALL, NULL, bad, &list_ex_w, NULL, NULL, NULL, NULL),
                  WSAEFAULT);
        CHECK_INT(GetAddrInfoExW(L"127.0.0.1", NULL, NS_ALL, NULL, NULL, &list_ex_w, bad, NULL, NULL, NULL),
                  WSAEFAULT);
        CHECK_INT(SetAddrInfoExW(bad, NULL, NULL, 0, NULL, 0, NS_ALL, NULL, NULL, NULL, NULL, NULL),
                  WSAEFAULT);
        CHECK_INT(SetAddrInfoExA(bad, NULL, NULL, 0, NULL, 0, NS_ALL, NULL, NULL, NULL, NULL, NULL),
                  WSAEFAULT);
    }
    FOR_UNWRITABLE(bad)
    {
        CHECK_INT(getaddrinfo("127.0.0.1", NULL, NULL, bad), WSAEFAULT);
        CHECK_INT(GetAddrInfoW(L"127.0.0.1", NULL, NULL, bad), WSAEFAULT);
        CHECK_INT(GetAddrInfoExA("127.0.0.1", NULL, NS_ALL, NULL, NULL, bad, NULL, NULL, NULL, NULL),
                  WSAEFAULT);
        CHECK_INT(GetAddrInfoExW(L"127.0.0.1", NULL, NS_ALL, NULL, NULL, bad, NULL, NULL, NULL, NULL),
                  WSAEFAULT);
        CHECK_INT(GetAddrInfoExW(L"127.0.0.1", NULL, NS_ALL, NULL, NULL, &list_ex_w, NULL, bad, NULL, NULL),
                  WSAEFAULT);
    }
    CHECK_INT(getaddrinfo("127.0.0.1", NULL, NULL, NULL), WSAEFAULT);
    CHECK_INT(GetAddrInfoW(L"127.0.0.1", NULL, NULL, NULL), WSAEFAULT);
}

TEST(names_of_addresses)
{
    void *bad;

    address = loopback();
    FOR_UNREADABLE(bad)
    {
        CHECK_INT(getnameinfo(bad, sizeof(address), text, 64, NULL, 0, NI_NUMERICHOST), WSAEFAULT);
        CHECK_INT(GetNameInfoW(bad, sizeof(address), wide, 64, NULL, 0, NI_NUMERICHOST), WSAEFAULT);
    }
    FOR_UNWRITABLE(bad)
    {
        CHECK_INT(getnameinfo(addr, sizeof(address), bad, 64, NULL, 0, NI_NUMERICHOST), WSAEFAULT);
        CHECK_INT(getnameinfo(addr, sizeof(address), NULL, 0, bad, 64, NI_NUMERICSERV), WSAEFAULT);
        CHECK_INT(GetNameInfoW(addr, sizeof(address), bad, 64, NULL, 0, NI_NUMERICHOST), WSAEFAULT);
        CHECK_INT(GetNameInfoW(addr, sizeof(address), NULL, 0, bad, 64, NI_NUMERICSERV), WSAEFAULT);
    }
}

TEST(texts_of_addresses)
{
    WSAPROTOCOL_INFOA *info_a;
    WSAPROTOCOL_INFOW *info_w;
    unsigned char bytes[16] = {0};
    void *bad;

    address = loopback();
    FOR_UNREADABLE(bad)
    {
        info_a = bad;
        info_w = bad;
        len = sizeof(address);
        count = 64;
        CHECK_ERROR(WSAAddressToStringA(bad, len, NULL, text, &count), WSAEFAULT);
        CHECK_ERROR(WSAAddressToStringA(addr, len, info_a, text, &count), WSAEFAULT);
        CHECK_ERROR(WSAAddressToStringW(bad, len, NULL, wide, &count), WSAEFAULT);
        CHECK_ERROR(WSAAddressToStringW(addr, len, info_w, wide, &count), WSAEFAULT);
        CHECK_ERROR(WSAStringToAddressA(bad, AF_INET, NULL, addr, &len), WSAEFAULT);
        CHECK_ERROR(WSAStringToAddressA((char *)"1.2.3.4", AF_INET, info_a, addr, &len), WSAEFAULT);
        CHECK_ERROR(WSAStringToAddressW(bad, AF_INET, NULL, addr, &len), WSAEFAULT);
        CHECK_ERROR(WSAStringToAddressW((WCHAR *)L"1.2.3.4", AF_INET, info_w, addr, &len), WSAEFAULT);
        CHECK_NOTHING(inet_ntop(AF_INET, bad, text, 64), WSAEFAULT);
        CHECK_NOTHING(InetNtopW(AF_INET, bad, wide, 64), WSAEFAULT);
        CHECK_ERROR(inet_pton(AF_INET, bad, bytes), WSAEFAULT);
        CHECK_ERROR(InetPtonW(AF_INET, bad, bytes), WSAEFAULT);
    }
    WSASetLastError(0);
    CHECK_INT((int)inet_addr(unreadable(0)), (int)INADDR_NONE);
    CHECK_INT(WSAGetLastError(), WSAEFAULT);
    FOR_UNWRITABLE(bad)
    {
        len = sizeof(address);
        count = 64;
        CHECK_ERROR(WSAAddressToStringA(addr, len, NULL, bad, &count), WSAEFAULT);
        CHECK_ERROR(WSAAddressToStringA(addr, len, NULL, text, bad), WSAEFAULT);
        CHECK_ERROR(WSAAddressToStringW(addr, len, NULL, bad, &count), WSAEFAULT);
        CHECK_ERROR(WSAAddressToStringW(addr, len, NULL, wide, bad), WSAEFAULT);
        CHECK_ERROR(WSAStringToAddressA((char *)"1.2.3.4", AF_INET, NULL, bad, &len), WSAEFAULT);
        CHECK_ERROR(WSAStringToAddressA((char *)"1.2.3.4", AF_INET, NULL, addr, bad), WSAEFAULT);
        CHECK_ERROR(WSAStringToAddressW((WCHAR *)L"1.2.3.4", AF_INET, NULL, bad, &len), WSAEFAULT);
        CHECK_ERROR(WSAStringToAddressW((WCHAR *)L"1.2.3.4", AF_INET, NULL, addr, bad), WSAEFAULT);
        CHECK_NOTHING(inet_ntop(AF_INET, bytes, bad, 64), WSAEFAULT);
        CHECK_NOTHING(InetNtopW(AF_INET, bytes, bad, 64), WSAEFAULT);
        CHECK_ERROR(inet_pton(AF_INET, "1.2.3.4", bad), WSAEFAULT);
        CHECK_ERROR(InetPtonW(AF_INET, L"1.2.3.4", bad), WSAEFAULT);
    }
    len = sizeof(address);
}
