/* Receives of nothing that wait for data, without the device (SPDX-License-Identifier: LGPL-2.1-or-later). */
#ifndef WS2_BASE_ARRIVAL_H
#define WS2_BASE_ARRIVAL_H

struct arrival;
struct port;
struct socket_record;

/* s was bound to a completion port, the program's handle; each of its packets has this key. */
void arrival_bound(SOCKET s, HANDLE port, ULONG_PTR key);

/* Whether the socket is bound to the port with that number (base/port.h), with that key. */
BOOL arrival_is_at(const struct socket_record *record, ULONG port, ULONG_PTR key);

/* Posts a packet about an operation that has ended well to the socket's port. */
void arrival_post(struct socket_record *record, const WSAOVERLAPPED *overlapped, NTSTATUS status,
                  ULONG_PTR bytes);

/* A receive of a stream begins to wait, of so many bytes altogether; it is known that nothing
 * is there. FALSE: it is the device's. */
BOOL arrival_begin(SOCKET s, const WSABUF *buffers, DWORD count, ULONG total, WSAOVERLAPPED *overlapped);

/* Whether something waits, at this moment. */
BOOL arrival_waits(const struct socket_record *record);

/* What waits ends well if something has come: it has if came, else the host says. */
void arrival_settle(struct socket_record *record, BOOL came);

/* The device is about to receive, or to unset the handle's signal by another operation. */
void arrival_before_request(struct socket_record *record, BOOL receives);

/* Another operation of the socket has ended, and signals its handle. */
void arrival_note_signal(struct socket_record *record);

/* Somebody is about to wait for this handle: if it is a socket's, an operation under way will signal it. */
BOOL arrival_is_signaling(void);
void arrival_await_signal(HANDLE handle);

/* What waits ends as cancelled: overlapped, or whatever it is if that is NULL; begun by that
 * thread, or by any if it is 0. FALSE if there is none. */
BOOL arrival_cancel(struct socket_record *record, const void *overlapped, DWORD thread);

/* The socket is about to be closed, which aborts what waits. */
void arrival_abort(struct socket_record *record);

/* What waits, waits at the device from now on. */
void arrival_give_back(struct socket_record *record);

/* The socket is gone, or about to go: what waits is aborted, and the port left. */
void arrival_drop(struct socket_record *record);

/* Whether operations wait here, of whichever socket. */
BOOL arrival_is_any(void);

/* For who comes to a port for packets: whether an operation may have ended, at whichever. */
BOOL arrival_ready(void);

/* Packets of operations at this port that end now, for who takes them from it; how many. */
ULONG arrival_take(ULONG port, FILE_IO_COMPLETION_INFORMATION *packets, ULONG room);

/* Around waiting for packets at Wine's server. */
void arrival_wait_begin(void);
void arrival_wait_end(void);

#endif
