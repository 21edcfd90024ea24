/*
 * Socket groups.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "extensions.h"
#include "group.h"
#include "unix_sockets.h"

TEST(a_socket_has_no_group_unless_it_asks_for_one)
{
    CHECK_INT(group_of(member(SOCK_STREAM, 0)), 0);
    CHECK_INT(group_of(socket(AF_INET, SOCK_DGRAM, 0)), 0);
}

TEST(every_new_group_has_an_id_of_its_own)
{
    GROUP first = group_of(member(SOCK_STREAM, SG_UNCONSTRAINED_GROUP));
    GROUP second = group_of(member(SOCK_DGRAM, SG_UNCONSTRAINED_GROUP));
    GROUP third = group_of(member(SOCK_STREAM, SG_CONSTRAINED_GROUP));

    CHECK(first > 2 && second > 2 && third > 2);
    CHECK(first != second && second != third && first != third);
}

TEST(sockets_join_by_id)
{
    GROUP id = group_of(member(SOCK_STREAM, SG_UNCONSTRAINED_GROUP));

    CHECK_INT(group_of(member(SOCK_STREAM, id)), id);
    CHECK_INT(group_of(member(SOCK_DGRAM, id)), id); /* of any kind */
}

TEST(what_is_no_group_gives_wsaeinval)
{
    check_no_group(3);
    check_no_group(0x7fffffff);
    check_no_group(0xffffffff);
}

TEST(a_group_ends_with_its_last_member)
{
    SOCKET first = member(SOCK_STREAM, SG_UNCONSTRAINED_GROUP), second;
    GROUP id = group_of(first);

    second = member(SOCK_DGRAM, id);
    CHECK_INT(closesocket(first), 0);
    CHECK_INT(closesocket(member(SOCK_STREAM, id)), 0);
    CHECK_INT(closesocket(second), 0);
    check_no_group(id);
}

TEST(a_member_closed_by_its_handle_is_closed)
{
    SOCKET s = member(SOCK_STREAM, SG_UNCONSTRAINED_GROUP);
    GROUP id = group_of(s);

    CHECK(CloseHandle((HANDLE)s));
    check_no_group(id);
}

TEST(a_socket_that_is_not_made_joins_nothing)
{
    SOCKET s = member(SOCK_STREAM, SG_UNCONSTRAINED_GROUP);
    GROUP id = group_of(s);

    CHECK_ERROR(WSASocketW(AF_INET, 77, 0, NULL, id, WSA_FLAG_OVERLAPPED), WSAESOCKTNOSUPPORT);
    CHECK_INT(closesocket(s), 0);
    check_no_group(id);
}

TEST(constrained_groups_are_of_connections_of_one_kind)
{
    GROUP id;

    CHECK_ERROR(WSASocketW(AF_INET, SOCK_DGRAM, 0, NULL, SG_CONSTRAINED_GROUP, WSA_FLAG_OVERLAPPED),
                WSAEINVAL);
    id = group_of(member(SOCK_STREAM, SG_CONSTRAINED_GROUP));
    CHECK_INT(group_of(member(SOCK_STREAM, id)), id);
    CHECK_ERROR(WSASocketW(AF_INET, SOCK_DGRAM, 0, NULL, id, WSA_FLAG_OVERLAPPED), WSAEINVAL);
    CHECK_ERROR(WSASocketW(AF_INET, SOCK_DGRAM, IPPROTO_UDP, NULL, id, WSA_FLAG_OVERLAPPED), WSAEINVAL);
}

static SOCKET listener_at(struct sockaddr_in *addr, ULONG host)
{
    SOCKET s = socket(AF_INET, SOCK_STREAM, 0);
    int len = sizeof(*addr);

    memset(addr, 0, sizeof(*addr));
    addr->sin_family = AF_INET;
    addr->sin_addr.s_addr = htonl(host);
    CHECK_INT(bind(s, (struct sockaddr *)addr, sizeof(*addr)), 0);
    CHECK_INT(listen(s, SOMAXCONN), 0);
    CHECK_INT(getsockname(s, (struct sockaddr *)addr, &len), 0);
    return s;
}

#define HERE 0x7f000001
#define THERE 0x7f000002

