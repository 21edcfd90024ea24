/*
 * AF_UNIX streams: messages, completions and the extension functions.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "unix_sockets.h"

#include "window.h"

/* --- messages --------------------------------------------------------------------------- */

TEST(messages_come_for_a_connection_and_its_data)
{
    struct sockaddr_un addr;
    SOCKET listener = unix_listener(&addr), s = unix_socket(), accepted;
    HWND listening = selected(listener, FD_ACCEPT),
         connecting = selected(s, FD_CONNECT | FD_READ | FD_WRITE | FD_CLOSE);
    char buffer[4];

    if (connect_to(s, &addr)) CHECK_INT(WSAGetLastError(), WSAEWOULDBLOCK);
    CHECK_INT(take_message(connecting, s, FD_CONNECT), 0);
    CHECK_INT(take_message(connecting, s, FD_WRITE), 0);
    CHECK_INT(take_message(listening, listener, FD_ACCEPT), 0);
    accepted = accept(listener, NULL, NULL);
    CHECK(accepted != INVALID_SOCKET);
    send_text(accepted, "data");
    CHECK_INT(take_message(connecting, s, FD_READ), 0);
    CHECK_INT(recv(s, buffer, 2, 0), 2);
    CHECK_INT(take_message(connecting, s, FD_READ), 0);
    CHECK_INT(recv(s, buffer, 4, 0), 2);
    check_no_message(connecting);
    CHECK_INT(closesocket(accepted), 0); /* it inherits the selection for nothing: see below */
    CHECK_INT(take_message(connecting, s, FD_CLOSE), 0);
    CHECK(DeleteFileA(addr.sun_path));
    DestroyWindow(listening);
    DestroyWindow(connecting);
}

TEST(a_message_comes_for_a_refused_connection)
{
    struct sockaddr_un missing;
    SOCKET s = unix_socket();
    HWND window = selected(s, FD_CONNECT);

    fresh_address(&missing);
    CHECK_ERROR(connect_to(s, &missing), WSAEWOULDBLOCK);
    CHECK_INT(take_message(window, s, FD_CONNECT), WSAECONNREFUSED);
    DestroyWindow(window);
}

TEST(accepted_sockets_inherit_the_selection)
{
    struct sockaddr_un addr;
    SOCKET listener = unix_listener(&addr), s = unix_socket(), accepted;
    HWND window = selected(listener, FD_ACCEPT | FD_READ | FD_CLOSE);

    CHECK_INT(connect_to(s, &addr), 0);
    CHECK_INT(take_message(window, listener, FD_ACCEPT), 0);
    accepted = accept(listener, NULL, NULL);
    CHECK(accepted != INVALID_SOCKET);
    send_text(s, "data");
    CHECK_INT(take_message(window, accepted, FD_READ), 0);
    receive_text(accepted, "data");
    CHECK_INT(closesocket(s), 0);
    CHECK_INT(take_message(window, accepted, FD_CLOSE), 0);
    CHECK(DeleteFileA(addr.sun_path));
    DestroyWindow(window);
}

/* However much lies between the two ends. */
TEST(a_message_comes_for_room_after_there_was_none)
{
    static char data[65536];
    SOCKET pair[2];
    HWND window;
    MSG message;
    int sent = 0, n;

    unix_pair(pair);
    window = selected(pair[0], FD_WRITE);
    CHECK_INT(take_message(window, pair[0], FD_WRITE), 0);
    do /* room comes while the bytes are on their way */
    {
        while ((n = send(pair[0], data, sizeof(data), 0)) > 0) sent += n;
        CHECK_INT(WSAGetLastError(), WSAEWOULDBLOCK);
    } while (next_message(window, &message, 100));
    while (sent > 0 && (n = recv(pair[1], data, sizeof(data), 0)) > 0) sent -= n;
    CHECK_INT(take_message(window, pair[0], FD_WRITE), 0);
    CHECK_INT(send(pair[0], "x", 1, 0), 1);
    DestroyWindow(window);
}

/* --- events ----------------------------------------------------------------------------- */

TEST(an_event_is_set_for_data_again_and_again)
{
    WSANETWORKEVENTS events;
    HANDLE event = WSACreateEvent();
    SOCKET pair[2];
    int i;

    unix_pair(pair);
    CHECK_INT(WSAEventSelect(pair[1], event, FD_READ), 0);
    for (i = 0; i < 20; i++)
    {
        send_text(pair[0], "data");
        CHECK_INT(WaitForSingleObject(event, 5000), WAIT_OBJECT_0);
        CHECK_INT(WSAEnumNetworkEvents(pair[1], event, &events), 0);
        CHECK_INT(events.lNetworkEvents, FD_READ);
        receive_text(pair[1], "data");
        CHECK_INT(WaitForSingleObject(event, 0), WAIT_TIMEOUT);
    }
}

