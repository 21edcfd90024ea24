/*
 * A layered provider that counts, and hands out an extension function of its own.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "lsp_pass.h"

static LPFN_CONNECTEX lower_connect_ex;

static BOOL WINAPI counted_connect_ex(SOCKET s, const struct sockaddr *addr, int len, void *data, DWORD size,
                                      DWORD *sent, OVERLAPPED *overlapped)
{
    InterlockedIncrement(&lsp_shared()->extension_calls);
    return lower_connect_ex(s, addr, len, data, size, sent, overlapped);
}

static int WSPAPI own_Ioctl(SOCKET s, DWORD code, void *in, DWORD in_size, void *out, DWORD out_size,
                            DWORD *returned, WSAOVERLAPPED *overlapped,
                            LPWSAOVERLAPPED_COMPLETION_ROUTINE routine, LPWSATHREADID thread, int *err)
{
    static const GUID id = WSAID_CONNECTEX;
    int ret = pass_Ioctl(s, code, in, in_size, out, out_size, returned, overlapped, routine, thread, err);

    if (ret || code != SIO_GET_EXTENSION_FUNCTION_POINTER || memcmp(in, &id, sizeof(id))) return ret;
    lower_connect_ex = *(LPFN_CONNECTEX *)out;
    *(LPFN_CONNECTEX *)out = counted_connect_ex;
    return 0;
}

static void lsp_adjust(WSPPROC_TABLE *table)
{
    table->lpWSPIoctl = (void *)own_Ioctl;
}
