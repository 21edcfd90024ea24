/* Streams that tell what is wrong with them (SPDX-License-Identifier: LGPL-2.1-or-later). */
#ifndef STRESS_H
#define STRESS_H

#include "harness.h"

struct random
{
    unsigned int state;
};

static inline unsigned int random_below(struct random *random, unsigned int limit)
{
    random->state = random->state * 1664525 + 1013904223;
    return (random->state >> 8) % limit;
}

/* The byte of a stream at this place: no piece of it looks like another. */
static inline char byte_at(unsigned int seed, size_t i)
{
    return (char)((i * 2654435761u + seed) >> 11);
}

static inline void fill(char *data, size_t size, unsigned int seed, size_t from)
{
    size_t i;

    for (i = 0; i < size; i++) data[i] = byte_at(seed, from + i);
}

static inline BOOL is_right(const char *data, size_t size, unsigned int seed, size_t from)
{
    size_t i;

    for (i = 0; i < size && data[i] == byte_at(seed, from + i); i++)
        ;
    return i == size;
}

#endif
