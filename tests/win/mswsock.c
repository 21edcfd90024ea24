/*
 * What mswsock.dll exports besides the extensions: Winsock 1.1's name service, its
 * list of protocols, the base provider's two entry points, and BSD's leftovers.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "harness.h"

#include <mswsock.h>
#include <nspapi.h>
#include <svcguid.h>

#include "nsp_install.h"
#include "spi_entries.h"

static FARPROC mswsock(const char *name)
{
    FARPROC proc = GetProcAddress(LoadLibraryA("mswsock.dll"), name);

    if (!GetProcAddress(GetModuleHandleA("ws2_32.dll"), "__ws2_swap_proc_table"))
        SKIP("Wine's own has stubs");
    if (!proc) harness_fail(__FILE__, __LINE__, "no %s", name);
    return proc;
}

static GUID hostname_class = SVCID_HOSTNAME;
static GUID tcp_80 = SVCID_TCP(80);

static union
{
    CSADDR_INFO addresses[1];
    PROTOCOL_INFOA protocols_a[1];
    PROTOCOL_INFOW protocols_w[1];
    struct
    {
        DWORD name_space;
        SERVICE_INFOA info;
    } services_a[1];
    struct
    {
        DWORD name_space;
        SERVICE_INFOW info;
    } services_w[1];
    char room[30000];
} result;

TEST(EnumProtocols_lists_the_catalog)
{
    int(WINAPI * enum_a)(int *, void *, DWORD *) = (void *)mswsock("EnumProtocolsA");
    int(WINAPI * enum_w)(int *, void *, DWORD *) = (void *)mswsock("EnumProtocolsW");
    int only_tcp[] = {IPPROTO_TCP, 0};
    WSAPROTOCOL_INFOW *all;
    DWORD size = 0;
    int i, count;
    char name[256];

    WSAEnumProtocolsW(NULL, NULL, &size);
    all = malloc(size);
    count = WSAEnumProtocolsW(NULL, all, &size);

    size = 0;
    CHECK_ERROR(enum_w(NULL, NULL, &size), ERROR_INSUFFICIENT_BUFFER);
    CHECK(size > count * sizeof(PROTOCOL_INFOW));
    CHECK_INT(enum_w(NULL, &result, &size), count);
    for (i = 0; i < count; i++)
    {
        CHECK_INT(result.protocols_w[i].iProtocol, all[i].iProtocol);
        CHECK_INT(result.protocols_w[i].iSocketType, all[i].iSocketType);
        CHECK(!wcscmp(result.protocols_w[i].lpProtocol, all[i].szProtocol));
    }
    size--;
    CHECK_ERROR(enum_w(NULL, &result, &size), ERROR_INSUFFICIENT_BUFFER);

    size = sizeof(result);
    CHECK_INT(enum_a(NULL, &result, &size), count);
    WideCharToMultiByte(CP_ACP, 0, all[0].szProtocol, -1, name, sizeof(name), NULL, NULL);
    CHECK_STR(result.protocols_a[0].lpProtocol, name);
    count = enum_a(only_tcp, &result, &size);
    CHECK(count > 0);
    for (i = 0; i < count; i++)
    {
        CHECK_INT(result.protocols_a[i].iProtocol, IPPROTO_TCP);
        CHECK(result.protocols_a[i].dwServiceFlags & XP_GUARANTEED_DELIVERY);
    }
}

TEST(GetAddressByName_finds_a_host_s_port)
{
    int(WINAPI * find)(DWORD, GUID *, WCHAR *, int *, DWORD, void *, void *, DWORD *, WCHAR *, DWORD *) =
        (void *)mswsock("GetAddressByNameW");
    int only_udp[] = {IPPROTO_UDP, 0};
    struct sockaddr_in *in = NULL;
    DWORD size = 0;
    int i, count;

    CHECK_ERROR(find(NS_ALL, &tcp_80, (WCHAR *)L"localhost", NULL, 0, NULL, NULL, &size, NULL, NULL),
                ERROR_INSUFFICIENT_BUFFER);
    CHECK(size > sizeof(CSADDR_INFO));
    count = find(NS_ALL, &tcp_80, (WCHAR *)L"localhost", NULL, 0, NULL, &result, &size, NULL, NULL);
    CHECK(count > 0);
    for (i = 0; i < count; i++)
        if (result.addresses[i].RemoteAddr.lpSockaddr->sa_family == AF_INET)
            in = (struct sockaddr_in *)result.addresses[i].RemoteAddr.lpSockaddr;
    CHECK(in != NULL);
    CHECK_INT(ntohl(in->sin_addr.s_addr), INADDR_LOOPBACK);
    CHECK_INT(ntohs(in->sin_port), 80);
    CHECK_INT(result.addresses[0].iProtocol, IPPROTO_TCP);

    CHECK_ERROR(find(NS_ALL, &tcp_80, (WCHAR *)L"localhost", only_udp, 0, NULL, &result, &size, NULL, NULL),
                WSASERVICE_NOT_FOUND);
    CHECK_ERROR(find(NS_ALL, NULL, (WCHAR *)L"localhost", NULL, 0, NULL, &result, &size, NULL, NULL),
                ERROR_INVALID_PARAMETER);
    CHECK_ERROR(find(999, &tcp_80, (WCHAR *)L"localhost", NULL, 0, NULL, &result, &size, NULL, NULL),
                WSASERVICE_NOT_FOUND);
}

TEST(GetAddressByName_tells_a_service_where_to_bind)
{
    int(WINAPI * find)(DWORD, GUID *, char *, int *, DWORD, void *, void *, DWORD *, char *, DWORD *) =
        (void *)mswsock("GetAddressByNameA");
    DWORD size = sizeof(result), aliases_len = 100;
    char aliases[100] = "xx";
    int i, count;

    count = find(NS_DEFAULT, &tcp_80, NULL, NULL, RES_SERVICE, NULL, &result, &size, aliases, &aliases_len);
    CHECK(count > 0 && count <= 2); /* one a family */
    for (i = 0; i < count; i++)
    {
        SOCKADDR *local = result.addresses[i].LocalAddr.lpSockaddr;
        SOCKET s = socket(local->sa_family, SOCK_STREAM, 0);

        CHECK_INT(ntohs(((struct sockaddr_in *)local)->sin_port), 80);
        ((struct sockaddr_in *)local)->sin_port = 0;
        CHECK_INT(bind(s, local, result.addresses[i].LocalAddr.iSockaddrLength), 0);
        closesocket(s);
    }
    CHECK_INT(aliases[0], 0);
}

