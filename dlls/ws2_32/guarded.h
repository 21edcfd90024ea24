/* Copies from and to application memory that may be bad (SPDX-License-Identifier: LGPL-2.1-or-later). */
#ifndef WS2_GUARDED_H
#define WS2_GUARDED_H

#include <string.h>

/* Memory of the calling thread's own stack can't be bad, and needs no exception
 * frame, which costs as much as the rest of a short call. */
static inline BOOL guarded_is_stack(const void *application, SIZE_T size)
{
    const NT_TIB *tib = &NtCurrentTeb()->Tib;

    return (ULONG_PTR)application >= (ULONG_PTR)tib->StackLimit &&
           (ULONG_PTR)application < (ULONG_PTR)tib->StackBase &&
           size <= (ULONG_PTR)tib->StackBase - (ULONG_PTR)application;
}

/* FALSE if the body met memory that is not there: it was left where it stood, so it must
 * hold no lock then. */
BOOL guarded_run(void (*body)(void *context), void *context);

/* Either side may be the application's. */
BOOL guarded_copy(void *to, const void *from, SIZE_T size);

/* FALSE if the application's side faults; what was copied till then is undefined. */
static inline BOOL guarded_read(void *to, const void *application, SIZE_T size)
{
    if (!guarded_is_stack(application, size)) return guarded_copy(to, application, size);
    memcpy(to, application, size);
    return TRUE;
}

static inline BOOL guarded_write(void *application, const void *from, SIZE_T size)
{
    if (!guarded_is_stack(application, size)) return guarded_copy(application, from, size);
    memcpy(application, from, size);
    return TRUE;
}

/* FALSE if a page of it can't be read, or written; nothing changes there. */
BOOL guarded_readable(const void *application, SIZE_T size);
BOOL guarded_writable(void *application, SIZE_T size);

/* Makes sure, once and for all, that the application's buffer takes this much: it is
 * filled with zeros. 0, or WSAEFAULT; *size then says what is needed if it said less. */
int guarded_room(void *application, DWORD *size, DWORD needed);

/* The length of a string of at most room - 1 characters that was copied with
 * its terminator; GUARDED_FAULT, or GUARDED_LONG for one that does not fit. */
int guarded_string(WCHAR *to, const WCHAR *application, int room);

#define GUARDED_FAULT (-1)
#define GUARDED_LONG (-2)

#endif
