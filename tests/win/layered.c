/*
 * Layered providers: installed, seen by programs that know nothing of them, removed.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * A process keeps the catalog that it found when it made its first socket, so the
 * programs that meet a provider are started by the tests: children of this one, and
 * the echo client.
 */
#include "lsp_install.h"
#include "../../include/ws2_rio.h"

#include <sporder.h>

/* Both kinds: on the base provider's handles, and with handles of its own. */
static const struct kind
{
    const char *counting, *rewriting;
    DWORD flags;
} kinds[] = {
    {"lsp_count.dll", "lsp_rewrite.dll", XP1_IFS_HANDLES},
    {"lsp_handle.dll", "lsp_handle.dll", 0},
};

#define FOR_EACH_KIND(kind) for (kind = kinds; kind < kinds + ARRAYSIZE(kinds); kind++)

/* A connection that is answered with what it sends, once. */
static DWORD CALLBACK echo_once(void *listener)
{
    SOCKET s = accept((SOCKET)listener, NULL, NULL);
    char data[4096];
    int len;

    while ((len = recv(s, data, sizeof(data), 0)) > 0) send(s, data, len, 0);
    closesocket(s);
    return 0;
}

static HANDLE start_echo(SOCKET listener)
{
    return CreateThread(NULL, 0, echo_once, (void *)listener, 0, NULL);
}

static void end_echo(HANDLE thread)
{
    WaitForSingleObject(thread, INFINITE);
    CloseHandle(thread);
}

static int child(const char *name)
{
    return harness_join(harness_spawn(name, "-"));
}

static int run(const char *program, const char *arguments)
{
    char command[2 * MAX_PATH], path[MAX_PATH];
    STARTUPINFOA startup = {.cb = sizeof(startup)};
    PROCESS_INFORMATION process;

    GetModuleFileNameA(NULL, path, sizeof(path));
    strcpy(strrchr(path, '\\') + 1, program);
    snprintf(command, sizeof(command), "\"%s\" %s", path, arguments);
    CHECK(CreateProcessA(path, command, NULL, NULL, FALSE, 0, NULL, NULL, &startup, &process));
    CloseHandle(process.hThread);
    return harness_join(process.hProcess);
}

static int run_echo_client(const struct sockaddr_in *addr)
{
    char arguments[64];

    sprintf(arguments, "tcp %u 20000", ntohs(addr->sin_port));
    return run("echo_client.exe", arguments);
}

/* What the echo client says of a provider, which is not there if dll is NULL. */
static int echo_through(const char *dll, DWORD flags)
{
    struct sockaddr_in addr;
    SOCKET listener = tcp_listener(&addr);
    HANDLE echo = start_echo(listener);
    int code;

    if (dll) lsp_install(dll, flags, FALSE);
    code = run_echo_client(&addr);
    if (dll) lsp_remove();
    end_echo(echo);
    closesocket(listener);
    return code;
}

TEST(an_unchanged_program_goes_through_the_layer)
{
    const struct kind *kind;
    const struct lsp_shared *shared;

    FOR_EACH_KIND(kind)
    {
        CHECK_INT(echo_through(kind->counting, kind->flags), 0);
        shared = lsp_shared();
        CHECK_INT(shared->startups, 1);
        CHECK_INT(shared->calls[ENTRY_Socket], 1);
        CHECK_INT(shared->calls[ENTRY_Connect], 1);
        CHECK_INT(shared->calls[ENTRY_CloseSocket], 1);
        CHECK(shared->calls[ENTRY_Send] > 0);
        CHECK(shared->calls[ENTRY_Recv] > 0);
    }
}

#define WINSOCK_KEY "System\\CurrentControlSet\\Services\\WinSock2\\Parameters"

/* What a registry key holds, and all below it, in so many bytes: but for what counts changes,
 * and ids, which no other entry ever gets. */
