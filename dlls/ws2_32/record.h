/*
 * What this process knows of its sockets beyond the device.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * A record belongs to a handle value, lives in a slot that is never freed, and
 * so may be read by any thread at any time: a stale one misleads, it does not
 * crash. It is a note, not the truth: the device is asked whatever matters.
 */
#ifndef WS2_RECORD_H
#define WS2_RECORD_H

#include "base/edge.h"
#include "base/held.h"
#include "base/fastask.h"
#include "base/kept.h"
#include "base/lane.h"
#include "base/urgent.h"
#include "base/overlapped_fast.h"

struct arrival;
struct provider;
struct rio_queue;

enum record_flags
{
    RECORD_OURS = 0x0001,        /* made by this process's calls, so WSACleanup closes it */
    RECORD_OVERLAPPED = 0x0002,  /* made with WSA_FLAG_OVERLAPPED, or accepted */
    RECORD_ACCEPTED = 0x0008,    /* came out of accept, or was given to AcceptEx */
    RECORD_NONBLOCKING = 0x0004, /* FIONBIO or a selection has made it so */

    RECORD_BOUND = 0x0010, /* these three: base/state.c */
    RECORD_CONNECTED = 0x0020,
    RECORD_UNBOUND_DUPLICATE = 0x0040,
    RECORD_LISTENING = 0x0080, /* base/connect.c */
    RECORD_USED = 0x40000000,  /* was given to connect or AcceptEx, whatever came of it */

    RECORD_LANE_CLOSED = 0x0100,   /* the fast lane, for good: shared, or in other ways special */
    RECORD_SENT_URGENT = 0x0200,   /* a reset may be the host's answer to unread urgent data */
    RECORD_UNREACHABLE = 0x0400,   /* a send was told what the next receive reports: port unreachable */
    RECORD_CONNECT_EX = 0x0800,    /* connected by ConnectEx, and SO_UPDATE_CONNECT_CONTEXT not set since */
    RECORD_TAIL_SHUTDOWN = 0x1000, /* the write side shuts down once the tail is sent */

    RECORD_SHARED = 0x2000,       /* with another process, or one's own once more: WSADuplicateSocket */
    RECORD_EDGES = 0x4000,        /* has a selection that base/edge.c looks after */
    RECORD_SHUT_DOWN = 0x8000,    /* the device was asked to, in any direction */
    RECORD_PROTECTED = 0x2000000, /* HANDLE_FLAG_PROTECT_FROM_CLOSE is set */

    RECORD_HEARS = 0x4000000,   /* the host tells of ICMP errors; these four: base/unreachable.c */
    RECORD_DEAF = 0x400000,     /* and it is not to */
    RECORD_GIVEN_UP = 0x800000, /* the device's server looks at it no more by itself */
    RECORD_URGENT = 0x10000000, /* asks about urgent data: base/urgent.c */
    RECORD_NO_PORT = 0x8000000, /* had no completion port when it was looked at */

    RECORD_WRITE_SELECTED = 0x10000,  /* FD_WRITE is selected: base/event.c */
    RECORD_WRITE_REFUSED = 0x20000,   /* FD_WRITE is due once the tail is sent: base/event.c */
    RECORD_DATAGRAM_EVENTS = 0x80000, /* has events that the device does not know: base/datagram_event.c */
    RECORD_MESSAGES = 0x100000,       /* the selection is WSAAsyncSelect's: base/event.c */
    RECORD_STAND_IN = 0x200000,       /* the handle is a provider's, from WPUCreateSocketHandle: handle.h */
    RECORD_HOST = 0x1000000,          /* a front: base/host.h */
    RECORD_RAW_HOST = 0x20000000,     /* a front: base/rawhost.h */
    RECORD_NOTIFIES = 0x40000,        /* is registered with ProcessSocketNotifications: base/readiness.c */
    RECORD_AHEAD = 0x80000000,        /* was connected by the host first: base/ahead.c */
};

/* Wine 8.0 keeps no descriptor of those: to ask it whether a handle is open is a round trip. */
#define RECORD_UNCACHED (RECORD_ACCEPTED | RECORD_AHEAD)

/* What each call looks at comes first and takes two lines of the processor's cache: programs
 * ask about many sockets at once. */
