/* Life cycle of what startup.h calls thread_data (SPDX-License-Identifier: LGPL-2.1-or-later). */
#ifndef WS2_THREAD_H
#define WS2_THREAD_H

BOOL thread_attach_process(void);
void thread_detach(void);
void thread_detach_process(void);

/* The thread's own manual-reset event for requests it waits for; NULL if out of memory. */
HANDLE thread_sync_event(void);

/* The calling thread as WPUQueueApc takes it, for as long as the thread lives; NULL when
 * memory is short. */
WSATHREADID *thread_id(void);

#endif
