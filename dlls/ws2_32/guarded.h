/* Copies from and to application memory that may be bad (SPDX-License-Identifier: LGPL-2.1-or-later). */
#ifndef WS2_GUARDED_H
#define WS2_GUARDED_H

/* FALSE if the application's side faults; what was copied till then is undefined. */
BOOL guarded_read(void *to, const void *application, SIZE_T size);
BOOL guarded_write(void *application, const void *from, SIZE_T size);

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