struct socket_record
{
    struct held *held;       /* base/held.c */
    SOCKET handle;           /* 0 while the slot is free */
    struct rio_queue *rio;   /* base/rio_request.c; NULL for none */
    struct arrival *arrival; /* base/arrival.c; NULL while no completion port is known */
    LONG turn;               /* which of the slot's sockets this is: handle values come again */
    DWORD flags;             /* from here on the socket's own: record_add */
    struct provider *provider;
    int family, type, protocol; /* Windows's numbers; 0 if not known */
    uint32_t tail;              /* what a non-blocking send left over: base/tail.c; 0 for nothing */
    struct lane lane;
    uint32_t relay; /* with RECORD_HOST: the ELF half's number of the host socket; else 0 */
    GROUP group;
    DWORD_PTR context; /* a provider's own, with RECORD_STAND_IN */
    DWORD catalog_id;
    struct reports reports;   /* base/overlapped_fast.c */
    struct kept_options kept; /* what the device has no place for */
    int broken;               /* why the connection is: base/broken.c; 0 if it is not */
    BYTE peer_len;            /* base/peer.c; 0 for nothing */
    BOOLEAN peer_tried;       /* connecting to it is all that is known */
    BOOLEAN registered;       /* made with WSA_FLAG_REGISTERED_IO, or accepted by such a one */
    BOOLEAN messages;         /* with RECORD_HOST: their boundaries are kept, base/hostmessage.c */
    BOOLEAN unseen;           /* more may be under way than is looked after: base/idle.c */
    BOOLEAN parted;           /* may be connected to nothing: base/reuse.c */
    BOOLEAN not_host;         /* came from elsewhere, and is no front: base/hosttag.c */
    struct told told;
    struct urgent urgent; /* with RECORD_URGENT */
    struct interfaces
    {
        DWORD count;
        DWORD index[WS2_FILTER_INTERFACES_MAX];
    } interfaces;            /* IP_IFLIST's */
    struct names names;      /* base/fastask.c */
    struct message *message; /* base/hostmessage.c */
    char peer[sizeof(SOCKADDR_IN6)];
};

/* Handles are multiples of four and reused lowest first, so a two-level table
 * stays small: 2^22 handle values in blocks of 256. */
#define RECORD_BLOCK_SIZE 256
#define RECORD_BLOCK_COUNT 4096
struct record_slot
{
    struct socket_record record;
} __attribute__((aligned(64)));
extern struct record_slot *record_blocks[RECORD_BLOCK_COUNT];

/* NULL if nothing is known of s. Here, because each call asks several times. */
static inline struct socket_record *record_get(SOCKET s)
{
    const ULONG_PTR index = s >> 2, block = index / RECORD_BLOCK_SIZE;
    struct socket_record *slot;

    if (!s || (s & 3) || block >= RECORD_BLOCK_COUNT || !record_blocks[block]) return NULL;
    slot = &record_blocks[block][index % RECORD_BLOCK_SIZE].record;
    return slot->handle == s ? slot : NULL;
}

/* For who does no more with it than ask, and will look again whether it is the same:
 * the descriptor, not positive if none is kept. */
static inline int held_peek(const struct socket_record *record)
{
    const struct held *held = record->held;

    return held ? *(const volatile LONG *)&held->fd : 0;
}

/* FALSE if s is known to stand for no other host socket: base/host.h, base/rawhost.h. */
static inline BOOL record_may_be_front(SOCKET s)
{
    const struct socket_record *record = record_get(s);

    if (!record) return TRUE;
    return record->flags & (RECORD_HOST | RECORD_RAW_HOST) ||
           !(record->flags & RECORD_OURS || record->not_host);
}

/* A fresh record; NULL if out of memory or s is no handle value. */
struct socket_record *record_add(SOCKET s, const struct socket_record *initial);

/* The record of s, made now (without RECORD_OURS) if there is none: for inherited
 * sockets and the like. */
struct socket_record *record_of(SOCKET s);

/* Any thread may change another flag at the same time. Returns what was set before. */
static inline DWORD record_set_flags(struct socket_record *record, DWORD flags)
{
    return __atomic_fetch_or(&record->flags, flags, __ATOMIC_RELAXED);
}

static inline void record_clear_flags(struct socket_record *record, DWORD flags)
{
    __atomic_fetch_and(&record->flags, ~flags, __ATOMIC_RELAXED);
}

/* FIONBIO or a selection has said so. */
void record_note_blocking(SOCKET s, BOOL blocking);

/* Every socket that is known now; others may come and go meanwhile. */
void record_for_each(void (*visit)(struct socket_record *record, void *context), void *context);

/* Forgets s; FALSE if it was not known. */
BOOL record_remove(SOCKET s);

/* Closes every socket this process made and still has: the last WSACleanup. */
void record_close_all(void);

#endif