/* What was received directly before leaves nothing behind. */
TEST(a_selection_begins_with_what_is_there)
{
    WSANETWORKEVENTS events;
    HANDLE event = WSACreateEvent();
    SOCKET pair[2];

    unix_pair(pair);
    check_talk(pair[0], pair[1]);
    CHECK_INT(WSAEventSelect(pair[1], event, FD_READ), 0);
    CHECK_INT(WSAEnumNetworkEvents(pair[1], event, &events), 0);
    CHECK_INT(events.lNetworkEvents, 0);
    CHECK_INT(WSAEventSelect(pair[1], event, 0), 0);
    send_text(pair[0], "there");
    CHECK_INT(WSAEventSelect(pair[1], event, FD_READ), 0);
    CHECK_INT(WaitForSingleObject(event, 5000), WAIT_OBJECT_0);
    CHECK_INT(WSAEnumNetworkEvents(pair[1], event, &events), 0);
    CHECK_INT(events.lNetworkEvents, FD_READ);
}

TEST(an_event_tells_of_the_end)
{
    WSANETWORKEVENTS events;
    HANDLE event = WSACreateEvent();
    SOCKET pair[2];
    char byte;

    unix_pair(pair);
    CHECK_INT(WSAEventSelect(pair[1], event, FD_CLOSE), 0);
    CHECK_INT(shutdown(pair[0], SD_SEND), 0);
    CHECK_INT(WaitForSingleObject(event, 5000), WAIT_OBJECT_0);
    CHECK_INT(WSAEnumNetworkEvents(pair[1], event, &events), 0);
    CHECK_INT(events.lNetworkEvents, FD_CLOSE);
    CHECK_INT(events.iErrorCode[FD_CLOSE_BIT], 0);
    CHECK_INT(recv(pair[1], &byte, 1, 0), 0);
    send_text(pair[1], "half open");
    receive_text(pair[0], "half open");
}

/* --- completions ------------------------------------------------------------------------ */

static DWORD routine_error, routine_bytes, routine_calls;

static void CALLBACK note_completion(DWORD error, DWORD bytes, OVERLAPPED *overlapped, DWORD flags)
{
    (void)overlapped;
    (void)flags;
    routine_error = error;
    routine_bytes = bytes;
    routine_calls++;
}

TEST(routines_are_called_for_sends_and_for_the_end)
{
    OVERLAPPED sending = {0}, receiving = {0};
    char buffer[8];
    WSABUF out = {4, "send"}, in = {sizeof(buffer), buffer};
    DWORD flags = 0;
    SOCKET pair[2];

    unix_pair(pair);
    routine_calls = 0;
    if (WSASend(pair[0], &out, 1, NULL, 0, &sending, note_completion))
        CHECK_INT(WSAGetLastError(), WSA_IO_PENDING);
    CHECK_INT(SleepEx(5000, TRUE), WAIT_IO_COMPLETION);
    CHECK_INT(routine_calls, 1);
    CHECK_INT(routine_error, 0);
    CHECK_INT(routine_bytes, 4);
    receive_text(pair[1], "send");

    CHECK_ERROR(WSARecv(pair[0], &in, 1, NULL, &flags, &receiving, note_completion), WSA_IO_PENDING);
    CHECK_INT(closesocket(pair[1]), 0);
    CHECK_INT(SleepEx(5000, TRUE), WAIT_IO_COMPLETION);
    CHECK_INT(routine_calls, 2);
    CHECK_INT(routine_error, 0);
    CHECK_INT(routine_bytes, 0);
}

