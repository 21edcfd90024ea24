/*
 * Control messages, Windows's WSACMSGHDR to the host's cmsghdr and back.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include <netinet/in.h>
#include <netinet/udp.h>
#include <string.h>
#include <unistd.h>

#include "suites.h"
#include "unix/control.h"
#include "unix/windows.h"
#include "unix/wsaerror.h"
#include "ws2_unix.h"

static const enum control_layout layouts[] = {CONTROL_LAYOUT_32, CONTROL_LAYOUT_64};
static const struct control_defaults defaults = {0x28, 0x48};

/* Windows's control data under construction, deliberately not aligned. */
struct windows_data
{
    enum control_layout layout;
    uint32_t size;
    char bytes[1024];
};

static void add_header(struct windows_data *win, uint64_t length, int level, int type)
{
    char *p = win->bytes + 1 + win->size;
    size_t size_size = win->layout == CONTROL_LAYOUT_64 ? 8 : 4;

    memcpy(p, &length, size_size);
    memcpy(p + size_size, &level, 4);
    memcpy(p + size_size + 4, &type, 4);
    win->size += win->layout;
}

static void add(struct windows_data *win, int level, int type, const void *data, uint32_t size)
{
    uint32_t unit = win->layout == CONTROL_LAYOUT_64 ? 8 : 4;

    add_header(win, win->layout + size, level, type);
    memcpy(win->bytes + 1 + win->size, data, size);
    win->size += (size + unit - 1) / unit * unit;
}

static void add_int(struct windows_data *win, int level, int type, int value)
{
    add(win, level, type, &value, sizeof(value));
}

static int to_host(const struct windows_data *win, struct control_out *host)
{
    return control_to_host(win->layout, win->bytes + 1, win->size, &defaults, host);
}

static struct msghdr header_of(struct control_out *host)
{
    return (struct msghdr){.msg_control = host->data, .msg_controllen = host->used};
}

static int count(struct control_out *host)
{
    struct msghdr msg = header_of(host);
    struct cmsghdr *header;
    int n = 0;

    for (header = CMSG_FIRSTHDR(&msg); header; header = CMSG_NXTHDR(&msg, header)) n++;
    return n;
}

/* The data of the host's message of this kind, which has that size. */
static const void *find(struct control_out *host, int level, int type, size_t size)
{
    struct msghdr msg = header_of(host);
    struct cmsghdr *header;

    for (header = CMSG_FIRSTHDR(&msg); header; header = CMSG_NXTHDR(&msg, header))
    {
        if (header->cmsg_level != level || header->cmsg_type != type) continue;
        ck_assert_uint_eq(header->cmsg_len, CMSG_LEN(size));
        return CMSG_DATA(header);
    }
    ck_abort_msg("no message of level %d, type %d", level, type);
}

static int find_int(struct control_out *host, int level, int type)
{
    int value;

    memcpy(&value, find(host, level, type, sizeof(value)), sizeof(value));
    return value;
}

START_TEST(pktinfo_is_sent_from_its_address)
{
    struct windows_data win = {.layout = layouts[_i]};
    struct win_pktinfo info = {{127, 0, 0, 9}, 3};
    struct win_pktinfo6 info6 = {{0xfe, 0x80, [15] = 1}, 4};
    struct in_pktinfo host_info;
    struct in6_pktinfo host_info6;
    struct control_out host;

    add(&win, WIN_IPPROTO_IP, WIN_IP_PKTINFO, &info, sizeof(info));
    add(&win, WIN_IPPROTO_IPV6, WIN_IPV6_PKTINFO, &info6, sizeof(info6));
    ck_assert_int_eq(to_host(&win, &host), 0);
    ck_assert_int_eq(count(&host), 2);
    memcpy(&host_info, find(&host, IPPROTO_IP, IP_PKTINFO, sizeof(host_info)), sizeof(host_info));
    ck_assert_int_eq(host_info.ipi_ifindex, 3);
    ck_assert_mem_eq(&host_info.ipi_spec_dst, info.addr, 4);
    memcpy(&host_info6, find(&host, IPPROTO_IPV6, IPV6_PKTINFO, sizeof(host_info6)), sizeof(host_info6));
    ck_assert_int_eq(host_info6.ipi6_ifindex, 4);
    ck_assert_mem_eq(&host_info6.ipi6_addr, info6.addr, 16);
}
END_TEST

