/* What WSARecvMsg and WSASendMsg share (SPDX-License-Identifier: LGPL-2.1-or-later). */
#ifndef WS2_BASE_MESSAGE_H
#define WS2_BASE_MESSAGE_H

/* The host may deliver a kind of control message only because another one is made
 * of it (ECN of TOS, and so on). Called once the application has set an option
 * through the device: its own wish counts from then on. */
void message_option_set(SOCKET s, int level, int name);

/* TRUE if the device says that an option is on which the application never set. */
BOOL message_option_uninvited(SOCKET s, int level, int name);

/* The kinds (WS2_CONTROL_*) to deliver that the device does not know; 0 if it can do all. */
DWORD message_made_kinds(SOCKET s);

/* MSG_MCAST or MSG_BCAST if the control data tells of such a destination. */
DWORD message_destination_flags(const char *control, ULONG size);

/* SOCK_*; 0 with *err set if s is no socket. */
int message_type(SOCKET s, int *err);

#define CONTROL_SIZE 512 /* more than all received messages together, bytes */
#define LOCAL_BUFFERS 16

/* A message in the boundary's form, with room for what is copied. */
struct crossing
{
    struct ws2_message params;
    struct ws2_buffer local[LOCAL_BUFFERS], *buffers;
    SOCKADDR_STORAGE addr;
    _Alignas(8) char control[CONTROL_SIZE];
};

/* Takes the buffers over; a Winsock error or 0, and crossing_free in either case. */
int crossing_begin(struct crossing *crossing, SOCKET s, const WSAMSG *msg, BOOL receiving);
void crossing_free(struct crossing *crossing);

#endif
