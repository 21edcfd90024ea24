/*
 * Every call goes through the base provider's proc table: a table that counts sees it.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The module exports __ws2_swap_proc_table for this test alone; Wine's own ws2_32
 * has no table, and the tests are skipped there.
 */
#include "harness.h"

#include "spi_entries.h"

static LONG counts[ENTRY_COUNT];
static WSPPROC_TABLE original;

#define AS_FORWARDER(result, name, params, args)     \
    static result WSPAPI count_##name params         \
    {                                                \
        InterlockedIncrement(&counts[ENTRY_##name]); \
        return original.lpWSP##name args;            \
    }
ENTRIES(AS_FORWARDER)

/* Without their types, since versions of mingw-w64 spell those of WSPSelect differently. */
#define AS_MEMBER(result, name, params, args) .lpWSP##name = (void *)count_##name,
static const WSPPROC_TABLE counting = {ENTRIES(AS_MEMBER)};

C_ASSERT(sizeof(counting) == ENTRY_COUNT * sizeof(void *));

static void(WINAPI *swap_table)(const WSPPROC_TABLE *replacement, WSPPROC_TABLE *previous);

static void start_counting(void)
{
    memset(counts, 0, sizeof(counts));
    swap_table = (void *)GetProcAddress(GetModuleHandleA("ws2_32.dll"), "__ws2_swap_proc_table");
    if (!swap_table) SKIP("this ws2_32 has no proc table to swap");
    if (!original.lpWSPAccept) swap_table(NULL, &original);
    swap_table(&counting, NULL);
}

/* The call comes through this entry, once or more; its outcome does not matter. */
#define REACHES(entry, call)                                                                   \
    do                                                                                         \
    {                                                                                          \
        LONG before = counts[ENTRY_##entry];                                                   \
        (void)(call);                                                                          \
        if (counts[ENTRY_##entry] <= before)                                                   \
            harness_fail(__FILE__, __LINE__, "%s does not go through lpWSP%s", #call, #entry); \
    } while (0)

static int CALLBACK take_it(LPWSABUF a, LPWSABUF b, LPQOS c, LPQOS d, LPWSABUF e, LPWSABUF f, GROUP *g,
                            DWORD_PTR h)
{
    (void)a, (void)b, (void)c, (void)d, (void)e, (void)f, (void)g, (void)h;
    return CF_ACCEPT;
}

TEST(the_table_is_complete)
{
    void **entry;

    start_counting();
    for (entry = (void **)&original; entry < (void **)(&original + 1); entry++) CHECK(*entry);
}

TEST(making_and_closing_sockets)
{
    WSAPROTOCOL_INFOA info_a;
    WSAPROTOCOL_INFOW info_w;
    SOCKET s;

    start_counting();
    REACHES(Socket, s = socket(AF_INET, SOCK_STREAM, IPPROTO_TCP));
    REACHES(DuplicateSocket, WSADuplicateSocketA(s, GetCurrentProcessId(), &info_a));
    REACHES(DuplicateSocket, WSADuplicateSocketW(s, GetCurrentProcessId(), &info_w));
    REACHES(CloseSocket, closesocket(s));
    REACHES(Socket, s = WSASocketA(AF_INET, SOCK_DGRAM, 0, NULL, 0, WSA_FLAG_OVERLAPPED));
    closesocket(s);
    REACHES(Socket, s = WSASocketW(AF_INET, SOCK_DGRAM, 0, NULL, 0, WSA_FLAG_OVERLAPPED));
    closesocket(s);
}

TEST(connecting)
{
    struct sockaddr_in addr = {.sin_family = AF_INET}, peer;
    SOCKET listener, client, accepted;
    int len = sizeof(addr);

    start_counting();
    addr.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    listener = socket(AF_INET, SOCK_STREAM, IPPROTO_TCP);
    REACHES(Bind, bind(listener, (struct sockaddr *)&addr, sizeof(addr)));
    REACHES(Listen, listen(listener, 2));
    REACHES(GetSockName, getsockname(listener, (struct sockaddr *)&addr, &len));

    client = socket(AF_INET, SOCK_STREAM, IPPROTO_TCP);
    REACHES(Connect, connect(client, (struct sockaddr *)&addr, sizeof(addr)));
    REACHES(Accept, accepted = accept(listener, NULL, NULL));
    REACHES(GetPeerName, getpeername(client, (struct sockaddr *)&peer, &len));
    REACHES(Shutdown, shutdown(client, SD_SEND));
    closesocket(client);
    closesocket(accepted);

    client = socket(AF_INET, SOCK_STREAM, IPPROTO_TCP);
    REACHES(Connect, WSAConnect(client, (struct sockaddr *)&addr, sizeof(addr), NULL, NULL, NULL, NULL));
    REACHES(Accept, accepted = WSAAccept(listener, NULL, NULL, take_it, 0));
    REACHES(SendDisconnect, WSASendDisconnect(client, NULL));
    REACHES(RecvDisconnect, WSARecvDisconnect(accepted, NULL));
    REACHES(JoinLeaf, WSAJoinLeaf(client, (struct sockaddr *)&addr, sizeof(addr), NULL, NULL, NULL, NULL, 0));
    closesocket(client);
    closesocket(accepted);
    closesocket(listener);
}

TEST(moving_bytes)
{
    char byte = 'x';
    WSABUF buffer = {1, &byte};
    struct sockaddr_in addr, from;
    int from_len = sizeof(from);
    WSAOVERLAPPED overlapped = {0};
    DWORD count, flags = 0;
    SOCKET pair[2], s;

    start_counting();
    tcp_pair(pair);
    REACHES(Send, send(pair[0], &byte, 1, 0));
    REACHES(Recv, recv(pair[1], &byte, 1, 0));
    REACHES(Send, WSASend(pair[0], &buffer, 1, &count, 0, NULL, NULL));
    REACHES(Recv, WSARecv(pair[1], &buffer, 1, &count, &flags, NULL, NULL));
    REACHES(Send, WSASend(pair[0], &buffer, 1, NULL, 0, &overlapped, NULL));
    REACHES(GetOverlappedResult, WSAGetOverlappedResult(pair[0], &overlapped, &count, TRUE, &flags));
    closesocket(pair[0]);
    closesocket(pair[1]);

    udp_bound(&s, &addr);
    REACHES(SendTo, sendto(s, &byte, 1, 0, (struct sockaddr *)&addr, sizeof(addr)));
    REACHES(RecvFrom, recvfrom(s, &byte, 1, 0, (struct sockaddr *)&from, &from_len));
    REACHES(SendTo, WSASendTo(s, &buffer, 1, &count, 0, (struct sockaddr *)&addr, sizeof(addr), NULL, NULL));
    REACHES(RecvFrom,
            WSARecvFrom(s, &buffer, 1, &count, &flags, (struct sockaddr *)&from, &from_len, NULL, NULL));
    closesocket(s);
}

TEST(options_and_ioctls)
{
    WSABUF name = {4, (char *)"name"};
    int value = 0, len = sizeof(value);
    u_long available;
    DWORD count;
    SOCKET s;
    QOS qos;

    start_counting();
    udp_bound(&s, NULL);
    REACHES(GetSockOpt, getsockopt(s, SOL_SOCKET, SO_BROADCAST, (char *)&value, &len));
    REACHES(SetSockOpt, setsockopt(s, SOL_SOCKET, SO_BROADCAST, (char *)&value, sizeof(value)));
    REACHES(Ioctl, ioctlsocket(s, FIONREAD, &available));
    REACHES(Ioctl, WSAIoctl(s, FIONREAD, NULL, 0, &available, sizeof(available), &count, NULL, NULL));
    REACHES(GetQOSByName, WSAGetQOSByName(s, &name, &qos));
    closesocket(s);
}

TEST(waiting_for_events)
{
    struct timeval now = {0, 0};
    WSANETWORKEVENTS events;
    WSAEVENT event;
    fd_set set;
    SOCKET s;

    start_counting();
    udp_bound(&s, NULL);
    FD_ZERO(&set);
    FD_SET(s, &set);
    REACHES(Select, select(0, &set, NULL, NULL, &now));
    event = WSACreateEvent();
    REACHES(EventSelect, WSAEventSelect(s, event, FD_READ));
    REACHES(EnumNetworkEvents, WSAEnumNetworkEvents(s, event, &events));
    WSAEventSelect(s, NULL, 0);
    REACHES(AsyncSelect, WSAAsyncSelect(s, GetDesktopWindow(), 0, 0));
    WSACloseEvent(event);
    closesocket(s);
}

TEST(addresses_as_text)
{
    struct sockaddr_in addr = {.sin_family = AF_INET};
    int len = sizeof(addr);
    WCHAR text_w[64];
    char text_a[64];
    DWORD size = 64;

    start_counting();
    REACHES(AddressToString, WSAAddressToStringA((SOCKADDR *)&addr, sizeof(addr), NULL, text_a, &size));
    size = 64;
    REACHES(AddressToString, WSAAddressToStringW((SOCKADDR *)&addr, sizeof(addr), NULL, text_w, &size));
    REACHES(StringToAddress, WSAStringToAddressA((char *)"1.2.3.4", AF_INET, NULL, (SOCKADDR *)&addr, &len));
    len = sizeof(addr);
    REACHES(StringToAddress,
            WSAStringToAddressW((WCHAR *)L"1.2.3.4", AF_INET, NULL, (SOCKADDR *)&addr, &len));
}

/* The one entry that no test reaches is lpWSPCancelBlockingCall: its function is
 * Winsock 1.1's, and refused before any provider. The next startup fills the
 * table again, with the provider's own entries. */
TEST(the_last_cleanup)
{
    WSADATA data;

    start_counting();
    REACHES(Cleanup, WSACleanup());
    CHECK_INT(counts[ENTRY_Cleanup], 1);
    CHECK_INT(WSAStartup(MAKEWORD(2, 2), &data), 0);
}
