/*
 * AF_UNIX streams: what they are, their names, and who may connect.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "belongings.h"
#include "unix_sockets.h"

TEST(bind_makes_a_file_that_goes_on_after_the_socket)
{
    struct sockaddr_un addr;
    SOCKET s = unix_socket();

    fresh_address(&addr);
    CHECK_INT(GetFileAttributesA(addr.sun_path), INVALID_FILE_ATTRIBUTES);
    CHECK_INT(bind_to(s, &addr), 0);
    CHECK(GetFileAttributesA(addr.sun_path) != INVALID_FILE_ATTRIBUTES);
    CHECK_INT(closesocket(s), 0);
    CHECK(GetFileAttributesA(addr.sun_path) != INVALID_FILE_ATTRIBUTES);
    CHECK(DeleteFileA(addr.sun_path));
    CHECK_INT(GetFileAttributesA(addr.sun_path), INVALID_FILE_ATTRIBUTES);
}

TEST(bind_refuses_a_name_in_use_until_the_file_is_deleted)
{
    struct sockaddr_un addr;
    SOCKET first = unix_socket(), second = unix_socket();

    fresh_address(&addr);
    CHECK_INT(bind_to(first, &addr), 0);
    CHECK_ERROR(bind_to(second, &addr), WSAEADDRINUSE);
    CHECK_INT(closesocket(first), 0);
    CHECK_ERROR(bind_to(second, &addr), WSAEADDRINUSE);
    CHECK(DeleteFileA(addr.sun_path));
    CHECK_INT(bind_to(second, &addr), 0);
    CHECK(DeleteFileA(addr.sun_path));
}

TEST(bind_refuses_the_name_of_any_file)
{
    struct sockaddr_un addr;
    HANDLE file;

    fresh_address(&addr);
    file = CreateFileA(addr.sun_path, GENERIC_WRITE, 0, NULL, CREATE_NEW, 0, NULL);
    CHECK(file != INVALID_HANDLE_VALUE);
    CloseHandle(file);
    CHECK_ERROR(bind_to(unix_socket(), &addr), WSAEADDRINUSE);
    CHECK_ERROR(connect_to(unix_socket(), &addr), WSAECONNREFUSED);
    CHECK(DeleteFileA(addr.sun_path));
}

TEST(bind_says_what_is_wrong_with_a_name)
{
    struct sockaddr_un addr;
    struct sockaddr_in other = {.sin_family = AF_INET};
    SOCKET s = unix_socket();

    path_address(&addr, "C:\\no such folder\\name");
    CHECK_ERROR(bind_to(s, &addr), WSAENETDOWN);
    path_address(&addr, "");
    CHECK_ERROR(bind_to(s, &addr), WSAEINVAL);
    memcpy(addr.sun_path, "\0abstract", 10);
    CHECK_ERROR(bind_to(s, &addr), WSAEINVAL);
    CHECK_ERROR(connect_to(s, &addr), WSAEINVAL);
    CHECK_ERROR(bind(s, NULL, sizeof(addr)), WSAEFAULT);
    CHECK_ERROR(bind(s, (struct sockaddr *)&addr, 1), WSAEFAULT);
    CHECK_ERROR(bind(s, (struct sockaddr *)&other, sizeof(other)), WSAEAFNOSUPPORT);
    CHECK_ERROR(listen(s, 1), WSAEINVAL);
    fresh_address(&addr);
    CHECK_INT(bind_to(s, &addr), 0);
    CHECK(DeleteFileA(addr.sun_path));
    fresh_address(&addr);
    CHECK_ERROR(bind_to(s, &addr), WSAEINVAL); /* it has a name already */
}

/* The name may be written in any way that means the same file. */
TEST(names_are_paths_of_windows)
{
    struct sockaddr_un addr, other;
    char folder[MAX_PATH], path[MAX_PATH + 32];
    SOCKET listener = unix_socket(), s;

    GetTempPathA(sizeof(folder), folder);
    CHECK(SetCurrentDirectoryA(folder));
    DeleteFileA("relative.sock");
    path_address(&addr, "relative.sock");
    CHECK_INT(bind_to(listener, &addr), 0);
    CHECK_INT(listen(listener, 5), 0);

    sprintf(path, "\\\\?\\%sRELATIVE.sock", folder);
    path_address(&other, path);
    s = unix_socket();
    CHECK_INT(connect_to(s, &other), 0);
    check_talk(s, accept(listener, NULL, NULL));

    path_address(&other, ".\\relative.sock");
    s = unix_socket();
    CHECK_INT(connect_to(s, &other), 0);
    check_talk(s, accept(listener, NULL, NULL));

    CHECK(SetCurrentDirectoryA("C:\\"));
    s = unix_socket();
    CHECK_ERROR(connect_to(s, &addr), WSAECONNREFUSED);
    sprintf(path, "%s..\\%s/relative.sock", folder, "Temp");
    GetFullPathNameA(path, sizeof(path), path, NULL);
    if (GetFileAttributesA(path) != INVALID_FILE_ATTRIBUTES)
    {
        path_address(&other, path);
        CHECK_INT(connect_to(s, &other), 0);
        check_talk(s, accept(listener, NULL, NULL));
    }
    CHECK(SetCurrentDirectoryA(folder));
    CHECK(DeleteFileA("relative.sock"));
}

