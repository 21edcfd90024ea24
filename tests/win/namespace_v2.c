/*
 * A namespace provider of the second version: in a process that advertises it.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * It knows the names below ".v2": "N.v2" has N answers, 10.2.2.1 and so on, with a comment
 * and a blob; "wait.v2" has none until the lookup is ended; "later.v2" has one that comes
 * from another thread; "denied.v2" is refused that way.
 */
#include "harness.h"

#include <svcguid.h>
#include <ws2spi.h>

#ifndef NS_EMAIL
#define NS_EMAIL 37
#endif

#define SHARED "ws2_32_wine_nsp_v2"

struct shared
{
    volatile LONG startups, cleanups, rundowns, begins, nexts, ends, sets, strange;
    volatile LONG advertised;
    int startup_error;
    WCHAR set_name[64];
    USHORT set_port;
    DWORD set_operation, set_flags, set_count, set_blob;
};

static GUID v2_id = {0x5a5a4001, 0x1111, 0x2222, {1, 2, 3, 4, 5, 6, 7, 8}};
static GUID hostname_class = SVCID_HOSTNAME;

static struct shared *shared(void)
{
    static struct shared *view;

    if (!view)
        view = MapViewOfFile(
            CreateFileMappingA(INVALID_HANDLE_VALUE, NULL, PAGE_READWRITE, 0, sizeof(*view), SHARED),
            FILE_MAP_ALL_ACCESS, 0, 0, sizeof(*view));
    return view;
}

static FARPROC ws2(const char *name)
{
    if (!GetProcAddress(GetModuleHandleA("ws2_32.dll"), "__ws2_swap_proc_table"))
        SKIP("Wine's own has stubs, or nothing");
    return GetProcAddress(GetModuleHandleA("ws2_32.dll"), name);
}

/* --- The provider --- */

struct v2_lookup
{
    WCHAR name[64];
    int total, given;
    HANDLE ended;
};

static int refuse(int error)
{
    SetLastError(error);
    return SOCKET_ERROR;
}

static void expect(BOOL good)
{
    if (!good) InterlockedIncrement(&shared()->strange);
}

static INT WSAAPI v2_startup(GUID *id, void **argument)
{
    expect(!memcmp(id, &v2_id, sizeof(*id)));
    InterlockedIncrement(&shared()->startups);
    if (shared()->startup_error) return refuse(shared()->startup_error);
    *argument = malloc(1);
    return 0;
}

static INT WSAAPI v2_cleanup(GUID *id, void *argument)
{
    expect(!memcmp(id, &v2_id, sizeof(*id)));
    free(argument);
    InterlockedIncrement(&shared()->cleanups);
    return 0;
}

static INT WSAAPI v2_rundown(GUID *id, void *argument)
{
    expect(!memcmp(id, &v2_id, sizeof(*id)));
    free(argument);
    InterlockedIncrement(&shared()->rundowns);
    return 0;
}

static INT WSAAPI v2_begin(GUID *id, WSAQUERYSET2W *query, DWORD flags, void *argument, HANDLE *handle)
{
    const WCHAR *dot = query->lpszServiceInstanceName ? wcschr(query->lpszServiceInstanceName, '.') : NULL;
    struct v2_lookup *lookup;

    (void)flags;
    expect(argument != NULL && query->dwSize == sizeof(*query) && !memcmp(id, &v2_id, sizeof(*id)));
    InterlockedIncrement(&shared()->begins);
    if (!dot || wcscmp(dot, L".v2")) return refuse(WSASERVICE_NOT_FOUND);
    lookup = calloc(1, sizeof(*lookup));
    wcscpy(lookup->name, query->lpszServiceInstanceName);
    lookup->total = wcstol(lookup->name, NULL, 10);
    lookup->ended = CreateEventA(NULL, TRUE, FALSE, NULL);
    *handle = lookup;
    return 0;
}

struct v2_answer
{
    WSAQUERYSET2W set;
    CSADDR_INFO info;
    struct sockaddr_in addr;
    BLOB blob;
    WCHAR name[64], comment[16];
    BYTE data[9000];
};

