/*
 * Windows's socket addresses and numbers to the host's and back.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include <arpa/inet.h>
#include <linux/vm_sockets.h>
#include <netipx/ipx.h>
#include <stddef.h>
#include <string.h>

#include "suites.h"
#include "unix/sockaddr.h"
#include "unix/windows.h"

static union host_sockaddr host;

START_TEST(ipv4_goes_there_and_back)
{
    struct win_sockaddr_in win = {WIN_AF_INET, htons(80), {127, 0, 0, 1}, {0}}, back;

    ck_assert_int_eq(sockaddr_to_host(&win, sizeof(win), &host), sizeof(struct sockaddr_in));
    ck_assert_int_eq(host.in.sin_family, AF_INET);
    ck_assert_int_eq(host.in.sin_port, htons(80));
    ck_assert_int_eq(host.in.sin_addr.s_addr, htonl(INADDR_LOOPBACK));
    ck_assert_int_eq(sockaddr_from_host(&host, sizeof(host.in), &back, sizeof(back)), sizeof(back));
    ck_assert_mem_eq(&win, &back, sizeof(win));
}
END_TEST

START_TEST(ipv6_keeps_scope_and_flow)
{
    struct win_sockaddr_in6 win = {WIN_AF_INET6, htons(80), 0x1234, {0xfe, 0x80, [15] = 1}, 7}, back;

    ck_assert_int_eq(sockaddr_to_host(&win, sizeof(win), &host), sizeof(struct sockaddr_in6));
    ck_assert_int_eq(host.in6.sin6_family, AF_INET6);
    ck_assert_int_eq(host.in6.sin6_scope_id, 7);
    ck_assert_int_eq(sockaddr_from_host(&host, sizeof(host.in6), &back, sizeof(back)), sizeof(back));
    ck_assert_mem_eq(&win, &back, sizeof(win));
}
END_TEST

START_TEST(ipx_goes_there_and_back)
{
    struct win_sockaddr_ipx win = {WIN_AF_IPX, {1, 2, 3, 4}, {5, 6, 7, 8, 9, 10}, htons(0x4004)}, back;
    const struct sockaddr_ipx *ipx = (const struct sockaddr_ipx *)&host;

    ck_assert_int_eq(sockaddr_to_host(&win, sizeof(win), &host), sizeof(*ipx));
    ck_assert_int_eq(ntohl(ipx->sipx_network), 0x01020304);
    ck_assert_int_eq(ipx->sipx_node[5], 10);
    ck_assert_int_eq(sockaddr_from_host(&host, sizeof(*ipx), &back, sizeof(back)), sizeof(back));
    ck_assert_mem_eq(&win, &back, sizeof(win));
}
END_TEST

static void irda_round_trip(const char *service, int well_formed)
{
    struct win_sockaddr_irda win = {.family = WIN_AF_IRDA, .device = {1, 2, 3, 4}}, back;
    socklen_t size;

    strcpy(win.service, service);
    size = sockaddr_to_host(&win, sizeof(win), &host);
    ck_assert_int_eq(size != 0, well_formed);
    if (!well_formed) return;
    ck_assert_int_eq(sockaddr_from_host(&host, size, &back, sizeof(back)), sizeof(back));
    ck_assert_mem_eq(&win, &back, sizeof(win));
}

START_TEST(irda_names_and_selectors)
{
    struct win_sockaddr_irda endless;

    irda_round_trip("OBEX", 1);
    irda_round_trip("LSAP-SEL5", 1);
    irda_round_trip("LSAP-SEL42", 1);
    irda_round_trip("LSAP-SEL127", 1);
    irda_round_trip("LSAP-SEL128", 0);
    irda_round_trip("LSAP-SEL99999999999", 0);
    irda_round_trip("LSAP-SEL5x", 0);
    irda_round_trip("LSAP-SEL", 0);
    memset(&endless, '0', sizeof(endless));
    endless.family = WIN_AF_IRDA;
    memcpy(endless.service, "LSAP-SEL", 8);
    ck_assert_int_gt(sockaddr_to_host(&endless, sizeof(endless), &host), 0);
}
END_TEST

START_TEST(unix_paths_of_any_length)
{
    struct win_sockaddr_un win = {.family = WIN_AF_UNIX, .path = "/tmp/x"}, back;
    const size_t start = offsetof(struct sockaddr_un, sun_path);

    ck_assert_int_eq(sockaddr_to_host(&win, sizeof(win), &host), start + 7);
    ck_assert_str_eq(host.un.sun_path, "/tmp/x");
    ck_assert_int_eq(sockaddr_from_host(&host, start + 7, &back, sizeof(back)), sizeof(back));
    ck_assert_mem_eq(&win, &back, sizeof(win));
    /* without its terminator, and without any path */
    ck_assert_int_eq(sockaddr_to_host(&win, 2 + 6, &host), start + 7);
    ck_assert_int_eq(sockaddr_to_host(&win, 2, &host), start);
    memset(win.path, 'a', sizeof(win.path));
    ck_assert_int_eq(sockaddr_to_host(&win, sizeof(win), &host), start + 108);
    ck_assert_int_eq(sockaddr_from_host(&host, start + 108, &back, sizeof(back)), sizeof(back));
    ck_assert_mem_eq(&win, &back, sizeof(win));
    ck_assert_int_eq(sockaddr_from_host(&host, start, &back, sizeof(back)), sizeof(back));
    ck_assert_int_eq(back.path[0], 0);
}
END_TEST

