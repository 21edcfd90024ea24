/* Service providers: whose proc table a socket's calls go through (SPDX-License-Identifier: LGPL-2.1-or-later). */
#ifndef WS2_PROVIDER_H
#define WS2_PROVIDER_H

#include "record.h"
#include "startup.h"

typedef int(WINAPI *provider_poll_t)(WSAPOLLFD *fds, ULONG count, int timeout);

struct provider
{
    WSPPROC_TABLE table;
    WSPDATA data;
    provider_poll_t poll; /* its WSAID_WSAPOLL function, once select.c has asked for it */
};

extern struct provider base_provider;

/* The provider of a socket; NULL with WSANOTINITIALISED set before WSAStartup. Here, because
 * there is no call without it. */
static inline struct provider *provider_of(SOCKET s)
{
    const struct socket_record *record;

    if (!startup_done()) return NULL;
    record = record_get(s);
    return record && record->provider ? record->provider : &base_provider;
}

/* The provider for calls without a socket (select of nothing, WSPSocket...). */
struct provider *provider_base(void);

/* Whom a completion routine is for, which only a layered provider has to be told. */
WSATHREADID *routine_thread(const struct provider *provider, LPWSAOVERLAPPED_COMPLETION_ROUTINE routine);

/* Whether what WSPStartup gave will do; a Winsock error or 0. */
int provider_check(const struct provider *provider);

/* Starts the base provider, from the first WSAStartup; a Winsock error or 0. */
int provider_startup(void);
void provider_cleanup(void);

/* The table we offer to providers. */
extern const WSPUPCALLTABLE upcall_table;

/* SetLastError, without a call into another module. */
static inline void set_last_error(DWORD error)
{
    NtCurrentTeb()->LastErrorValue = error;
}

/* Turns a provider's outcome into the exported function's: the last error is
 * set on failure, and left alone on success. */
static inline int api_result(int ret, int err)
{
    if (ret == SOCKET_ERROR) set_last_error(err);
    return ret;
}

/* The same for the calls whose success clears the last error, as Windows's
 * transfer calls do. */
static inline int api_result_clearing(int ret, int err)
{
    set_last_error(ret == SOCKET_ERROR ? err : 0);
    return ret;
}

#endif