TEST(names_are_utf8)
{
    struct sockaddr_un addr;
    char folder[MAX_PATH], path[MAX_PATH + 32];
    WCHAR wide[MAX_PATH];
    SOCKET listener = unix_socket(), s = unix_socket();

    GetTempPathA(sizeof(folder), folder);
    sprintf(path, "%s\xc3\xbc\xe2\x82\xac-%lu.sock", folder, GetCurrentProcessId());
    MultiByteToWideChar(CP_UTF8, 0, path, -1, wide, MAX_PATH);
    DeleteFileW(wide);
    path_address(&addr, path);
    CHECK_INT(bind_to(listener, &addr), 0);
    CHECK_INT(listen(listener, 5), 0);
    CHECK(GetFileAttributesW(wide) != INVALID_FILE_ATTRIBUTES);
    CHECK_INT(connect_to(s, &addr), 0);
    CHECK(DeleteFileW(wide));
}

/* The longest name that fits, without a NUL. */
TEST(a_name_may_fill_its_field)
{
    struct sockaddr_un addr;
    char folder[MAX_PATH], text[PATH_SIZE + 1];
    SOCKET listener = unix_socket(), s = unix_socket();

    GetTempPathA(sizeof(folder), folder);
    memset(text, 'n', PATH_SIZE);
    memcpy(text, folder, strlen(folder));
    text[PATH_SIZE] = 0;
    DeleteFileA(text);
    addr.sun_family = AF_UNIX;
    memcpy(addr.sun_path, text, PATH_SIZE);
    CHECK_INT(bind_to(listener, &addr), 0);
    CHECK_INT(listen(listener, 5), 0);
    CHECK_INT(connect_to(s, &addr), 0);
    check_talk(s, accept(listener, NULL, NULL));
    CHECK(DeleteFileA(text));
}

TEST(both_ends_tell_their_names)
{
    struct sockaddr_un addr, name;
    SOCKET listener = unix_listener(&addr), s = unix_socket(), accepted;
    int len = sizeof(name);

    CHECK_ERROR(getsockname(s, (struct sockaddr *)&name, &len), WSAEINVAL);
    CHECK_INT(getsockname(listener, (struct sockaddr *)&name, &len), 0);
    CHECK_INT(len, sizeof(name));
    CHECK_INT(name.sun_family, AF_UNIX);
    CHECK_STR(name.sun_path, addr.sun_path);
    CHECK_ERROR(getpeername(s, (struct sockaddr *)&name, &len), WSAENOTCONN);

    CHECK_INT(connect_to(s, &addr), 0);
    len = sizeof(name);
    CHECK_INT(getpeername(s, (struct sockaddr *)&name, &len), 0);
    CHECK_STR(name.sun_path, addr.sun_path);
    CHECK_INT(getsockname(s, (struct sockaddr *)&name, &len), 0);
    CHECK_INT(name.sun_family, AF_UNIX);
    CHECK_STR(name.sun_path, "");

    len = sizeof(name);
    memset(&name, 0x55, sizeof(name));
    accepted = accept(listener, (struct sockaddr *)&name, &len);
    CHECK(accepted != INVALID_SOCKET);
    CHECK_INT(name.sun_family, AF_UNIX);
    CHECK_STR(name.sun_path, "");
    CHECK_INT(getsockname(accepted, (struct sockaddr *)&name, &len), 0);
    CHECK_STR(name.sun_path, addr.sun_path);
    len = sizeof(name);
    CHECK_INT(getpeername(accepted, (struct sockaddr *)&name, &len), 0);
    CHECK_STR(name.sun_path, "");

    len = 5;
    CHECK_ERROR(getsockname(listener, (struct sockaddr *)&name, &len), WSAEFAULT);
    CHECK(DeleteFileA(addr.sun_path));
}