START_TEST(bluetooth_reverses_the_device)
{
    struct win_sockaddr_bth win = {.family = WIN_AF_BTH, .addr = 0x001122334455, .port = 5}, back;
    const uint8_t *bytes = (const uint8_t *)&host;

    ck_assert_int_eq(sockaddr_to_host(&win, sizeof(win), &host), 10);
    ck_assert_int_eq(bytes[2], 0x55);
    ck_assert_int_eq(bytes[7], 0x00);
    ck_assert_int_eq(bytes[8], 5);
    ck_assert_int_eq(sockaddr_from_host(&host, 10, &back, sizeof(back)), sizeof(back));
    ck_assert_mem_eq(&win, &back, sizeof(win));
    win.port = UINT32_MAX;
    ck_assert_int_eq(sockaddr_to_host(&win, sizeof(win), &host), 10);
    ck_assert_int_eq(bytes[8], 0);
    win.port = 31;
    ck_assert_int_eq(sockaddr_to_host(&win, sizeof(win), &host), 0);
}
END_TEST

START_TEST(l2cap_has_an_address_of_its_own)
{
    struct win_sockaddr_bth win = {.family = WIN_AF_BTH, .addr = 0x001122334455, .port = 0x1003}, back;
    const uint8_t *bytes = (const uint8_t *)&host;

    ck_assert_int_eq(sockaddr_to_l2cap(&win, sizeof(win), &host), 14);
    ck_assert_int_eq(host.any.sa_family, 31);
    ck_assert_int_eq(bytes[2], 0x03);
    ck_assert_int_eq(bytes[3], 0x10);
    ck_assert_int_eq(bytes[4], 0x55);
    ck_assert_int_eq(bytes[9], 0x00);
    ck_assert_int_eq(sockaddr_from_host(&host, 14, &back, sizeof(back)), sizeof(back));
    ck_assert_mem_eq(&win, &back, sizeof(win));
    win.port = UINT32_MAX;
    ck_assert_int_eq(sockaddr_to_l2cap(&win, sizeof(win), &host), 14);
    ck_assert_int_eq(bytes[2] | bytes[3], 0);
    win.port = 0x10000;
    ck_assert_int_eq(sockaddr_to_l2cap(&win, sizeof(win), &host), 0);
    win.port = 1;
    ck_assert_int_eq(sockaddr_to_l2cap(&win, sizeof(win) - 1, &host), 0);
    win.family = WIN_AF_INET;
    ck_assert_int_eq(sockaddr_to_l2cap(&win, sizeof(win), &host), 0);
}
END_TEST