static DWORD registry_contents(const char *path, BYTE *out, DWORD room)
{
    char name[200], below[400];
    DWORD used = 0, i, name_len, type, size;
    HKEY key;

    if (RegOpenKeyExA(HKEY_LOCAL_MACHINE, path, 0, KEY_READ, &key)) return 0;
    for (i = 0; name_len = sizeof(name), size = room - used - name_len,
        !RegEnumValueA(key, i, name, &name_len, NULL, &type, out + used + sizeof(name), &size);
         i++)
    {
        if (!strcmp(name, "Serial_Access_Num") || !strcmp(name, "Next_Catalog_Entry_ID")) continue;
        memset(out + used, 0, sizeof(name));
        memcpy(out + used, name, name_len);
        used += sizeof(name) + size;
    }
    for (i = 0; !RegEnumKeyA(key, i, name, sizeof(name)); i++)
    {
        strcpy((char *)out + used, name);
        used += strlen(name) + 1;
        snprintf(below, sizeof(below), "%s\\%s", path, name);
        used += registry_contents(below, out + used, room - used);
    }
    RegCloseKey(key);
    return used;
}

TEST(a_removed_layer_leaves_nothing_behind)
{
    const DWORD room = 0x100000;
    BYTE *registry[3] = {malloc(room), malloc(room), malloc(room)};
    WSAPROTOCOL_INFOW *before, *after;
    int count_before, count_after;
    const struct kind *kind;
    DWORD sizes[3];

    lsp_install("lsp_count.dll", XP1_IFS_HANDLES, TRUE); /* the keys stay once they are made */
    lsp_remove();
    FOR_EACH_KIND(kind)
    {
        before = lsp_catalog(&count_before);
        sizes[0] = registry_contents(WINSOCK_KEY, registry[0], room);
        lsp_install(kind->counting, kind->flags, TRUE);
        sizes[1] = registry_contents(WINSOCK_KEY, registry[1], room);
        lsp_remove();
        sizes[2] = registry_contents(WINSOCK_KEY, registry[2], room);
        after = lsp_catalog(&count_after);
        CHECK_INT(count_after, count_before);
        CHECK(!memcmp(after, before, count_before * sizeof(*before)));
        CHECK(sizes[1] > sizes[0]);
        CHECK_INT(sizes[2], sizes[0]);
        CHECK(!memcmp(registry[2], registry[0], sizes[0]));
        free(before);
        free(after);
    }
    CHECK_INT(echo_through(NULL, 0), 0);
    CHECK_INT(lsp_shared()->startups, 0);
}

CHILD(connects_to)
{
    struct sockaddr_in addr = {.sin_family = AF_INET, .sin_port = htons(atoi(argv[0]))};
    SOCKET s = socket(AF_INET, SOCK_STREAM, 0);

    addr.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return connect(s, (struct sockaddr *)&addr, sizeof(addr)) ? WSAGetLastError() : 0;
}

/* A port that nobody listens at. */
static USHORT closed_port(void)
{
    struct sockaddr_in addr;
    SOCKET s = tcp_listener(&addr);

    closesocket(s);
    return addr.sin_port;
}

TEST(a_layer_rewrites_where_a_connection_goes)
{
    const struct kind *kind;

    FOR_EACH_KIND(kind)
    {
        struct sockaddr_in addr;
        SOCKET listener = tcp_listener(&addr), s;
        struct lsp_shared *shared = lsp_install(kind->rewriting, kind->flags, FALSE);
        int code[2];

        shared->redirect_from = closed_port();
        code[0] = harness_join(harness_spawn("connects_to", "%u", ntohs(shared->redirect_from)));
        shared->redirect_to = addr.sin_port;
        code[1] = harness_join(harness_spawn("connects_to", "%u", ntohs(shared->redirect_from)));
        lsp_remove();
        s = accept(listener, NULL, NULL);
        CHECK(s != INVALID_SOCKET);
        closesocket(s);
        closesocket(listener);
        CHECK_INT(code[0], WSAECONNREFUSED);
        CHECK_INT(code[1], 0);
    }
}

TEST(a_layer_goes_over_another_layer)
{
    struct sockaddr_in addr;
    SOCKET listener = tcp_listener(&addr), s;
    struct lsp_shared *shared = lsp_install("lsp_rewrite.dll", XP1_IFS_HANDLES, FALSE);
    WSAPROTOCOL_INFOW *all;
    int code, count, len;

    lsp_install_over(&lsp_ids[1], "lsp_count.dll", XP1_IFS_HANDLES, FALSE);
    all = lsp_catalog(&count);
    len = all[0].ProtocolChain.ChainLen;
    free(all);
    shared->redirect_from = closed_port();
    shared->redirect_to = addr.sin_port;
    code = harness_join(harness_spawn("connects_to", "%u", ntohs(shared->redirect_from)));
    lsp_remove();
    s = accept(listener, NULL, NULL);
    CHECK(s != INVALID_SOCKET);
    closesocket(s);
    closesocket(listener);
    CHECK_INT(len, 3);
    CHECK_INT(code, 0);
    CHECK_INT(shared->startups, 2);
    CHECK_INT(shared->calls[ENTRY_Connect], 2); /* both count */
}