TEST(constrained_groups_have_one_peer)
{
    struct sockaddr_in here, same_host, there;
    SOCKET first = member(SOCK_STREAM, SG_CONSTRAINED_GROUP), second, third;
    SOCKADDR *to_here = (SOCKADDR *)&here, *to_there = (SOCKADDR *)&there;

    listener_at(&here, HERE);
    listener_at(&same_host, HERE);
    listener_at(&there, THERE);
    second = member(SOCK_STREAM, group_of(first));
    third = member(SOCK_STREAM, group_of(first));
    CHECK_INT(connect(first, to_here, sizeof(here)), 0);
    CHECK_ERROR(connect(second, to_there, sizeof(there)), WSAEINVAL);
    CHECK_ERROR(WSAConnect(second, to_there, sizeof(there), NULL, NULL, NULL, NULL), WSAEINVAL);
    CHECK_INT(connect(second, (SOCKADDR *)&same_host, sizeof(same_host)), 0); /* another port will do */
    CHECK_INT(closesocket(first), 0);
    CHECK_ERROR(connect(third, to_there, sizeof(there)), WSAEINVAL);
    CHECK_INT(closesocket(second), 0);
    CHECK_INT(connect(third, to_there, sizeof(there)), 0); /* no connection is left that binds it */
}

TEST(an_address_is_the_same_in_both_families)
{
    struct sockaddr_in here, there;
    struct sockaddr_in6 mapped = {.sin6_family = AF_INET6};
    SOCKET first = member(SOCK_STREAM, SG_CONSTRAINED_GROUP), second;
    int off = 0;

    listener_at(&here, HERE);
    listener_at(&there, THERE);
    second = WSASocketW(AF_INET6, SOCK_STREAM, 0, NULL, group_of(first), WSA_FLAG_OVERLAPPED);
    CHECK(second != INVALID_SOCKET);
    CHECK_INT(setsockopt(second, IPPROTO_IPV6, IPV6_V6ONLY, (char *)&off, sizeof(off)), 0);
    CHECK_INT(connect(first, (SOCKADDR *)&here, sizeof(here)), 0);
    mapped.sin6_addr.s6_addr[10] = mapped.sin6_addr.s6_addr[11] = 0xff;
    memcpy(&mapped.sin6_addr.s6_addr[12], &there.sin_addr, 4);
    mapped.sin6_port = there.sin_port;
    CHECK_ERROR(connect(second, (SOCKADDR *)&mapped, sizeof(mapped)), WSAEINVAL);
    memcpy(&mapped.sin6_addr.s6_addr[12], &here.sin_addr, 4);
    mapped.sin6_port = here.sin_port;
    CHECK_INT(connect(second, (SOCKADDR *)&mapped, sizeof(mapped)), 0);
}

TEST(a_refused_connection_binds_no_group)
{
    struct sockaddr_in here, there;
    SOCKET first = member(SOCK_STREAM, SG_CONSTRAINED_GROUP), second = member(SOCK_STREAM, group_of(first));

    CHECK_INT(closesocket(listener_at(&here, HERE)), 0);
    listener_at(&there, THERE);
    CHECK_ERROR(connect(first, (SOCKADDR *)&here, sizeof(here)), WSAECONNREFUSED);
    CHECK_INT(connect(second, (SOCKADDR *)&there, sizeof(there)), 0);
}

TEST(a_connection_that_is_refused_later_binds_no_group)
{
    struct sockaddr_in here, there;
    SOCKET first = member(SOCK_STREAM, SG_CONSTRAINED_GROUP), second = member(SOCK_STREAM, group_of(first));
    struct timeval long_enough = {10, 0};
    u_long on = 1;
    fd_set failed;

    CHECK_INT(closesocket(listener_at(&here, HERE)), 0);
    listener_at(&there, THERE);
    CHECK_INT(ioctlsocket(first, FIONBIO, &on), 0);
    CHECK_ERROR(connect(first, (SOCKADDR *)&here, sizeof(here)), WSAEWOULDBLOCK);
    FD_ZERO(&failed);
    FD_SET(first, &failed);
    CHECK_INT(select(0, NULL, NULL, &failed, &long_enough), 1);
    CHECK_INT(connect(second, (SOCKADDR *)&there, sizeof(there)), 0);
}