START_TEST(ttl_and_hop_limit_are_sent)
{
    struct windows_data win = {.layout = layouts[_i]};
    struct control_out host;

    add_int(&win, WIN_IPPROTO_IP, WIN_IP_TTL, 7);
    add_int(&win, WIN_IPPROTO_IPV6, WIN_IPV6_HOPLIMIT, 8);
    ck_assert_int_eq(to_host(&win, &host), 0);
    ck_assert_int_eq(find_int(&host, IPPROTO_IP, IP_TTL), 7);
    ck_assert_int_eq(find_int(&host, IPPROTO_IPV6, IPV6_HOPLIMIT), 8);
}
END_TEST

START_TEST(ecn_and_traffic_class_are_one_byte)
{
    struct windows_data win = {.layout = layouts[_i]};
    struct control_out host;

    add_int(&win, WIN_IPPROTO_IP, WIN_IP_ECN, 1);
    add_int(&win, WIN_IPPROTO_IPV6, WIN_IPV6_ECN, 2);
    ck_assert_int_eq(to_host(&win, &host), 0);
    ck_assert_int_eq(count(&host), 2);
    ck_assert_int_eq(find_int(&host, IPPROTO_IP, IP_TOS), 0x29);
    ck_assert_int_eq(find_int(&host, IPPROTO_IPV6, IPV6_TCLASS), 0x4a);

    add_int(&win, WIN_IPPROTO_IP, WIN_IP_TOS, 0x80);
    add_int(&win, WIN_IPPROTO_IPV6, WIN_IPV6_TCLASS, 0x40);
    ck_assert_int_eq(to_host(&win, &host), 0);
    ck_assert_int_eq(count(&host), 2);
    ck_assert_int_eq(find_int(&host, IPPROTO_IP, IP_TOS), 0x81);
    ck_assert_int_eq(find_int(&host, IPPROTO_IPV6, IPV6_TCLASS), 0x42);

    win.size = 0;
    add_int(&win, WIN_IPPROTO_IP, WIN_IP_TOS, 0x83);
    ck_assert_int_eq(to_host(&win, &host), 0);
    ck_assert_int_eq(find_int(&host, IPPROTO_IP, IP_TOS), 0x83);
}
END_TEST

START_TEST(segment_size_is_sent)
{
    struct windows_data win = {.layout = layouts[_i]};
    struct control_out host;
    uint16_t segment;

    add_int(&win, WIN_IPPROTO_UDP, WIN_UDP_SEND_MSG_SIZE, 1200);
    ck_assert_int_eq(to_host(&win, &host), 0);
    ck_assert_uint_eq(host.used, 0);
    ck_assert_int_eq(host.segment, 1200);
    ck_assert_int_eq(control_add_segment(&host), 0);
    memcpy(&segment, find(&host, SOL_UDP, UDP_SEGMENT, sizeof(segment)), sizeof(segment));
    ck_assert_int_eq(segment, 1200);
    win.size = 0;
    add_int(&win, WIN_IPPROTO_UDP, WIN_UDP_SEND_MSG_SIZE, 0);
    ck_assert_int_eq(to_host(&win, &host), 0);
    ck_assert_int_eq(host.segment, 0);
    win.size = 0;
    add_int(&win, WIN_IPPROTO_UDP, WIN_UDP_SEND_MSG_SIZE, 65536);
    ck_assert_int_eq(to_host(&win, &host), WSAEINVAL);
}
END_TEST

START_TEST(values_out_of_range_are_refused)
{
    static const struct
    {
        int level, type, value;
    } rows[] = {
        {WIN_IPPROTO_IP, WIN_IP_TOS, 256},        {WIN_IPPROTO_IP, WIN_IP_TOS, -1},
        {WIN_IPPROTO_IP, WIN_IP_ECN, 4},          {WIN_IPPROTO_IPV6, WIN_IPV6_ECN, -1},
        {WIN_IPPROTO_IPV6, WIN_IPV6_TCLASS, 256}, {WIN_IPPROTO_UDP, WIN_UDP_SEND_MSG_SIZE, -1},
    };
    struct windows_data win = {.layout = layouts[_i]};
    struct control_out host;

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
    {
        win.size = 0;
        add_int(&win, rows[i].level, rows[i].type, rows[i].value);
        ck_assert_int_eq(to_host(&win, &host), WSAEINVAL);
        ck_assert_uint_eq(host.used, 0);
    }
}
END_TEST

