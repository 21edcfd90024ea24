/*
 * WSASocket's specification, row by row and sentence by sentence, in its order.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Where Windows does not do what the page says, the comment says so and the test has
 * what Windows does: an inconsistent triple gives WSAEPROTONOSUPPORT and not
 * WSAEINVAL, an unknown type is reported before an unknown family, and
 * WSA_FLAG_NO_HANDLE_INHERIT clears HANDLE_FLAG_INHERIT (winetest's test_WSASocket has
 * all three). dwFlags: wsasocket_flags.c; groups: group.c; layered providers, with the
 * errors WSAEINVALIDPROVIDER, WSAEINVALIDPROCTABLE and WSAEPROVIDERFAILEDINIT: layered.c;
 * security: security.c and audit.c.
 *
 * WSAENETDOWN has no case: what would have failed is the device of Wine's server, and
 * without that there are no programs.
 */
#include "contract.h"
#include "shortage.h"

#ifndef AF_HYPERV
#define AF_HYPERV 34
#endif
#define BTHPROTO_RFCOMM_VALUE 3
#define IPPROTO_RM_VALUE 113

static BOOL offered(int family, int type)
{
    int count, i;
    WSAPROTOCOL_INFOW *infos = catalog(&count);
    BOOL found = FALSE;

    for (i = 0; i < count; i++)
        found = found ||
                ((!family || infos[i].iAddressFamily == family) && (!type || infos[i].iSocketType == type));
    free(infos);
    return found;
}

static void check_made(SOCKET s, int family, int type, int protocol)
{
    WSAPROTOCOL_INFOW info;
    int len = sizeof(info), got_type = 0, type_len = sizeof(got_type);

    if (s == INVALID_SOCKET)
        harness_fail(__FILE__, __LINE__, "(%d, %d, %d) gave error %d", family, type, protocol,
                     WSAGetLastError());
    CHECK_INT(WSAGetLastError(), 0);
    CHECK_INT(getsockopt(s, SOL_SOCKET, SO_PROTOCOL_INFOW, (char *)&info, &len), 0);
    CHECK_INT(info.iAddressFamily, family);
    CHECK_INT(info.iSocketType, type);
    CHECK_INT(info.iProtocol, protocol);
    CHECK_INT(getsockopt(s, SOL_SOCKET, SO_TYPE, (char *)&got_type, &type_len), 0);
    CHECK_INT(got_type, type);
    CHECK_INT(closesocket(s), 0);
}

static SOCKET make(int family, int type, int protocol)
{
    WSASetLastError(0xdead);
    return WSASocketW(family, type, protocol, NULL, 0, WSA_FLAG_OVERLAPPED);
}

#define CHECK_MADE(family, type, protocol, is_family, is_type, is_protocol) \
    check_made(make(family, type, protocol), is_family, is_type, is_protocol)

#define CHECK_REFUSED(family, type, protocol, error) CHECK_ERROR(make(family, type, protocol), error)

/* --- Description ------------------------------------------------------------------------ */

TEST(creates_a_socket_that_is_bound_to_a_provider)
{
    SOCKET s = make(AF_INET, SOCK_STREAM, IPPROTO_TCP);
    WSAPROTOCOL_INFOW info, entry = entry_of(AF_INET, SOCK_STREAM);
    int len = sizeof(info);

    CHECK_INT(getsockopt(s, SOL_SOCKET, SO_PROTOCOL_INFOW, (char *)&info, &len), 0);
    CHECK_INT(memcmp(&info.ProviderId, &entry.ProviderId, sizeof(GUID)), 0);
    CHECK_INT(info.dwCatalogEntryId, entry.dwCatalogEntryId);
}

/* --- af --------------------------------------------------------------------------------- */

TEST(af_values_are_those_of_pf)
{
    CHECK_INT(PF_INET, AF_INET);
    CHECK_INT(PF_INET6, AF_INET6);
    CHECK_INT(PF_UNIX, AF_UNIX);
    CHECK_INT(PF_IPX, AF_IPX);
    CHECK_MADE(PF_INET, SOCK_STREAM, IPPROTO_TCP, AF_INET, SOCK_STREAM, IPPROTO_TCP);
}

TEST(af_unspec_leaves_the_family_to_the_protocol)
{
    CHECK_MADE(AF_UNSPEC, SOCK_STREAM, IPPROTO_TCP, AF_INET, SOCK_STREAM, IPPROTO_TCP);
    CHECK_MADE(AF_UNSPEC, SOCK_DGRAM, IPPROTO_UDP, AF_INET, SOCK_DGRAM, IPPROTO_UDP);
    CHECK_MADE(AF_UNSPEC, 0, IPPROTO_TCP, AF_INET, SOCK_STREAM, IPPROTO_TCP);
    CHECK_MADE(AF_UNSPEC, 0, IPPROTO_UDP, AF_INET, SOCK_DGRAM, IPPROTO_UDP);
    /* with nothing else to go by */
    CHECK_REFUSED(AF_UNSPEC, SOCK_STREAM, 0, WSAEINVAL);
    CHECK_REFUSED(AF_UNSPEC, SOCK_DGRAM, 0, WSAEINVAL);
    CHECK_REFUSED(AF_UNSPEC, 0, 0, WSAEINVAL);
}