TEST(types_have_names_and_names_types)
{
    int(WINAPI * type_by_name)(const char *, GUID *) = (void *)mswsock("GetTypeByNameA");
    int(WINAPI * name_by_type)(GUID *, char *, DWORD) = (void *)mswsock("GetNameByTypeA");
    int(WINAPI * name_by_type_w)(GUID *, WCHAR *, DWORD) = (void *)mswsock("GetNameByTypeW");
    GUID type, http = SVCID_TCP(80), tftp = SVCID_UDP(69), own = {0x5a5a3001, 1, 2, {3}};
    WSASERVICECLASSINFOA info = {&own, (char *)"a type for tests", 0, NULL};
    char name[32];
    WCHAR wide[32];
    int ret[2];

    CHECK_INT(type_by_name("http", &type), 0);
    CHECK(!memcmp(&type, &http, sizeof(type)));
    CHECK_INT(type_by_name("tftp", &type), 0);
    CHECK(!memcmp(&type, &tftp, sizeof(type)));
    CHECK_INT(name_by_type(&http, name, sizeof(name)), 0);
    CHECK_STR(name, "http");
    CHECK_INT(name_by_type_w(&tftp, wide, 32), 0);
    CHECK(!wcscmp(wide, L"tftp"));
    CHECK_ERROR(name_by_type(&http, name, 4), ERROR_INSUFFICIENT_BUFFER);
    CHECK_ERROR(type_by_name("a type for tests", &type), ERROR_SERVICE_DOES_NOT_EXIST);
    CHECK_ERROR(name_by_type(&own, name, sizeof(name)), ERROR_SERVICE_DOES_NOT_EXIST);
    CHECK_ERROR(type_by_name(NULL, &type), ERROR_INVALID_PARAMETER);

    CHECK_INT(WSAInstallServiceClassA(&info), 0);
    memset(&type, 0, sizeof(type));
    ret[0] = type_by_name("a type for tests", &type);
    ret[1] = name_by_type(&own, name, sizeof(name));
    CHECK_INT(WSARemoveServiceClass(&own), 0);
    CHECK_INT(ret[0], 0);
    CHECK(!memcmp(&type, &own, sizeof(type)));
    CHECK_INT(ret[1], 0);
    CHECK_STR(name, "a type for tests");
}

