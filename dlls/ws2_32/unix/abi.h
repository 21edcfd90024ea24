/* Which calling convention ntdll.so's exports use (SPDX-License-Identifier: LGPL-2.1-or-later). */
#ifndef WS2_UNIX_ABI_H
#define WS2_UNIX_ABI_H

#include "ws2_unix.h"

/* What this file was compiled for, and what the running ntdll.so does. */
enum ws2_convention convention_built(void);
enum ws2_convention convention_running(void);

#endif