START_TEST(malformed_lengths_are_refused)
{
    static const uint64_t lengths[] = {0, 1, 3, 11, 100, 1000, INT32_MAX, UINT32_MAX, INT64_MAX, UINT64_MAX};
    struct windows_data win = {.layout = layouts[_i]};
    struct control_out host;

    for (size_t i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++)
    {
        win.size = 0;
        add_int(&win, WIN_IPPROTO_IP, WIN_IP_TTL, 7);
        add_header(&win, lengths[i], WIN_IPPROTO_IP, WIN_IP_TTL);
        ck_assert_int_eq(to_host(&win, &host), WSAEINVAL);
    }
    /* data shorter than the kind's */
    for (uint32_t size = 0; size < 4; size++)
    {
        win.size = 0;
        add_header(&win, win.layout + size, WIN_IPPROTO_IP, WIN_IP_TTL);
        win.size += size;
        ck_assert_int_eq(to_host(&win, &host), WSAEINVAL);
    }
}
END_TEST

START_TEST(unknown_messages_are_refused)
{
    struct windows_data win = {.layout = layouts[_i]};
    struct control_out host;

    add_int(&win, WIN_IPPROTO_IP, 1234, 7);
    ck_assert_int_eq(to_host(&win, &host), WSAEINVAL);
    win.size = 0;
    add_int(&win, WIN_SOL_SOCKET, WIN_IP_TTL, 7);
    ck_assert_int_eq(to_host(&win, &host), WSAEINVAL);
}
END_TEST

START_TEST(padding_after_the_last_message_may_be_missing)
{
    struct windows_data win = {.layout = layouts[_i]};
    struct control_out host;

    add_int(&win, WIN_IPPROTO_IP, WIN_IP_TTL, 7);
    win.size = win.layout + 4;
    ck_assert_int_eq(to_host(&win, &host), 0);
    ck_assert_int_eq(find_int(&host, IPPROTO_IP, IP_TTL), 7);
    win.size = win.layout - 1; /* less than a header is nothing */
    ck_assert_int_eq(to_host(&win, &host), 0);
    ck_assert_uint_eq(host.used, 0);
}
END_TEST

START_TEST(too_many_messages_are_refused)
{
    struct windows_data win = {.layout = layouts[_i]};
    struct control_out host;

    for (int i = 0; i < 30; i++) add_int(&win, WIN_IPPROTO_IP, WIN_IP_TTL, 7);
    ck_assert_int_eq(to_host(&win, &host), WSAENOBUFS);
}
END_TEST

/* --- Receiving --- */

static void add_host(struct control_out *host, int level, int type, const void *data, size_t size)
{
    struct cmsghdr header = {.cmsg_len = CMSG_LEN(size), .cmsg_level = level, .cmsg_type = type};

    memset(host->data + host->used, 0, CMSG_SPACE(size));
    memcpy(host->data + host->used, &header, sizeof(header));
    memcpy(host->data + host->used + CMSG_LEN(0), data, size);
    host->used += CMSG_SPACE(size);
}

static void add_host_int(struct control_out *host, int level, int type, int value)
{
    add_host(host, level, type, &value, sizeof(value));
}

/* Everything that a host can bring at once. */
static void add_everything(struct control_out *host)
{
    struct in_pktinfo info = {.ipi_ifindex = 3};
    unsigned char tos = 0x2a;

    info.ipi_addr.s_addr = htonl(INADDR_LOOPBACK);
    add_host(host, IPPROTO_IP, IP_PKTINFO, &info, sizeof(info));
    add_host_int(host, IPPROTO_IP, IP_TTL, 64);
    add_host(host, IPPROTO_IP, IP_TOS, &tos, sizeof(tos));
    add_host_int(host, SOL_UDP, UDP_GRO, 1200);
    add_host_int(host, SOL_SOCKET, 1, 2); /* which Windows does not have */
}

/* One received message in the caller's layout: where it is, and what follows it. */
static const char *expect(const char *p, enum control_layout layout, int level, int type, const void *data,
                          uint32_t size)
{
    uint32_t unit = layout == CONTROL_LAYOUT_64 ? 8 : 4;
    struct windows_data win = {.layout = layout};

    add_header(&win, layout + size, level, type);
    ck_assert_mem_eq(p, win.bytes + 1, layout);
    ck_assert_mem_eq(p + layout, data, size);
    return p + (layout + size + unit - 1) / unit * unit;
}

static const char *expect_int(const char *p, enum control_layout layout, int level, int type, int value)
{
    return expect(p, layout, level, type, &value, sizeof(value));
}