TEST(GetService_and_SetService_reach_namespace_providers)
{
    int(WINAPI * get_a)(DWORD, GUID *, char *, DWORD, void *, DWORD *, void *) =
        (void *)mswsock("GetServiceA");
    int(WINAPI * get_w)(DWORD, GUID *, WCHAR *, DWORD, void *, DWORD *, void *) =
        (void *)mswsock("GetServiceW");
    int(WINAPI * set_a)(DWORD, DWORD, DWORD, SERVICE_INFOA *, void *, DWORD *) =
        (void *)mswsock("SetServiceA");
    struct nsp_shared *shared = nsp_install("nsp_test.dll");
    struct sockaddr_in addr = {.sin_family = AF_INET, .sin_port = htons(4321)}, *in;
    SERVICE_ADDRESSES where = {1, {{AF_INET, 0, sizeof(addr), 0, (BYTE *)&addr, NULL}}};
    SERVICE_INFOA info = {.lpServiceType = &hostname_class, .lpServiceName = (char *)"a service"};
    DWORD size = 0, small = 0, status = 1;
    int ret[6], err[3];

    info.lpServiceAddress = &where;
    ret[0] = get_w(NSP_SPACE, &hostname_class, (WCHAR *)L"2.nsp", PROP_ALL, NULL, &small, NULL);
    err[0] = GetLastError();
    ret[1] = get_a(NSP_SPACE, &hostname_class, (char *)"none.example", PROP_ALL, &result, &small, NULL);
    err[1] = GetLastError();
    ret[2] = set_a(NSP_SPACE, SERVICE_REGISTER, 0, &info, NULL, &status);
    ret[3] = set_a(NSP_SPACE, 99, 0, &info, NULL, NULL);
    err[2] = GetLastError();
    size = sizeof(result);
    ret[4] = get_a(NSP_SPACE, &hostname_class, (char *)"2.nsp", PROP_COMMENT | PROP_ADDRESSES, &result, &size,
                   NULL);
    CHECK_STR(result.services_a[1].info.lpServiceName, "2.nsp");
    size = sizeof(result);
    ret[5] = get_w(NSP_SPACE, &hostname_class, (WCHAR *)L"2.nsp", PROP_ALL, &result, &size, NULL);
    nsp_remove();

    CHECK_INT(ret[0], SOCKET_ERROR);
    CHECK_INT(err[0], ERROR_INSUFFICIENT_BUFFER);
    CHECK(small > 2 * sizeof(result.services_w[0]));
    CHECK_INT(ret[1], SOCKET_ERROR);
    CHECK_INT(err[1], ERROR_SERVICE_NOT_FOUND);
    CHECK_INT(ret[2], 0);
    CHECK_INT(status, 0);
    CHECK(!wcscmp(shared->set_name, L"a service"));
    CHECK_INT(shared->set_port, addr.sin_port);
    CHECK_INT(ret[3], SOCKET_ERROR);
    CHECK_INT(err[2], ERROR_INVALID_PARAMETER);
    CHECK_INT(ret[4], 2);
    CHECK_INT(ret[5], 2);
    CHECK_INT(result.services_w[1].name_space, NSP_SPACE);
    CHECK(!wcscmp(result.services_w[1].info.lpServiceName, L"2.nsp"));
    CHECK(!wcscmp(result.services_w[1].info.lpComment, L"a comment"));
    CHECK_INT(result.services_w[1].info.lpServiceAddress->dwAddressCount, 1);
    in = (struct sockaddr_in *)result.services_w[1].info.lpServiceAddress->Addresses[0].lpAddress;
    CHECK_INT(ntohl(in->sin_addr.s_addr), 0x0a010102);
}

