/* What the namespace provider for tests and its tests share (SPDX-License-Identifier: LGPL-2.1-or-later). */
#ifndef NSP_SHARED_H
#define NSP_SHARED_H

#include <winsock2.h>
#include <ws2tcpip.h>
#include <ws2spi.h>

#define NSP_SPACE 778
#define NSP_SHARED "ws2_32_wine_nsp"
#define NSP_GO "ws2_32_wine_nsp_go"

/* A mapping that the test makes: what the provider did, and what it is to do. */
struct nsp_shared
{
    volatile LONG startups, cleanups, begins, nexts, ends, sets, ioctls, classes;
    int startup_error;
    int missing_routine; /* or -1 */
    int set_error;
    WCHAR set_name[64]; /* as registered, and the port of the address */
    USHORT set_port;
    DWORD set_operation;
    WCHAR class_name[64]; /* as it was installed last, empty once removed */
};

#endif
