/* The functions behind the boundary, one an enum ws2_unix_function (SPDX-License-Identifier: LGPL-2.1-or-later). */
#ifndef WS2_UNIX_CALLS_H
#define WS2_UNIX_CALLS_H

NTSTATUS unix_socket_create(void *args);
NTSTATUS unix_option_get(void *args);
NTSTATUS unix_option_set(void *args);
NTSTATUS unix_tcp_info(void *args);
NTSTATUS unix_interface_list(void *args);
NTSTATUS unix_route_source(void *args);
NTSTATUS unix_host_name(void *args);
NTSTATUS unix_name_resolve(void *args);
NTSTATUS unix_name_reverse(void *args);
NTSTATUS unix_service_find(void *args);
NTSTATUS unix_message_send(void *args);
NTSTATUS unix_message_receive(void *args);
NTSTATUS unix_tail_keep(void *args);
NTSTATUS unix_tail_run(void *args);
NTSTATUS unix_tail_end(void *args);
NTSTATUS unix_tail_leave(void *args);
NTSTATUS unix_connection_hold(void *args);
NTSTATUS unix_connection_end(void *args);
NTSTATUS unix_fast_receive(void *args);
NTSTATUS unix_fast_send(void *args);
NTSTATUS unix_descriptor_close(void *args);
NTSTATUS unix_descriptor_empty(void *args);
NTSTATUS unix_descriptor_open(void *args);
NTSTATUS unix_fast_poll(void *args);
NTSTATUS unix_fast_ask(void *args);
NTSTATUS unix_fast_state(void *args);
NTSTATUS unix_edge_add(void *args);
NTSTATUS unix_edge_remove(void *args);
NTSTATUS unix_edge_wait(void *args);
NTSTATUS unix_edge_state(void *args);
NTSTATUS unix_host_open(void *args);
NTSTATUS unix_host_bind(void *args);
NTSTATUS unix_host_local(void *args);
NTSTATUS unix_host_peer(void *args);
NTSTATUS unix_host_guard(void *args);
NTSTATUS unix_host_listen(void *args);
NTSTATUS unix_host_connect(void *args);
NTSTATUS unix_host_find(void *args);
NTSTATUS unix_host_close(void *args);
NTSTATUS unix_host_run(void *args);
NTSTATUS unix_host_leave(void *args);
NTSTATUS unix_host_settle(void *args);
NTSTATUS unix_transmit(void *args);
NTSTATUS unix_unreachable_hear(void *args);
NTSTATUS unix_unreachable_take(void *args);
NTSTATUS unix_unreachable_watch(void *args);
NTSTATUS unix_unreachable_wait(void *args);
NTSTATUS unix_packet_open(void *args);
NTSTATUS unix_packet_start(void *args);
NTSTATUS unix_packet_bind(void *args);
NTSTATUS unix_packet_connect(void *args);
NTSTATUS unix_packet_name(void *args);
NTSTATUS unix_packet_target(void *args);
NTSTATUS unix_packet_source(void *args);
NTSTATUS unix_packet_get(void *args);
NTSTATUS unix_packet_set(void *args);
NTSTATUS unix_packet_close(void *args);
NTSTATUS unix_packet_run(void *args);
NTSTATUS unix_packet_leave(void *args);
NTSTATUS unix_sink_open(void *args);

#endif
