/*
 * AF_HYPERV: streams between virtual machines, over Linux's VSOCK.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Where the host has no VSOCK the family is not in the catalog, and unknown.
 */
#include "harness.h"

#define AF_HYPERV_VALUE 34
#define HV_PROTOCOL_RAW_VALUE 1

struct hyperv_address /* SOCKADDR_HV, hvsocket.h */
{
    ADDRESS_FAMILY family;
    USHORT reserved;
    GUID vm, service;
};

/* A service is a VSOCK port in Linux's template. */
static const GUID service_template = {0, 0xfacb, 0x11e6, {0xbd, 0x58, 0x64, 0x00, 0x6a, 0x79, 0x86, 0xd3}};
static const GUID loopback = {0xe0e16197, 0xdd56, 0x4a10, {0x91, 0x95, 0x5e, 0xe7, 0xa1, 0x55, 0xa8, 0x38}};

static BOOL offered(void)
{
    WSAPROTOCOL_INFOW infos[32];
    DWORD size = sizeof(infos);
    int count = WSAEnumProtocolsW(NULL, infos, &size), i;

    CHECK(count > 0);
    for (i = 0; i < count; i++)
        if (infos[i].iAddressFamily == AF_HYPERV_VALUE) return TRUE;
    return FALSE;
}

/* INVALID_SOCKET where there is none, for the right reason. */
static SOCKET hyperv_socket(void)
{
    SOCKET s = socket(AF_HYPERV_VALUE, SOCK_STREAM, HV_PROTOCOL_RAW_VALUE);

    if (offered())
        CHECK(s != INVALID_SOCKET);
    else
    {
        CHECK_INT(s, INVALID_SOCKET);
        CHECK_INT(WSAGetLastError(), WSAEAFNOSUPPORT);
    }
    return s;
}

static struct hyperv_address address(ULONG port, const GUID *vm)
{
    struct hyperv_address addr = {.family = AF_HYPERV_VALUE, .service = service_template};

    addr.service.Data1 = port;
    if (vm) addr.vm = *vm;
    return addr;
}

TEST(it_is_there_if_the_catalog_has_it)
{
    SOCKET s = hyperv_socket();
    int type = 0, len = sizeof(type);

    if (s == INVALID_SOCKET) return;
    CHECK_INT(getsockopt(s, SOL_SOCKET, SO_TYPE, (char *)&type, &len), 0);
    CHECK_INT(type, SOCK_STREAM);
    CHECK_ERROR(socket(AF_HYPERV_VALUE, SOCK_STREAM, IPPROTO_TCP), WSAEPROTONOSUPPORT);
}

TEST(services_are_bound_and_listened_at)
{
    SOCKET s = hyperv_socket(), other;
    struct hyperv_address addr = address(40000 + GetCurrentProcessId() % 10000, NULL), name;
    int len = sizeof(name);
    u_long on = 1;

    if (s == INVALID_SOCKET) return;
    CHECK_ERROR(getsockname(s, (SOCKADDR *)&name, &len), WSAEINVAL);
    CHECK_ERROR(listen(s, 1), WSAEINVAL);
    CHECK_INT(bind(s, (SOCKADDR *)&addr, sizeof(addr)), 0);
    CHECK_INT(getsockname(s, (SOCKADDR *)&name, &len), 0);
    CHECK_INT(len, sizeof(name));
    CHECK_INT(name.family, AF_HYPERV_VALUE);
    CHECK_INT(memcmp(&name.service, &addr.service, sizeof(GUID)), 0);
    CHECK_INT(listen(s, 5), 0);
    CHECK_INT(ioctlsocket(s, FIONBIO, &on), 0);
    CHECK_ERROR(accept(s, NULL, NULL), WSAEWOULDBLOCK);
    other = hyperv_socket();
    CHECK_ERROR(bind(other, (SOCKADDR *)&addr, sizeof(addr)), WSAEADDRINUSE);
}

TEST(names_that_are_none_are_refused)
{
    SOCKET s = hyperv_socket();
    struct hyperv_address addr = address(1, NULL);

    if (s == INVALID_SOCKET) return;
    CHECK_ERROR(bind(s, (SOCKADDR *)&addr, sizeof(addr) - 1), WSAEFAULT);
    addr.service.Data2 = 1; /* a service that is no port */
    CHECK_ERROR(bind(s, (SOCKADDR *)&addr, sizeof(addr)), WSAEINVAL);
    CHECK_ERROR(connect(s, (SOCKADDR *)&addr, sizeof(addr)), WSAEINVAL);
    addr.family = AF_INET;
    CHECK_ERROR(bind(s, (SOCKADDR *)&addr, sizeof(addr)), WSAEAFNOSUPPORT);
}

/* Between machines, or within one where the host has VSOCK's loopback: it says which. */
TEST(connections_are_made_or_refused)
{
    struct hyperv_address addr = address(50000 + GetCurrentProcessId() % 10000, NULL), peer;
    SOCKET listener = hyperv_socket(), s = hyperv_socket(), accepted;
    int len = sizeof(peer);
    char text[5] = {0};

    if (s == INVALID_SOCKET) return;
    CHECK_INT(bind(listener, (SOCKADDR *)&addr, sizeof(addr)), 0);
    CHECK_INT(listen(listener, 5), 0);
    addr = address(addr.service.Data1, &loopback);
    if (connect(s, (SOCKADDR *)&addr, sizeof(addr)))
    {
        CHECK(WSAGetLastError() == WSAETIMEDOUT || WSAGetLastError() == WSAENETUNREACH ||
              WSAGetLastError() == WSAECONNRESET || WSAGetLastError() == WSAEADDRNOTAVAIL);
        return;
    }
    accepted = accept(listener, NULL, NULL);
    CHECK(accepted != INVALID_SOCKET);
    CHECK_INT(send(s, "word", 4, 0), 4);
    CHECK_INT(recv(accepted, text, 4, MSG_WAITALL), 4);
    CHECK_STR(text, "word");
    CHECK_INT(getpeername(s, (SOCKADDR *)&peer, &len), 0);
    CHECK_INT(memcmp(&peer.service, &addr.service, sizeof(GUID)), 0);
}
