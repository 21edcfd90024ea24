/* What the host knows of a TCP connection (SPDX-License-Identifier: LGPL-2.1-or-later). */
#ifndef WS2_UNIX_TCPINFO_H
#define WS2_UNIX_TCPINFO_H

#include <stddef.h>

#include "ws2_unix.h"

struct tcp_info;

/* A Winsock error or 0. */
int tcp_info(int fd, struct ws2_tcp_numbers *numbers);

/* The translation alone; fields beyond size, which an older host lacks, are zero. */
void tcp_info_translate(const struct tcp_info *host, size_t size, struct ws2_tcp_numbers *numbers);

#endif
