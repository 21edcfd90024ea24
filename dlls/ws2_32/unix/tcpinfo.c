/*
 * SIO_TCP_INFO's numbers from the host's TCP_INFO.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include <errno.h>
#include <linux/tcp.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>

#include "unix/errno.h"
#include "unix/tcpinfo.h"
#include "unix/wsaerror.h"

/* The host's states, as <netinet/tcp.h> numbers them, to TCPSTATE. */
static const uint8_t states[] = {
    [1] = 4,  /* established */
    [2] = 2,  /* SYN sent */
    [3] = 3,  /* SYN received */
    [4] = 5,  /* FIN wait 1 */
    [5] = 6,  /* FIN wait 2 */
    [6] = 10, /* time wait */
    [7] = 0,  /* closed */
    [8] = 7,  /* close wait */
    [9] = 9,  /* last ACK */
    [10] = 1, /* listening */
    [11] = 8, /* closing */
};

#define HOST_CLOSED 7
#define HOST_LISTENING 10

static uint32_t limited(uint64_t number)
{
    return number > UINT32_MAX ? UINT32_MAX : number;
}

/* The host counts packets where Windows counts bytes, and microseconds where
 * Windows has milliseconds; transitions are not counted. */
void tcp_info_translate(const struct tcp_info *given, size_t size, struct ws2_tcp_numbers *numbers)
{
    struct tcp_info host = {0};
    uint64_t flight;

    memcpy(&host, given, size < sizeof(host) ? size : sizeof(host));
    memset(numbers, 0, sizeof(*numbers));
    numbers->state = host.tcpi_state < sizeof(states) ? states[host.tcpi_state] : 0;
    numbers->mss = host.tcpi_snd_mss;
    numbers->timestamps = !!(host.tcpi_options & TCPI_OPT_TIMESTAMPS);
    numbers->rtt_us = host.tcpi_rtt;
    numbers->min_rtt_us = host.tcpi_min_rtt == UINT32_MAX ? 0 : host.tcpi_min_rtt;
    flight = host.tcpi_unacked > host.tcpi_sacked + host.tcpi_lost
                 ? (uint64_t)(host.tcpi_unacked - host.tcpi_sacked - host.tcpi_lost) * host.tcpi_snd_mss
                 : 0;
    numbers->bytes_in_flight = limited(flight);
    numbers->cwnd = limited((uint64_t)host.tcpi_snd_cwnd * host.tcpi_snd_mss);
    numbers->snd_wnd = host.tcpi_snd_wnd;
    numbers->rcv_wnd = host.tcpi_rcv_space;
    numbers->rcv_buf = host.tcpi_rcv_space;
    numbers->bytes_out = host.tcpi_bytes_sent;
    numbers->bytes_in = host.tcpi_bytes_received;
    numbers->bytes_reordered = limited((uint64_t)host.tcpi_reord_seen * host.tcpi_snd_mss);
    numbers->bytes_retrans = limited(host.tcpi_bytes_retrans);
    numbers->fast_retrans = host.tcpi_total_retrans;
    numbers->dup_acks_in = host.tcpi_dsack_dups;
    numbers->timeout_episodes = host.tcpi_backoff;
    numbers->rwin_ms = limited(host.tcpi_rwnd_limited / 1000);
    numbers->snd_ms = limited(host.tcpi_sndbuf_limited / 1000);
    if (host.tcpi_busy_time > host.tcpi_rwnd_limited + host.tcpi_sndbuf_limited)
        numbers->cwnd_ms =
            limited((host.tcpi_busy_time - host.tcpi_rwnd_limited - host.tcpi_sndbuf_limited) / 1000);
}

int tcp_info(int fd, struct ws2_tcp_numbers *numbers)
{
    struct tcp_info host = {0};
    socklen_t size = sizeof(host);

    if (getsockopt(fd, IPPROTO_TCP, TCP_INFO, &host, &size)) return error_from_errno(errno);
    if (host.tcpi_state == HOST_CLOSED || host.tcpi_state == HOST_LISTENING) return WSAENOTCONN;
    tcp_info_translate(&host, size, numbers);
    return 0;
}