static int fill(WSAQUERYSET2W *set, DWORD *size, const WCHAR *name, int number)
{
    struct v2_answer *answer = (struct v2_answer *)set;

    if (*size < sizeof(*answer))
    {
        *size = sizeof(*answer);
        return WSAEFAULT;
    }
    memset(answer, 0, sizeof(*answer));
    wcscpy(answer->name, name);
    wcscpy(answer->comment, L"a comment");
    memset(answer->data, 'b', sizeof(answer->data));
    answer->addr.sin_family = AF_INET;
    answer->addr.sin_addr.s_addr = htonl(0x0a020200 + number);
    answer->info.RemoteAddr.lpSockaddr = (SOCKADDR *)&answer->addr;
    answer->info.RemoteAddr.iSockaddrLength = sizeof(answer->addr);
    answer->info.iSocketType = SOCK_STREAM;
    answer->blob.cbSize = sizeof(answer->data);
    answer->blob.pBlobData = answer->data;
    set->dwSize = sizeof(*set);
    set->dwNameSpace = NS_EMAIL;
    set->lpszServiceInstanceName = answer->name;
    set->lpszComment = answer->comment;
    set->dwNumberOfCsAddrs = 1;
    set->lpcsaBuffer = &answer->info;
    set->lpBlob = &answer->blob;
    return 0;
}

struct later
{
    HANDLE call;
    struct v2_lookup *lookup;
    DWORD *size;
    WSAQUERYSET2W *set;
};

static int(WINAPI *complete)(HANDLE, int);

static DWORD CALLBACK answer_later(void *parameter)
{
    struct later *later = parameter;
    int err = later->lookup->given ? WSA_E_NO_MORE : fill(later->set, later->size, later->lookup->name, 7);

    Sleep(20);
    if (!err) later->lookup->given++;
    expect(!complete(later->call, err));
    expect(complete(later->call, err) == SOCKET_ERROR && WSAGetLastError() == WSAEINVAL);
    free(later);
    return 0;
}

static INT WSAAPI v2_next(HANDLE call, HANDLE handle, DWORD flags, DWORD *size, WSAQUERYSET2W *set)
{
    struct v2_lookup *lookup = handle;
    struct later *later;
    int err;

    (void)flags;
    InterlockedIncrement(&shared()->nexts);
    if (!wcscmp(lookup->name, L"denied.v2"))
    {
        expect(!complete(call, WSAEACCES));
        return 0;
    }
    if (!wcscmp(lookup->name, L"later.v2"))
    {
        later = malloc(sizeof(*later));
        *later = (struct later){call, lookup, size, set};
        CloseHandle(CreateThread(NULL, 0, answer_later, later, 0, NULL));
        return refuse(WSA_IO_PENDING);
    }
    if (!wcscmp(lookup->name, L"wait.v2"))
    {
        WaitForSingleObject(lookup->ended, INFINITE);
        return refuse(WSA_E_CANCELLED);
    }
    if (lookup->given == lookup->total) return refuse(WSA_E_NO_MORE);
    if ((err = fill(set, size, lookup->name, lookup->given + 1))) return refuse(err);
    lookup->given++;
    return 0;
}

static INT WSAAPI v2_end(HANDLE handle)
{
    InterlockedIncrement(&shared()->ends);
    SetEvent(((struct v2_lookup *)handle)->ended); /* another thread may still be in there */
    return 0;
}

static INT WSAAPI v2_set(HANDLE call, GUID *id, WSAQUERYSET2W *query, WSAESETSERVICEOP operation, DWORD flags,
                         void *argument)
{
    (void)call;
    expect(argument != NULL && !memcmp(id, &v2_id, sizeof(*id)));
    wcscpy(shared()->set_name, query->lpszServiceInstanceName);
    shared()->set_count = query->dwNumberOfCsAddrs;
    if (query->dwNumberOfCsAddrs)
        shared()->set_port = ((struct sockaddr_in *)query->lpcsaBuffer[0].RemoteAddr.lpSockaddr)->sin_port;
    shared()->set_blob = query->lpBlob ? query->lpBlob->cbSize : 0;
    shared()->set_operation = operation;
    shared()->set_flags = flags;
    InterlockedIncrement(&shared()->sets);
    return wcscmp(query->lpszServiceInstanceName, L"refused") ? 0 : refuse(WSAEACCES);
}

static int advertise(void)
{
    int(WINAPI * call)(const GUID *, const void *) = (void *)ws2("WSAAdvertiseProvider");
    static const NSPV2_ROUTINE routines = {
        .cbSize = sizeof(routines),
        .dwMajorVersion = 2,
        .NSPv2Startup = v2_startup,
        .NSPv2Cleanup = v2_cleanup,
        .NSPv2LookupServiceBegin = v2_begin,
        .NSPv2LookupServiceNextEx = (void *)v2_next,
        .NSPv2LookupServiceEnd = v2_end,
        .NSPv2SetServiceEx = (void *)v2_set,
        .NSPv2ClientSessionRundown = (void *)v2_rundown,
    };

    complete = (void *)ws2("WSAProviderCompleteAsyncCall");
    return call(&v2_id, &routines);
}

