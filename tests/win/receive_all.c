/*
 * SIO_RCVALL and its kin: raw sockets that receive what an interface sees.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Without the privilege that raw sockets take they are refused with WSAEACCES, as on
 * Windows; that is what is tested then.
 */
#include "harness.h"

#include <mstcpip.h>

#define ELSEWHERE 12 /* of the private network's machine: tests/net/peer */
#define EVERYONE 13
#define GROUPS 14

struct packet
{
    BYTE bytes[0x10000];
    int len;
};

static struct packet packet;

static DWORD command(SOCKET s, DWORD code, DWORD mode)
{
    DWORD size;

    return WSAIoctl(s, code, &mode, sizeof(mode), NULL, 0, &size, NULL, NULL) ? WSAGetLastError() : 0;
}

static struct sockaddr_in ipv4(const char *text, int port)
{
    struct sockaddr_in addr = {.sin_family = AF_INET, .sin_port = htons(port)};

    addr.sin_addr.s_addr = inet_addr(text);
    return addr;
}

/* A raw socket bound to this address; INVALID_SOCKET without the privilege. */
static SOCKET listener(const char *text)
{
    SOCKET s = WSASocketW(AF_INET, SOCK_RAW, IPPROTO_IP, NULL, 0, WSA_FLAG_OVERLAPPED);
    struct sockaddr_in addr = ipv4(text, 0);
    DWORD time = 10000;

    if (s == INVALID_SOCKET)
    {
        CHECK_INT(WSAGetLastError(), WSAEACCES);
        return s;
    }
    CHECK_INT(bind(s, (SOCKADDR *)&addr, sizeof(addr)), 0);
    CHECK_INT(setsockopt(s, SOL_SOCKET, SO_RCVTIMEO, (char *)&time, sizeof(time)), 0);
    return s;
}

static SOCKET listener_in_private_net(void)
{
    char value[8];

    if (!GetEnvironmentVariableA("WS2_PRIVATE_NET", value, sizeof(value))) SKIP("not in the private network");
    return listener("10.99.0.2");
}

static void ask_peer(int port)
{
    struct sockaddr_in to = ipv4("10.99.0.50", port);
    SOCKET s = socket(AF_INET, SOCK_DGRAM, 0);

    CHECK_INT(sendto(s, "please", 6, 0, (SOCKADDR *)&to, sizeof(to)), 6);
    CHECK_INT(closesocket(s), 0);
}

/* The payload behind the headers of IP and UDP. */
static BOOL is_datagram(const char *text)
{
    return packet.len == 28 + (int)strlen(text) && packet.bytes[0] == 0x45 &&
           packet.bytes[9] == IPPROTO_UDP && !memcmp(packet.bytes + 28, text, strlen(text));
}

/* The next packet, and that it is from whom its header says. */
static void receive_packet(SOCKET s)
{
    struct sockaddr_in from;
    int len = sizeof(from);

    packet.len = recvfrom(s, (char *)packet.bytes, sizeof(packet.bytes), 0, (SOCKADDR *)&from, &len);
    CHECK(packet.len >= 20);
    CHECK_INT(from.sin_family, AF_INET);
    CHECK_INT(memcmp(&from.sin_addr, packet.bytes + 12, 4), 0);
    CHECK_INT(from.sin_port, 0);
}

/* How many datagrams with the one text come before the first with the other. */
static int count_before(SOCKET s, const char *counted, const char *last)
{
    int count = 0;

    for (;;)
    {
        receive_packet(s);
        if (is_datagram(last)) return count;
        count += is_datagram(counted);
    }
}

static void say(const char *text)
{
    static const struct sockaddr_in discard = {
        .sin_family = AF_INET, .sin_addr.s_addr = 0x0100007f, .sin_port = 0x0900};
    SOCKET s = socket(AF_INET, SOCK_DGRAM, 0);

    CHECK_INT(sendto(s, text, (int)strlen(text), 0, (const SOCKADDR *)&discard, sizeof(discard)),
              strlen(text));
    CHECK_INT(closesocket(s), 0);
}

/* Where others send much, the host may have no room for one packet or the other. */
struct marker
{
    char text[32];
    volatile LONG heard;
};

static const char *next_text(char text[32])
{
    static int number;

    sprintf(text, "text %06d", ++number);
    return text;
}

static DWORD WINAPI say_again_and_again(void *context)
{
    const struct marker *marker = context;

    while (!marker->heard)
    {
        say(marker->text);
        Sleep(20);
    }
    return 0;
}