/* The error of a stream socket, and 100 more if a datagram socket fails, too. */
CHILD(makes_sockets)
{
    SOCKET s = socket(AF_INET, SOCK_STREAM, 0);
    int err = s == INVALID_SOCKET ? WSAGetLastError() : 0;

    if (s == INVALID_SOCKET && WSASocketW(AF_INET, SOCK_STREAM, 0, NULL, 0, 0) != INVALID_SOCKET) err += 1000;
    if (socket(AF_INET, SOCK_DGRAM, 0) == INVALID_SOCKET) err += 100;
    return err;
}

static void check_fails(const char *dll, int error)
{
    const struct kind *kind;

    FOR_EACH_KIND(kind) CHECK_INT(lsp_child(dll, kind->flags, FALSE, "makes_sockets"), error);
}

TEST(a_provider_without_a_dll_fails_its_sockets)
{
    check_fails("lsp_is_not_there.dll", WSAEPROVIDERFAILEDINIT);
}

TEST(a_dll_without_WSPStartup_fails_its_sockets)
{
    check_fails("lsp_empty.dll", WSAEPROVIDERFAILEDINIT);
}

/* Of a child, with a provider that does as it is told. */
static int with_failing(const struct kind *kind, const char *name, int startup_error, WORD version)
{
    struct lsp_shared *shared = lsp_install("lsp_fail.dll", kind->flags, FALSE);
    int code;

    shared->startup_error = startup_error;
    shared->version = version;
    code = child(name);
    lsp_remove();
    return code;
}

TEST(a_provider_that_does_not_start_is_tried_again_and_fails)
{
    const struct kind *kind;

    FOR_EACH_KIND(kind)
    {
        CHECK_INT(with_failing(kind, "makes_sockets", WSAEINVAL, MAKEWORD(2, 2)), WSAEPROVIDERFAILEDINIT);
        CHECK_INT(lsp_shared()->startups, 2);
    }
}

TEST(a_provider_of_another_version_is_invalid)
{
    static const WORD versions[] = {0, MAKEWORD(1, 1), MAKEWORD(2, 1), MAKEWORD(2, 3), MAKEWORD(3, 0)};
    const struct kind *kind;
    unsigned int i;

    FOR_EACH_KIND(kind)
    for (i = 0; i < ARRAYSIZE(versions); i++)
        CHECK_INT(with_failing(kind, "makes_sockets", 0, versions[i]), WSAEINVALIDPROVIDER);
}

/* As makes_sockets, once with each entry of the table missing. */
CHILD(makes_sockets_without_each_entry)
{
    struct lsp_shared *shared = lsp_shared();
    SOCKET s;

    for (shared->missing_entry = 0; shared->missing_entry < ENTRY_COUNT; shared->missing_entry++)
    {
        s = socket(AF_INET, SOCK_STREAM, 0);
        if (s != INVALID_SOCKET || WSAGetLastError() != WSAEINVALIDPROCTABLE)
            return shared->missing_entry + 1;
    }
    return 0;
}

TEST(a_table_with_a_hole_is_invalid)
{
    const struct kind *kind;

    FOR_EACH_KIND(kind)
    {
        CHECK_INT(with_failing(kind, "makes_sockets_without_each_entry", 0, MAKEWORD(2, 2)), 0);
        CHECK_INT(lsp_shared()->startups, ENTRY_COUNT);
    }
}

CHILD(writes_addresses)
{
    struct sockaddr_in addr = {.sin_family = AF_INET};
    struct lsp_shared *shared = lsp_shared();
    int i, count, len = sizeof(addr);
    WSAPROTOCOL_INFOW *all = lsp_catalog(&count);
    DWORD size = 64;
    WCHAR text[64];

    for (i = 0; i < count && all[i].ProtocolChain.ChainLen < 2; i++) continue;
    if (i == count) return 1;
    if (WSAAddressToStringW((SOCKADDR *)&addr, sizeof(addr), NULL, text, &size)) return 2;
    if (shared->startups) return 3;
    size = 64;
    if (WSAAddressToStringW((SOCKADDR *)&addr, sizeof(addr), &all[i], text, &size)) return 4;
    if (wcscmp(text, L"0.0.0.0") || shared->calls[ENTRY_AddressToString] != 1) return 5;
    if (WSAStringToAddressW((WCHAR *)L"1.2.3.4", AF_INET, &all[i], (SOCKADDR *)&addr, &len)) return 6;
    return shared->calls[ENTRY_StringToAddress] == 1 ? 0 : 7;
}

