/*
 * GetAddrInfoEx and SetAddrInfoEx.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "harness.h"

#include "nsp_install.h"

#define INVALID_NAME "nobody.invalid"
#define BAD_POINTER ((void *)16)

#define AI_EXTENDED_FLAG 0x80000000u

/* Missing from mingw-w64's headers. */
int WSAAPI GetAddrInfoExOverlappedResult(LPOVERLAPPED overlapped);
int WSAAPI GetAddrInfoExCancel(LPHANDLE handle);

/* The handle that GetAddrInfoExCancel knows is only there while a lookup goes on. */
TEST(extended_form_answers_at_once_or_later)
{
    ADDRINFOEXW *list = (ADDRINFOEXW *)0xdead;
    OVERLAPPED overlapped;
    HANDLE event = WSACreateEvent(), handle = NULL;

    CHECK_INT(GetAddrInfoExW(L"localhost", L"80", NS_DNS, NULL, NULL, &list, NULL, NULL, NULL, NULL), 0);
    CHECK(list && !list->ai_blob && !list->ai_bloblen && !list->ai_provider);
    FreeAddrInfoExW(list);
    memset(&overlapped, 0xcc, sizeof(overlapped));
    overlapped.hEvent = event;
    CHECK_INT(GetAddrInfoExW(L"localhost", NULL, NS_DNS, NULL, NULL, &list, NULL, &overlapped, NULL, &handle),
              WSA_IO_PENDING);
    CHECK_INT(WSAGetLastError(), WSA_IO_PENDING);
    CHECK(handle != NULL);
    CHECK_INT(WaitForSingleObject(event, 20000), WAIT_OBJECT_0);
    CHECK_INT(GetAddrInfoExOverlappedResult(&overlapped), 0);
    CHECK(overlapped.Pointer == &list && list && overlapped.hEvent == event);
    FreeAddrInfoExW(list);
    CHECK_INT(GetAddrInfoExCancel(&handle), WSA_INVALID_HANDLE);
    WSACloseEvent(event);
}

static HANDLE routine_event;
static DWORD routine_error;

static void CALLBACK routine(DWORD error, DWORD bytes, WSAOVERLAPPED *overlapped)
{
    (void)bytes;
    routine_error = overlapped->Internal == error ? error : 0xdead;
    SetEvent(routine_event);
}

TEST(completion_routine_needs_no_alertable_wait)
{
    ADDRINFOEXW *list = (ADDRINFOEXW *)0xdead;
    OVERLAPPED overlapped = {0};

    routine_event = WSACreateEvent();
    CHECK_INT(
        GetAddrInfoExW(L"" INVALID_NAME, NULL, NS_DNS, NULL, NULL, &list, NULL, &overlapped, routine, NULL),
        WSA_IO_PENDING);
    CHECK_INT(WaitForSingleObject(routine_event, 20000), WAIT_OBJECT_0);
    CHECK_INT(routine_error, WSAHOST_NOT_FOUND);
    CHECK(!list);
    WSACloseEvent(routine_event);
}