TEST(a_bound_client_tells_its_name)
{
    struct sockaddr_un addr, own, name;
    SOCKET listener = unix_listener(&addr), s = unix_socket(), accepted;
    int len = sizeof(name);

    fresh_address(&own);
    CHECK_INT(bind_to(s, &own), 0);
    CHECK_INT(connect_to(s, &addr), 0);
    CHECK_INT(getsockname(s, (struct sockaddr *)&name, &len), 0);
    CHECK_STR(name.sun_path, own.sun_path);
    accepted = accept(listener, (struct sockaddr *)&name, &len);
    CHECK(accepted != INVALID_SOCKET);
    CHECK_STR(name.sun_path, own.sun_path);
    memset(&name, 0, sizeof(name));
    CHECK_INT(getpeername(accepted, (struct sockaddr *)&name, &len), 0);
    CHECK_STR(name.sun_path, own.sun_path);
    CHECK(DeleteFileA(addr.sun_path));
    CHECK(DeleteFileA(own.sun_path));
}

TEST(it_is_a_stream_of_its_own_protocol)
{
    SOCKET s = unix_socket(), w = WSASocketW(AF_UNIX, SOCK_STREAM, 0, NULL, 0, WSA_FLAG_OVERLAPPED);
    WSAPROTOCOL_INFOW info;
    int type = 0, len = sizeof(type);

    CHECK(w != INVALID_SOCKET);
    CHECK_INT(getsockopt(s, SOL_SOCKET, SO_TYPE, (char *)&type, &len), 0);
    CHECK_INT(type, SOCK_STREAM);
    len = sizeof(info);
    CHECK_INT(getsockopt(w, SOL_SOCKET, SO_PROTOCOL_INFOW, (char *)&info, &len), 0);
    CHECK_INT(info.iAddressFamily, AF_UNIX);
    CHECK_INT(info.iSocketType, SOCK_STREAM);
    CHECK_INT(info.iProtocol, 0);
    CHECK_INT(info.iMaxSockAddr, sizeof(struct sockaddr_un));
    CHECK_INT(info.dwServiceFlags1 & XP1_IFS_HANDLES, XP1_IFS_HANDLES);
    CHECK_ERROR(socket(AF_UNIX, SOCK_DGRAM, 0), WSAEAFNOSUPPORT);
    CHECK_ERROR(socket(AF_UNIX, SOCK_STREAM, IPPROTO_TCP), WSAEPROTONOSUPPORT);
    type = 1;
    CHECK_ERROR(setsockopt(s, IPPROTO_TCP, TCP_NODELAY, (char *)&type, sizeof(type)), WSAENOPROTOOPT);
}

static int CALLBACK see_condition(WSABUF *caller, WSABUF *data, QOS *qos, QOS *group_qos, WSABUF *callee,
                                  WSABUF *callee_data, GROUP *group, DWORD_PTR context)
{
    const struct sockaddr_un *from = (struct sockaddr_un *)caller->buf,
                             *to = (struct sockaddr_un *)callee->buf;
    const struct sockaddr_un *expected = (const struct sockaddr_un *)context;

    (void)data;
    (void)qos;
    (void)group_qos;
    (void)callee_data;
    (void)group;
    if (from->sun_family != AF_UNIX || to->sun_family != AF_UNIX) return CF_REJECT;
    return strcmp(to->sun_path, expected->sun_path) ? CF_REJECT : CF_ACCEPT;
}

TEST(a_condition_function_sees_the_names)
{
    struct sockaddr_un addr;
    SOCKET listener = unix_listener(&addr), s = unix_socket(), accepted;

    CHECK_INT(connect_to(s, &addr), 0);
    accepted = WSAAccept(listener, NULL, NULL, see_condition, (DWORD_PTR)&addr);
    CHECK(accepted != INVALID_SOCKET);
    check_talk(s, accepted);
    CHECK(DeleteFileA(addr.sun_path));
}

TEST(a_handle_closed_without_closesocket_ends_the_connection)
{
    SOCKET pair[2], again;
    char byte;

    unix_pair(pair);
    CHECK(CloseHandle((HANDLE)pair[0]));
    CHECK_INT(recv(pair[1], &byte, 1, 0), 0);
    again = socket(AF_INET, SOCK_STREAM, 0); /* perhaps of the same value */
    CHECK(again != INVALID_SOCKET);
    CHECK_INT(closesocket(again), 0);
}

TEST(a_handle_closed_without_closesocket_leaves_no_descriptor)
{
    SOCKET sockets[8], listener;
    struct sockaddr_un addr;
    unsigned int i, before;

    CHECK_INT(closesocket(unix_listener(&addr)), 0); /* what is made once only */
    before = belongings_descriptors();
    for (i = 0; i < ARRAYSIZE(sockets); i++) sockets[i] = unix_socket();
    listener = unix_listener(&addr);
    CHECK(belongings_descriptors() > before);
    for (i = 0; i < ARRAYSIZE(sockets); i++) CHECK(CloseHandle((HANDLE)sockets[i]));
    CHECK(CloseHandle((HANDLE)listener));
    CHECK(belongings_descriptors() <= before);
}

