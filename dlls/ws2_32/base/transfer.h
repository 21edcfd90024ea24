/* Receiving in all its forms (SPDX-License-Identifier: LGPL-2.1-or-later). */
#ifndef WS2_BASE_TRANSFER_H
#define WS2_BASE_TRANSFER_H

/* Every pointer is the application's. */
struct receive
{
    const WSABUF *buffers;
    DWORD count;
    DWORD *done;  /* may be NULL */
    DWORD *flags; /* in: MSG_PEEK...; out: MSG_PARTIAL... */
    struct sockaddr *addr;
    int *addr_len;
    WSABUF *control;
};

/* 0, or SOCKET_ERROR with *err: WSA_IO_PENDING for what goes on. A datagram that
 * was longer than the buffers is WSAEMSGSIZE with the buffers full. */
int receive_submit(SOCKET s, const struct receive *op, WSAOVERLAPPED *overlapped,
                   LPWSAOVERLAPPED_COMPLETION_ROUTINE routine, int *err);

/* The device writes to these itself, where a fault would hang the process: FALSE if one
 * can't be written. */
BOOL receive_places(const struct receive *op);

/* Gives the sender's address to the application; FALSE if it does not fit or faults. */
BOOL receive_address(const struct receive *op, const SOCKADDR_STORAGE *from, int size);

#endif
