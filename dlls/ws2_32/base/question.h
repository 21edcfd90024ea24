/* Which of many sockets are ready: one question, one answer (SPDX-License-Identifier: LGPL-2.1-or-later). */
#ifndef WS2_BASE_QUESTION_H
#define WS2_BASE_QUESTION_H

/* Questions of up to this many entries live on the stack. */
#define SMALL_COUNT 64

#define FOR_EVER 0x7fffffffffffffff /* as the device has it */

struct question
{
    struct afd_poll *asked;
    struct afd_poll *answer;
    const int *wanted; /* by tag: what the asker wants of what is asked; NULL for all of it */
    LONGLONG left;     /* time, as the device has it */
    ULONGLONG started; /* ms */
    void *block;       /* heap, for long questions */
    union
    {
        struct afd_poll poll;
        char room[offsetof(struct afd_poll, sockets[SMALL_COUNT])];
    } small[2];
};

/* Not the device's: READ is asked for, but only because a hangup may be behind it. */
#define READ_UNWANTED 0x20000

/* Not the device's: WRITE is asked for, but not now. */
#define WRITE_LATER 0x10000

/* Makes room for `count` entries; a Winsock error. `timeout` is relative, in 100 ns
 * and negative, 0 for no wait, or FOR_EVER. */
int question_open(struct question *q, SIZE_T count, LONGLONG timeout, const int *wanted);
void question_close(struct question *q);

/* A timeout less what was spent on waiting elsewhere, in ms. */
static inline LONGLONG question_time_left(LONGLONG timeout, int waited)
{
    return timeout < 0 ? min(timeout + waited * 10000LL, 0) : timeout;
}

/* `tag` tells the asker what the entry stands for; it is kept in the status, of
 * which the device has no use in what it is asked. */
void question_add(struct question *q, SOCKET s, int flags, int tag);

/* Waits for the answer, alertably; none if time is up. */
NTSTATUS question_ask(struct question *q);

/* What holds of entry `i`, once it was asked, or 0; to be called with `i` counting
 * up and *next starting at 0. */
int question_outcome(const struct question *q, ULONG i, ULONG *next);

/* Whoever sees "not writable" may go on to wait for FD_WRITE, which the device
 * would only post again after a send has failed. */
void question_note_refusals(const struct question *q);

/* What `got`, AFD_POLL_* that the device reports of `asked`, means in truth:
 * without READ where it only stands for a failed connect, and the like. */
int poll_outcome(SOCKET s, int asked, int got);

#endif