TEST(extended_form_errors)
{
    static GUID other = {1, 2, 3, {4}};
    ADDRINFOEXW *list = NULL, hints = {0};
    OVERLAPPED overlapped = {0};
    HANDLE event = WSACreateEvent(), handle;
    struct timeval negative = {-1, 0};

    overlapped.hEvent = event;
    CHECK_INT(GetAddrInfoExW(NULL, NULL, NS_DNS, NULL, NULL, &list, NULL, &overlapped, NULL, NULL),
              WSAHOST_NOT_FOUND);
    CHECK_INT(WSAGetLastError(), WSAHOST_NOT_FOUND);
    CHECK_INT(WaitForSingleObject(event, 0), WAIT_TIMEOUT);
    CHECK_INT(GetAddrInfoExW(L"localhost", NULL, NS_DNS, NULL, NULL, &list, NULL, &overlapped, routine, NULL),
              WSAEINVAL);
    CHECK_INT(GetAddrInfoExW(L"localhost", NULL, NS_NTDS, NULL, NULL, &list, NULL, NULL, NULL, NULL),
              WSASERVICE_NOT_FOUND);
    CHECK_INT(GetAddrInfoExW(L"localhost", NULL, NS_DNS, &other, NULL, &list, NULL, NULL, NULL, NULL),
              WSASERVICE_NOT_FOUND);
    hints.ai_family = 99;
    CHECK_INT(GetAddrInfoExW(L"localhost", NULL, NS_DNS, NULL, &hints, &list, NULL, NULL, NULL, NULL),
              WSAEAFNOSUPPORT);
    hints.ai_family = 0;
    hints.ai_next = (void *)&hints;
    CHECK_INT(GetAddrInfoExW(L"localhost", NULL, NS_DNS, NULL, &hints, &list, NULL, NULL, NULL, NULL),
              WSANO_RECOVERY);
    CHECK_INT(GetAddrInfoExW(L"localhost", NULL, NS_DNS, NULL, NULL, &list, &negative, NULL, NULL, NULL),
              WSAEINVAL);
    CHECK_INT(GetAddrInfoExW(L"localhost", NULL, NS_DNS, NULL, NULL, &list, NULL, BAD_POINTER, NULL, NULL),
              WSAEFAULT);
    CHECK_INT(GetAddrInfoExW(L"localhost", NULL, NS_DNS, NULL, NULL, NULL, NULL, NULL, NULL, NULL),
              WSAEFAULT);
    CHECK_INT(GetAddrInfoExOverlappedResult(NULL), WSAEINVAL);
    handle = (HANDLE)0x12345678;
    CHECK_INT(GetAddrInfoExCancel(&handle), WSA_INVALID_HANDLE);
    CHECK_INT(GetAddrInfoExCancel(NULL), WSA_INVALID_HANDLE);
    WSACloseEvent(event);
}

/* A lookup that a provider holds, of the one family that is asked for. */
static ADDRINFOEXW *held_list;

static int look_up_held(struct timeval *timeout, OVERLAPPED *overlapped,
                        LPLOOKUPSERVICE_COMPLETION_ROUTINE completion, HANDLE *handle)
{
    static const ADDRINFOEXW hints = {.ai_family = AF_INET};

    held_list = (ADDRINFOEXW *)0xdead;
    return GetAddrInfoExW(L"hold.nsp", NULL, NSP_SPACE, NULL, &hints, &held_list, timeout, overlapped,
                          completion, handle);
}

TEST(a_held_lookup_is_in_progress_and_gives_its_answer_in_the_end)
{
    OVERLAPPED overlapped = {.hEvent = WSACreateEvent()};
    DWORD waited[2];
    HANDLE go, handle;
    int ret[4];
    struct nsp_shared *shared = nsp_hold(&go);

    ret[0] = look_up_held(NULL, &overlapped, NULL, &handle);
    nsp_wait_held(shared);
    ret[1] = GetAddrInfoExOverlappedResult(&overlapped);
    waited[0] = WaitForSingleObject(overlapped.hEvent, 0);
    nsp_release(shared, go);
    waited[1] = WaitForSingleObject(overlapped.hEvent, 20000);
    ret[2] = GetAddrInfoExOverlappedResult(&overlapped);
    ret[3] = GetAddrInfoExCancel(&handle);
    CHECK_INT(ret[0], WSA_IO_PENDING);
    CHECK_INT(ret[1], WSAEINPROGRESS);
    CHECK_INT(waited[0], WAIT_TIMEOUT);
    CHECK_INT(waited[1], WAIT_OBJECT_0);
    CHECK_INT(ret[2], 0);
    CHECK_INT(ret[3], WSA_INVALID_HANDLE);
    CHECK_INT(held_list->ai_family, AF_INET);
    FreeAddrInfoExW(held_list);
    WSACloseEvent(overlapped.hEvent);
}

TEST(cancelled_lookup_completes_as_cancelled)
{
    OVERLAPPED overlapped = {.hEvent = WSACreateEvent()};
    DWORD waited;
    HANDLE go, handle;
    int ret[4];
    struct nsp_shared *shared = nsp_hold(&go);

    ret[0] = look_up_held(NULL, &overlapped, NULL, &handle);
    nsp_wait_held(shared);
    ret[1] = GetAddrInfoExCancel(&handle);
    waited = WaitForSingleObject(overlapped.hEvent, 20000);
    ret[2] = GetAddrInfoExOverlappedResult(&overlapped);
    ret[3] = GetAddrInfoExCancel(&handle);
    nsp_release(shared, go); /* its answer comes too late */
    CHECK_INT(ret[0], WSA_IO_PENDING);
    CHECK_INT(ret[1], NO_ERROR);
    CHECK_INT(waited, WAIT_OBJECT_0);
    CHECK_INT(ret[2], WSA_E_CANCELLED);
    CHECK_INT(ret[3], WSA_INVALID_HANDLE);
    CHECK(!held_list);
    WSACloseEvent(overlapped.hEvent);
}

