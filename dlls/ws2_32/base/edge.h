/* What a selection must tell and the device does not (SPDX-License-Identifier: LGPL-2.1-or-later). */
#ifndef WS2_BASE_EDGE_H
#define WS2_BASE_EDGE_H

/* What selections of a socket have told already, whichever of them it was. */
struct told
{
    LONGLONG arrived;  /* the bytes that had come when, or the connections that waited */
    LONGLONG consumed; /* how many of the bytes had been received */
    LONG settled;      /* with reads: the device has nothing to tell while its requests are so many, less 1 */
    BOOLEAN arrivals;  /* FD_READ or FD_ACCEPT was told, and nothing received or accepted since */
    BOOLEAN close;     /* FD_CLOSE */
    BOOLEAN reads;     /* FD_READ comes from here alone */
    BOOLEAN due;       /* with reads: FD_READ has come up and was not taken yet */
    BOOLEAN repeated;  /* the device has told FD_READ before */
    BOOLEAN given_back; /* FD_READ is the device's for good */
};

/* What was selected of a socket. */
struct selection
{
    LONG events;
    HANDLE event; /* WSAEventSelect's */
    HWND window;  /* WSAAsyncSelect's */
    unsigned int message;
};

/* Before the device is told: begins to look after what is selected of s. Returns
 * what of it is left for the device; EDGE_ALL if that need not be told. */
#define EDGE_ALL (-1)
LONG edge_select(SOCKET s, const struct selection *selection);

/* After the device was told: what holds already comes up now. */
void edge_selected(SOCKET s);

/* An accepted socket inherits the listener's selection. */
void edge_inherited(SOCKET listener, SOCKET accepted);

/* Around the taking of a socket's events: no others come up in between. The second adds
 * what comes from here to what the device reports, AFD_POLL_*; NULL if that failed. */
struct edge_hold
{
    struct edge *edge; /* NULL: nothing is looked after here */
    LONGLONG arrived, available;
    LONG requests; /* that had come to the device */
    BOOL settled;  /* the device has nothing to tell */
};

void edge_hold(SOCKET s, struct edge_hold *hold);
void edge_release(struct edge_hold *hold, int *flags);

/* s is about to be received from or accepted on: if FD_READ is the device's, what comes up next is, too. */
void edge_used(SOCKET s);

/* s was received from, with whatever outcome: if FD_READ comes from here, it does so anew. */
void edge_received(SOCKET s);

/* The device is about to take what arrives, or nobody any more: FD_READ is the device's from now on. */
void edge_give_read_back(SOCKET s);

/* Nothing more is to be told of s, since it is closed; closed_behind, not by closesocket. */
void edge_forget(SOCKET s);
void edge_closed_behind(SOCKET s);

/* s is about to become another host socket, or another process's, too: the device
 * tells everything from now on. */
void edge_give_back(SOCKET s);

#endif
