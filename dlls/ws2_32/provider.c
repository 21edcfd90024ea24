/*
 * Service providers: from a socket to the proc table its calls go through.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "private.h"

#include "base/base.h"
#include "layer.h"
#include "nsp.h"
#include "provider.h"
#include "record.h"
#include "startup.h"
#include "thread.h"

WINE_DEFAULT_DEBUG_CHANNEL(winsock);

struct provider base_provider;

struct provider *provider_base(void)
{
    return startup_done() ? &base_provider : NULL;
}

WSATHREADID *routine_thread(const struct provider *provider, LPWSAOVERLAPPED_COMPLETION_ROUTINE routine)
{
    return routine && provider != &base_provider ? thread_id() : NULL;
}

/* Windows demands 2.2 of a provider and a table without holes. */
int provider_check(const struct provider *provider)
{
    void *const *entry = (void *const *)&provider->table;
    unsigned int i;

    if (provider->data.wVersion != MAKEWORD(2, 2)) return WSAEINVALIDPROVIDER;
    for (i = 0; i < sizeof(provider->table) / sizeof(*entry); i++)
        if (!entry[i]) return WSAEINVALIDPROCTABLE;
    return 0;
}

int provider_startup(void)
{
    WSAPROTOCOL_INFOW info = {.iAddressFamily = AF_INET};
    int err = base_WSPStartup(MAKEWORD(2, 2), &base_provider.data, &info, upcall_table, &base_provider.table);

    if (!err) err = provider_check(&base_provider);
    if (err) ERR("the base provider did not start, error %d\n", err);
    return err;
}

void provider_cleanup(void)
{
    int err;

    nsp_cleanup();
    layer_cleanup();
    if (base_provider.table.lpWSPCleanup(&err) == SOCKET_ERROR) WARN("WSPCleanup failed, error %d\n", err);
}

/* For the module's tests: every call goes through the proc table, and a table
 * that counts can prove it. previous receives the 30 entries that were in force. */
void WINAPI __ws2_swap_proc_table(const WSPPROC_TABLE *replacement, WSPPROC_TABLE *previous)
{
    TRACE("replacement %p, previous %p\n", replacement, previous);
    if (previous) *previous = base_provider.table;
    if (replacement) base_provider.table = *replacement;
}