static int withdraw(void)
{
    return ((int(WINAPI *)(const GUID *))(void *)ws2("WSAUnadvertiseProvider"))(&v2_id);
}

/* Provides until its event is set. */
CHILD(provides)
{
    HANDLE enough = (HANDLE)(ULONG_PTR)strtoull(argv[0], NULL, 0);

    if (advertise()) return 1;
    shared()->advertised = 1;
    WaitForSingleObject(enough, INFINITE);
    return withdraw() ? 2 : 42;
}

/* --- Tests --- */

static struct provider
{
    HANDLE process, enough;
} provider;

static void install(void)
{
    int(WINAPI * install_ex)(WCHAR *, WCHAR *, DWORD, DWORD, GUID *, BLOB *) =
        (void *)ws2("WSCInstallNameSpaceEx");
    DWORD kind[5] = {1, 1 /* of an application */, 1, 0, 0};
    BLOB blob = {sizeof(kind), (BYTE *)kind};

    memset(shared(), 0, sizeof(*shared()));
    WSCUnInstallNameSpace(&v2_id);
    CHECK_INT(install_ex((WCHAR *)L"Mail for tests", (WCHAR *)L"is-in-no.dll", NS_EMAIL, 1, &v2_id, &blob),
              0);
}

/* Installed, and advertised by another process. */
static void provide(void)
{
    SECURITY_ATTRIBUTES inherit = {sizeof(inherit), NULL, TRUE};

    install();
    provider.enough = CreateEventA(&inherit, TRUE, FALSE, NULL);
    provider.process = harness_spawn("provides", "%llu", (unsigned long long)(ULONG_PTR)provider.enough);
    while (!shared()->advertised && WaitForSingleObject(provider.process, 1) == WAIT_TIMEOUT) continue;
}

/* Before anything is checked. */
static int end_provider(void)
{
    SetEvent(provider.enough);
    WSCUnInstallNameSpace(&v2_id);
    CloseHandle(provider.enough);
    return harness_join(provider.process);
}

#define ALL_PARTS (LUP_RETURN_NAME | LUP_RETURN_COMMENT | LUP_RETURN_ADDR | LUP_RETURN_BLOB)

static int begin(const WCHAR *name, HANDLE *lookup)
{
    WSAQUERYSETW query = {.dwSize = sizeof(query)};

    query.lpszServiceInstanceName = (WCHAR *)name;
    query.lpServiceClassId = &hostname_class;
    query.dwNameSpace = NS_EMAIL;
    return WSALookupServiceBeginW(&query, ALL_PARTS, lookup) ? WSAGetLastError() : 0;
}

static union
{
    WSAQUERYSETW set;
    char room[20000];
} result;

static int next(HANDLE lookup)
{
    DWORD size = sizeof(result);

    return WSALookupServiceNextW(lookup, 0, &size, &result.set) ? WSAGetLastError() : 0;
}

static ULONG host_of(const WSAQUERYSETW *set)
{
    return ntohl(((struct sockaddr_in *)set->lpcsaBuffer[0].RemoteAddr.lpSockaddr)->sin_addr.s_addr);
}

TEST(another_process_answers_lookups)
{
    int ret[5], code;
    HANDLE lookup;
    ULONG hosts[2];
    WSAQUERYSETW got;

    provide();
    ret[0] = begin(L"2.v2", &lookup);
    ret[1] = next(lookup);
    hosts[0] = host_of(&result.set);
    ret[2] = next(lookup);
    hosts[1] = host_of(&result.set);
    got = result.set;
    ret[3] = next(lookup);
    ret[4] = WSALookupServiceEnd(lookup);
    WSACleanup();
    CHECK_INT(WSAStartup(MAKEWORD(2, 2), &(WSADATA){0}), 0);
    code = end_provider();
    CHECK_INT(code, 42);
    CHECK_INT(ret[0] | ret[1] | ret[2] | ret[4], 0);
    CHECK_INT(ret[3], WSA_E_NO_MORE);
    CHECK_INT(hosts[0], 0x0a020201);
    CHECK_INT(hosts[1], 0x0a020202);
    CHECK(!wcscmp(got.lpszServiceInstanceName, L"2.v2"));
    CHECK(!wcscmp(got.lpszComment, L"a comment"));
    CHECK_INT(got.dwNameSpace, NS_EMAIL);
    CHECK(!memcmp(got.lpNSProviderId, &v2_id, sizeof(GUID)));
    CHECK_INT(got.lpBlob->cbSize, 9000);
    CHECK_INT(got.lpBlob->pBlobData[8999], 'b');
    CHECK_INT(shared()->startups, 1);
    CHECK_INT(shared()->begins, 1);
    CHECK_INT(shared()->ends, 1);
    CHECK_INT(shared()->cleanups, 1); /* the last WSACleanup */
    CHECK_INT(shared()->rundowns, 0);
    CHECK_INT(shared()->strange, 0);
}

