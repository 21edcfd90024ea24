/* Life cycle of what startup.h calls thread_data (SPDX-License-Identifier: LGPL-2.1-or-later). */
#ifndef WS2_THREAD_H
#define WS2_THREAD_H

BOOL thread_attach_process(void);
void thread_detach(void);
void thread_detach_process(void);

/* The thread's own manual-reset event for requests it waits for; NULL if out of memory. */
HANDLE thread_sync_event(void);

/*
 * User APCs, which run in calls that wait. Whether some are queued only Wine's server
 * knows, and to ask it costs more than a call of the fast lane. A thread that once had
 * one, or has given a completion routine, is known to take them: it waits where they
 * run, and asks each time. Another asks once a tick of the system's clock, so that the
 * first APC of its life may come that much later in a call that would not wait.
 */
void thread_expect_apcs(void);
BOOL thread_takes_apcs(void);

/* For a call that is alertable on Windows and has not waited in the server. */
void thread_run_apcs(void);

/* The calling thread as WPUQueueApc takes it, for as long as the thread lives; NULL when
 * memory is short. */
WSATHREADID *thread_id(void);

/* Starts a thread that runs the module's code, which stays loaded from then on: nothing but the
 * program's end is to end such a thread. FALSE if it could not be started. */
BOOL thread_start(LPTHREAD_START_ROUTINE routine, void *context);

/* In the thread that loads the module. */
void thread_note_first(void);

/* When one ends, whoever's: whether only threads of the module's are left, and to end these. */
BOOL thread_was_programs_last(void);
void thread_end_own(void);

/* The same promise for what runs in the thread pool. */
BOOL thread_keep_module(void);

#endif
