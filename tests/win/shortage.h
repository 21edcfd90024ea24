/* Taking descriptors and memory away, for tests (SPDX-License-Identifier: LGPL-2.1-or-later). */
#ifndef SHORTAGE_H
#define SHORTAGE_H

#include "harness.h"

enum limit
{
    LIMIT_SERVER_DESCRIPTORS,  /* the server makes the host's sockets */
    LIMIT_PROGRAM_DESCRIPTORS, /* the program makes those of families that the server does not know */
    LIMIT_MEMORY,              /* the program's, heap and all */
};

/* There is no more of it until limit_lift; what is there stays. Skips the test where that
 * cannot be had. What a test does not lift is lifted half a minute later. */
void limit_set(enum limit limit);
void limit_lift(void);

#endif
