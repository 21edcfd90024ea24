/*
 * The ELF half's function table, and the calls that need no file of their own.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <ntstatus.h>
#define WIN32_NO_STATUS
#include <windef.h>
#include <winternl.h>

#include "unix/abi.h"
#include "unix/calls.h"
#include "unix/capability.h"
#include "unix/hostcall.h"
#include "wine_abi.h"
#include "ws2_unix.h"

static NTSTATUS unix_hello(void *args)
{
    struct ws2_hello *hello = args;

    hello->version = WS2_BOUNDARY_VERSION;
    hello->count = WS2_FUNCTION_COUNT;
    hello->built = convention_built();
    hello->running = convention_running();
    snprintf(hello->build_id, sizeof(hello->build_id), "%s", PACKAGE_STRING);
    hostcall_measure();
    return STATUS_SUCCESS;
}

/* One write, so that lines of several processes do not mix. */
static NTSTATUS unix_complain(void *args)
{
    const struct ws2_complain *params = args;
    char line[512];
    int len = snprintf(line, sizeof(line), "ws2_32: %s\n", WS2_AT(const char, params->text));

    if (len >= (int)sizeof(line)) len = sizeof(line) - 1;
    return write(STDERR_FILENO, line, len) < 0 ? STATUS_UNSUCCESSFUL : STATUS_SUCCESS;
}

static NTSTATUS unix_probe(void *args)
{
    struct ws2_probe *params = args;

    params->can = capability_of(&capability_host, params->wanted);
    return STATUS_SUCCESS;
}