TEST(a_member_that_is_disconnected_for_use_again_binds_no_group)
{
    struct sockaddr_in here, there;
    SOCKET first = member(SOCK_STREAM, SG_CONSTRAINED_GROUP), second = member(SOCK_STREAM, group_of(first));

    listener_at(&here, HERE);
    listener_at(&there, THERE);
    CHECK_INT(connect(first, (SOCKADDR *)&here, sizeof(here)), 0);
    CHECK_ERROR(connect(second, (SOCKADDR *)&there, sizeof(there)), WSAEINVAL);
    CHECK(EXTENSION(first, LPFN_DISCONNECTEX, WSAID_DISCONNECTEX)(first, NULL, TF_REUSE_SOCKET, 0));
    CHECK_INT(connect(second, (SOCKADDR *)&there, sizeof(there)), 0);
    CHECK_INT(group_of(first), group_of(second)); /* a member all the same */
}

TEST(connect_ex_obeys_too)
{
    struct sockaddr_in here, there, any = {.sin_family = AF_INET};
    SOCKET first = member(SOCK_STREAM, SG_CONSTRAINED_GROUP), second = member(SOCK_STREAM, group_of(first));
    OVERLAPPED overlapped;

    listener_at(&here, HERE);
    listener_at(&there, THERE);
    CHECK_INT(connect(first, (SOCKADDR *)&here, sizeof(here)), 0);
    CHECK_INT(bind(second, (SOCKADDR *)&any, sizeof(any)), 0);
    event_overlapped(&overlapped);
    CHECK_FALSE(EXTENSION(second, LPFN_CONNECTEX, WSAID_CONNECTEX)(second, (SOCKADDR *)&there, sizeof(there),
                                                                   NULL, 0, NULL, &overlapped),
                WSAEINVAL);
    CHECK_PENDING(EXTENSION(second, LPFN_CONNECTEX, WSAID_CONNECTEX)(second, (SOCKADDR *)&here, sizeof(here),
                                                                     NULL, 0, NULL, &overlapped));
    CHECK_COMPLETES(second, &overlapped, 0);
}

TEST(unconstrained_groups_have_any_peers)
{
    struct sockaddr_in here, there;
    SOCKET first = member(SOCK_STREAM, SG_UNCONSTRAINED_GROUP), second = member(SOCK_STREAM, group_of(first));

    listener_at(&here, HERE);
    listener_at(&there, THERE);
    CHECK_INT(connect(first, (SOCKADDR *)&here, sizeof(here)), 0);
    CHECK_INT(connect(second, (SOCKADDR *)&there, sizeof(there)), 0);
}

static int CALLBACK put_into_group(WSABUF *caller, WSABUF *data, QOS *qos, QOS *group_qos, WSABUF *callee,
                                   WSABUF *callee_data, GROUP *group, DWORD_PTR context)
{
    (void)caller;
    (void)data;
    (void)qos;
    (void)group_qos;
    (void)callee;
    (void)callee_data;
    *group = (GROUP)context;
    return CF_ACCEPT;
}

static void knock(const struct sockaddr_in *addr, ULONG from)
{
    struct sockaddr_in local = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(from)};
    SOCKET s = socket(AF_INET, SOCK_STREAM, 0);

    CHECK_INT(bind(s, (SOCKADDR *)&local, sizeof(local)), 0);
    CHECK_INT(connect(s, (const SOCKADDR *)addr, sizeof(*addr)), 0);
}

TEST(a_condition_function_chooses_the_group)
{
    struct sockaddr_in addr;
    SOCKET listener = listener_at(&addr, HERE), s;
    GROUP id, made;

    id = group_of(member(SOCK_STREAM, SG_UNCONSTRAINED_GROUP));
    knock(&addr, HERE);
    s = WSAAccept(listener, NULL, NULL, put_into_group, id);
    CHECK(s != INVALID_SOCKET);
    CHECK_INT(group_of(s), id);
    knock(&addr, HERE);
    s = WSAAccept(listener, NULL, NULL, put_into_group, SG_CONSTRAINED_GROUP);
    CHECK(s != INVALID_SOCKET);
    made = group_of(s);
    CHECK(made > 2 && made != id);
    knock(&addr, HERE);
    s = WSAAccept(listener, NULL, NULL, put_into_group, made);
    CHECK(s != INVALID_SOCKET);
    CHECK_INT(group_of(s), made);
    knock(&addr, THERE);
    CHECK_ERROR(WSAAccept(listener, NULL, NULL, put_into_group, made), WSAEINVAL); /* another peer */
    knock(&addr, HERE);
    CHECK_ERROR(WSAAccept(listener, NULL, NULL, put_into_group, 0x7ffffff0), WSAEINVAL);
    knock(&addr, HERE);
    s = WSAAccept(listener, NULL, NULL, put_into_group, 0);
    CHECK(s != INVALID_SOCKET);
    CHECK_INT(group_of(s), 0);
}