TEST(af_inet_and_inet6_are_supported)
{
    CHECK_MADE(AF_INET, SOCK_STREAM, IPPROTO_TCP, AF_INET, SOCK_STREAM, IPPROTO_TCP);
    CHECK_MADE(AF_INET, SOCK_DGRAM, IPPROTO_UDP, AF_INET, SOCK_DGRAM, IPPROTO_UDP);
    CHECK_MADE(AF_INET6, SOCK_STREAM, IPPROTO_TCP, AF_INET6, SOCK_STREAM, IPPROTO_TCP);
    CHECK_MADE(AF_INET6, SOCK_DGRAM, IPPROTO_UDP, AF_INET6, SOCK_DGRAM, IPPROTO_UDP);
}

/* "Not supported on Windows Vista and later", "not supported on 64-bit versions". */
TEST(af_appletalk_and_netbios_are_gone)
{
    CHECK_REFUSED(AF_APPLETALK, SOCK_STREAM, 0, WSAEAFNOSUPPORT);
    CHECK_REFUSED(AF_APPLETALK, SOCK_DGRAM, 0, WSAEAFNOSUPPORT);
    CHECK_REFUSED(AF_NETBIOS, SOCK_DGRAM, 0, WSAEAFNOSUPPORT);
    CHECK_REFUSED(AF_NETBIOS, SOCK_STREAM, 0, WSAEAFNOSUPPORT);
}

/* Families "only supported if" their hardware or protocol is there: what the catalog
 * offers can be made, and what it does not is an unknown family. */
TEST(af_ipx_irda_bth_and_others_are_there_if_the_catalog_has_them)
{
    static const int families[][2] = {
        {AF_IPX, SOCK_DGRAM},     {AF_IRDA, SOCK_STREAM}, {AF_BTH, SOCK_STREAM},   {AF_UNIX, SOCK_STREAM},
        {AF_HYPERV, SOCK_STREAM}, {AF_ATM, SOCK_STREAM},  {AF_DECnet, SOCK_STREAM}};
    unsigned int i;

    for (i = 0; i < sizeof(families) / sizeof(families[0]); i++)
    {
        int family = families[i][0], type = families[i][1];

        if (offered(family, type))
        {
            WSAPROTOCOL_INFOW info = entry_of(family, type);

            CHECK_MADE(family, type, info.iProtocol, family, type, info.iProtocol);
        }
        else
            CHECK_REFUSED(family, type, 0, WSAEAFNOSUPPORT);
    }
}

TEST(af_unix_is_there)
{
    CHECK_MADE(AF_UNIX, SOCK_STREAM, 0, AF_UNIX, SOCK_STREAM, 0);
}

/* --- type ------------------------------------------------------------------------------- */

/* "This socket type uses TCP for the Internet address family", and UDP. */
TEST(type_stream_is_tcp_and_dgram_is_udp)
{
    CHECK_MADE(AF_INET, SOCK_STREAM, 0, AF_INET, SOCK_STREAM, IPPROTO_TCP);
    CHECK_MADE(AF_INET6, SOCK_STREAM, 0, AF_INET6, SOCK_STREAM, IPPROTO_TCP);
    CHECK_MADE(AF_INET, SOCK_DGRAM, 0, AF_INET, SOCK_DGRAM, IPPROTO_UDP);
    CHECK_MADE(AF_INET6, SOCK_DGRAM, 0, AF_INET6, SOCK_DGRAM, IPPROTO_UDP);
}

/* Raw sockets need the privilege: without it WSAEACCES, as on Windows. */
static BOOL check_raw(int family, int type, int protocol, int is_family, SOCKET *s)
{
    WSAPROTOCOL_INFOW info;
    int len = sizeof(info);

    *s = make(family, type, protocol);
    if (*s == INVALID_SOCKET)
    {
        if (WSAGetLastError() != WSAEACCES)
            harness_fail(__FILE__, __LINE__, "(%d, %d, %d) gave error %d", family, type, protocol,
                         WSAGetLastError());
        return FALSE;
    }
    CHECK_INT(getsockopt(*s, SOL_SOCKET, SO_PROTOCOL_INFOW, (char *)&info, &len), 0);
    CHECK_INT(info.iAddressFamily, is_family);
    CHECK_INT(info.iSocketType, SOCK_RAW);
    return TRUE;
}

TEST(type_raw_takes_headers_by_option)
{
    SOCKET s;
    DWORD on = 1;

    if (check_raw(AF_INET, SOCK_RAW, IPPROTO_RAW, AF_INET, &s))
        CHECK_INT(setsockopt(s, IPPROTO_IP, IP_HDRINCL, (char *)&on, sizeof(on)), 0);
    if (check_raw(AF_INET6, SOCK_RAW, IPPROTO_RAW, AF_INET6, &s))
        CHECK_INT(setsockopt(s, IPPROTO_IPV6, 2 /* IPV6_HDRINCL */, (char *)&on, sizeof(on)), 0);
}