START_TEST(hyperv_names_vsock_machines)
{
    static const struct win_guid template = {
        4711, 0xfacb, 0x11e6, {0xbd, 0x58, 0x64, 0, 0x6a, 0x79, 0x86, 0xd3}};
    static const struct win_guid parent = {
        0xa42e7cda, 0xd03f, 0x480c, {0x9c, 0xc2, 0xa4, 0xde, 0x20, 0xab, 0xb8, 0x78}};
    struct win_sockaddr_hv win = {WIN_AF_HYPERV, 0, {0}, template}, back;
    const struct sockaddr_vm *vm = (const struct sockaddr_vm *)&host;

    ck_assert_int_eq(sockaddr_to_host(&win, sizeof(win), &host), sizeof(*vm));
    ck_assert_int_eq(vm->svm_family, AF_VSOCK);
    ck_assert_int_eq(vm->svm_port, 4711);
    ck_assert(vm->svm_cid == VMADDR_CID_ANY);
    win.vm = parent;
    ck_assert_int_eq(sockaddr_to_host(&win, sizeof(win), &host), sizeof(*vm));
    ck_assert_int_eq(vm->svm_cid, VMADDR_CID_HOST);
    ck_assert_int_eq(sockaddr_from_host(&host, sizeof(*vm), &back, sizeof(back)), sizeof(back));
    ck_assert_mem_eq(&win, &back, sizeof(win));
    memset(&win.vm, 0, sizeof(win.vm));
    win.vm.data1 = 33;
    ck_assert_int_eq(sockaddr_to_host(&win, sizeof(win), &host), sizeof(*vm));
    ck_assert_int_eq(vm->svm_cid, 33);
    ck_assert_int_eq(sockaddr_from_host(&host, sizeof(*vm), &back, sizeof(back)), sizeof(back));
    ck_assert_mem_eq(&win, &back, sizeof(win));
    win.vm.data4[7] = 1;
    ck_assert_int_eq(sockaddr_to_host(&win, sizeof(win), &host), 0);
    memset(&win.vm, 0, sizeof(win.vm));
    win.service.data2 = 1;
    ck_assert_int_eq(sockaddr_to_host(&win, sizeof(win), &host), 0);
}
END_TEST

START_TEST(short_and_unknown_addresses_are_refused)
{
    static const struct
    {
        uint16_t family;
        uint32_t size;
    } rows[] = {
        {WIN_AF_INET, sizeof(struct win_sockaddr_in)}, {WIN_AF_INET6, sizeof(struct win_sockaddr_in6)},
        {WIN_AF_IPX, sizeof(struct win_sockaddr_ipx)}, {WIN_AF_IRDA, sizeof(struct win_sockaddr_irda)},
        {WIN_AF_BTH, sizeof(struct win_sockaddr_bth)}, {WIN_AF_HYPERV, sizeof(struct win_sockaddr_hv)},
    };
    char win[128] = "";

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
    {
        memcpy(win, &rows[i].family, 2);
        for (uint32_t size = 0; size < rows[i].size; size++)
            ck_assert_int_eq(sockaddr_to_host(win, size, &host), 0);
    }
    win[0] = 99;
    ck_assert_int_eq(sockaddr_to_host(win, sizeof(win), &host), 0);
    memset(&host, 0, sizeof(host));
    host.any.sa_family = AF_NETLINK;
    ck_assert_int_eq(sockaddr_from_host(&host, sizeof(host), win, sizeof(win)), 0);
    host.any.sa_family = AF_INET;
    ck_assert_int_eq(sockaddr_from_host(&host, sizeof(host.in) - 1, win, sizeof(win)), 0);
    ck_assert_int_eq(sockaddr_from_host(&host, 0, win, sizeof(win)), 0);
}
END_TEST

