/*
 * How often a socket's calls took the fast lane: an ioctl of this module's own.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * For whoever wants to know, programs and tests alike; Wine's own ws2_32 answers
 * WSAEOPNOTSUPP. Include after winsock2.h.
 */
#ifndef WS2_LANES_H
#define WS2_LANES_H

/* WSAIoctl without input: fills as many counters as there is room for, as an array
 * of struct ws2_lane_count in the order of enum ws2_lane. */
#define SIO_WS2_LANES _WSAIOR(IOC_VENDOR, 0x5732)

enum ws2_lane
{
    WS2_LANE_RECEIVE, /* recv, recvfrom, WSARecv... */
    WS2_LANE_SEND,    /* send, sendto, WSASend... */
    WS2_LANE_POLL,    /* select and WSAPoll, each time the socket was looked at */
    WS2_LANE_NAME,    /* getsockname, getpeername */
    WS2_LANE_OPTION,  /* getsockopt, setsockopt, FIONREAD, SIOCATMARK, FIONBIO */
    WS2_LANE_COUNT
};

/* Of one socket since it was made, in this process: answered by the host or by what
 * the module knows, or handed to the layer's socket device. */
struct ws2_lane_count
{
    DWORD taken, refused;
};

#endif
