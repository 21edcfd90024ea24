/*
 * Registered I/O: what its files share.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * A request queue has two lines, of sends and of receives. A request waits in its line
 * until the host has done it, and is charged to the line until its completion was
 * dequeued; so a completion queue with room for all that its lines can be charged
 * with never overflows.
 */
#ifndef WS2_BASE_RIO_H
#define WS2_BASE_RIO_H

#include "base/lane.h"
#include "base/owner.h"
#include "base/spare.h"
#include "ws2_rio.h"

struct socket_record;
struct rio_queue;

/* A part of a registered buffer. */
struct rio_part
{
    const void *id; /* NULL: none was given */
    char *at;
    ULONG size;
};

/* What of a request is not the host's business. */
struct rio_extra
{
    ULONGLONG context;
    BOOLEAN quiet;  /* RIO_MSG_DONT_NOTIFY */
    BOOLEAN exotic; /* cannot be done along with others */
    struct rio_part data, local, remote, control, flags;
};

struct rio_completions;

/* Requests in order, in a ring. */
struct rio_line
{
    struct ownership owner; /* of what follows */
    struct rio_queue *queue;
    struct ws2_rio_request *requests;
    struct rio_extra *extras;
    ULONG size, first, waiting; /* of the ring */
    ULONG kept;                 /* so many of them go before a shutdown */
    BOOL blocked;               /* the host has to become ready for the first one */

    struct rio_completions *completions;
    LONG serial; /* the rest: of the lock of completions. Tells the lives of this structure apart */
    ULONG max, charged;
    BOOL attached;
    struct rio_line *next, **link; /* among receives that are blocked; NULL if it is not */
};

/* Never given back, because a thread may look at one that is just being closed. */
struct rio_queue
{
    struct spare spare;
    void *id; /* NULL: closed, for whoever owns a line */
    SOCKET socket;
    struct socket_record *record;
    void *context;
    struct rio_line lines[LANE_DIRECTIONS];
    int fd;        /* a duplicate of the socket's own, or not positive */
    BOOL reset;    /* the stream was */
    BOOL shuts;    /* the write side, once what was kept is sent */
    DWORD kinds;   /* WS2_CONTROL_* that the host was told to deliver */
    SRWLOCK lock;  /* of watched */
    DWORD watched; /* enum ws2_rio_events */
};

/* --- rio_buffer.c --- */

RIO_BUFFERID PASCAL rio_register_buffer(PCHAR data, DWORD size);
void PASCAL rio_deregister_buffer(RIO_BUFFERID id);

/* The application's description, which may be NULL: a Winsock error or 0. */
int rio_resolve(const RIO_BUF *buffer, ULONG least, struct rio_part *part);

/* Whether it is registered still. */
BOOL rio_is_registered(const struct rio_part *part);

/* If it is registered still and can be written to. */
void rio_give(const struct rio_part *part, const void *data, ULONG size);

/* --- rio_completion.c --- */

RIO_CQ PASCAL rio_create_completions(DWORD size, RIO_NOTIFICATION_COMPLETION *notification);
void PASCAL rio_close_completions(RIO_CQ id);
BOOL PASCAL rio_resize_completions(RIO_CQ id, DWORD size);
ULONG PASCAL rio_dequeue(RIO_CQ id, RIORESULT *results, ULONG count);
INT PASCAL rio_notify(RIO_CQ id);

/* The lines of a new queue are charged with so many at most: a Winsock error or 0. */
int rio_attach(struct rio_queue *queue, RIO_CQ receives, ULONG max_receives, RIO_CQ sends, ULONG max_sends);
void rio_detach(struct rio_queue *queue);

/* The same for a line that is owned and attached: WSAENOBUFS, WSAETOOMANYREFS or 0. */
int rio_change_max(struct rio_line *line, ULONG max);

/* One more request: WSAENOBUFS if the line has as many as it may, WSAEINVAL if
 * its completions go nowhere any more. */
int rio_charge(struct rio_line *line);

/* Whether an owned line waits for the host. TRUE if somebody has to see to that now: it is
 * not a receive that its program will ask for. */
BOOL rio_set_blocked(struct rio_line *line, BOOL blocked);

/* A receive was done that its program had not asked for in time. */
void rio_not_polled(struct rio_line *line);

/* The first count requests of an owned line are done: as their errors and bytes say. */
void rio_complete(struct rio_line *line, ULONG count);

/* --- rio_request.c --- */

RIO_RQ PASCAL rio_create_queue(SOCKET s, ULONG max_receives, ULONG receive_buffers, ULONG max_sends,
                               ULONG send_buffers, RIO_CQ receives, RIO_CQ sends, PVOID context);
BOOL PASCAL rio_resize_queue(RIO_RQ id, DWORD max_receives, DWORD max_sends);

struct rio_queue *rio_queue_find(const void *id);

/* A line of a queue that is open still, for this thread alone. */
BOOL rio_own(struct rio_queue *queue, const void *id, enum lane_direction direction);
void rio_disown(struct rio_queue *queue, enum lane_direction direction);

/* The socket of the record is closed, or about to be: its queue ends. */
void rio_forget(struct socket_record *record);

/* It has another host socket from now on. */
void rio_forget_descriptor(struct socket_record *record);

/* Before the write side of s is shut down: TRUE if that comes after sends that wait. */
BOOL rio_shutdown(SOCKET s);

/* What kept its sends waiting is gone. */
void rio_room_again(struct socket_record *record);

/* --- rio_transfer.c --- */

BOOL PASCAL rio_receive(RIO_RQ id, RIO_BUF *data, ULONG count, DWORD flags, PVOID context);
int PASCAL rio_receive_ex(RIO_RQ id, RIO_BUF *data, ULONG count, RIO_BUF *local, RIO_BUF *remote,
                          RIO_BUF *control, RIO_BUF *flags_out, DWORD flags, PVOID context);
BOOL PASCAL rio_send(RIO_RQ id, RIO_BUF *data, ULONG count, DWORD flags, PVOID context);
BOOL PASCAL rio_send_ex(RIO_RQ id, RIO_BUF *data, ULONG count, RIO_BUF *local, RIO_BUF *remote,
                        RIO_BUF *control, RIO_BUF *flags_out, DWORD flags, PVOID context);

/* --- rio_run.c --- */

/* Has the host do what it can of the requests of an owned line. */
void rio_run(struct rio_queue *queue, enum lane_direction direction);

/* Each of them fails with this. */
void rio_fail_all(struct rio_queue *queue, enum lane_direction direction, int error);

/* Whether the host can write to the buffer of an owned line's receive; what was deregistered
 * meanwhile is replaced. */
BOOL rio_is_writable(struct ws2_rio_request *request, const struct rio_extra *extra);

/* --- rio_exotic.c --- */

/* The first request of an owned line, which wants more than data and the sender; FALSE
 * if the host is not ready for it. */
BOOL rio_run_exotic(struct rio_queue *queue, enum lane_direction direction);

/* Of a stream, when a receive is done. */
void rio_give_names(struct rio_queue *queue, const struct rio_extra *extra);

/* --- rio_wait.c --- */

/* Has the line run again, by another thread, when the host is ready for it. */
void rio_watch(struct rio_queue *queue, enum lane_direction direction);

/* The same a little later, if it still waits then and is a line of receives. */
void rio_watch_later(void);

/* Does the receives that the host is ready for by now, unless another thread is at it. */
void rio_look(struct rio_queue *queue, const void *id);

/* --- rio.c --- */

struct ioctl_call;
int rio_table(struct ioctl_call *call);

#endif