/* "Only supported if the Reliable Multicast Protocol is installed"; packets as well. */
TEST(type_rdm_and_seqpacket_are_there_if_the_catalog_has_them)
{
    if (!offered(0, SOCK_RDM))
    {
        CHECK_REFUSED(AF_INET, SOCK_RDM, IPPROTO_RM_VALUE, WSAESOCKTNOSUPPORT);
        CHECK_REFUSED(AF_INET, SOCK_RDM, 0, WSAESOCKTNOSUPPORT);
    }
    if (!offered(0, SOCK_SEQPACKET)) CHECK_REFUSED(AF_INET, SOCK_SEQPACKET, 0, WSAESOCKTNOSUPPORT);
}

TEST(type_may_be_left_to_the_protocol)
{
    CHECK_MADE(AF_INET, 0, IPPROTO_TCP, AF_INET, SOCK_STREAM, IPPROTO_TCP);
    CHECK_MADE(AF_INET6, 0, IPPROTO_UDP, AF_INET6, SOCK_DGRAM, IPPROTO_UDP);
    CHECK_MADE(AF_INET, 0, 0, AF_INET, SOCK_STREAM, IPPROTO_TCP);
}

/* Not the order of the page's table, but Windows's. */
TEST(type_is_judged_before_the_family)
{
    CHECK_REFUSED(AF_INET, 77, IPPROTO_TCP, WSAESOCKTNOSUPPORT);
    CHECK_REFUSED(AF_INET, -1, IPPROTO_TCP, WSAESOCKTNOSUPPORT);
    CHECK_REFUSED(77, 77, IPPROTO_TCP, WSAESOCKTNOSUPPORT);
    CHECK_REFUSED(77, SOCK_STREAM, IPPROTO_TCP, WSAEAFNOSUPPORT);
}

TEST(types_can_be_discovered)
{
    int count, i;
    WSAPROTOCOL_INFOW *infos = catalog(&count);

    for (i = 0; i < count; i++)
    {
        SOCKET s;

        if (infos[i].dwProviderFlags & PFL_HIDDEN || infos[i].ProtocolChain.ChainLen != BASE_PROTOCOL)
            continue;
        s = make(infos[i].iAddressFamily, infos[i].iSocketType, infos[i].iProtocol);
        check_made(s, infos[i].iAddressFamily, infos[i].iSocketType, infos[i].iProtocol);
    }
    free(infos);
}

/* --- protocol --------------------------------------------------------------------------- */

TEST(protocol_0_lets_the_provider_choose)
{
    CHECK_MADE(AF_INET, SOCK_STREAM, 0, AF_INET, SOCK_STREAM, IPPROTO_TCP);
    CHECK_MADE(AF_INET6, SOCK_DGRAM, 0, AF_INET6, SOCK_DGRAM, IPPROTO_UDP);
    CHECK_MADE(AF_UNIX, SOCK_STREAM, 0, AF_UNIX, SOCK_STREAM, 0);
}

/* ICMP, IGMP: "AF_UNSPEC, AF_INET, or AF_INET6 and SOCK_RAW or unspecified". */
TEST(protocol_icmp_and_igmp_are_raw)
{
    static const int protocols[] = {IPPROTO_ICMP, IPPROTO_IGMP};
    unsigned int i;
    SOCKET s;

    for (i = 0; i < 2; i++)
    {
        check_raw(AF_UNSPEC, SOCK_RAW, protocols[i], AF_INET, &s);
        check_raw(AF_INET, SOCK_RAW, protocols[i], AF_INET, &s);
        check_raw(AF_INET6, SOCK_RAW, protocols[i], AF_INET6, &s);
        check_raw(AF_UNSPEC, 0, protocols[i], AF_INET, &s);
        check_raw(AF_INET, 0, protocols[i], AF_INET, &s);
        check_raw(AF_INET6, 0, protocols[i], AF_INET6, &s);
    }
}

TEST(protocol_icmpv6_is_raw)
{
    SOCKET s;

    check_raw(AF_UNSPEC, SOCK_RAW, IPPROTO_ICMPV6, AF_INET, &s);
    check_raw(AF_INET, SOCK_RAW, IPPROTO_ICMPV6, AF_INET, &s);
    check_raw(AF_INET6, SOCK_RAW, IPPROTO_ICMPV6, AF_INET6, &s);
    check_raw(AF_UNSPEC, 0, IPPROTO_ICMPV6, AF_INET, &s);
    check_raw(AF_INET, 0, IPPROTO_ICMPV6, AF_INET, &s);
    check_raw(AF_INET6, 0, IPPROTO_ICMPV6, AF_INET6, &s);
}