TEST(answers_may_come_from_another_thread)
{
    int ret[6], code;
    HANDLE lookup;
    ULONG host;

    provide();
    ret[0] = begin(L"later.v2", &lookup);
    ret[1] = next(lookup);
    host = ret[1] ? 0 : host_of(&result.set);
    ret[2] = next(lookup);
    WSALookupServiceEnd(lookup);
    ret[3] = begin(L"denied.v2", &lookup);
    ret[4] = next(lookup);
    WSALookupServiceEnd(lookup);
    ret[5] = begin(L"nobody.example", &lookup);
    code = end_provider();
    CHECK_INT(code, 42);
    CHECK_INT(ret[0] | ret[1] | ret[3], 0);
    CHECK_INT(host, 0x0a020207);
    CHECK_INT(ret[2], WSA_E_NO_MORE);
    CHECK_INT(ret[4], WSAEACCES);
    CHECK_INT(ret[5], WSASERVICE_NOT_FOUND);
    CHECK_INT(shared()->strange, 0);
}

static DWORD CALLBACK end_it(void *lookup)
{
    while (!shared()->nexts) Sleep(1);
    return WSALookupServiceEnd(lookup);
}

TEST(ending_a_lookup_ends_its_waiting_for_the_other_process)
{
    HANDLE lookup, thread;
    int ret[2], code;

    provide();
    ret[0] = begin(L"wait.v2", &lookup);
    thread = CreateThread(NULL, 0, end_it, lookup, 0, NULL);
    ret[1] = next(lookup);
    WaitForSingleObject(thread, INFINITE);
    code = end_provider();
    CHECK_INT(code, 42);
    CHECK_INT(ret[0], 0);
    CHECK_INT(ret[1], WSA_E_CANCELLED);
    CHECK_INT(shared()->ends, 1);
}

TEST(what_nobody_advertises_is_not_found)
{
    HANDLE lookup;
    int ret[2];

    install();
    ret[0] = begin(L"1.v2", &lookup);
    provide();
    end_provider();
    install();
    ret[1] = begin(L"1.v2", &lookup);
    WSCUnInstallNameSpace(&v2_id);
    CHECK_INT(ret[0], WSASERVICE_NOT_FOUND);
    CHECK_INT(ret[1], WSASERVICE_NOT_FOUND);
    CHECK_INT(shared()->begins, 0);
}

TEST(a_provider_answers_its_own_process_too)
{
    int ret[4];
    HANDLE lookup;
    ULONG host;

    install();
    ret[0] = advertise();
    ret[1] = begin(L"1.v2", &lookup);
    ret[2] = next(lookup);
    host = ret[2] ? 0 : host_of(&result.set);
    WSALookupServiceEnd(lookup);
    ret[3] = withdraw();
    WSCUnInstallNameSpace(&v2_id);
    CHECK_INT(ret[0] | ret[1] | ret[2] | ret[3], 0);
    CHECK_INT(host, 0x0a020201);
}

TEST(a_provider_runs_once)
{
    int ret[3], code;

    provide();
    ret[0] = advertise();
    code = end_provider();
    install();
    ret[1] = advertise();
    ret[2] = withdraw();
    WSCUnInstallNameSpace(&v2_id);
    CHECK_INT(code, 42);
    CHECK_INT(ret[0], SOCKET_ERROR);
    CHECK_INT(ret[1], 0);
    CHECK_INT(ret[2], 0);
}

TEST(a_session_that_is_refused_begins_nothing)
{
    HANDLE lookup;
    int ret, code;

    provide();
    shared()->startup_error = WSAEACCES;
    WSACleanup();
    CHECK_INT(WSAStartup(MAKEWORD(2, 2), &(WSADATA){0}), 0);
    ret = begin(L"1.v2", &lookup);
    code = end_provider();
    CHECK_INT(code, 42);
    CHECK_INT(ret, WSAEACCES);
    CHECK_INT(shared()->begins, 0);
}

