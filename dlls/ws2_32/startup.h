/* WSAStartup's count, and what Windows keeps a thread (SPDX-License-Identifier: LGPL-2.1-or-later). */
#ifndef WS2_STARTUP_H
#define WS2_STARTUP_H

/* WSAStartups in force, and the lowest version that one of them agreed on. */
extern LONG startup_count;
extern WORD startup_version;

/* Threads that are in their blocking hooks: hook.h. */
extern LONG hooks_running;

/* FALSE, and the last error says why. */
BOOL startup_refuses(void);

/* TRUE while there is one, but not for a blocking hook; otherwise sets WSANOTINITIALISED
 * or WSAEINPROGRESS. */
static inline BOOL startup_done(void)
{
    return (startup_count && !hooks_running) || !startup_refuses();
}

/* Results that gethostbyname and kin own until the thread's next such call. */
struct thread_data
{
    HANDLE sync_event; /* for requests the thread waits for, see base/device.c */
    BOOL sync_event_taken;
    struct hostent *host; /* heap blocks, one allocation each */
    struct servent *serv;
    struct protoent *proto;
    char ntoa[16];
    int open_type;       /* SO_OPENTYPE */
    BOOL takes_apcs;     /* some were run or will be: see thread.h */
    ULONGLONG alertable; /* tick of the last time that thread_run_apcs was */
    WSATHREADID id;      /* for layered providers to queue completion routines to */
    FARPROC hook;        /* these: hook.c */
    BOOL in_hook, cancelled;
};

/* Never NULL but when memory is short. */
struct thread_data *thread_data(void);

#endif
