/*
 * Opens one socket of the kind that the command line tells and says what came of it.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Arguments and output are those of the sample in the documentation of
 * WSASocket, so that what is printed here can be held against it line by line.
 */
#include <winsock2.h>
#include <ws2tcpip.h>
#include <stdio.h>
#include <stdlib.h>

#ifndef WSA_FLAG_ACCESS_SYSTEM_SECURITY
#define WSA_FLAG_ACCESS_SYSTEM_SECURITY 0x40
#endif
#ifndef WSA_FLAG_NO_HANDLE_INHERIT
#define WSA_FLAG_NO_HANDLE_INHERIT 0x80
#endif

struct name
{
    DWORD value;
    const char *text;
};

static const struct name families[] = {
    {AF_UNSPEC, "Unspecified"},           {AF_INET, "AF_INET (IPv4)"},    {AF_INET6, "AF_INET6 (IPv6)"},
    {AF_NETBIOS, "AF_NETBIOS (NetBIOS)"}, {AF_BTH, "AF_BTH (Bluetooth)"}, {0, NULL},
};

static const struct name types[] = {
    {0, "Unspecified"},
    {SOCK_STREAM, "SOCK_STREAM (stream)"},
    {SOCK_DGRAM, "SOCK_DGRAM (datagram)"},
    {SOCK_RAW, "SOCK_RAW (raw)"},
    {SOCK_RDM, "SOCK_RDM (reliable message datagram)"},
    {SOCK_SEQPACKET, "SOCK_SEQPACKET (pseudo-stream packet)"},
    {0, NULL},
};

static const struct name protocols[] = {
    {0, "Unspecified"},
    {IPPROTO_ICMP, "IPPROTO_ICMP (ICMP)"},
    {IPPROTO_IGMP, "IPPROTO_IGMP (IGMP)"},
    {IPPROTO_TCP, "IPPROTO_TCP (TCP)"},
    {IPPROTO_UDP, "IPPROTO_UDP (UDP)"},
    {IPPROTO_ICMPV6, "IPPROTO_ICMPV6 (ICMP Version 6)"},
    {0, NULL},
};

#define FLAG(flag)  \
    {               \
        flag, #flag \
    }

static const struct name flag_names[] = {
    FLAG(WSA_FLAG_OVERLAPPED),        FLAG(WSA_FLAG_MULTIPOINT_C_ROOT),
    FLAG(WSA_FLAG_MULTIPOINT_C_LEAF), FLAG(WSA_FLAG_MULTIPOINT_D_ROOT),
    FLAG(WSA_FLAG_MULTIPOINT_D_LEAF), FLAG(WSA_FLAG_ACCESS_SYSTEM_SECURITY),
    FLAG(WSA_FLAG_NO_HANDLE_INHERIT), {0, NULL},
};

static const char *name_of(const struct name *names, DWORD value)
{
    for (; names->text; names++)
        if (names->value == value) return names->text;
    return "Other";
}

static int usage(const char *program)
{
    printf("usage: %s <addressfamily> <type> <protocol> <flags>\n", program);
    printf("       opens a socket for the specified family, type, protocol, and flags\n");
    printf("       flags value must be in decimal, not hex\n");
    printf("%s example usage\n", program);
    printf("   %s 0 2 17 1\n", program);
    printf("   where AF_UNSPEC=0 SOCK_DGRAM=2 IPPROTO_UDP=17 OVERLAPPED\n");
    return 1;
}

static void describe(int family, int type, int protocol, DWORD flags)
{
    const struct name *flag;

    printf("Calling socket with following parameters:\n");
    printf("  Address Family = %s (%d)\n", name_of(families, family), family);
    printf("  Socket type = %s (%d)\n", name_of(types, type), type);
    printf("  Protocol = %d = %s (%d)\n", protocol, name_of(protocols, protocol), protocol);
    printf("  Flags = ");
    for (flag = flag_names; flag->text; flag++)
        if (flags & flag->value) printf("  %s", flag->text);
    printf(" (0x%lx)\n", (unsigned long)flags);
}

int main(int argc, char **argv)
{
    int family, type, protocol, error;
    WSADATA data;
    DWORD flags;
    SOCKET s;

    if (argc != 5) return usage(argv[0]);
    family = atoi(argv[1]);
    type = atoi(argv[2]);
    protocol = atoi(argv[3]);
    flags = atoi(argv[4]);

    error = WSAStartup(MAKEWORD(2, 2), &data);
    if (error)
    {
        printf("WSAStartup failed: %d\n", error);
        return 1;
    }
    describe(family, type, protocol, flags);

    error = 0;
    s = WSASocketA(family, type, protocol, NULL, 0, flags);
    if (s == INVALID_SOCKET)
        printf("WSASocket function failed with error = %d\n", WSAGetLastError());
    else
    {
        printf("WSASocket function succeeded\n");
        error = closesocket(s);
        if (error) printf("closesocket function failed with error = %d\n", WSAGetLastError());
    }
    WSACleanup();
    return error != 0;
}