TEST(cancelled_lookup_tells_its_routine)
{
    OVERLAPPED overlapped = {0};
    DWORD waited;
    HANDLE go, handle;
    int ret[2];
    struct nsp_shared *shared = nsp_hold(&go);

    routine_event = WSACreateEvent();
    ret[0] = look_up_held(NULL, &overlapped, routine, &handle);
    nsp_wait_held(shared);
    ret[1] = GetAddrInfoExCancel(&handle);
    waited = WaitForSingleObject(routine_event, 20000);
    nsp_release(shared, go);
    CHECK_INT(ret[0], WSA_IO_PENDING);
    CHECK_INT(ret[1], NO_ERROR);
    CHECK_INT(waited, WAIT_OBJECT_0);
    CHECK_INT(routine_error, WSA_E_CANCELLED);
    CHECK(!held_list);
    WSACloseEvent(routine_event);
}

TEST(lookup_ends_when_its_time_is_over)
{
    struct timeval time = {0, 50000};
    OVERLAPPED overlapped = {.hEvent = WSACreateEvent()};
    ADDRINFOEXW *late;
    DWORD waited;
    HANDLE go, handle;
    int ret[4];
    struct nsp_shared *shared = nsp_hold(&go);

    ret[0] = look_up_held(&time, NULL, NULL, NULL);
    late = held_list;
    ret[1] = look_up_held(&time, &overlapped, NULL, &handle);
    waited = WaitForSingleObject(overlapped.hEvent, 20000);
    ret[2] = GetAddrInfoExOverlappedResult(&overlapped);
    ret[3] = GetAddrInfoExCancel(&handle);
    nsp_release(shared, go);
    CHECK_INT(ret[0], WSAETIMEDOUT);
    CHECK(!late);
    CHECK_INT(ret[1], WSA_IO_PENDING);
    CHECK_INT(waited, WAIT_OBJECT_0);
    CHECK_INT(ret[2], WSAETIMEDOUT);
    CHECK_INT(ret[3], WSA_INVALID_HANDLE);
    CHECK(!held_list);
    WSACloseEvent(overlapped.hEvent);
}

TEST(lookup_with_time_enough_answers)
{
    struct timeval enough = {20, 0};
    OVERLAPPED overlapped = {.hEvent = WSACreateEvent()};
    ADDRINFOEXW *list;

    CHECK_INT(GetAddrInfoExW(L"localhost", NULL, NS_ALL, NULL, NULL, &list, &enough, NULL, NULL, NULL), 0);
    FreeAddrInfoExW(list);
    CHECK_INT(GetAddrInfoExW(L"localhost", NULL, NS_ALL, NULL, NULL, &list, &enough, &overlapped, NULL, NULL),
              WSA_IO_PENDING);
    CHECK_INT(WaitForSingleObject(overlapped.hEvent, 20000), WAIT_OBJECT_0);
    CHECK_INT(GetAddrInfoExOverlappedResult(&overlapped), 0);
    FreeAddrInfoExW(list);
    WSACloseEvent(overlapped.hEvent);
}

TEST(extended_ansi_form_takes_no_overlapped)
{
    ADDRINFOEXA *list = NULL, hints = {0};
    OVERLAPPED overlapped = {0};
    struct timeval time = {1, 0};

    hints.ai_flags = AI_CANONNAME;
    CHECK_INT(GetAddrInfoExA("127.0.0.1", "80", NS_DNS, NULL, &hints, &list, NULL, NULL, NULL, NULL), 0);
    CHECK_STR(list->ai_canonname, "127.0.0.1");
    FreeAddrInfoEx(list);
    CHECK_INT(GetAddrInfoExA("127.0.0.1", "80", NS_DNS, NULL, &hints, &list, &time, NULL, NULL, NULL),
              WSAEINVAL);
    CHECK_INT(GetAddrInfoExA("127.0.0.1", "80", NS_DNS, NULL, &hints, &list, NULL, &overlapped, NULL, NULL),
              WSAEINVAL);
    CHECK_INT(GetAddrInfoExA(INVALID_NAME, NULL, NS_DNS, NULL, NULL, &list, NULL, NULL, NULL, NULL),
              WSAHOST_NOT_FOUND);
}

