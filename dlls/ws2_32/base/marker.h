/* AF_UNIX names in Windows's file system (SPDX-License-Identifier: LGPL-2.1-or-later). */
#ifndef WS2_BASE_MARKER_H
#define WS2_BASE_MARKER_H

#include <pshpack1.h>
struct sockaddr_un /* afunix.h */
{
    USHORT sun_family;
    char sun_path[108];
};
#include <poppack.h>

/* Room for a host's path behind the family. */
#define HOST_PATH_MAX 4096

struct host_path
{
    USHORT family;
    char path[HOST_PATH_MAX];
    ULONG size;     /* bytes of the address, family included */
    BOOL same_user; /* who answers must be the user that the file belongs to */
};

/* Makes the file that stands for a socket bound to path, and the host's name of the
 * socket; a Winsock error or 0. unique: anything that no other socket of the host has. */
int marker_create(const struct sockaddr_un *addr, uint32_t pid, uint32_t unique, struct host_path *host);

/* Takes it back. */
void marker_delete(const struct sockaddr_un *addr);

/* Where to connect for path. */
int marker_follow(const struct sockaddr_un *addr, struct host_path *host);

#endif