TEST(SetService_adds_and_deletes_types)
{
    int(WINAPI * set_a)(DWORD, DWORD, DWORD, SERVICE_INFOA *, void *, DWORD *) =
        (void *)mswsock("SetServiceA");
    int(WINAPI * type_by_name)(const char *, GUID *) = (void *)mswsock("GetTypeByNameA");
    GUID own = {0x5a5a3002, 1, 2, {3}}, type;
    DWORD port = 4321;
    SERVICE_TYPE_INFO_ABSA values = {
        (char *)"another type", 1, {{NS_DNS, REG_DWORD, sizeof(port), (char *)"TcpPort", &port}}};
    SERVICE_INFOA info = {.lpServiceType = &own, .ServiceSpecificInfo = {sizeof(values), (BYTE *)&values}};
    int ret[3];

    ret[0] = set_a(NS_DEFAULT, SERVICE_ADD_TYPE, 0, &info, NULL, NULL);
    ret[1] = type_by_name("another type", &type);
    ret[2] = set_a(NS_DEFAULT, SERVICE_DELETE_TYPE, 0, &info, NULL, NULL);
    CHECK_INT(ret[0], 0);
    CHECK_INT(ret[1], 0);
    CHECK(!memcmp(&type, &own, sizeof(own)));
    CHECK_INT(ret[2], 0);
    CHECK_ERROR(type_by_name("another type", &type), ERROR_SERVICE_DOES_NOT_EXIST);
}

TEST(NSPStartup_gives_the_dns_provider)
{
    LPNSPSTARTUP startup = (void *)mswsock("NSPStartup");
    GUID dns = {0x22059d40, 0x7e9e, 0x11cf, {0xae, 0x5a, 0x00, 0xaa, 0x00, 0xa7, 0x11, 0x2b}};
    WSAQUERYSETW query = {.dwSize = sizeof(query)}, *found = (WSAQUERYSETW *)&result;
    NSP_ROUTINE routines = {0};
    DWORD size = sizeof(result);
    HANDLE lookup;

    CHECK_ERROR(startup(&nsp_id, &routines), WSAEINVAL);
    CHECK_INT(startup(&dns, &routines), 0);
    query.lpszServiceInstanceName = (WCHAR *)L"localhost";
    query.lpServiceClassId = &hostname_class;
    CHECK_INT(routines.NSPLookupServiceBegin(&dns, &query, NULL, LUP_RETURN_NAME | LUP_RETURN_ADDR, &lookup),
              0);
    CHECK_INT(routines.NSPLookupServiceNext(lookup, 0, &size, found), 0);
    CHECK(!wcscmp(found->lpszServiceInstanceName, L"localhost"));
    CHECK(found->dwNumberOfCsAddrs > 0);
    CHECK_INT(routines.NSPLookupServiceEnd(lookup), 0);
    CHECK_INT(routines.NSPCleanup(&dns), 0);
}

TEST(WSPStartup_gives_the_base_provider)
{
    LPWSPSTARTUP startup = (void *)mswsock("WSPStartup");
    WSPUPCALLTABLE upcalls = {0};
    WSAPROTOCOL_INFOW info = {0};
    WSPPROC_TABLE table = {0};
    void **entry;
    WSPDATA data;
    SOCKET s;
    int err = 0;

    CHECK_INT(startup(MAKEWORD(2, 1), &data, &info, upcalls, &table), WSAVERNOTSUPPORTED);
    CHECK_INT(startup(MAKEWORD(2, 2), &data, &info, upcalls, &table), 0);
    CHECK_INT(data.wVersion, MAKEWORD(2, 2));
    for (entry = (void **)&table; entry < (void **)(&table + 1); entry++) CHECK(*entry);
    s = table.lpWSPSocket(AF_INET, SOCK_STREAM, IPPROTO_TCP, NULL, 0, 0, &err);
    CHECK(s != INVALID_SOCKET);
    CHECK_INT(table.lpWSPCloseSocket(s, &err), 0);
}

