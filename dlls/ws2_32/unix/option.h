/* Windows's socket options on a host descriptor (SPDX-License-Identifier: LGPL-2.1-or-later). */
#ifndef WS2_UNIX_OPTION_H
#define WS2_UNIX_OPTION_H

#include <stdint.h>

/* Level and name are Windows's, values in Windows's layout; *size is the
 * buffer's on entry and the value's on return, bytes. A Winsock error or 0. */
int option_get(int fd, int level, int name, void *value, uint32_t *size);
int option_set(int fd, int level, int name, const void *value, uint32_t size);

#endif
