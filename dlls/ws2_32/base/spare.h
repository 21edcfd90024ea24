/* Objects that are used again, never freed (SPDX-License-Identifier: LGPL-2.1-or-later). */
#ifndef WS2_BASE_SPARE_H
#define WS2_BASE_SPARE_H

/* Each begins with this. A thread may look at one that has just been let go, so its memory
 * stays what it is: the next one of its kind finds it as it was left. */
struct spare
{
    struct spare *next;
};

struct spares
{
    SRWLOCK lock; /* SRWLOCK_INIT is zeros */
    struct spare *first;
};

/* One that was let go, or a new one of zeros, of that many bytes; NULL if there is no memory. */
void *spare_take(struct spares *spares, SIZE_T size);
void spare_give(struct spares *spares, struct spare *spare);

#endif
