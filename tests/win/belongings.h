/* What this process has, each of which only a leak makes more and more
 * (SPDX-License-Identifier: LGPL-2.1-or-later). */
#ifndef BELONGINGS_H
#define BELONGINGS_H

#include "harness.h"

struct belongings
{
    unsigned int handles;
    unsigned int descriptors, threads; /* of the host */
    unsigned int memory;               /* KB that are in use and no file's */
    unsigned int server_descriptors;   /* of Wine's server, for this and other processes */
};

/* These skip the test where it cannot be had: not on Wine. */
struct belongings belongings(void);
unsigned int belongings_descriptors(void);

#endif
