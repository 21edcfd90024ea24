/* Microsoft's extension functions (SPDX-License-Identifier: LGPL-2.1-or-later).
 *
 * They report through the thread's last error, not through an argument, and with
 * an OVERLAPPED as mswsock.dll does: Internal is STATUS_PENDING from the moment
 * the call has looked at it, even if the call then fails; InternalHigh is written
 * on completion only. */
#ifndef WS2_EXTENSION_H
#define WS2_EXTENSION_H

BOOL WINAPI extension_accept_ex(SOCKET listener, SOCKET acceptor, void *buffer, DWORD data_len,
                                DWORD local_len, DWORD remote_len, DWORD *received, OVERLAPPED *overlapped);
void WINAPI extension_get_sockaddrs(void *buffer, DWORD data_len, DWORD local_len, DWORD remote_len,
                                    struct sockaddr **local, int *local_size, struct sockaddr **remote,
                                    int *remote_size);
BOOL WINAPI extension_connect_ex(SOCKET s, const struct sockaddr *addr, int len, void *data, DWORD data_len,
                                 DWORD *sent, OVERLAPPED *overlapped);
BOOL WINAPI extension_disconnect_ex(SOCKET s, OVERLAPPED *overlapped, DWORD flags, DWORD reserved);
BOOL WINAPI extension_transmit_file(SOCKET s, HANDLE file, DWORD file_len, DWORD send_size,
                                    OVERLAPPED *overlapped, TRANSMIT_FILE_BUFFERS *buffers, DWORD flags);
BOOL WINAPI extension_transmit_packets(SOCKET s, TRANSMIT_PACKETS_ELEMENT *elements, DWORD count,
                                       DWORD send_size, OVERLAPPED *overlapped, DWORD flags);

/* Ends an extension function: sets the last error (0 for success). */
BOOL extension_result(NTSTATUS status);
BOOL extension_fail(int error);

/* For what the device does to files, too. */
BOOL extension_on_socket(SOCKET s);

/* Marks the operation as begun; FALSE for a bad pointer. */
BOOL extension_begin(OVERLAPPED *overlapped);

#endif
