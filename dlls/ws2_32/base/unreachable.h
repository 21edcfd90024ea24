/* What ICMP says of datagrams that were sent (SPDX-License-Identifier: LGPL-2.1-or-later). */
#ifndef WS2_BASE_UNREACHABLE_H
#define WS2_BASE_UNREACHABLE_H

struct socket_record;

/* Before a datagram is sent from s, or s is connected: the host is to tell of errors. */
void unreachable_expect(SOCKET s);

/* enum ws2_hearing: what a receive has to look for; 0 if the host does not tell. */
DWORD unreachable_wanted(const struct socket_record *record);

/* An ICMP error was seen on s, wherever: whoever waits there from now on needs help. */
void unreachable_met(SOCKET s);

/* Takes what the next receive has to say: STATUS_PORT_UNREACHABLE, or the device's form
 * of WSAENETRESET; STATUS_SUCCESS for nothing. */
NTSTATUS unreachable_take(SOCKET s);

/* Of a receive at the device that ended with *status: TRUE if the receive has to be
 * tried again, because an error was none of Windows's; else *status is Windows's. */
BOOL unreachable_ended(SOCKET s, NTSTATUS *status, ULONG received);

/* The same for the outcome, a Winsock error, of a receive on the host's socket: what
 * means nothing becomes WSAEWOULDBLOCK. */
int unreachable_after(SOCKET s, int error);

/* Windows's name for how an overlapped operation has ended, of which the caller is told now. */
NTSTATUS unreachable_status(SOCKET s, NTSTATUS status);

/* IP_RECVERR: WSARecvMsg gives the ICMP errors themselves, from the host's queue. */
BOOL unreachable_reported(SOCKET s);

/* Of a wait at the device: whether it ended for an ICMP error, which stays in the queue. */
BOOL unreachable_is_why(SOCKET s, NTSTATUS status);

/* Of a send: TRUE if the error may be an earlier datagram's, and it should be tried again. */
BOOL unreachable_before(SOCKET s, NTSTATUS status);
BOOL unreachable_may_be(int error);

/* Before an overlapped receive: one that ends in a completion port can't be told in
 * Windows's words, so such a socket is not told at all. */
void unreachable_overlapped(SOCKET s, const WSAOVERLAPPED *overlapped,
                            LPWSAOVERLAPPED_COMPLETION_ROUTINE routine);

/* SIO_UDP_CONNRESET or SIO_UDP_NETRESET has been set. */
void unreachable_decide(SOCKET s);

/* Somebody asks the device about readiness itself, past this module. */
void unreachable_foreign_polls(void);

/* Around this module's polls at the device that may wait. */
void unreachable_polls(int more);

/* TRUE if somebody may wait in one. */
BOOL unreachable_polled(void);

#endif