TEST(addresses_as_text_are_the_info_s_provider_s)
{
    CHECK_INT(lsp_child("lsp_count.dll", XP1_IFS_HANDLES, FALSE, "writes_addresses"), 0);
}

CHILD(takes_entries_by_info)
{
    struct lsp_shared *shared = lsp_shared();
    int i, count;
    WSAPROTOCOL_INFOW *all = lsp_catalog(&count), *chain = NULL, *base = NULL;
    SOCKET s;

    for (i = 0; i < count; i++)
    {
        if (all[i].iAddressFamily != AF_INET || all[i].iSocketType != SOCK_STREAM) continue;
        if (all[i].ProtocolChain.ChainLen > 1) chain = &all[i];
        if (all[i].ProtocolChain.ChainLen == 1) base = &all[i];
    }
    if (!chain || !base) return 1;
    s = WSASocketW(FROM_PROTOCOL_INFO, FROM_PROTOCOL_INFO, FROM_PROTOCOL_INFO, base, 0, WSA_FLAG_OVERLAPPED);
    if (s == INVALID_SOCKET || shared->startups) return 2;
    s = WSASocketW(FROM_PROTOCOL_INFO, FROM_PROTOCOL_INFO, FROM_PROTOCOL_INFO, chain, 0, WSA_FLAG_OVERLAPPED);
    if (s == INVALID_SOCKET || shared->calls[ENTRY_Socket] != 1) return 3;
    return 0;
}

TEST(an_info_chooses_between_the_chain_and_the_base)
{
    CHECK_INT(lsp_child("lsp_count.dll", XP1_IFS_HANDLES, FALSE, "takes_entries_by_info"), 0);
}

TEST(the_first_entry_in_order_is_taken)
{
    struct lsp_shared *shared = lsp_install("lsp_count.dll", XP1_IFS_HANDLES, FALSE);
    int i, count, code;
    WSAPROTOCOL_INFOW *all = lsp_catalog(&count);
    DWORD *ids = malloc(count * sizeof(*ids));

    /* the chain, which was put first, goes to the end */
    for (i = 0; i < count; i++) ids[i] = all[(i + 1) % count].dwCatalogEntryId;
    CHECK_INT(all[0].ProtocolChain.ChainLen, 2);
    CHECK_INT(WSCWriteProviderOrder(ids, count), 0);
    code = child("makes_sockets");
    lsp_remove();
    free(ids);
    free(all);
    CHECK_INT(code, 0);
    CHECK_INT(shared->startups, 0);
}

CHILD(uses_extension_functions)
{
    struct sockaddr_in addr = {.sin_family = AF_INET}, peer;
    GUID id = WSAID_CONNECTEX;
    SOCKET listener = tcp_listener(&peer), layered, base;
    LPFN_CONNECTEX of_layered, of_base;
    OVERLAPPED overlapped = {0};
    WSAPROTOCOL_INFOW *all;
    int i, count;
    DWORD size;

    all = lsp_catalog(&count);
    for (i = 0; i < count; i++)
        if (all[i].iAddressFamily == AF_INET && all[i].iSocketType == SOCK_STREAM &&
            all[i].ProtocolChain.ChainLen == 1)
            break;
    layered = socket(AF_INET, SOCK_STREAM, 0);
    base = WSASocketW(FROM_PROTOCOL_INFO, FROM_PROTOCOL_INFO, FROM_PROTOCOL_INFO, &all[i], 0,
                      WSA_FLAG_OVERLAPPED);
    if (WSAIoctl(layered, SIO_GET_EXTENSION_FUNCTION_POINTER, &id, sizeof(id), &of_layered,
                 sizeof(of_layered), &size, NULL, NULL))
        return 1;
    if (WSAIoctl(base, SIO_GET_EXTENSION_FUNCTION_POINTER, &id, sizeof(id), &of_base, sizeof(of_base), &size,
                 NULL, NULL))
        return 2;
    if (of_layered == of_base) return 3;
    if (bind(layered, (struct sockaddr *)&addr, sizeof(addr))) return 4;
    if (!of_layered(layered, (struct sockaddr *)&peer, sizeof(peer), NULL, 0, NULL, &overlapped) &&
        (WSAGetLastError() != ERROR_IO_PENDING ||
         !WSAGetOverlappedResult(layered, &overlapped, &size, TRUE, &size)))
        return 5;
    return accept(listener, NULL, NULL) == INVALID_SOCKET ? 6 : 0;
}