TEST(WSARecvEx_marks_the_beginning_of_a_datagram)
{
    struct sockaddr_in addr;
    char data[8];
    SOCKET s;
    int flags = 0;

    mswsock("WSPStartup");
    udp_bound(&s, &addr);
    sendto(s, "0123456789", 10, 0, (struct sockaddr *)&addr, sizeof(addr));
    sendto(s, "abc", 3, 0, (struct sockaddr *)&addr, sizeof(addr));
    CHECK_INT(WSARecvEx(s, data, sizeof(data), &flags), sizeof(data));
    CHECK_INT(flags, MSG_PARTIAL);
    CHECK(!memcmp(data, "01234567", 8));
    CHECK_INT(WSARecvEx(s, data, sizeof(data), &flags), 3);
    CHECK_INT(flags, 0);
    CHECK_ERROR(WSARecvEx(s, data, sizeof(data), NULL), WSAEFAULT);
    CHECK_ERROR(WSARecvEx(INVALID_SOCKET, data, sizeof(data), &flags), WSAENOTSOCK);
    closesocket(s);
}

TEST(extensions_by_name_take_any_provider_s_sockets)
{
    static char buffer[128];
    struct sockaddr_in addr, *remote;
    struct sockaddr *local, *peer;
    SOCKET listener, client, acceptor;
    OVERLAPPED overlapped = {.hEvent = CreateEventA(NULL, TRUE, FALSE, NULL)};
    int local_len, remote_len, len = sizeof(addr);
    DWORD done;

    listener = tcp_listener(&addr);
    acceptor = socket(AF_INET, SOCK_STREAM, 0);
    CHECK(!AcceptEx(listener, acceptor, buffer, 0, 32, 32, &done, &overlapped));
    CHECK_INT(WSAGetLastError(), ERROR_IO_PENDING);
    client = socket(AF_INET, SOCK_STREAM, 0);
    CHECK_INT(connect(client, (struct sockaddr *)&addr, sizeof(addr)), 0);
    CHECK_INT(WaitForSingleObject(overlapped.hEvent, 10000), WAIT_OBJECT_0);
    GetAcceptExSockaddrs(buffer, 0, 32, 32, &local, &local_len, &peer, &remote_len);
    remote = (struct sockaddr_in *)peer;
    CHECK_INT(getsockname(client, (struct sockaddr *)&addr, &len), 0);
    CHECK_INT(remote->sin_port, addr.sin_port);
    CHECK_INT(remote_len, sizeof(addr));
    CHECK(TransmitFile(client, NULL, 0, 0, NULL, &(TRANSMIT_FILE_BUFFERS){(void *)"abc", 3, NULL, 0}, 0));
    CHECK_INT(recv(acceptor, buffer, sizeof(buffer), 0), 3);
    CHECK(!memcmp(buffer, "abc", 3));
    CHECK(!AcceptEx(INVALID_SOCKET, acceptor, buffer, 0, 32, 32, &done, &overlapped));
    CHECK_INT(WSAGetLastError(), WSAENOTSOCK);
    closesocket(client);
    closesocket(acceptor);
    closesocket(listener);
}

TEST(inet_network_reads_parts)
{
    unsigned long(WINAPI * network)(const char *) = (void *)mswsock("inet_network");

    CHECK_INT(network("127"), 127);
    CHECK_INT(network("192.168"), 0xc0a8);
    CHECK_INT(network("1.2.3.4"), 0x01020304);
    CHECK_INT(network("0x7f.1"), 0x7f01);
    CHECK_INT(network("256"), INADDR_NONE);
    CHECK_INT(network("1.2.3.4.5"), INADDR_NONE);
    CHECK_INT(network("1."), INADDR_NONE);
    CHECK_INT(network("host"), INADDR_NONE);
}