START_TEST(no_room_tells_the_size_and_writes_nothing)
{
    char win[16];

    memset(&host, 0, sizeof(host));
    memset(win, 0x55, sizeof(win));
    host.any.sa_family = AF_INET;
    ck_assert_int_eq(sockaddr_from_host(&host, sizeof(host.in), win, 15), 16);
    for (size_t i = 0; i < sizeof(win); i++) ck_assert_int_eq(win[i], 0x55);
}
END_TEST

START_TEST(numbers_have_counterparts)
{
    ck_assert_int_eq(family_to_host(WIN_AF_INET6), AF_INET6);
    ck_assert_int_eq(family_from_host(AF_INET6), WIN_AF_INET6);
    ck_assert_int_eq(family_to_host(WIN_AF_UNSPEC), AF_UNSPEC);
    ck_assert_int_eq(family_from_host(AF_UNSPEC), WIN_AF_UNSPEC);
    ck_assert_int_eq(family_to_host(99), -1);
    ck_assert_int_eq(family_from_host(AF_NETLINK), -1);
    ck_assert_int_eq(type_to_host(WIN_SOCK_RAW), SOCK_RAW);
    ck_assert_int_eq(type_from_host(SOCK_SEQPACKET), WIN_SOCK_SEQPACKET);
    ck_assert_int_eq(type_to_host(0), -1);
    ck_assert_int_eq(type_from_host(SOCK_DCCP), -1);
    ck_assert_int_eq(protocol_to_host(WIN_AF_INET, WIN_IPPROTO_UDP), IPPROTO_UDP);
    ck_assert_int_eq(protocol_to_host(WIN_AF_INET, 256), -1);
    ck_assert_int_eq(protocol_to_host(WIN_AF_IPX, WIN_NSPROTO_IPX + 4), 0);
    ck_assert_int_eq(protocol_to_host(WIN_AF_IPX, 4), -1);
    ck_assert_int_eq(protocol_to_host(WIN_AF_BTH, WIN_BTHPROTO_L2CAP), 0);
    ck_assert_int_eq(protocol_to_host(WIN_AF_BTH, 99), -1);
    ck_assert_int_eq(protocol_to_host(WIN_AF_HYPERV, WIN_HV_PROTOCOL_RAW), 0);
    ck_assert_int_eq(protocol_to_host(WIN_AF_UNIX, 0), 0);
    ck_assert_int_eq(level_to_host(WIN_SOL_SOCKET), SOL_SOCKET);
    ck_assert_int_eq(level_to_host(WIN_IPPROTO_IPV6), IPPROTO_IPV6);
    ck_assert_int_eq(level_to_host(1), IPPROTO_ICMP);
    ck_assert_int_eq(level_to_host(12345), -1);
}
END_TEST

Suite *sockaddr_suite(void)
{
    Suite *suite = suite_create("sockaddr");
    TCase *tcase = tcase_create("sockaddr");

    tcase_add_test(tcase, ipv4_goes_there_and_back);
    tcase_add_test(tcase, ipv6_keeps_scope_and_flow);
    tcase_add_test(tcase, ipx_goes_there_and_back);
    tcase_add_test(tcase, irda_names_and_selectors);
    tcase_add_test(tcase, unix_paths_of_any_length);
    tcase_add_test(tcase, bluetooth_reverses_the_device);
    tcase_add_test(tcase, l2cap_has_an_address_of_its_own);
    tcase_add_test(tcase, hyperv_names_vsock_machines);
    tcase_add_test(tcase, short_and_unknown_addresses_are_refused);
    tcase_add_test(tcase, no_room_tells_the_size_and_writes_nothing);
    tcase_add_test(tcase, numbers_have_counterparts);
    suite_add_tcase(suite, tcase);
    return suite;
}