/* A layer that passes the ioctl on has what is below it. */
CHILD(uses_registered_io)
{
    SOCKET s = WSASocketW(AF_INET, SOCK_DGRAM, 0, NULL, 0, WSA_FLAG_REGISTERED_IO | WSA_FLAG_OVERLAPPED);
    struct sockaddr_in name = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    RIO_EXTENSION_FUNCTION_TABLE rio;
    GUID id = WSAID_MULTIPLE_RIO;
    int size = sizeof(name);
    static char data[8];
    RIORESULT result;
    RIO_BUF buffer;
    DWORD done;
    RIO_CQ cq;
    RIO_RQ rq;

    if (WSAIoctl(s, SIO_GET_MULTIPLE_EXTENSION_FUNCTION_POINTER, &id, sizeof(id), &rio, sizeof(rio), &done,
                 NULL, NULL))
        return 1;
    if (bind(s, (struct sockaddr *)&name, sizeof(name)) || getsockname(s, (struct sockaddr *)&name, &size) ||
        connect(s, (struct sockaddr *)&name, sizeof(name)))
        return 2;
    cq = rio.RIOCreateCompletionQueue(4, NULL);
    rq = rio.RIOCreateRequestQueue(s, 1, 1, 1, 1, cq, cq, NULL);
    if (rq == RIO_INVALID_RQ) return 3;
    buffer = (RIO_BUF){rio.RIORegisterBuffer(data, sizeof(data)), 0, sizeof(data)};
    if (!rio.RIOSend(rq, &buffer, 1, 0, NULL)) return 4;
    return rio.RIODequeueCompletion(cq, &result, 1) == 1 && !result.Status ? 0 : 5;
}

TEST(a_layer_passes_registered_io_on)
{
    int code;

    lsp_install("lsp_count.dll", XP1_IFS_HANDLES, FALSE);
    code = child("uses_registered_io");
    lsp_remove();
    CHECK_INT(code, 0);
}

TEST(extension_functions_are_the_provider_s_own)
{
    CHECK_INT(lsp_child("lsp_count.dll", XP1_IFS_HANDLES, FALSE, "uses_extension_functions"), 0);
    CHECK_INT(lsp_shared()->extension_calls, 1);
}

