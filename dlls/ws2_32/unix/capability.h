/* What kinds of sockets the host can make (SPDX-License-Identifier: LGPL-2.1-or-later). */
#ifndef WS2_UNIX_CAPABILITY_H
#define WS2_UNIX_CAPABILITY_H

#include <stdint.h>

/* The two questions that capabilities are put together from. */
struct capability_probe
{
    int (*try_socket)(void *context, int family, int type, int protocol); /* 0, or an errno */
    int (*has_entries)(void *context, const char *folder); /* TRUE if it exists and is not empty */
    void *context;
};

/* Those of the wanted WS2_CAN_* bits that the answers are for. */
uint32_t capability_of(const struct capability_probe *probe, uint32_t wanted);

/* The answers of this host; descriptors that the probe opens are closed again. */
extern const struct capability_probe capability_host;

#endif
