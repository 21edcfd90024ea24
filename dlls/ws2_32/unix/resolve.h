/* The host's resolver (SPDX-License-Identifier: LGPL-2.1-or-later). */
#ifndef WS2_UNIX_RESOLVE_H
#define WS2_UNIX_RESOLVE_H

#include "ws2_unix.h"

/* They fill the out members, error among them. */
void resolve_name(struct ws2_name_resolve *params);
void resolve_reverse(struct ws2_name_reverse *params);
void find_service(struct ws2_service_find *params);

#endif