TEST(dn_expand_follows_names_and_no_circles)
{
    static const BYTE message[] = "\3www\7example\3org\0\4mail\300\4\300\26\2xy";
    const BYTE *end = message + sizeof(message) - 1;
    int(WINAPI * expand)(const BYTE *, const BYTE *, const BYTE *, char *, int) =
        (void *)mswsock("dn_expand");
    char name[64];

    CHECK_INT(expand(message, end, message, name, sizeof(name)), 17);
    CHECK_STR(name, "www.example.org");
    CHECK_INT(expand(message, end, message + 17, name, sizeof(name)), 7);
    CHECK_STR(name, "mail.example.org");
    CHECK_INT(expand(message, end, message, name, 15), -1);
    CHECK_INT(expand(message, end, message, name, 16), 17);
    CHECK_INT(expand(message, end, message + 24, name, sizeof(name)), 2); /* a pointer to a pointer */
    CHECK_STR(name, "example.org");
    CHECK_INT(expand((BYTE *)"\300\0", (BYTE *)"\300\0" + 2, (BYTE *)"\300\0", name, sizeof(name)), -1);
    CHECK_INT(expand(message, end, end - 3, name, sizeof(name)), -1);
}

TEST(getnetbyname_reads_the_networks_file)
{
    struct netent
    {
        char *name;
        char **aliases;
        short family;
        unsigned long number;
    } * (WINAPI * by_name)(const char *) = (void *)mswsock("getnetbyname"), *found;

    found = by_name("loopback");
    CHECK(found != NULL);
    CHECK_STR(found->name, "loopback");
    CHECK_INT(found->family, AF_INET);
    CHECK_INT(found->number, 127);
    CHECK(!by_name("no-such-network"));
    CHECK_INT(WSAGetLastError(), WSANO_DATA);
}

/* A host that takes one command, by the protocol of rexec. */
static DWORD CALLBACK run_one_command(void *listener)
{
    static const char expected[] = "\0user\0secret\0command";
    SOCKET s = accept((SOCKET)listener, NULL, NULL);
    char asked[sizeof(expected)];
    int len = 0, got;

    while (len < (int)sizeof(asked) && (got = recv(s, asked + len, sizeof(asked) - len, 0)) > 0) len += got;
    if (!memcmp(asked, expected, sizeof(asked)))
        send(s, "\0output", 7, 0);
    else
        send(s, "\1no\n", 4, 0);
    closesocket(s);
    return 0;
}

TEST(rexec_runs_a_command)
{
    SOCKET(WINAPI * exec)
    (char **, unsigned short, const char *, const char *, const char *, SOCKET *) = (void *)mswsock("rexec");
    struct sockaddr_in addr;
    SOCKET listener = tcp_listener(&addr), s;
    char *host = (char *)"127.0.0.1", output[8] = "";
    HANDLE thread;

    thread = CreateThread(NULL, 0, run_one_command, (void *)listener, 0, NULL);
    s = exec(&host, addr.sin_port, "user", "secret", "command", NULL);
    WaitForSingleObject(thread, INFINITE);
    CHECK(s != INVALID_SOCKET);
    CHECK_INT(recv(s, output, 6, MSG_WAITALL), 6);
    CHECK_STR(output, "output");
    closesocket(s);

    thread = CreateThread(NULL, 0, run_one_command, (void *)listener, 0, NULL);
    host = (char *)"127.0.0.1";
    CHECK_ERROR(exec(&host, addr.sin_port, "user", "public", "command", NULL), WSAEACCES);
    WaitForSingleObject(thread, INFINITE);
    closesocket(listener);
}

TEST(nothing_is_given_for_what_no_longer_is)
{
    int(WINAPI * load)(DWORD *, void *, DWORD *) = (void *)mswsock("NPLoadNameSpaces");
    DWORD(WINAPI * start)(void) = (void *)mswsock("StartWsdpService");
    DWORD version = 0, size = sizeof(result);

    CHECK_INT(load(&version, &result, &size), 0);
    CHECK_INT(size, 0);
    CHECK_INT(start(), ERROR_NOT_SUPPORTED);
}