CHILD(looks_up_and_stays)
{
    HANDLE lookup;

    if (begin(L"2.v2", &lookup) || next(lookup)) return 1;
    Sleep(INFINITE);
    return 0;
}

TEST(a_client_that_dies_is_run_down)
{
    HANDLE client;
    int i, code;

    provide();
    client = harness_spawn("looks_up_and_stays", "-");
    while (!shared()->nexts && WaitForSingleObject(client, 1) == WAIT_TIMEOUT) continue;
    TerminateProcess(client, 0);
    harness_join(client);
    for (i = 0; i < 10000 && (!shared()->rundowns || !shared()->ends); i++) Sleep(1);
    code = end_provider();
    CHECK_INT(code, 42);
    CHECK_INT(shared()->startups, 1);
    CHECK_INT(shared()->rundowns, 1);
    CHECK_INT(shared()->cleanups, 0);
    CHECK_INT(shared()->ends, 1);
}

TEST(registrations_reach_the_other_process)
{
    struct sockaddr_in addr = {.sin_family = AF_INET, .sin_port = htons(25)};
    SOCKET_ADDRESS where = {(SOCKADDR *)&addr, sizeof(addr)};
    BLOB blob = {4, (BYTE *)"data"};
    CSADDR_INFO info = {where, where, SOCK_STREAM, IPPROTO_TCP};
    WSAQUERYSETW query = {.dwSize = sizeof(query)};
    struct shared seen[3];
    int ret[4], code;

    query.lpszServiceInstanceName = (WCHAR *)L"a service";
    query.lpServiceClassId = &hostname_class;
    query.dwNameSpace = NS_EMAIL;
    query.dwNumberOfCsAddrs = 1;
    query.lpcsaBuffer = &info;
    provide();
    ret[0] =
        SetAddrInfoExW(L"me@example.org", NULL, &where, 1, &blob, 5, NS_EMAIL, NULL, NULL, NULL, NULL, NULL);
    seen[0] = *shared();
    ret[1] = SetAddrInfoExA("me@example.org", NULL, NULL, 0, NULL, 0, NS_ALL, &v2_id, NULL, NULL, NULL, NULL);
    seen[1] = *shared();
    ret[2] = SetAddrInfoExW(L"refused", NULL, &where, 1, NULL, 0, NS_EMAIL, NULL, NULL, NULL, NULL, NULL);
    ret[3] = WSASetServiceW(&query, RNRSERVICE_DELETE, 0);
    seen[2] = *shared();
    code = end_provider();
    CHECK_INT(code, 42);
    CHECK_INT(ret[0], 0);
    CHECK(!wcscmp(seen[0].set_name, L"me@example.org"));
    CHECK_INT(seen[0].set_operation, RNRSERVICE_REGISTER);
    CHECK_INT(seen[0].set_flags, 5);
    CHECK_INT(seen[0].set_port, addr.sin_port);
    CHECK_INT(seen[0].set_blob, 4);
    CHECK_INT(ret[1], 0);
    CHECK_INT(seen[1].set_operation, RNRSERVICE_DEREGISTER);
    CHECK_INT(seen[1].set_count, 0);
    CHECK_INT(ret[2], WSAEACCES);
    CHECK_INT(ret[3], 0);
    CHECK(!wcscmp(seen[2].set_name, L"a service"));
    CHECK_INT(seen[2].set_operation, RNRSERVICE_DELETE);
}

CHILD(resolves)
{
    ADDRINFOEXW hints = {.ai_family = AF_INET}, *list;
    struct addrinfo plain = {.ai_family = AF_INET}, *found;

    if (GetAddrInfoExW(L"2.v2", L"25", NS_EMAIL, NULL, &hints, &list, NULL, NULL, NULL, NULL)) return 1;
    if (((struct sockaddr_in *)list->ai_addr)->sin_addr.s_addr != htonl(0x0a020201)) return 2;
    if (((struct sockaddr_in *)list->ai_addr)->sin_port != htons(25) || !list->ai_next) return 3;
    if (getaddrinfo("1.v2", NULL, &plain, &found)) return 4;
    return ((struct sockaddr_in *)found->ai_addr)->sin_addr.s_addr == htonl(0x0a020201) ? 0 : 5;
}

TEST(GetAddrInfoEx_and_getaddrinfo_ask_the_other_process)
{
    int code[2];

    provide();
    code[0] = harness_join(harness_spawn("resolves", "-"));
    code[1] = end_provider();
    CHECK_INT(code[0], 0);
    CHECK_INT(code[1], 42);
    CHECK_INT(shared()->strange, 0);
}
