/*
 * Being told that this computer's addresses have changed: SIO_ADDRESS_LIST_CHANGE,
 * SIO_ROUTING_INTERFACE_CHANGE and WSANSPIoctl, in every form they have.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The addresses of the private network are changed, by the host's own tool.
 */
#include "event.h"
#include "port.h"

#include <nspapi.h>

#define ADDED "10.99.0.77"

static BOOL is_added(void)
{
    static char list[4096];
    const SOCKET_ADDRESS_LIST *addresses = (SOCKET_ADDRESS_LIST *)list;
    BOOL found = FALSE;
    DWORD done;
    SOCKET s;
    int i;

    udp_bound(&s, NULL);
    CHECK_INT(WSAIoctl(s, SIO_ADDRESS_LIST_QUERY, NULL, 0, list, sizeof(list), &done, NULL, NULL), 0);
    for (i = 0; i < addresses->iAddressCount; i++)
        found |=
            ((struct sockaddr_in *)addresses->Address[i].lpSockaddr)->sin_addr.s_addr == inet_addr(ADDED);
    closesocket(s);
    return found;
}

/* One change a call, for two would be told one after the other. A program of the host's
 * can't be waited for, but its effect can. */
static void change_addresses(void)
{
    STARTUPINFOA startup = {.cb = sizeof(startup)};
    PROCESS_INFORMATION process;
    BOOL added = is_added();
    char command[128];

    sprintf(command, "sh -c \"PATH=$PATH:/usr/sbin:/sbin ip addr %s " ADDED "/32 dev ws0\"",
            added ? "del" : "add");
    CHECK(CreateProcessA("\\\\?\\unix\\bin\\sh", command, NULL, NULL, FALSE, 0, NULL, NULL, &startup,
                         &process));
    while (is_added() == added) Sleep(10);
}

/* The other programs find what they are used to. */
static void restore_addresses(void)
{
    if (is_added()) change_addresses();
}

static void need_private_net(void)
{
    char value[8];

    if (!GetEnvironmentVariableA("WS2_PRIVATE_NET", value, sizeof(value))) SKIP("not in the private network");
}

/* Both ioctls wait for the same. */
static const DWORD codes[] = {SIO_ADDRESS_LIST_CHANGE, SIO_ROUTING_INTERFACE_CHANGE};

static int start(SOCKET s, DWORD code, OVERLAPPED *overlapped, LPWSAOVERLAPPED_COMPLETION_ROUTINE routine)
{
    static struct sockaddr_in anywhere = {.sin_family = AF_INET};
    DWORD size = code == SIO_ROUTING_INTERFACE_CHANGE ? sizeof(anywhere) : 0, done;

    return WSAIoctl(s, code, size ? &anywhere : NULL, size, NULL, 0, &done, overlapped, routine);
}

TEST(a_change_sets_the_event)
{
    unsigned int i;

    need_private_net();
    for (i = 0; i < 2; i++)
    {
        OVERLAPPED overlapped = {.hEvent = CreateEventA(NULL, TRUE, FALSE, NULL)};
        DWORD done = 0xdead, flags;
        SOCKET s;

        udp_bound(&s, NULL);
        CHECK_ERROR(start(s, codes[i], &overlapped, NULL), WSA_IO_PENDING);
        CHECK_INT(WaitForSingleObject(overlapped.hEvent, 0), WAIT_TIMEOUT);
        change_addresses();
        CHECK_INT(WaitForSingleObject(overlapped.hEvent, 10000), WAIT_OBJECT_0);
        CHECK(WSAGetOverlappedResult(s, &overlapped, &done, FALSE, &flags));
        CHECK_INT(done, 0);
        CloseHandle(overlapped.hEvent);
        closesocket(s);
    }
    restore_addresses();
}

TEST(a_change_posts_a_packet)
{
    unsigned int i;

    need_private_net();
    for (i = 0; i < 2; i++)
    {
        OVERLAPPED overlapped = {0};
        SOCKET pair[2];
        HANDLE port = port_pair(pair, 0);
        DWORD size;

        CHECK_ERROR(start(pair[0], codes[i], &overlapped, NULL), WSA_IO_PENDING);
        check_nothing(port);
        change_addresses();
        CHECK_INT(take(port, &overlapped, &size), 0);
        CHECK_INT(size, 0);
        port_close(pair, port);
    }
    restore_addresses();
}

static int routine_calls;

static void CALLBACK routine(DWORD error, DWORD size, WSAOVERLAPPED *overlapped, DWORD flags)
{
    (void)overlapped;
    (void)flags;
    if (!error && !size) routine_calls++;
}

