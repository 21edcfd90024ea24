/* Lists of what is noted of sockets, by their handles (SPDX-License-Identifier: LGPL-2.1-or-later). */
#ifndef WS2_BASE_NOTES_H
#define WS2_BASE_NOTES_H

/* A note begins with this. */
struct note
{
    SOCKET handle;
    uint32_t id; /* the ELF half's, of its host socket */
    struct note *next;
};

struct notes
{
    SRWLOCK lock;
    SIZE_T size; /* bytes of a note */
    struct note *first;
};

#define NOTES_OF(type)                   \
    {                                    \
        SRWLOCK_INIT, sizeof(type), NULL \
    }

/* Under the lock; NULL if there is none. */
struct note *notes_find(const struct notes *notes, SOCKET s);

/* A copy, for calls that wait; FALSE if there is none. */
BOOL notes_look(struct notes *notes, SOCKET s, void *copy);

/* What was copied has changed. Nothing happens to a later note of the same handle. */
void notes_update(struct notes *notes, const struct note *changed);

/* A heap block of its own; and off the list again, for the caller to free, or NULL. */
void notes_add(struct notes *notes, struct note *note);
struct note *notes_take(struct notes *notes, SOCKET s);

#endif