START_TEST(what_was_asked_for_is_received)
{
    enum control_layout layout = layouts[_i];
    struct win_pktinfo info = {{127, 0, 0, 1}, 3};
    struct control_out host = {.used = 0};
    struct msghdr msg;
    char win[512];
    const char *p;
    uint32_t used;

    add_everything(&host);
    msg = header_of(&host);
    ck_assert_uint_eq(control_from_host(layout, &msg, WS2_CONTROL_BASIC, win, sizeof(win), &used), 0);
    p = expect(win, layout, WIN_IPPROTO_IP, WIN_IP_PKTINFO, &info, sizeof(info));
    p = expect_int(p, layout, WIN_IPPROTO_IP, WIN_IP_TTL, 64);
    p = expect_int(p, layout, WIN_IPPROTO_IP, WIN_IP_TOS, 0x2a);
    p = expect_int(p, layout, WIN_IPPROTO_UDP, WIN_UDP_COALESCED_INFO, 1200);
    ck_assert_int_eq(p - win, used);

    ck_assert_uint_eq(
        control_from_host(layout, &msg,
                          WS2_CONTROL_ECN | WS2_CONTROL_DSTADDR | WS2_CONTROL_INTERFACE | WS2_CONTROL_ARRIVAL,
                          win, sizeof(win), &used),
        0);
    p = expect(win, layout, WIN_IPPROTO_IP, WIN_IP_RECVDSTADDR, info.addr, 4);
    p = expect_int(p, layout, WIN_IPPROTO_IP, WIN_IP_RECVIF, 3);
    p = expect_int(p, layout, WIN_IPPROTO_IP, WIN_IP_ORIGINAL_ARRIVAL_IF, 3);
    p = expect_int(p, layout, WIN_IPPROTO_IP, WIN_IP_ECN, 2);
    ck_assert_int_eq(p - win, used);

    ck_assert_uint_eq(control_from_host(layout, &msg, 0, win, sizeof(win), &used), 0);
    ck_assert_uint_eq(used, 0);
}
END_TEST

START_TEST(ipv6_messages_are_received)
{
    enum control_layout layout = layouts[_i];
    struct in6_pktinfo info = {.ipi6_addr = IN6ADDR_LOOPBACK_INIT, .ipi6_ifindex = 3};
    struct win_pktinfo6 win_info = {{[15] = 1}, 3};
    struct control_out host = {.used = 0};
    struct msghdr msg;
    char win[512];
    const char *p;
    uint32_t used;

    add_host(&host, IPPROTO_IPV6, IPV6_PKTINFO, &info, sizeof(info));
    add_host_int(&host, IPPROTO_IPV6, IPV6_HOPLIMIT, 64);
    add_host_int(&host, IPPROTO_IPV6, IPV6_TCLASS, 0x2b);
    msg = header_of(&host);
    ck_assert_uint_eq(control_from_host(layout, &msg, 0x1ff, win, sizeof(win), &used), 0);
    p = expect(win, layout, WIN_IPPROTO_IPV6, WIN_IPV6_PKTINFO, &win_info, sizeof(win_info));
    p = expect(p, layout, WIN_IPPROTO_IPV6, WIN_IPV6_RECVDSTADDR, win_info.addr, 16);
    p = expect_int(p, layout, WIN_IPPROTO_IPV6, WIN_IPV6_RECVIF, 3);
    p = expect_int(p, layout, WIN_IPPROTO_IPV6, WIN_IPV6_ORIGINAL_ARRIVAL_IF, 3);
    p = expect_int(p, layout, WIN_IPPROTO_IPV6, WIN_IPV6_HOPLIMIT, 64);
    p = expect_int(p, layout, WIN_IPPROTO_IPV6, WIN_IPV6_TCLASS, 0x2b);
    p = expect_int(p, layout, WIN_IPPROTO_IPV6, WIN_IPV6_ECN, 3);
    ck_assert_int_eq(p - win, used);
}
END_TEST

START_TEST(any_room_is_respected)
{
    enum control_layout layout = layouts[_i];
    struct control_out host = {.used = 0};
    uint32_t whole, used, flags;
    struct msghdr msg;
    char win[512];

    add_everything(&host);
    msg = header_of(&host);
    control_from_host(layout, &msg, 0x1ff, win, sizeof(win), &whole);
    for (uint32_t room = 0; room <= whole; room++)
    {
        memset(win, 0x55, sizeof(win));
        flags = control_from_host(layout, &msg, 0x1ff, win, room, &used);
        ck_assert_uint_le(used, room);
        for (uint32_t i = room; i < sizeof(win); i++) ck_assert_int_eq(win[i], 0x55);
        if (room < whole - 4) ck_assert_uint_eq(flags, WIN_MSG_CTRUNC);
    }
    ck_assert_uint_eq(flags, 0);
    ck_assert_uint_eq(used, whole);
}
END_TEST