TEST(accepted_sockets_are_in_no_group_of_their_listener)
{
    struct sockaddr_in addr = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(HERE)};
    SOCKET listener = member(SOCK_STREAM, SG_UNCONSTRAINED_GROUP);
    int len = sizeof(addr);

    CHECK_INT(bind(listener, (SOCKADDR *)&addr, sizeof(addr)), 0);
    CHECK_INT(listen(listener, 5), 0);
    CHECK_INT(getsockname(listener, (SOCKADDR *)&addr, &len), 0);
    knock(&addr, HERE);
    CHECK_INT(group_of(accept(listener, NULL, NULL)), 0);
}

TEST(a_member_has_a_priority)
{
    SOCKET s = member(SOCK_STREAM, SG_UNCONSTRAINED_GROUP), other = member(SOCK_STREAM, group_of(s));
    int priority = 7, len = sizeof(priority);

    CHECK_INT(getsockopt(s, SOL_SOCKET, SO_GROUP_PRIORITY, (char *)&priority, &len), 0);
    CHECK_INT(priority, 0);
    priority = 5;
    CHECK_INT(setsockopt(s, SOL_SOCKET, SO_GROUP_PRIORITY, (char *)&priority, sizeof(priority)), 0);
    priority = 0;
    CHECK_INT(getsockopt(s, SOL_SOCKET, SO_GROUP_PRIORITY, (char *)&priority, &len), 0);
    CHECK_INT(priority, 5);
    CHECK_INT(getsockopt(other, SOL_SOCKET, SO_GROUP_PRIORITY, (char *)&priority, &len), 0);
    CHECK_INT(priority, 0); /* each its own */
}

TEST(a_group_of_local_sockets_has_one_path)
{
    struct sockaddr_un here, there;
    SOCKET listeners[2] = {unix_socket(), unix_socket()}, first, second, accepted;
    GROUP id;

    fresh_address(&here);
    fresh_address(&there);
    CHECK_INT(bind_to(listeners[0], &here) | bind_to(listeners[1], &there), 0);
    CHECK_INT(listen(listeners[0], 5) | listen(listeners[1], 5), 0);
    first = WSASocketW(AF_UNIX, SOCK_STREAM, 0, NULL, SG_CONSTRAINED_GROUP, WSA_FLAG_OVERLAPPED);
    CHECK(first != INVALID_SOCKET);
    id = group_of(first);
    CHECK(id > 2);
    CHECK_ERROR(WSASocketW(AF_INET, SOCK_STREAM, 0, NULL, id, WSA_FLAG_OVERLAPPED), WSAEINVAL); /* TCP */
    second = WSASocketW(AF_UNIX, SOCK_STREAM, 0, NULL, id, WSA_FLAG_OVERLAPPED);
    CHECK(second != INVALID_SOCKET);
    CHECK_INT(connect_to(first, &here), 0);
    CHECK_ERROR(connect_to(second, &there), WSAEINVAL);
    CHECK_INT(connect_to(second, &here), 0);
    CHECK_INT(closesocket(first) | closesocket(second), 0);
    check_no_group(id);

    accepted = WSAAccept(listeners[0], NULL, NULL, put_into_group, SG_CONSTRAINED_GROUP);
    CHECK(accepted != INVALID_SOCKET);
    id = group_of(accepted);
    first = WSASocketW(AF_UNIX, SOCK_STREAM, 0, NULL, id, WSA_FLAG_OVERLAPPED);
    CHECK(first != INVALID_SOCKET);
    CHECK_INT(group_of(first), id);
    DeleteFileA(here.sun_path);
    DeleteFileA(there.sun_path);
}