/* Whether ports below 1024 are to be had: the host decides. */
static BOOL may_have_reserved_ports(void)
{
    struct sockaddr_in addr = {.sin_family = AF_INET, .sin_port = htons(1000)};
    SOCKET s = socket(AF_INET, SOCK_STREAM, 0);
    BOOL may = !bind(s, (struct sockaddr *)&addr, sizeof(addr)) || WSAGetLastError() != WSAEACCES;

    closesocket(s);
    return may;
}

TEST(rresvport_binds_to_a_reserved_port)
{
    SOCKET(WINAPI * reserve)(int *) = (void *)mswsock("rresvport");
    int port[2] = {IPPORT_RESERVED - 1, IPPORT_RESERVED - 1}, none = IPPORT_RESERVED / 2, len, i;
    struct sockaddr_in addr;
    SOCKET s[2];

    CHECK_ERROR(reserve(&none), WSAEADDRINUSE);
    if (!may_have_reserved_ports())
    {
        CHECK_ERROR(reserve(&port[0]), WSAEACCES);
        return;
    }
    for (i = 0; i < 2; i++)
    {
        CHECK((s[i] = reserve(&port[i])) != INVALID_SOCKET);
        len = sizeof(addr);
        CHECK_INT(getsockname(s[i], (struct sockaddr *)&addr, &len), 0);
        CHECK_INT(ntohs(addr.sin_port), port[i]);
        CHECK(port[i] > IPPORT_RESERVED / 2 && port[i] < IPPORT_RESERVED);
    }
    CHECK(port[1] < port[0]); /* the first was taken */
    closesocket(s[0]);
    closesocket(s[1]);
}

/* A host that trusts reserved ports; errors come over a second connection. */
static DWORD CALLBACK run_for_rcmd(void *listener)
{
    struct sockaddr_in peer;
    int len = sizeof(peer), used = 0, strings = 0, got;
    SOCKET s = accept((SOCKET)listener, (struct sockaddr *)&peer, &len), errors = INVALID_SOCKET;
    char text[64];

    while (strings < 4 && (got = recv(s, text + used, 1, 0)) == 1)
    {
        if (text[used++]) continue;
        if (!strings++)
        {
            struct sockaddr_in back = peer;

            back.sin_port = htons(atoi(text));
            errors = socket(AF_INET, SOCK_STREAM, 0);
            connect(errors, (struct sockaddr *)&back, sizeof(back));
        }
    }
    send(s,
         ntohs(peer.sin_port) < IPPORT_RESERVED && !memcmp(text + strlen(text) + 1, "me\0you\0run", 11)
             ? "\0output"
             : "\1no\n",
         7, 0);
    send(errors, "errors", 6, 0);
    closesocket(errors);
    closesocket(s);
    return 0;
}

TEST(rcmd_runs_a_command_from_a_reserved_port)
{
    SOCKET(WINAPI * run)
    (char **, unsigned short, const char *, const char *, const char *, SOCKET *) = (void *)mswsock("rcmd");
    struct sockaddr_in addr;
    SOCKET listener = tcp_listener(&addr), s, errors;
    char *host = (char *)"127.0.0.1", text[8] = "";
    HANDLE thread;

    if (!may_have_reserved_ports())
    {
        CHECK_ERROR(run(&host, addr.sin_port, "me", "you", "run", &errors), WSAEACCES);
        return;
    }
    thread = CreateThread(NULL, 0, run_for_rcmd, (void *)listener, 0, NULL);
    s = run(&host, addr.sin_port, "me", "you", "run", &errors);
    CHECK_INT(WaitForSingleObject(thread, 20000), WAIT_OBJECT_0);
    CHECK(s != INVALID_SOCKET);
    CHECK_INT(recv(s, text, 6, MSG_WAITALL), 6);
    CHECK_STR(text, "output");
    CHECK_INT(recv(errors, text, 6, MSG_WAITALL), 6);
    CHECK_STR(text, "errors");
    closesocket(errors);
    closesocket(s);
    closesocket(listener);
}