static int option_of(SOCKET s, int name)
{
    int value = 0, len = sizeof(value);

    CHECK_INT(getsockopt(s, SOL_SOCKET, name, (char *)&value, &len), 0);
    return value;
}

TEST(options_begin_as_those_of_any_stream)
{
    struct sockaddr_un addr;
    SOCKET s = unix_socket(), listener = unix_listener(&addr);
    int value = 0, len = sizeof(value);

    CHECK_INT(option_of(s, SO_TYPE), SOCK_STREAM);
    CHECK_INT(option_of(s, SO_REUSEADDR), 0);
    CHECK_INT(option_of(s, SO_EXCLUSIVEADDRUSE), 0);
    CHECK_INT(option_of(s, SO_KEEPALIVE), 0);
    CHECK_INT(option_of(s, SO_ERROR), 0);
    CHECK_INT(option_of(s, SO_RCVTIMEO), 0);
    CHECK_INT(option_of(s, SO_SNDTIMEO), 0);
    CHECK_INT(option_of(s, SO_ACCEPTCONN), 0);
    CHECK_INT(option_of(listener, SO_ACCEPTCONN), 1);
    CHECK_ERROR(getsockopt(s, IPPROTO_IPV6, IPV6_V6ONLY, (char *)&value, &len), WSAENOPROTOOPT);
    CHECK_ERROR(getsockopt(s, IPPROTO_TCP, TCP_NODELAY, (char *)&value, &len), WSAENOPROTOOPT);
    CHECK(DeleteFileA(addr.sun_path));
}

/* A name is the file's, so there is nothing that an option could share. */
TEST(no_option_shares_a_name)
{
    struct sockaddr_un addr;
    SOCKET listener = unix_listener(&addr), other = unix_socket();
    BOOL on = TRUE;

    CHECK_INT(setsockopt(other, SOL_SOCKET, SO_REUSEADDR, (char *)&on, sizeof(on)), 0);
    CHECK_ERROR(bind_to(other, &addr), WSAEADDRINUSE);
    CHECK_INT(closesocket(listener), 0);
    CHECK(DeleteFileA(addr.sun_path));
}

TEST(names_are_told_until_the_socket_is_closed)
{
    struct sockaddr_un addr, name;
    SOCKET listener = unix_listener(&addr), s = unix_socket(), accepted;
    int len = sizeof(name);

    CHECK_INT(connect_to(s, &addr), 0);
    accepted = accept(listener, NULL, NULL);
    CHECK_INT(closesocket(listener), 0);
    CHECK(DeleteFileA(addr.sun_path));
    CHECK_INT(shutdown(s, SD_BOTH), 0);
    CHECK_INT(getpeername(s, (struct sockaddr *)&name, &len), 0);
    CHECK_STR(name.sun_path, addr.sun_path);
    CHECK_INT(getsockname(accepted, (struct sockaddr *)&name, &len), 0);
    CHECK_STR(name.sun_path, addr.sun_path);
    CHECK_INT(closesocket(s), 0);
    CHECK_INT(getpeername(accepted, (struct sockaddr *)&name, &len), 0);
    CHECK_INT(name.sun_family, AF_UNIX);
    CHECK_ERROR(getsockname(s, (struct sockaddr *)&name, &len), WSAENOTSOCK);
}

TEST(a_folder_that_takes_no_files_is_refused)
{
    struct sockaddr_un addr;

    if (GetFileAttributesA("Z:\\sys\\kernel") == INVALID_FILE_ATTRIBUTES) return; /* not Linux's */
    path_address(&addr, "Z:\\sys\\kernel\\name.sock");
    CHECK_ERROR(bind_to(unix_socket(), &addr), WSAEACCES);
}

TEST(a_folder_is_no_socket)
{
    struct sockaddr_un addr;
    SOCKET s = unix_socket();

    fresh_address(&addr);
    CHECK(CreateDirectoryA(addr.sun_path, NULL));
    CHECK_ERROR(bind_to(s, &addr), WSAEADDRINUSE);
    CHECK_ERROR(connect_to(s, &addr), WSAECONNREFUSED);
    CHECK(RemoveDirectoryA(addr.sun_path));
}

TEST(a_name_that_is_no_utf8_is_refused)
{
    struct sockaddr_un addr;

    fresh_address(&addr);
    strcat(addr.sun_path, "\xff\xfe");
    CHECK_ERROR(bind_to(unix_socket(), &addr), WSAENETDOWN);
    CHECK_ERROR(connect_to(unix_socket(), &addr), WSAENETDOWN);
}