const unixlib_entry_t __wine_unix_call_funcs[WS2_FUNCTION_COUNT] = {
    [WS2_HELLO] = unix_hello,
    [WS2_COMPLAIN] = unix_complain,
    [WS2_SOCKET_CREATE] = unix_socket_create,
    [WS2_PROBE] = unix_probe,
    [WS2_OPTION_GET] = unix_option_get,
    [WS2_OPTION_SET] = unix_option_set,
    [WS2_TCP_INFO] = unix_tcp_info,
    [WS2_INTERFACE_LIST] = unix_interface_list,
    [WS2_ROUTE_SOURCE] = unix_route_source,
    [WS2_HOST_NAME] = unix_host_name,
    [WS2_NAME_RESOLVE] = unix_name_resolve,
    [WS2_NAME_REVERSE] = unix_name_reverse,
    [WS2_SERVICE_FIND] = unix_service_find,
    [WS2_MESSAGE_SEND] = unix_message_send,
    [WS2_MESSAGE_RECEIVE] = unix_message_receive,
    [WS2_TAIL_KEEP] = unix_tail_keep,
    [WS2_TAIL_RUN] = unix_tail_run,
    [WS2_TAIL_END] = unix_tail_end,
    [WS2_TAIL_LEAVE] = unix_tail_leave,
    [WS2_FAST_RECEIVE] = unix_fast_receive,
    [WS2_FAST_SEND] = unix_fast_send,
    [WS2_FAST_STATE] = unix_fast_state,
    [WS2_DESCRIPTOR_CLOSE] = unix_descriptor_close,
    [WS2_DESCRIPTOR_EMPTY] = unix_descriptor_empty,
    [WS2_DESCRIPTOR_OPEN] = unix_descriptor_open,
    [WS2_FAST_POLL] = unix_fast_poll,
    [WS2_FAST_ASK] = unix_fast_ask,
    [WS2_CONNECTION_HOLD] = unix_connection_hold,
    [WS2_CONNECTION_END] = unix_connection_end,
    [WS2_EDGE_ADD] = unix_edge_add,
    [WS2_EDGE_REMOVE] = unix_edge_remove,
    [WS2_EDGE_WAIT] = unix_edge_wait,
    [WS2_EDGE_STATE] = unix_edge_state,
    [WS2_HOST_OPEN] = unix_host_open,
    [WS2_HOST_BIND] = unix_host_bind,
    [WS2_HOST_LOCAL] = unix_host_local,
    [WS2_HOST_PEER] = unix_host_peer,
    [WS2_HOST_GUARD] = unix_host_guard,
    [WS2_HOST_LISTEN] = unix_host_listen,
    [WS2_HOST_CONNECT] = unix_host_connect,
    [WS2_HOST_FIND] = unix_host_find,
    [WS2_HOST_CLOSE] = unix_host_close,
    [WS2_HOST_RUN] = unix_host_run,
    [WS2_HOST_LEAVE] = unix_host_leave,
    [WS2_TRANSMIT] = unix_transmit,
    [WS2_ERRORS_HEAR] = unix_unreachable_hear,
    [WS2_ERRORS_TAKE] = unix_unreachable_take,
    [WS2_ERRORS_WATCH] = unix_unreachable_watch,
    [WS2_ERRORS_WAIT] = unix_unreachable_wait,
    [WS2_PACKET_OPEN] = unix_packet_open,
    [WS2_PACKET_START] = unix_packet_start,
    [WS2_PACKET_BIND] = unix_packet_bind,
    [WS2_PACKET_CONNECT] = unix_packet_connect,
    [WS2_PACKET_NAME] = unix_packet_name,
    [WS2_PACKET_TARGET] = unix_packet_target,
    [WS2_PACKET_SOURCE] = unix_packet_source,
    [WS2_PACKET_GET] = unix_packet_get,
    [WS2_PACKET_SET] = unix_packet_set,
    [WS2_PACKET_CLOSE] = unix_packet_close,
    [WS2_PACKET_RUN] = unix_packet_run,
    [WS2_PACKET_LEAVE] = unix_packet_leave,
    [WS2_SINK_OPEN] = unix_sink_open,
    [WS2_HOST_SETTLE] = unix_host_settle,
    [WS2_RIO_OPEN] = unix_rio_open,
    [WS2_RIO_RUN] = unix_rio_run,
    [WS2_RIO_WATCH] = unix_rio_watch,
    [WS2_RIO_WAIT] = unix_rio_wait,
    [WS2_RIO_TELL] = unix_rio_tell,
    [WS2_RIO_CLOSE] = unix_rio_close,
    [WS2_RIO_ALARM] = unix_rio_alarm,
    [WS2_CONNECTION_HEAR] = unix_connection_hear,
    [WS2_HOST_TAG] = unix_host_tag,
    [WS2_HOST_TAGGED] = unix_host_tagged,
    [WS2_DESCRIPTOR_WHICH] = unix_descriptor_which,
    [WS2_FINISH_WAIT] = unix_finish_wait,
    [WS2_PACKET_TAP] = unix_packet_tap,
    [WS2_ARRIVAL_EXPECT] = unix_arrival_expect,
    [WS2_ARRIVAL_LOOK] = unix_arrival_look,
    [WS2_ARRIVAL_WAIT] = unix_arrival_wait,
    [WS2_ARRIVAL_TAKE] = unix_arrival_take,
    [WS2_ARRIVAL_PAUSE] = unix_arrival_pause,
    [WS2_BTH_FIND] = unix_bth_find,
    [WS2_BTH_FREE] = unix_bth_free,
    [WS2_BTH_REGISTER] = unix_bth_register,
    [WS2_BTH_REMOVE] = unix_bth_remove,
    [WS2_EDGE_ARM] = unix_edge_arm,
    [WS2_AHEAD_CONNECT] = unix_ahead_connect,
    [WS2_AHEAD_NAME] = unix_ahead_name,
    [WS2_AHEAD_LISTEN] = unix_ahead_listen,
    [WS2_AHEAD_RESET] = unix_ahead_reset,
};

/* The layouts would do for 32-bit callers, but there is no 32-bit PE half yet: who calls is Wine's
 * own, with codes and structures of its own, and must not have them taken for ours. */
static NTSTATUS unix_refuse(void *args)
{
    (void)args;
    return STATUS_NOT_SUPPORTED;
}

const unixlib_entry_t __wine_unix_call_wow64_funcs[WS2_FUNCTION_COUNT] = {
    [0 ... WS2_FUNCTION_COUNT - 1] = unix_refuse,
};