/* How many datagrams with that text there are so far. */
static int count_of(SOCKET s, const char *counted)
{
    struct marker marker = {.heard = FALSE};
    HANDLE thread;
    int count;

    next_text(marker.text);
    thread = CreateThread(NULL, 0, say_again_and_again, &marker, 0, NULL);
    count = count_before(s, counted, marker.text);
    InterlockedExchange(&marker.heard, TRUE);
    CHECK_INT(WaitForSingleObject(thread, 10000), WAIT_OBJECT_0);
    CloseHandle(thread);
    return count;
}

static void check_seen_once(SOCKET s)
{
    char text[32];
    int count;

    do
    {
        say(next_text(text));
        count = count_of(s, text);
    } while (!count);
    CHECK_INT(count, 1);
}

static void be_seen_once(void)
{
    SOCKET s = listener("127.0.0.1"), also = listener("127.0.0.1");

    if (s == INVALID_SOCKET) return;
    say("nobody listens yet");
    CHECK_INT(command(s, SIO_RCVALL, RCVALL_IPLEVEL), 0);
    CHECK_INT(command(also, SIO_RCVALL, RCVALL_ON), 0);
    CHECK_INT(count_of(s, "nobody listens yet"), 0);
    check_seen_once(s);
    check_seen_once(also);

    /* off, and on again */
    CHECK_INT(command(s, SIO_RCVALL, RCVALL_OFF), 0);
    say("while it was off");
    check_seen_once(also);
    CHECK_INT(command(s, SIO_RCVALL, RCVALL_ON), 0);
    CHECK_INT(count_of(s, "while it was off"), 0);
    check_seen_once(s);
    CHECK_INT(closesocket(s), 0);
    CHECK_INT(closesocket(also), 0);
}

TEST(a_machines_own_packets_are_seen_once)
{
    be_seen_once();
}

static DWORD WINAPI send_much(void *stop)
{
    static const struct sockaddr_in discard = {
        .sin_family = AF_INET, .sin_addr.s_addr = 0x0100007f, .sin_port = 0x0900};
    static char data[20000];
    SOCKET s = socket(AF_INET, SOCK_DGRAM, 0);

    while (!*(volatile LONG *)stop)
        sendto(s, data, sizeof(data), 0, (const SOCKADDR *)&discard, sizeof(discard));
    return closesocket(s);
}

TEST(a_machines_own_packets_are_seen_while_there_are_many_others)
{
    LONG stop = FALSE;
    HANDLE thread = CreateThread(NULL, 0, send_much, &stop, 0, NULL);

    be_seen_once();
    InterlockedExchange(&stop, TRUE);
    CHECK_INT(WaitForSingleObject(thread, 10000), WAIT_OBJECT_0);
    CloseHandle(thread);
}

#define MAX_TAPS 64

/* The host's packet sockets in this network, by their inodes. */
static int read_taps(unsigned long taps[MAX_TAPS])
{
    FILE *file = fopen("\\\\?\\unix\\proc\\net\\packet", "r");
    char line[256];
    int count = 0;

    CHECK(file != NULL);
    CHECK(fgets(line, sizeof(line), file) != NULL); /* the heading */
    while (count < MAX_TAPS && fgets(line, sizeof(line), file))
        count += sscanf(line, "%*s %*s %*s %*s %*s %*s %*s %*s %lu", &taps[count]) == 1;
    fclose(file);
    return count;
}

static BOOL is_among(unsigned long tap, const unsigned long *taps, int count)
{
    while (count--)
        if (taps[count] == tap) return TRUE;
    return FALSE;
}

/* The first of some that is not among others, or 0. */
static unsigned long new_tap(const unsigned long *taps, int count, const unsigned long *others,
                             int other_count)
{
    for (; count--; taps++)
        if (!is_among(*taps, others, other_count)) return *taps;
    return 0;
}

TEST(the_interface_is_left_alone_once_the_socket_is_closed)
{
    unsigned long before[MAX_TAPS], with[MAX_TAPS], now[MAX_TAPS], tap;
    SOCKET s = listener("127.0.0.1");
    int count = read_taps(before), with_count, tries;

    if (s == INVALID_SOCKET) return;
    CHECK_INT(command(s, SIO_RCVALL, RCVALL_ON), 0);
    with_count = read_taps(with);
    CHECK(tap = new_tap(with, with_count, before, count));
    CHECK_INT(closesocket(s), 0);
    for (tries = 0; tries < 1000 && is_among(tap, now, read_taps(now)); tries++) Sleep(10);
    CHECK(!is_among(tap, now, read_taps(now)));
}

TEST(a_level_that_is_not_implemented_has_no_effect)
{
    SOCKET s = listener("127.0.0.1");

    if (s == INVALID_SOCKET) return;
    CHECK_INT(command(s, SIO_RCVALL, RCVALL_SOCKETLEVELONLY), 0);
    say("not seen");
    CHECK_INT(command(s, SIO_RCVALL, RCVALL_IPLEVEL), 0);
    say("seen");
    CHECK_INT(count_before(s, "not seen", "seen"), 0);
}