/* Each call once, and how many of them the layer has missed. */
CHILD(makes_every_call)
{
    static const enum entry expected[] = {ENTRY_Accept,
                                          ENTRY_AsyncSelect,
                                          ENTRY_Bind,
                                          ENTRY_CloseSocket,
                                          ENTRY_Connect,
                                          ENTRY_DuplicateSocket,
                                          ENTRY_EnumNetworkEvents,
                                          ENTRY_EventSelect,
                                          ENTRY_GetOverlappedResult,
                                          ENTRY_GetPeerName,
                                          ENTRY_GetSockName,
                                          ENTRY_GetSockOpt,
                                          ENTRY_GetQOSByName,
                                          ENTRY_Ioctl,
                                          ENTRY_JoinLeaf,
                                          ENTRY_Listen,
                                          ENTRY_Recv,
                                          ENTRY_RecvDisconnect,
                                          ENTRY_RecvFrom,
                                          ENTRY_Select,
                                          ENTRY_Send,
                                          ENTRY_SendDisconnect,
                                          ENTRY_SendTo,
                                          ENTRY_SetSockOpt,
                                          ENTRY_Shutdown,
                                          ENTRY_Socket};
    struct sockaddr_in addr = {.sin_family = AF_INET};
    struct timeval now = {0, 0};
    WSAOVERLAPPED overlapped = {0};
    WSANETWORKEVENTS events;
    WSAPROTOCOL_INFOW info;
    char byte = 'x';
    WSABUF buffer = {1, &byte};
    int value = 1, len = sizeof(addr), missed = 0;
    DWORD done, flags = 0;
    u_long number;
    unsigned int i;
    SOCKET s, pair[2];
    fd_set set;
    QOS qos;

    tcp_pair(pair);
    udp_bound(&s, &addr);
    sendto(s, &byte, 1, 0, (struct sockaddr *)&addr, sizeof(addr));
    recvfrom(s, &byte, 1, 0, NULL, NULL);
    send(pair[0], &byte, 1, 0);
    recv(pair[1], &byte, 1, 0);
    WSASend(pair[0], &buffer, 1, NULL, 0, &overlapped, NULL);
    WSAGetOverlappedResult(pair[0], &overlapped, &done, TRUE, &flags);
    getpeername(pair[0], (struct sockaddr *)&addr, &len);
    len = sizeof(value);
    getsockopt(pair[0], SOL_SOCKET, SO_KEEPALIVE, (char *)&value, &len);
    setsockopt(pair[0], SOL_SOCKET, SO_KEEPALIVE, (char *)&value, sizeof(value));
    ioctlsocket(pair[0], FIONREAD, &number);
    WSAGetQOSByName(pair[0], &buffer, &qos);
    WSADuplicateSocketW(pair[0], GetCurrentProcessId(), &info);
    WSAJoinLeaf(pair[0], (struct sockaddr *)&addr, sizeof(addr), NULL, NULL, NULL, NULL, JL_BOTH);
    FD_ZERO(&set);
    FD_SET(pair[0], &set);
    select(0, &set, NULL, NULL, &now);
    WSAEventSelect(pair[0], NULL, 0);
    WSAAsyncSelect(pair[0], NULL, 0, 0);
    WSAEnumNetworkEvents(pair[0], NULL, &events);
    shutdown(pair[1], SD_RECEIVE);
    WSASendDisconnect(pair[0], NULL);
    WSARecvDisconnect(pair[1], NULL);
    closesocket(pair[0]);
    for (i = 0; i < ARRAYSIZE(expected); i++) missed += !lsp_shared()->calls[expected[i]];
    return missed;
}

TEST(every_call_on_a_socket_reaches_its_layer)
{
    CHECK_INT(lsp_child("lsp_count.dll", XP1_IFS_HANDLES, TRUE, "makes_every_call"), 0);
}

/* Leaves a socket open, on purpose. */
CHILD(cleans_up)
{
    struct lsp_shared *shared = lsp_shared();
    WSADATA data;

    socket(AF_INET, SOCK_STREAM, 0);
    if (!GetModuleHandleA("lsp_count.dll")) return 1;
    if (WSACleanup()) return 2;
    if (shared->calls[ENTRY_CloseSocket] != 1) return 3;
    if (shared->cleanups != 1) return 4;
    if (GetModuleHandleA("lsp_count.dll")) return 5;
    if (WSAStartup(MAKEWORD(2, 2), &data)) return 6;
    if (socket(AF_INET, SOCK_STREAM, 0) == INVALID_SOCKET) return 7;
    return shared->startups == 2 ? 0 : 8;
}

TEST(the_last_cleanup_closes_the_layer_s_sockets_and_ends_it)
{
    CHECK_INT(lsp_child("lsp_count.dll", XP1_IFS_HANDLES, FALSE, "cleans_up"), 0);
}

CHILD(duplicates_a_socket)
{
    struct lsp_shared *shared = lsp_shared();
    WSAPROTOCOL_INFOW info;
    SOCKET s, pair[2];
    char byte;

    tcp_pair(pair);
    if (WSADuplicateSocketW(pair[0], GetCurrentProcessId(), &info)) return 1;
    s = WSASocketW(FROM_PROTOCOL_INFO, FROM_PROTOCOL_INFO, FROM_PROTOCOL_INFO, &info, 0, 0);
    if (s == INVALID_SOCKET) return 2;
    if (send(s, "x", 1, 0) != 1 || recv(pair[1], &byte, 1, 0) != 1) return 3;
    if (!shared->calls[ENTRY_DuplicateSocket]) return 4;
    return WSASocketW(FROM_PROTOCOL_INFO, FROM_PROTOCOL_INFO, FROM_PROTOCOL_INFO, &info, 0, 0) ==
                   INVALID_SOCKET
               ? 0
               : 5;
}

TEST(a_layered_socket_is_duplicated)
{
    CHECK_INT(lsp_child("lsp_count.dll", XP1_IFS_HANDLES, FALSE, "duplicates_a_socket"), 0);
}
