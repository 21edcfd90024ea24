/*
 * Service lookups as a whole.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "mswsock.h"

#include "find.h"

WINE_DEFAULT_DEBUG_CHANNEL(mswsock);

int mswsock_fail(int error)
{
    TRACE("error %d\n", error);
    if (error) SetLastError(error);
    return SOCKET_ERROR;
}

BOOL widen(const char *text, WCHAR **wide)
{
    int len;

    *wide = NULL;
    if (!text) return TRUE;
    len = MultiByteToWideChar(CP_ACP, 0, text, -1, NULL, 0);
    if (!(*wide = heap_alloc(len * sizeof(WCHAR)))) return FALSE;
    MultiByteToWideChar(CP_ACP, 0, text, -1, *wide, len);
    return TRUE;
}

void find_free(struct answer *answers)
{
    struct answer *next;

    for (; answers; answers = next)
    {
        next = answers->next;
        heap_free(answers);
    }
}

/* The names of name spaces that Winsock 1.1 tells apart are all DNS's now. */
static DWORD name_space_of(DWORD name_space)
{
    switch (name_space)
    {
    case NS_TCPIP_LOCAL:
    case NS_TCPIP_HOSTS:
    case NS_NETBT:
    case NS_WINS: return NS_DNS;
    default: return name_space;
    }
}

static int next_answer(HANDLE lookup, DWORD flags, struct answer **answer)
{
    DWORD size = 4096, room;
    int err;

    do
    {
        room = size;
        if (!(*answer = heap_alloc(sizeof(**answer) + room))) return ERROR_NOT_ENOUGH_MEMORY;
        if (!WSALookupServiceNextW(lookup, flags, &size, &(*answer)->set)) return 0;
        err = GetLastError();
        heap_free(*answer);
        *answer = NULL;
    } while (err == WSAEFAULT && size > room);
    return err;
}

static int collect(HANDLE lookup, DWORD flags, struct answer **answers)
{
    int err;

    while (!(err = next_answer(lookup, flags, answers))) answers = &(*answers)->next;
    return err == WSA_E_NO_MORE ? 0 : err;
}

int find_all(DWORD name_space, const GUID *type, const WCHAR *name, DWORD flags, struct answer **answers)
{
    WSAQUERYSETW query = {.dwSize = sizeof(query)};
    HANDLE lookup;
    WSADATA data;
    int err;

    *answers = NULL;
    query.lpszServiceInstanceName = (WCHAR *)name;
    query.lpServiceClassId = (GUID *)type;
    query.dwNameSpace = name_space_of(name_space);
    if ((err = WSAStartup(MAKEWORD(2, 2), &data))) return err;
    if (WSALookupServiceBeginW(&query, flags, &lookup))
        err = GetLastError();
    else
    {
        err = collect(lookup, flags, answers);
        WSALookupServiceEnd(lookup);
    }
    WSACleanup();
    if (err)
    {
        find_free(*answers);
        *answers = NULL;
    }
    return err;
}
