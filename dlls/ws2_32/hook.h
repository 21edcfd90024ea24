/* Winsock 1.1's blocking hooks (SPDX-License-Identifier: LGPL-2.1-or-later). */
#ifndef WS2_HOOK_H
#define WS2_HOOK_H

#define HOOK_PAUSE_MS 10 /* between two looks at what a call waits for */

/* Threads that have a hook. */
extern LONG hooks_set;

/* The calling thread's, or NULL. */
FARPROC hook_of_thread(void);

static inline BOOL hook_is_set(void)
{
    return hooks_set && hook_of_thread();
}

/* Runs the calling thread's hook until it has nothing more to do; FALSE if the call that
 * waits is to end with WSAEINTR. */
BOOL hook_run(void);

/* The same as a provider calls it. */
BOOL CALLBACK hook_callback(DWORD_PTR unused);

/* Whether it is from its hook that the calling thread calls. */
BOOL hook_runs_here(void);

/* The thread ends. */
struct thread_data;
void hook_forget(struct thread_data *data);

#endif