TEST(every_packet_is_for_sockets_that_are_bound_to_an_interface)
{
    SOCKET s = WSASocketW(AF_INET, SOCK_RAW, IPPROTO_IP, NULL, 0, WSA_FLAG_OVERLAPPED);
    struct sockaddr_in any = {.sin_family = AF_INET};

    if (s == INVALID_SOCKET)
    {
        CHECK_INT(WSAGetLastError(), WSAEACCES);
        return;
    }
    CHECK_INT(command(s, SIO_RCVALL, RCVALL_ON), WSAEINVAL);
    CHECK_INT(bind(s, (SOCKADDR *)&any, sizeof(any)), 0);
    CHECK_INT(command(s, SIO_RCVALL, RCVALL_ON), WSAEINVAL);
    CHECK_INT(command(s, SIO_RCVALL, 4), WSAEINVAL);
}

TEST(sent_and_received_packets_are_seen)
{
    SOCKET s = listener_in_private_net();

    if (s == INVALID_SOCKET) return;
    CHECK_INT(command(s, SIO_RCVALL, RCVALL_IPLEVEL), 0);
    ask_peer(11); /* which ICMP answers */
    do receive_packet(s);
    while (!is_datagram("please"));
    do receive_packet(s);
    while (packet.bytes[9] != IPPROTO_ICMP);
    CHECK_INT(packet.bytes[20], 11);
}

TEST(packets_for_other_machines_are_seen_by_the_promiscuous_only)
{
    SOCKET all = listener_in_private_net(), own = listener_in_private_net();

    if (all == INVALID_SOCKET) return;
    CHECK_INT(command(all, SIO_RCVALL, RCVALL_ON), 0);
    CHECK_INT(command(own, SIO_RCVALL, RCVALL_IPLEVEL), 0);
    ask_peer(ELSEWHERE);
    ask_peer(EVERYONE);
    CHECK_INT(count_before(all, "elsewhere", "everyone"), 1);
    CHECK_INT(count_before(own, "elsewhere", "everyone"), 0);
}

TEST(packets_to_groups_are_seen_without_joining_them)
{
    SOCKET groups = listener_in_private_net(), igmp = listener_in_private_net();

    if (groups == INVALID_SOCKET) return;
    CHECK_INT(command(groups, SIO_RCVALL_MCAST, RCVALL_ON), 0);
    CHECK_INT(command(igmp, SIO_RCVALL_IGMPMCAST, RCVALL_ON), 0);
    ask_peer(EVERYONE);
    ask_peer(GROUPS);
    CHECK_INT(count_before(groups, "please", "everyone"), 0);
    do
    {
        receive_packet(igmp);
        CHECK_INT(packet.bytes[9], IPPROTO_IGMP);
    } while (packet.bytes[(packet.bytes[0] & 15) * 4] != 0x11);
    CHECK_INT(memcmp(packet.bytes + 12, "\x0a\x63\x00\x32", 4), 0);
}

TEST(packets_of_ipv6_are_seen_as_well)
{
    SOCKET s = WSASocketW(AF_INET6, SOCK_RAW, IPPROTO_IPV6, NULL, 0, WSA_FLAG_OVERLAPPED), t, u;
    struct sockaddr_in6 loopback = {.sin6_family = AF_INET6}, from, to;
    int len = sizeof(to);

    if (s == INVALID_SOCKET)
    {
        CHECK_INT(WSAGetLastError(), WSAEACCES);
        return;
    }
    loopback.sin6_addr.s6_addr[15] = 1;
    CHECK_INT(bind(s, (SOCKADDR *)&loopback, sizeof(loopback)), 0);
    CHECK_INT(command(s, SIO_RCVALL, RCVALL_ON), 0);
    t = socket(AF_INET6, SOCK_DGRAM, 0);
    u = socket(AF_INET6, SOCK_DGRAM, 0);
    CHECK_INT(bind(t, (SOCKADDR *)&loopback, sizeof(loopback)), 0);
    CHECK_INT(getsockname(t, (SOCKADDR *)&to, &len), 0);
    CHECK_INT(sendto(u, "sixth", 5, 0, (SOCKADDR *)&to, sizeof(to)), 5);
    do
    {
        len = sizeof(from);
        packet.len = recvfrom(s, (char *)packet.bytes, sizeof(packet.bytes), 0, (SOCKADDR *)&from, &len);
        CHECK(packet.len >= 40);
        CHECK_INT(packet.bytes[0] >> 4, 6);
    } while (packet.len != 40 + 8 + 5 || memcmp(packet.bytes + 48, "sixth", 5));
    CHECK_INT(memcmp(&from.sin6_addr, &loopback.sin6_addr, sizeof(from.sin6_addr)), 0);
}
