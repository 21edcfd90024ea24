/* Service lookups as a whole, for the calls that give their answers at once (SPDX-License-Identifier: LGPL-2.1-or-later). */
#ifndef WS2_MSWSOCK_FIND_H
#define WS2_MSWSOCK_FIND_H

struct answer
{
    struct answer *next;
    WSAQUERYSETW set; /* and what it points to behind it */
};

/* Every answer in order, in heap blocks; 0 with none or more, or a Winsock error. Starts
 * Winsock for as long as it takes. NULL name: this computer's. */
int find_all(DWORD name_space, const GUID *type, const WCHAR *name, DWORD flags, struct answer **answers);
void find_free(struct answer *answers);

/* Sets the last error, unless it is 0; SOCKET_ERROR. */
int mswsock_fail(int error);

/* In heap blocks; NULL stays NULL. FALSE when memory is short. */
BOOL widen(const char *text, WCHAR **wide);

#endif