START_TEST(the_hosts_truncation_is_told)
{
    struct control_out host = {.used = 0};
    struct msghdr msg = header_of(&host);
    char win[16];
    uint32_t used;

    msg.msg_flags = MSG_CTRUNC;
    ck_assert_uint_eq(control_from_host(layouts[_i], &msg, 0x1ff, win, sizeof(win), &used), WIN_MSG_CTRUNC);
    ck_assert_uint_eq(used, 0);
}
END_TEST

START_TEST(short_and_overlong_host_messages_are_ignored)
{
    struct control_out host = {.used = 0};
    struct cmsghdr *header = (struct cmsghdr *)host.data;
    struct msghdr msg;
    uint32_t used;
    char win[64];
    short value = 1;

    add_host(&host, IPPROTO_IP, IP_TTL, &value, sizeof(value));
    msg = header_of(&host);
    ck_assert_uint_eq(control_from_host(layouts[_i], &msg, 0x1ff, win, sizeof(win), &used), 0);
    ck_assert_uint_eq(used, 0);
    header->cmsg_len = 4000;
    ck_assert_uint_eq(control_from_host(layouts[_i], &msg, 0x1ff, win, sizeof(win), &used), 0);
    ck_assert_uint_eq(used, 0);
    header->cmsg_len = 3;
    ck_assert_uint_eq(control_from_host(layouts[_i], &msg, 0x1ff, win, sizeof(win), &used), 0);
    ck_assert_uint_eq(used, 0);
}
END_TEST

static int option_of(int fd, int level, int name)
{
    int value = -1;
    socklen_t size = sizeof(value);

    ck_assert_int_eq(getsockopt(fd, level, name, &value, &size), 0);
    return value;
}

START_TEST(the_host_is_asked_once_for_what_kinds_are_made_of)
{
    int fd = socket(AF_INET, SOCK_DGRAM, 0);

    ck_assert_int_ge(fd, 0);
    ck_assert_uint_eq(control_request(fd, WS2_CONTROL_BASIC), 0);
    ck_assert_int_eq(option_of(fd, IPPROTO_IP, IP_RECVTOS), 0);
    ck_assert_uint_eq(control_request(fd, WS2_CONTROL_ECN), WS2_CONTROL_TOS);
    ck_assert_int_eq(option_of(fd, IPPROTO_IP, IP_RECVTOS), 1);
    ck_assert_uint_eq(control_request(fd, WS2_CONTROL_ECN | WS2_CONTROL_DSTADDR), WS2_CONTROL_PKTINFO);
    ck_assert_int_eq(option_of(fd, IPPROTO_IP, IP_PKTINFO), 1);
    ck_assert_uint_eq(control_request(fd, WS2_CONTROL_ECN | WS2_CONTROL_ARRIVAL), 0);
    close(fd);
    ck_assert_uint_eq(control_request(fd, WS2_CONTROL_ECN), 0);
}
END_TEST

Suite *control_suite(void)
{
    Suite *suite = suite_create("control");
    TCase *tcase = tcase_create("control");

    /* in each of the two layouts */
    tcase_add_loop_test(tcase, pktinfo_is_sent_from_its_address, 0, 2);
    tcase_add_loop_test(tcase, ttl_and_hop_limit_are_sent, 0, 2);
    tcase_add_loop_test(tcase, ecn_and_traffic_class_are_one_byte, 0, 2);
    tcase_add_loop_test(tcase, segment_size_is_sent, 0, 2);
    tcase_add_loop_test(tcase, values_out_of_range_are_refused, 0, 2);
    tcase_add_loop_test(tcase, malformed_lengths_are_refused, 0, 2);
    tcase_add_loop_test(tcase, unknown_messages_are_refused, 0, 2);
    tcase_add_loop_test(tcase, padding_after_the_last_message_may_be_missing, 0, 2);
    tcase_add_loop_test(tcase, too_many_messages_are_refused, 0, 2);
    tcase_add_loop_test(tcase, what_was_asked_for_is_received, 0, 2);
    tcase_add_loop_test(tcase, ipv6_messages_are_received, 0, 2);
    tcase_add_loop_test(tcase, any_room_is_respected, 0, 2);
    tcase_add_loop_test(tcase, the_hosts_truncation_is_told, 0, 2);
    tcase_add_loop_test(tcase, short_and_overlong_host_messages_are_ignored, 0, 2);
    tcase_add_test(tcase, the_host_is_asked_once_for_what_kinds_are_made_of);
    suite_add_tcase(suite, tcase);
    return suite;
}