TEST(a_port_gets_the_packets_of_receives_in_order)
{
    enum
    {
        COUNT = 8
    };
    OVERLAPPED receiving[COUNT] = {{0}}, *which;
    char buffers[COUNT][4], text[8];
    DWORD flags, bytes;
    ULONG_PTR key;
    SOCKET pair[2];
    HANDLE port;
    int i;

    unix_pair(pair);
    port = CreateIoCompletionPort((HANDLE)pair[1], NULL, 5, 0);
    CHECK(port != NULL);
    for (i = 0; i < COUNT; i++)
    {
        WSABUF in = {4, buffers[i]};

        flags = 0;
        CHECK_ERROR(WSARecv(pair[1], &in, 1, NULL, &flags, &receiving[i], NULL), WSA_IO_PENDING);
    }
    for (i = 0; i < COUNT; i++)
    {
        sprintf(text, "no%02d", i);
        send_text(pair[0], text);
    }
    for (i = 0; i < COUNT; i++)
    {
        CHECK(GetQueuedCompletionStatus(port, &bytes, &key, &which, 5000));
        CHECK(which == &receiving[i]);
        CHECK_INT(bytes, 4);
        CHECK_INT(key, 5);
        sprintf(text, "no%02d", i);
        CHECK_INT(memcmp(buffers[i], text, 4), 0);
    }
}

/* --- extension functions ---------------------------------------------------------------- */

TEST(a_disconnected_socket_connects_again)
{
    struct sockaddr_un addr;
    SOCKET listener = unix_listener(&addr), s = unix_socket(), accepted;
    LPFN_DISCONNECTEX disconnect = EXTENSION(s, LPFN_DISCONNECTEX, WSAID_DISCONNECTEX);
    LPFN_CONNECTEX connect_again = EXTENSION(s, LPFN_CONNECTEX, WSAID_CONNECTEX);
    OVERLAPPED overlapped;
    char byte;
    int i;

    CHECK_INT(connect_to(s, &addr), 0);
    for (i = 0; i < 3; i++)
    {
        accepted = accept(listener, NULL, NULL);
        CHECK(accepted != INVALID_SOCKET);
        check_talk(s, accepted);
        CHECK(disconnect(s, NULL, TF_REUSE_SOCKET, 0));
        CHECK_INT(recv(accepted, &byte, 1, 0), 0);
        CHECK_INT(closesocket(accepted), 0);
        event_overlapped(&overlapped);
        CHECK_PENDING(connect_again(s, (struct sockaddr *)&addr, sizeof(addr), NULL, 0, NULL, &overlapped));
        CHECK_COMPLETES(s, &overlapped, 0);
        CHECK_INT(setsockopt(s, SOL_SOCKET, SO_UPDATE_CONNECT_CONTEXT, NULL, 0), 0);
    }
    CHECK(DeleteFileA(addr.sun_path));
}

TEST(files_are_transmitted_with_what_goes_before_and_after)
{
    char folder[MAX_PATH], path[MAX_PATH], head[] = "head ", tail[] = " tail";
    TRANSMIT_FILE_BUFFERS around = {head, 5, tail, 5};
    SOCKET pair[2];
    HANDLE file;
    DWORD written;

    unix_pair(pair);
    check_talk(pair[0], pair[1]);
    GetTempPathA(sizeof(folder), folder);
    GetTempFileNameA(folder, "aun", 0, path);
    file = CreateFileA(path, GENERIC_READ | GENERIC_WRITE, 0, NULL, CREATE_ALWAYS, FILE_FLAG_DELETE_ON_CLOSE,
                       NULL);
    CHECK(file != INVALID_HANDLE_VALUE);
    CHECK(WriteFile(file, "the file", 8, &written, NULL));
    SetFilePointer(file, 0, NULL, FILE_BEGIN);
    send_text(pair[0], "first ");
    CHECK(EXTENSION(pair[0], LPFN_TRANSMITFILE, WSAID_TRANSMITFILE)(pair[0], file, 0, 0, NULL, &around, 0));
    send_text(pair[0], " last");
    receive_text(pair[1], "first head the file tail last");
    CloseHandle(file);
}

TEST(connect_ex_needs_a_name_and_says_why_not)
{
    struct sockaddr_un addr, missing;
    SOCKET listener = unix_listener(&addr), s = unix_socket();
    LPFN_CONNECTEX connect_ex = EXTENSION(s, LPFN_CONNECTEX, WSAID_CONNECTEX);
    OVERLAPPED overlapped;

    event_overlapped(&overlapped);
    fresh_address(&missing);
    if (connect_ex(s, (struct sockaddr *)&missing, sizeof(missing), NULL, 0, NULL, &overlapped) == FALSE &&
        WSAGetLastError() == ERROR_IO_PENDING)
        CHECK_ENDS_WITH(s, &overlapped, ERROR_CONNECTION_REFUSED);
    else
        CHECK_INT(WSAGetLastError(), WSAECONNREFUSED);
    CHECK_INT(closesocket(listener), 0);
    CHECK(DeleteFileA(addr.sun_path));
}
