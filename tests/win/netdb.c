/*
 * getservbyname, getservbyport, getprotobyname and getprotobynumber.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "harness.h"

#define BAD_POINTER ((void *)16)

TEST(well_known_services)
{
    static const struct
    {
        const char *name, *protocol;
        int port;
    } services[] = {
        {"echo", "tcp", 7},    {"echo", "udp", 7},    {"discard", "tcp", 9}, {"ftp", "tcp", 21},
        {"telnet", "tcp", 23}, {"smtp", "tcp", 25},   {"domain", "udp", 53}, {"http", "tcp", 80},
        {"pop3", "tcp", 110},  {"ntp", "udp", 123},   {"imap", "tcp", 143},  {"snmp", "udp", 161},
        {"ldap", "tcp", 389},  {"https", "tcp", 443}, {"tftp", "udp", 69},
    };
    unsigned int i;

    for (i = 0; i < sizeof(services) / sizeof(services[0]); i++)
    {
        struct servent *serv = getservbyname(services[i].name, services[i].protocol);

        CHECK(serv != NULL);
        CHECK_STR(serv->s_name, services[i].name);
        CHECK_STR(serv->s_proto, services[i].protocol);
        CHECK_INT(ntohs(serv->s_port), services[i].port);
        serv = getservbyport(htons(services[i].port), services[i].protocol);
        CHECK(serv != NULL);
        CHECK_STR(serv->s_name, services[i].name);
    }
}

TEST(service_without_protocol)
{
    struct servent *serv = getservbyname("telnet", NULL);

    CHECK(serv != NULL);
    CHECK_STR(serv->s_proto, "tcp");
    serv = getservbyport(htons(69), NULL);
    CHECK(serv != NULL);
    CHECK_STR(serv->s_name, "tftp");
}

TEST(service_by_alias)
{
    struct servent *serv = getservbyname("www", "tcp");

    CHECK(serv != NULL);
    CHECK_STR(serv->s_name, "http");
    CHECK_STR(serv->s_aliases[0], "www");
}

TEST(service_of_the_wrong_protocol_is_no_data)
{
    CHECK_NOTHING(getservbyname("telnet", "nosuchprotocol"), WSANO_DATA);
    CHECK_NOTHING(getservbyport(htons(23), "nosuchprotocol"), WSANO_DATA);
}

TEST(unknown_services_are_no_data)
{
    CHECK_NOTHING(getservbyname("nonexistentservice", NULL), WSANO_DATA);
    CHECK_NOTHING(getservbyname("", NULL), WSANO_DATA);
    CHECK_NOTHING(getservbyport(htons(64999), NULL), WSANO_DATA);
}

TEST(service_entry_stays_in_place)
{
    struct servent *first = getservbyname("domain", "udp");

    CHECK(getservbyname("telnet", "tcp") == first);
}

static DWORD WINAPI other_thread(void *first)
{
    struct servent *serv = getservbyname("telnet", "tcp");

    return serv && serv != first;
}

TEST(service_entry_belongs_to_the_thread)
{
    struct servent *first = getservbyname("domain", "udp");
    HANDLE thread = CreateThread(NULL, 0, other_thread, first, 0, NULL);
    DWORD different = 0;

    CHECK_INT(WaitForSingleObject(thread, 20000), WAIT_OBJECT_0);
    GetExitCodeThread(thread, &different);
    CloseHandle(thread);
    CHECK(different);
    CHECK_STR(first->s_name, "domain");
}

TEST(bad_service_pointers_are_faults)
{
    CHECK_NOTHING(getservbyname(NULL, NULL), WSAEFAULT);
    CHECK_NOTHING(getservbyname(BAD_POINTER, NULL), WSAEFAULT);
    CHECK_NOTHING(getservbyname("http", BAD_POINTER), WSAEFAULT);
    CHECK_NOTHING(getservbyport(htons(80), BAD_POINTER), WSAEFAULT);
}

TEST(protocols_are_the_ones_windows_knows)
{
    static const int known[] = {0, 1, 3, 6, 8, 12, 17, 20, 22, 27, 41, 43, 44, 50, 51, 58, 59, 60, 66};
    unsigned int next = 0;
    int i;

    for (i = -1; i <= 256; i++)
    {
        struct protoent *proto = getprotobynumber(i);

        if (next < sizeof(known) / sizeof(known[0]) && known[next] == i)
        {
            CHECK(proto != NULL);
            CHECK_INT(proto->p_proto, i);
            next++;
        }
        else
            CHECK(!proto);
    }
}

TEST(protocol_names_in_any_case)
{
    struct protoent *proto = getprotobyname("tcp");

    CHECK(proto != NULL);
    CHECK_INT(proto->p_proto, IPPROTO_TCP);
    CHECK_STR(proto->p_name, "tcp");
    CHECK_STR(proto->p_aliases[0], "TCP");
    proto = getprotobyname("IPV6-ROUTE");
    CHECK(proto != NULL);
    CHECK_INT(proto->p_proto, 43);
}

TEST(unknown_protocols_are_no_data)
{
    CHECK_NOTHING(getprotobyname("nosuchprotocol"), WSANO_DATA);
    CHECK_NOTHING(getprotobynumber(2), WSANO_DATA);
    CHECK_NOTHING(getprotobyname(NULL), WSAEFAULT);
    CHECK_NOTHING(getprotobyname(BAD_POINTER), WSAEFAULT);
}

TEST(databases_need_startup)
{
    WSADATA data;
    int errors[4] = {0};

    CHECK_INT(WSACleanup(), 0);
    if (!getservbyname("http", NULL)) errors[0] = WSAGetLastError();
    if (!getservbyport(htons(80), NULL)) errors[1] = WSAGetLastError();
    if (!getprotobyname("tcp")) errors[2] = WSAGetLastError();
    if (!getprotobynumber(6)) errors[3] = WSAGetLastError();
    CHECK_INT(WSAStartup(MAKEWORD(2, 2), &data), 0);
    CHECK_INT(errors[0], WSANOTINITIALISED);
    CHECK_INT(errors[1], WSANOTINITIALISED);
    CHECK_INT(errors[2], WSANOTINITIALISED);
    CHECK_INT(errors[3], WSANOTINITIALISED);
}