TEST(a_change_runs_the_routine)
{
    unsigned int i;

    need_private_net();
    for (i = 0; i < 2; i++)
    {
        OVERLAPPED overlapped = {0};
        SOCKET s;

        routine_calls = 0;
        udp_bound(&s, NULL);
        CHECK_ERROR(start(s, codes[i], &overlapped, routine), WSA_IO_PENDING);
        CHECK_INT(SleepEx(0, TRUE), 0);
        change_addresses();
        CHECK_INT(SleepEx(10000, TRUE), WAIT_IO_COMPLETION);
        CHECK_INT(routine_calls, 1);
        closesocket(s);
    }
    restore_addresses();
}

struct waiting
{
    SOCKET s;
    DWORD code;
    HANDLE lookup;
};

static DWORD WINAPI wait_for_it(void *context)
{
    struct waiting *waiting = context;
    DWORD done;

    if (waiting->lookup)
        return WSANSPIoctl(waiting->lookup, SIO_NSP_NOTIFY_CHANGE, NULL, 0, NULL, 0, &done, NULL);
    return start(waiting->s, waiting->code, NULL, NULL);
}

/* When the thread has come to wait is not known: so until it has been told. */
static void change_until_it_ends(struct waiting *waiting)
{
    HANDLE thread = CreateThread(NULL, 0, wait_for_it, waiting, 0, NULL);
    DWORD code = 0xdead;

    do change_addresses();
    while (WaitForSingleObject(thread, 100) == WAIT_TIMEOUT);
    CHECK(GetExitCodeThread(thread, &code));
    CHECK_INT(code, 0);
    CloseHandle(thread);
}

TEST(a_blocking_socket_waits_for_a_change)
{
    unsigned int i;

    need_private_net();
    for (i = 0; i < 2; i++)
    {
        struct waiting waiting = {.code = codes[i]};

        udp_bound(&waiting.s, NULL);
        change_until_it_ends(&waiting);
        closesocket(waiting.s);
    }
    restore_addresses();
}

static HANDLE look_up_networks(void)
{
    WSAQUERYSETW query = {.dwSize = sizeof(query), .dwNameSpace = NS_NLA};
    HANDLE lookup;

    CHECK_INT(WSALookupServiceBeginW(&query, LUP_RETURN_NAME, &lookup), 0);
    return lookup;
}

static int watch(HANDLE lookup, WSACOMPLETION *completion)
{
    DWORD done;

    return WSANSPIoctl(lookup, SIO_NSP_NOTIFY_CHANGE, NULL, 0, NULL, 0, &done, completion);
}

TEST(a_watch_of_networks_waits_for_a_change)
{
    struct waiting waiting = {0};

    need_private_net();
    waiting.lookup = look_up_networks();
    change_until_it_ends(&waiting);
    WSALookupServiceEnd(waiting.lookup);
    restore_addresses();
}

TEST(a_watch_of_networks_sets_its_event)
{
    OVERLAPPED overlapped = {.hEvent = CreateEventA(NULL, TRUE, FALSE, NULL)};
    WSACOMPLETION completion = {.Type = NSP_NOTIFY_EVENT, .Parameters.Event.lpOverlapped = &overlapped};
    HANDLE lookup;

    need_private_net();
    lookup = look_up_networks();
    CHECK_ERROR(watch(lookup, &completion), WSA_IO_PENDING);
    CHECK(!HasOverlappedIoCompleted(&overlapped));
    change_addresses();
    CHECK_INT(WaitForSingleObject(overlapped.hEvent, 10000), WAIT_OBJECT_0);
    CHECK_INT(overlapped.Internal, 0);
    WSALookupServiceEnd(lookup);
    CloseHandle(overlapped.hEvent);
    restore_addresses();
}

TEST(a_watch_of_networks_posts_a_packet)
{
    OVERLAPPED overlapped = {0};
    HANDLE lookup, port = CreateIoCompletionPort(INVALID_HANDLE_VALUE, NULL, 0, 0);
    WSACOMPLETION completion = {.Type = NSP_NOTIFY_PORT};
    DWORD size;

    need_private_net();
    completion.Parameters.Port.lpOverlapped = &overlapped;
    completion.Parameters.Port.hPort = port;
    completion.Parameters.Port.Key = PORT_KEY;
    lookup = look_up_networks();
    CHECK_ERROR(watch(lookup, &completion), WSA_IO_PENDING);
    check_nothing(port);
    change_addresses();
    CHECK_INT(take(port, &overlapped, &size), 0);
    WSALookupServiceEnd(lookup);
    CloseHandle(port);
    restore_addresses();
}