/* "The value specified for the protocol is set in the protocol field of the packet header." */
TEST(protocol_of_a_raw_socket_is_in_its_headers)
{
    struct sockaddr_in to = {.sin_family = AF_INET};
    char packet[64];
    SOCKET s, t;
    DWORD time = 10000;

    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (!check_raw(AF_INET, SOCK_RAW, 253, AF_INET, &s) || !check_raw(AF_INET, SOCK_RAW, 253, AF_INET, &t))
        return;
    CHECK_INT(bind(t, (SOCKADDR *)&to, sizeof(to)), 0);
    CHECK_INT(setsockopt(t, SOL_SOCKET, SO_RCVTIMEO, (char *)&time, sizeof(time)), 0);
    CHECK_INT(sendto(s, "raw", 3, 0, (SOCKADDR *)&to, sizeof(to)), 3);
    CHECK_INT(recv(t, packet, sizeof(packet), 0), 20 + 3);
    CHECK_INT((BYTE)packet[9], 253);
}

/* "AF_BTH and SOCK_STREAM". */
TEST(protocol_rfcomm_is_bluetooths)
{
    if (offered(AF_BTH, SOCK_STREAM))
        CHECK_MADE(AF_BTH, SOCK_STREAM, BTHPROTO_RFCOMM_VALUE, AF_BTH, SOCK_STREAM, BTHPROTO_RFCOMM_VALUE);
    else
        CHECK_REFUSED(AF_BTH, SOCK_STREAM, BTHPROTO_RFCOMM_VALUE, WSAEAFNOSUPPORT);
    CHECK_REFUSED(AF_INET, SOCK_STREAM, BTHPROTO_RFCOMM_VALUE, WSAEPROTONOSUPPORT);
}

TEST(protocol_tcp_is_for_streams)
{
    CHECK_MADE(AF_INET, SOCK_STREAM, IPPROTO_TCP, AF_INET, SOCK_STREAM, IPPROTO_TCP);
    CHECK_MADE(AF_INET6, SOCK_STREAM, IPPROTO_TCP, AF_INET6, SOCK_STREAM, IPPROTO_TCP);
    CHECK_REFUSED(AF_INET, SOCK_DGRAM, IPPROTO_TCP, WSAEPROTONOSUPPORT);
    CHECK_REFUSED(AF_INET6, SOCK_DGRAM, IPPROTO_TCP, WSAEPROTONOSUPPORT);
}

TEST(protocol_udp_is_for_datagrams)
{
    CHECK_MADE(AF_INET, SOCK_DGRAM, IPPROTO_UDP, AF_INET, SOCK_DGRAM, IPPROTO_UDP);
    CHECK_MADE(AF_INET6, SOCK_DGRAM, IPPROTO_UDP, AF_INET6, SOCK_DGRAM, IPPROTO_UDP);
    CHECK_REFUSED(AF_INET, SOCK_STREAM, IPPROTO_UDP, WSAEPROTONOSUPPORT);
    CHECK_REFUSED(AF_INET6, SOCK_STREAM, IPPROTO_UDP, WSAEPROTONOSUPPORT);
}

TEST(protocol_rm_needs_reliable_multicast)
{
    if (offered(AF_INET, SOCK_RDM))
        CHECK_MADE(AF_INET, SOCK_RDM, IPPROTO_RM_VALUE, AF_INET, SOCK_RDM, IPPROTO_RM_VALUE);
    else
        CHECK_REFUSED(AF_INET, SOCK_RDM, IPPROTO_RM_VALUE, WSAESOCKTNOSUPPORT);
    CHECK_REFUSED(AF_INET, SOCK_STREAM, IPPROTO_RM_VALUE, WSAEPROTONOSUPPORT);
}

/* --- lpProtocolInfo --------------------------------------------------------------------- */

TEST(an_entry_of_the_catalog_decides_the_provider)
{
    int count, i;
    WSAPROTOCOL_INFOW *infos = catalog(&count);

    for (i = 0; i < count; i++)
    {
        SOCKET s;

        if (infos[i].dwProviderFlags & PFL_HIDDEN || infos[i].ProtocolChain.ChainLen != BASE_PROTOCOL)
            continue;
        WSASetLastError(0xdead);
        s = WSASocketW(FROM_INFO, FROM_INFO, FROM_INFO, &infos[i], 0, WSA_FLAG_OVERLAPPED);
        check_made(s, infos[i].iAddressFamily, infos[i].iSocketType, infos[i].iProtocol);
    }
    free(infos);
}