TEST(s_perror_says_the_last_error)
{
    void(WINAPI * say)(const char *, const char *) = (void *)mswsock("s_perror");
    HANDLE old = GetStdHandle(STD_ERROR_HANDLE), read, write;
    char text[64] = "";
    DWORD done = 0, after;

    CHECK(CreatePipe(&read, &write, NULL, 0));
    SetStdHandle(STD_ERROR_HANDLE, write);
    SetLastError(WSAECONNRESET);
    say("connect", "host");
    after = GetLastError();
    SetStdHandle(STD_ERROR_HANDLE, old);
    CHECK(ReadFile(read, text, sizeof(text) - 1, &done, NULL));
    CHECK_STR(text, "connect host: error 10054\r\n");
    CHECK_INT(after, WSAECONNRESET);
}

TEST(sethostname_names_the_computer)
{
    int(WINAPI * set)(const char *, int) = (void *)mswsock("sethostname");
    static const char path[] = "System\\CurrentControlSet\\Services\\Tcpip\\Parameters";
    char before[256] = "", stored[256] = "";
    DWORD size = sizeof(before), type;
    HKEY key;
    int ret;

    CHECK_ERROR(set("name", 0), WSAEINVAL);
    CHECK(!RegOpenKeyExA(HKEY_LOCAL_MACHINE, path, 0, KEY_ALL_ACCESS, &key));
    if (RegQueryValueExA(key, "Hostname", NULL, &type, (BYTE *)before, &size)) before[0] = 0;
    ret = set("name-for-tests and more", 14);
    size = sizeof(stored);
    if (RegQueryValueExA(key, "Hostname", NULL, &type, (BYTE *)stored, &size)) stored[0] = 0;
    RegSetValueExA(key, "Hostname", 0, REG_SZ, (BYTE *)before, strlen(before) + 1);
    RegCloseKey(key);
    CHECK_INT(ret, 0);
    CHECK_STR(stored, "name-for-tests");
}

TEST(wide_types_are_found_and_added)
{
    int(WINAPI * set_w)(DWORD, DWORD, DWORD, SERVICE_INFOW *, void *, DWORD *) =
        (void *)mswsock("SetServiceW");
    int(WINAPI * type_by_name)(const WCHAR *, GUID *) = (void *)mswsock("GetTypeByNameW");
    GUID own = {0x5a5a3003, 1, 2, {3}}, type, http = SVCID_TCP(80);
    SERVICE_TYPE_INFO_ABSW values = {(WCHAR *)L"a wide type", 0, {{0}}};
    SERVICE_INFOW info = {.lpServiceType = &own, .ServiceSpecificInfo = {sizeof(values), (BYTE *)&values}};
    int ret[3];

    CHECK_INT(type_by_name(L"http", &type), 0);
    CHECK(!memcmp(&type, &http, sizeof(type)));
    CHECK_ERROR(type_by_name(L"a wide type", &type), ERROR_SERVICE_DOES_NOT_EXIST);
    ret[0] = set_w(NS_DEFAULT, SERVICE_ADD_TYPE, 0, &info, NULL, NULL);
    ret[1] = type_by_name(L"a wide type", &type);
    ret[2] = set_w(NS_DEFAULT, SERVICE_DELETE_TYPE, 0, &info, NULL, NULL);
    CHECK_INT(ret[0], 0);
    CHECK_INT(ret[1], 0);
    CHECK(!memcmp(&type, &own, sizeof(own)));
    CHECK_INT(ret[2], 0);
    CHECK_ERROR(set_w(NS_DEFAULT, SERVICE_REGISTER, 0, NULL, NULL, NULL), ERROR_INVALID_PARAMETER);
}

TEST(what_Windows_services_call_does_nothing)
{
    DWORD(WINAPI * migrate)(DWORD, DWORD, DWORD) = (void *)mswsock("MigrateWinsockConfiguration");

    ((void(WINAPI *)(DWORD, WCHAR **))(void *)mswsock("ServiceMain"))(0, NULL);
    ((void(WINAPI *)(void *))(void *)mswsock("SvchostPushServiceGlobals"))(NULL);
    ((void(WINAPI *)(void))(void *)mswsock("StopWsdpService"))();
    CHECK_INT(migrate(0, 0, 0), 0);
}
