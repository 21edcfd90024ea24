/* Copies of strings that applications hand in, and changes of their encoding (SPDX-License-Identifier: LGPL-2.1-or-later). */
#ifndef WS2_TEXT_H
#define WS2_TEXT_H

/* Heap copies; NULL stays NULL. 0, WSAEFAULT for a bad pointer, or WSA_NOT_ENOUGH_MEMORY. */
int text_copy(const char *in, char **out);
int text_copy_wide(const WCHAR *in, WCHAR **out);

/* The same of a string in either form, in Unicode: wide says which it is, else it is ANSI. */
int text_copy_any(const void *in, BOOL wide, WCHAR **out);

/* The same between encodings; in must be readable. NULL for NULL, and if memory is short. */
WCHAR *text_widen(const char *in, UINT codepage);
char *text_narrow(const WCHAR *in, UINT codepage);

/* Of a hexadecimal digit; 16 for anything else. */
int text_digit(WCHAR c);

/* ASCII comparison without regard to case. */
BOOL text_same(const char *a, const char *b);

#endif