TEST(names_cannot_be_registered)
{
    struct timeval time = {1, 0};

    CHECK_INT(SetAddrInfoExA("x", NULL, NULL, 0, NULL, 0, NS_DNS, NULL, &time, NULL, NULL, NULL), WSAEINVAL);
    CHECK_INT(WSAGetLastError(), WSAEINVAL);
    CHECK_INT(SetAddrInfoExW(NULL, NULL, NULL, 0, NULL, 0, NS_DNS, NULL, NULL, NULL, NULL, NULL), WSAEINVAL);
    CHECK_INT(SetAddrInfoExW(L"x", NULL, NULL, 0, NULL, 0, NS_DNS, NULL, NULL, NULL, NULL, NULL),
              WSASERVICE_NOT_FOUND);
}

/* ADDRINFOEX2A: what AI_EXTENDED asks for. */
struct extended
{
    ADDRINFOEXA base;
    int version;
    char *fqdn;
};

TEST(extended_results_have_both_names)
{
    ADDRINFOEXA hints = {0}, *list = NULL;
    struct extended *first;

    hints.ai_flags = (int)(AI_EXTENDED_FLAG | AI_CANONNAME | AI_FQDN);
    CHECK_INT(GetAddrInfoExA("localhost", NULL, NS_DNS, NULL, &hints, &list, NULL, NULL, NULL, NULL), 0);
    first = (struct extended *)list;
    CHECK_INT(first->version, 2);
    CHECK_STR(first->base.ai_canonname, "localhost");
    CHECK_STR(first->fqdn, "localhost");
    FreeAddrInfoEx(list);
}

static LONG told;

static void CALLBACK count_told(DWORD error, DWORD bytes, WSAOVERLAPPED *overlapped)
{
    (void)error;
    (void)bytes;
    (void)overlapped;
    InterlockedIncrement(&told);
}

/* Some end by themselves, some by being cancelled; each is told of exactly once. */
TEST(many_lookups_at_once_are_each_told_once)
{
    static ADDRINFOEXW *lists[32];
    static OVERLAPPED overlapped[32];
    HANDLE handles[32];
    ULONGLONG end = GetTickCount64() + 20000;
    int i, cancelled = 0, outcomes = 0;

    told = 0;
    for (i = 0; i < 32; i++)
        CHECK_INT(GetAddrInfoExW(L"localhost", NULL, NS_DNS, NULL, NULL, &lists[i], NULL, &overlapped[i],
                                 count_told, &handles[i]),
                  WSA_IO_PENDING);
    for (i = 0; i < 32; i += 2) cancelled += !GetAddrInfoExCancel(&handles[i]);
    while (told < 32 && GetTickCount64() < end) Sleep(10);
    Sleep(50);
    CHECK_INT(told, 32);
    for (i = 0; i < 32; i++)
    {
        int error = GetAddrInfoExOverlappedResult(&overlapped[i]);

        outcomes += error == WSA_E_CANCELLED;
        CHECK(error ? error == WSA_E_CANCELLED && !lists[i] : lists[i] != NULL);
        FreeAddrInfoExW(lists[i]);
    }
    CHECK_INT(outcomes, cancelled);
}

/* Ends Winsock for the program, and starts it again. */
TEST(extended_lookups_need_startup)
{
    ADDRINFOEXW *list;
    WSADATA data;
    int errors[2];

    CHECK_INT(WSACleanup(), 0);
    errors[0] = GetAddrInfoExW(L"127.0.0.1", NULL, NS_DNS, NULL, NULL, &list, NULL, NULL, NULL, NULL);
    errors[1] = SetAddrInfoExA("x", NULL, NULL, 0, NULL, 0, NS_DNS, NULL, NULL, NULL, NULL, NULL);
    CHECK_INT(WSAStartup(MAKEWORD(2, 2), &data), 0);
    CHECK_INT(errors[0], WSANOTINITIALISED);
    CHECK_INT(errors[1], WSANOTINITIALISED);
}