TEST(a_watch_of_networks_runs_its_routine)
{
    OVERLAPPED overlapped = {0};
    WSACOMPLETION completion = {.Type = NSP_NOTIFY_APC};
    HANDLE lookup;

    need_private_net();
    completion.Parameters.Apc.lpOverlapped = &overlapped;
    completion.Parameters.Apc.lpfnCompletionProc = routine;
    routine_calls = 0;
    lookup = look_up_networks();
    CHECK_ERROR(watch(lookup, &completion), WSA_IO_PENDING);
    change_addresses();
    CHECK_INT(SleepEx(10000, TRUE), WAIT_IO_COMPLETION);
    CHECK_INT(routine_calls, 1);
    WSALookupServiceEnd(lookup);
    restore_addresses();
}

#define MESSAGE (WM_USER + 7)

static HWND make_window(void)
{
    HWND window = CreateWindowA("STATIC", "", 0, 0, 0, 0, 0, HWND_MESSAGE, NULL, NULL, NULL);

    CHECK(window != NULL);
    return window;
}

/* Waits for the message, and gives its lParam. */
static LPARAM take_message(HWND window)
{
    ULONGLONG end = GetTickCount64() + 10000;
    MSG msg;

    while (!PeekMessageA(&msg, window, MESSAGE, MESSAGE, PM_REMOVE))
    {
        CHECK(GetTickCount64() < end);
        MsgWaitForMultipleObjects(0, NULL, FALSE, 100, QS_POSTMESSAGE);
    }
    return msg.lParam;
}

TEST(a_watch_of_networks_posts_its_message)
{
    WSACOMPLETION completion = {.Type = NSP_NOTIFY_HWND};
    HWND window = make_window();
    HANDLE lookup;

    need_private_net();
    completion.Parameters.WindowMessage.hWnd = window;
    completion.Parameters.WindowMessage.uMsg = MESSAGE;
    completion.Parameters.WindowMessage.context = 4711;
    lookup = look_up_networks();
    CHECK_ERROR(watch(lookup, &completion), WSA_IO_PENDING);
    change_addresses();
    CHECK_INT(take_message(window), 4711);
    WSALookupServiceEnd(lookup);
    DestroyWindow(window);
    restore_addresses();
}

/* The bit of the event that an ioctl is followed by. */
static long event_of(DWORD code)
{
    return code == SIO_ADDRESS_LIST_CHANGE ? FD_ADDRESS_LIST_CHANGE : FD_ROUTING_INTERFACE_CHANGE;
}

TEST(an_event_tells_of_the_change_that_would_have_been_waited_for)
{
    unsigned int i;

    need_private_net();
    for (i = 0; i < 2; i++)
    {
        WSANETWORKEVENTS events;
        SOCKET s, pair[2];
        WSAEVENT event, stream_event = selected_pair(pair, 0, event_of(codes[i]));

        udp_bound(&s, NULL);
        event = selected(s, event_of(codes[i]));
        CHECK_ERROR(start(s, codes[i], NULL, NULL), WSAEWOULDBLOCK);
        CHECK_ERROR(start(pair[0], codes[i], NULL, NULL), WSAEWOULDBLOCK);
        check_no_events(s, event);
        change_addresses();
        events = take_events(s, event, event_of(codes[i]));
        CHECK_INT(events.iErrorCode[i ? FD_ROUTING_INTERFACE_CHANGE_BIT : FD_ADDRESS_LIST_CHANGE_BIT], 0);
        take_events(pair[0], stream_event, event_of(codes[i]));
        change_addresses(); /* which nobody has asked for */
        check_no_events(s, event);
        CHECK_ERROR(start(s, codes[i], NULL, NULL), WSAEWOULDBLOCK);
        change_addresses();
        take_events(s, event, event_of(codes[i]));
        close_selected(pair, stream_event);
        WSACloseEvent(event);
        closesocket(s);
    }

    restore_addresses();
}

TEST(a_message_tells_of_the_change_that_would_have_been_waited_for)
{
    HWND window = make_window();
    unsigned int i;

    need_private_net();
    for (i = 0; i < 2; i++)
    {
        SOCKET s;

        udp_bound(&s, NULL);
        CHECK_INT(WSAAsyncSelect(s, window, MESSAGE, event_of(codes[i])), 0);
        CHECK_ERROR(start(s, codes[i], NULL, NULL), WSAEWOULDBLOCK);
        change_addresses();
        CHECK_INT(take_message(window), WSAMAKESELECTREPLY(event_of(codes[i]), 0));
        closesocket(s);
    }
    DestroyWindow(window);

    restore_addresses();
}