/* "For any of af, type, or protocol". */
TEST(from_protocol_info_takes_one_or_more_parts)
{
    WSAPROTOCOL_INFOW info = entry_of(AF_INET6, SOCK_DGRAM);
    static const int parts[][3] = {{FROM_INFO, SOCK_DGRAM, IPPROTO_UDP}, {AF_INET6, FROM_INFO, IPPROTO_UDP},
                                   {AF_INET6, SOCK_DGRAM, FROM_INFO},    {FROM_INFO, FROM_INFO, IPPROTO_UDP},
                                   {FROM_INFO, SOCK_DGRAM, FROM_INFO},   {AF_INET6, FROM_INFO, FROM_INFO},
                                   {FROM_INFO, FROM_INFO, FROM_INFO},    {0, 0, 0}};
    unsigned int i;

    for (i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
    {
        WSASetLastError(0xdead);
        check_made(WSASocketW(parts[i][0], parts[i][1], parts[i][2], &info, 0, WSA_FLAG_OVERLAPPED), AF_INET6,
                   SOCK_DGRAM, IPPROTO_UDP);
    }
}

/* "The values specified for af, type, and protocol are passed unmodified": the entry only
 * says whose socket it is. */
TEST(parts_that_are_given_come_before_the_entrys)
{
    WSAPROTOCOL_INFOW udp6 = entry_of(AF_INET6, SOCK_DGRAM);

    WSASetLastError(0xdead);
    check_made(WSASocketW(AF_INET, SOCK_STREAM, IPPROTO_TCP, &udp6, 0, WSA_FLAG_OVERLAPPED), AF_INET,
               SOCK_STREAM, IPPROTO_TCP);
}

TEST(the_ansi_call_takes_the_ansi_structure)
{
    WSAPROTOCOL_INFOA infos[32];
    DWORD size = sizeof(infos);
    int count = WSAEnumProtocolsA(NULL, infos, &size), i;

    CHECK(count > 0);
    for (i = 0; i < count; i++)
    {
        SOCKET s;

        WSASetLastError(0xdead);
        s = WSASocketA(FROM_INFO, FROM_INFO, FROM_INFO, &infos[i], 0, WSA_FLAG_OVERLAPPED);
        check_made(s, infos[i].iAddressFamily, infos[i].iSocketType, infos[i].iProtocol);
    }
    WSASetLastError(0xdead);
    check_made(WSASocketA(AF_INET, SOCK_STREAM, IPPROTO_TCP, NULL, 0, WSA_FLAG_OVERLAPPED), AF_INET,
               SOCK_STREAM, IPPROTO_TCP);
}

TEST(a_duplicate_is_made_of_its_structure_once)
{
    WSAPROTOCOL_INFOW info;
    WSAPROTOCOL_INFOA ansi;
    SOCKET s = make(AF_INET, SOCK_DGRAM, IPPROTO_UDP), same;

    CHECK_INT(WSADuplicateSocketW(s, GetCurrentProcessId(), &info), 0);
    same = WSASocketW(FROM_INFO, FROM_INFO, FROM_INFO, &info, 0, WSA_FLAG_OVERLAPPED);
    CHECK(same != INVALID_SOCKET);
    /* "has already been used in an earlier duplicate socket operation" */
    CHECK_ERROR(WSASocketW(FROM_INFO, FROM_INFO, FROM_INFO, &info, 0, WSA_FLAG_OVERLAPPED), WSAEINVAL);
    CHECK_INT(closesocket(same), 0);

    CHECK_INT(WSADuplicateSocketA(s, GetCurrentProcessId(), &ansi), 0);
    same = WSASocketA(FROM_INFO, FROM_INFO, FROM_INFO, &ansi, 0, WSA_FLAG_OVERLAPPED);
    CHECK(same != INVALID_SOCKET);
    CHECK_ERROR(WSASocketA(FROM_INFO, FROM_INFO, FROM_INFO, &ansi, 0, WSA_FLAG_OVERLAPPED), WSAEINVAL);
}

CHILD(bystander)
{
    Sleep(INFINITE);
    return 0;
}

TEST(a_duplicate_for_another_process_is_not_ours)
{
    WSAPROTOCOL_INFOW info;
    SOCKET s = make(AF_INET, SOCK_DGRAM, IPPROTO_UDP);
    HANDLE other = harness_spawn("bystander", "x");

    CHECK_INT(WSADuplicateSocketW(s, GetProcessId(other), &info), 0);
    CHECK_ERROR(WSASocketW(FROM_INFO, FROM_INFO, FROM_INFO, &info, 0, WSA_FLAG_OVERLAPPED), WSAEINVAL);
    TerminateProcess(other, 0);
    harness_join(other);
}

/* --- g: group.c has the rest ------------------------------------------------------------- */

TEST(g_0_is_no_group)
{
    SOCKET s = make(AF_INET, SOCK_STREAM, 0);
    GROUP id = 77;
    int len = sizeof(id);

    CHECK_INT(getsockopt(s, SOL_SOCKET, SO_GROUP_ID, (char *)&id, &len), 0);
    CHECK_INT(id, 0);
}

/* --- Return value ----------------------------------------------------------------------- */

TEST(wsanotinitialised_before_wsastartup)
{
    WSADATA data;

    CHECK_INT(WSACleanup(), 0);
    CHECK_REFUSED(AF_INET, SOCK_STREAM, IPPROTO_TCP, WSANOTINITIALISED);
    CHECK_REFUSED(77, 77, 77, WSANOTINITIALISED); /* before anything else */
    CHECK_ERROR(WSASocketA(AF_INET, SOCK_STREAM, IPPROTO_TCP, NULL, 0, 0), WSANOTINITIALISED);
    CHECK_INT(WSAStartup(MAKEWORD(2, 2), &data), 0);
}

TEST(wsaeafnosupport_for_families_nobody_has)
{
    CHECK_REFUSED(77, SOCK_STREAM, 0, WSAEAFNOSUPPORT);
    CHECK_REFUSED(-1, SOCK_STREAM, IPPROTO_TCP, WSAEAFNOSUPPORT);
    CHECK_REFUSED(AF_MAX + 100, SOCK_DGRAM, 0, WSAEAFNOSUPPORT);
}

TEST(wsaefault_for_a_structure_outside_the_address_space)
{
    CHECK_ERROR(WSASocketW(AF_INET, SOCK_STREAM, IPPROTO_TCP, (WSAPROTOCOL_INFOW *)0x10, 0, 0), WSAEFAULT);
    CHECK_ERROR(WSASocketA(AF_INET, SOCK_STREAM, IPPROTO_TCP, (WSAPROTOCOL_INFOA *)0x10, 0, 0), WSAEFAULT);
    CHECK_ERROR(WSASocketW(77, 77, 77, (WSAPROTOCOL_INFOW *)0x10, 0, 0), WSAEFAULT); /* before the triple */
}

TEST(wsaeinval_for_a_group_that_there_is_not)
{
    CHECK_ERROR(WSASocketW(AF_INET, SOCK_STREAM, 0, NULL, 0x7ffffff0, WSA_FLAG_OVERLAPPED), WSAEINVAL);
}

/* "A blocking Windows Sockets 1.1 call is in progress": blocking_hook.c has the rest. */
static LONG hook_calls;

static INT_PTR CALLBACK make_from_hook(void)
{
    CHECK_ERROR(WSASocketW(AF_INET, SOCK_STREAM, IPPROTO_TCP, NULL, 0, WSA_FLAG_OVERLAPPED), WSAEINPROGRESS);
    CHECK_ERROR(WSASocketA(AF_INET, SOCK_STREAM, IPPROTO_TCP, NULL, 0, WSA_FLAG_OVERLAPPED), WSAEINPROGRESS);
    CHECK_ERROR(WSASocketW(77, 77, 77, (WSAPROTOCOL_INFOW *)0x10, 0, 0), WSAEINPROGRESS);
    hook_calls++;
    CHECK_INT(WSACancelBlockingCall(), 0);
    return FALSE;
}

TEST(wsaeinprogress_while_a_blocking_call_of_winsock_1_1_is)
{
    WSADATA data;
    SOCKET s;
    char byte;

    CHECK_INT(WSAStartup(MAKEWORD(1, 1), &data), 0);
    udp_bound(&s, NULL);
    CHECK(WSASetBlockingHook((FARPROC)make_from_hook) != NULL);
    CHECK_ERROR(recv(s, &byte, 1, 0), WSAEINTR);
    CHECK_INT(hook_calls, 1);
    CHECK_INT(WSAUnhookBlockingHook(), 0);
    CHECK_MADE(AF_INET, SOCK_STREAM, IPPROTO_TCP, AF_INET, SOCK_STREAM, IPPROTO_TCP);
    CHECK_INT(WSACleanup(), 0);
}

/* "Incomplete, or the contents are invalid": what is changed in a ticket for a duplicate. */
TEST(wsaeinval_for_a_structure_that_is_not_as_it_was_given)
{
    WSAPROTOCOL_INFOW info, changed;
    SOCKET s = make(AF_INET, SOCK_DGRAM, IPPROTO_UDP);

    CHECK_INT(WSADuplicateSocketW(s, GetCurrentProcessId(), &info), 0);
    changed = info;
    changed.dwProviderReserved ^= 0x100;
    CHECK_ERROR(WSASocketW(FROM_INFO, FROM_INFO, FROM_INFO, &changed, 0, WSA_FLAG_OVERLAPPED), WSAEINVAL);
    changed = info;
    changed.iSocketType = SOCK_STREAM;
    CHECK_ERROR(WSASocketW(FROM_INFO, FROM_INFO, FROM_INFO, &changed, 0, WSA_FLAG_OVERLAPPED), WSAEINVAL);
    CHECK(WSASocketW(FROM_INFO, FROM_INFO, FROM_INFO, &info, 0, WSA_FLAG_OVERLAPPED) != INVALID_SOCKET);
}

/* Not as the page has it: "individually supported, but the combination is not" is
 * WSAEPROTONOSUPPORT; WSAEINVAL is what too little to choose by gives. */
TEST(inconsistent_triples_give_wsaeprotonosupport)
{
    CHECK_REFUSED(AF_INET, SOCK_STREAM, IPPROTO_UDP, WSAEPROTONOSUPPORT);
    CHECK_REFUSED(AF_INET, SOCK_DGRAM, IPPROTO_TCP, WSAEPROTONOSUPPORT);
    CHECK_REFUSED(AF_INET6, SOCK_STREAM, IPPROTO_UDP, WSAEPROTONOSUPPORT);
    CHECK_REFUSED(AF_UNIX, SOCK_STREAM, IPPROTO_TCP, WSAEPROTONOSUPPORT);
    CHECK_REFUSED(0, SOCK_STREAM, 0, WSAEINVAL);
    CHECK_REFUSED(0, SOCK_DGRAM, 0, WSAEINVAL);
    CHECK_REFUSED(0, 0, 0, WSAEINVAL);
}

TEST(wsaemfile_when_there_are_no_more_descriptors)
{
    SOCKET s = socket(AF_INET, SOCK_DGRAM, 0);
    int i;

    limit_set(LIMIT_SERVER_DESCRIPTORS);
    CHECK_ERROR(socket(AF_INET, SOCK_STREAM, IPPROTO_TCP), WSAEMFILE);
    CHECK_ERROR(socket(AF_INET6, SOCK_DGRAM, 0), WSAEMFILE);
    CHECK_ERROR(WSASocketW(AF_INET, SOCK_DGRAM, 0, NULL, 0, WSA_FLAG_OVERLAPPED), WSAEMFILE);
    CHECK_ERROR(WSASocketA(AF_INET, SOCK_DGRAM, 0, NULL, 0, 0), WSAEMFILE);
    CHECK_ERROR(socket(AF_UNIX, SOCK_STREAM, 0), WSAEMFILE);
    CHECK_INT(closesocket(s), 0);
    limit_lift();
    for (i = 0; i < 10; i++)
    {
        CHECK((s = socket(AF_INET, SOCK_STREAM, IPPROTO_TCP)) != INVALID_SOCKET);
        CHECK_INT(closesocket(s), 0);
    }
    CHECK((s = socket(AF_UNIX, SOCK_STREAM, 0)) != INVALID_SOCKET);
    CHECK_INT(closesocket(s), 0);
}

/* In a process of its own, whatever else needs memory there. */
CHILD(without_memory)
{
    static SOCKET sockets[600];
    unsigned int count, made = 0;

    /* what the module needs once is there */
    for (count = 0; count < 100; count++) sockets[count] = make(AF_INET, SOCK_DGRAM, 0);
    limit_set(LIMIT_MEMORY);
    while (count < 600 && (sockets[count] = make(AF_INET, SOCK_DGRAM, 0)) != INVALID_SOCKET) count++;
    CHECK_INT(WSAGetLastError(), WSAENOBUFS);
    CHECK_REFUSED(AF_INET, SOCK_STREAM, IPPROTO_TCP, WSAENOBUFS);
    CHECK_ERROR(WSASocketA(AF_INET6, SOCK_DGRAM, 0, NULL, 0, 0), WSAENOBUFS);
    limit_lift();
    while (count) CHECK_INT(closesocket(sockets[--count]), 0);
    while (made < 600) CHECK((sockets[made++] = make(AF_INET, SOCK_DGRAM, 0)) != INVALID_SOCKET);
    return 0;
}

TEST(wsaenobufs_when_there_is_no_more_memory)
{
    CHECK_INT(harness_join(harness_spawn("without_memory", "x")), 0);
}

TEST(wsaeprotonosupport_for_protocols_nobody_has)
{
    CHECK_REFUSED(AF_INET, SOCK_STREAM, 77, WSAEPROTONOSUPPORT);
    CHECK_REFUSED(AF_INET, SOCK_DGRAM, 77, WSAEPROTONOSUPPORT);
    CHECK_REFUSED(AF_INET, SOCK_RAW, 256, WSAEPROTONOSUPPORT);
    CHECK_REFUSED(AF_INET, 0, 1000000, WSAEPROTONOSUPPORT);
}

/* "The specified protocol is the wrong type for this socket": where an entry of the catalog
 * chooses the provider, so that it is not its choice that fails. */
TEST(wsaeprototype_for_a_protocol_of_another_type)
{
    WSAPROTOCOL_INFOW tcp = entry_of(AF_INET, SOCK_STREAM), udp6 = entry_of(AF_INET6, SOCK_DGRAM);

    CHECK_ERROR(WSASocketW(AF_INET, SOCK_STREAM, IPPROTO_UDP, &tcp, 0, 0), WSAEPROTOTYPE);
    CHECK_ERROR(WSASocketW(AF_INET, SOCK_DGRAM, IPPROTO_TCP, &tcp, 0, 0), WSAEPROTOTYPE);
    CHECK_ERROR(WSASocketW(FROM_INFO, FROM_INFO, IPPROTO_TCP, &udp6, 0, 0), WSAEPROTOTYPE);
    CHECK_ERROR(WSASocketW(AF_INET, SOCK_STREAM, 77, &tcp, 0, 0), WSAEPROTONOSUPPORT);
}

TEST(wsaesocktnosupport_for_types_nobody_has)
{
    CHECK_REFUSED(AF_INET, 6, 0, WSAESOCKTNOSUPPORT);
    CHECK_REFUSED(AF_INET6, 77, IPPROTO_UDP, WSAESOCKTNOSUPPORT);
}

/* --- Remarks ---------------------------------------------------------------------------- */

static BOOL waits_with_event(SOCKET s)
{
    OVERLAPPED overlapped = {.hEvent = CreateEventW(NULL, TRUE, FALSE, NULL)};
    HANDLE port = CreateIoCompletionPort((HANDLE)s, NULL, 1, 0);

    CloseHandle(overlapped.hEvent);
    if (port) CloseHandle(port);
    return port != NULL;
}

/* "By default, a socket created with WSASocket will not have this overlapped attribute";
 * "socket creates a socket that supports overlapped I/O". A port takes only those. */
TEST(socket_makes_overlapped_sockets_and_wsasocket_by_flag)
{
    CHECK(waits_with_event(socket(AF_INET, SOCK_STREAM, 0)));
    CHECK(waits_with_event(with_flags(SOCK_STREAM, WSA_FLAG_OVERLAPPED)));
    CHECK(!waits_with_event(with_flags(SOCK_STREAM, 0)));
}

/* "Utilize the first available transport-service provider that supports the requested
 * combination": the first in the catalog's order. */
TEST(the_first_entry_that_fits_is_taken)
{
    int count, i;
    WSAPROTOCOL_INFOW *infos = catalog(&count), info;
    int len = sizeof(info);
    SOCKET s = make(AF_INET, 0, 0);

    for (i = 0; i < count && infos[i].iAddressFamily != AF_INET; i++) continue;
    CHECK(i < count);
    CHECK_INT(getsockopt(s, SOL_SOCKET, SO_PROTOCOL_INFOW, (char *)&info, &len), 0);
    CHECK_INT(info.dwCatalogEntryId, infos[i].dwCatalogEntryId);
    free(infos);
}

/* "Create a dual-mode socket that can be used with both": IPV6_V6ONLY is on until then. */
TEST(inet6_sockets_can_be_dual)
{
    struct sockaddr_in6 any = {.sin6_family = AF_INET6};
    struct sockaddr_in to = {.sin_family = AF_INET};
    SOCKET s = make(AF_INET6, SOCK_STREAM, IPPROTO_TCP), client = make(AF_INET, SOCK_STREAM, IPPROTO_TCP);
    DWORD only = 77;
    int len = sizeof(only);

    CHECK_INT(getsockopt(s, IPPROTO_IPV6, IPV6_V6ONLY, (char *)&only, &len), 0);
    CHECK_INT(only, 1);
    only = 0;
    CHECK_INT(setsockopt(s, IPPROTO_IPV6, IPV6_V6ONLY, (char *)&only, sizeof(only)), 0);
    CHECK_INT(bind(s, (SOCKADDR *)&any, sizeof(any)), 0);
    CHECK_INT(listen(s, 1), 0);
    len = sizeof(any);
    CHECK_INT(getsockname(s, (SOCKADDR *)&any, &len), 0);
    to.sin_port = any.sin6_port;
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    CHECK_INT(connect(client, (SOCKADDR *)&to, sizeof(to)), 0);
}

static DWORD WINAPI send_later(void *arg)
{
    const struct sockaddr_in *addr = arg;
    SOCKET s = socket(AF_INET, SOCK_DGRAM, 0);

    Sleep(300);
    sendto(s, "x", 1, 0, (const SOCKADDR *)addr, sizeof(*addr));
    return closesocket(s);
}

/* "Must have WSA_FLAG_OVERLAPPED for SO_RCVTIMEO ... Otherwise the timeout never takes effect." */
TEST(time_outs_take_effect_on_overlapped_sockets_only)
{
    struct sockaddr_in addr;
    SOCKET s = bound_datagram(WSA_FLAG_OVERLAPPED, &addr);
    DWORD time = 20;
    HANDLE thread;
    char byte;

    CHECK_INT(setsockopt(s, SOL_SOCKET, SO_RCVTIMEO, (char *)&time, sizeof(time)), 0);
    CHECK_ERROR(recv(s, &byte, 1, 0), WSAETIMEDOUT);
    s = bound_datagram(0, &addr);
    CHECK_INT(setsockopt(s, SOL_SOCKET, SO_RCVTIMEO, (char *)&time, sizeof(time)), 0);
    thread = CreateThread(NULL, 0, send_later, &addr, 0, NULL);
    CHECK_INT(recv(s, &byte, 1, 0), 1);
    WaitForSingleObject(thread, INFINITE);
}

/* "Must be in a connected state before any data can be sent or received." */
TEST(streams_need_a_connection)
{
    SOCKET s = make(AF_INET, SOCK_STREAM, 0);
    char byte;

    CHECK_ERROR(send(s, "x", 1, 0), WSAENOTCONN);
    CHECK_ERROR(recv(s, &byte, 1, 0), WSAENOTCONN);
}

/* "If such a socket is connected to a specific peer ..." */
TEST(connected_datagram_sockets_hear_their_peer_only)
{
    struct sockaddr_in one, two, three;
    SOCKET a = bound_datagram(WSA_FLAG_OVERLAPPED, &one), b = bound_datagram(WSA_FLAG_OVERLAPPED, &two),
           c = bound_datagram(WSA_FLAG_OVERLAPPED, &three);
    char byte = 0;

    CHECK_INT(connect(a, (SOCKADDR *)&two, sizeof(two)), 0);
    CHECK_INT(send(a, "1", 1, 0), 1);
    CHECK_INT(recv(b, &byte, 1, 0), 1);
    CHECK_INT(sendto(c, "3", 1, 0, (SOCKADDR *)&one, sizeof(one)), 1);
    CHECK_INT(sendto(b, "2", 1, 0, (SOCKADDR *)&one, sizeof(one)), 1);
    CHECK_INT(recv(a, &byte, 1, 0), 1);
    CHECK_INT(byte, '2');
}
