/*
 * A layered provider that sends connections for one port to another.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "lsp_pass.h"

static int WSPAPI own_Connect(SOCKET s, const struct sockaddr *addr, int len, LPWSABUF caller,
                              LPWSABUF callee, LPQOS sqos, LPQOS gqos, LPINT err)
{
    struct sockaddr_in elsewhere;

    return pass_Connect(s, lsp_redirected(addr, len, &elsewhere), len, caller, callee, sqos, gqos, err);
}

static void lsp_adjust(WSPPROC_TABLE *table)
{
    table->lpWSPConnect = (void *)own_Connect;
}
