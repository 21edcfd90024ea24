/*
 * Lists of what is noted of sockets, by their handles.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Such sockets are few, and each call looks its one up once.
 */
#include "private.h"

#include "base/notes.h"

struct note *notes_find(const struct notes *notes, SOCKET s)
{
    struct note *note = notes->first;

    while (note && note->handle != s) note = note->next;
    return note;
}

BOOL notes_look(struct notes *notes, SOCKET s, void *copy)
{
    const struct note *note;

    AcquireSRWLockShared(&notes->lock);
    if ((note = notes_find(notes, s))) memcpy(copy, note, notes->size);
    ReleaseSRWLockShared(&notes->lock);
    return note != NULL;
}

void notes_update(struct notes *notes, const struct note *changed)
{
    struct note *note, *next;

    AcquireSRWLockExclusive(&notes->lock);
    if ((note = notes_find(notes, changed->handle)) && note->id == changed->id)
    {
        next = note->next;
        memcpy(note, changed, notes->size);
        note->next = next;
    }
    ReleaseSRWLockExclusive(&notes->lock);
}

void notes_add(struct notes *notes, struct note *note)
{
    AcquireSRWLockExclusive(&notes->lock);
    note->next = notes->first;
    notes->first = note;
    ReleaseSRWLockExclusive(&notes->lock);
}

struct note *notes_take(struct notes *notes, SOCKET s)
{
    struct note **link = &notes->first, *taken;

    AcquireSRWLockExclusive(&notes->lock);
    while ((taken = *link) && taken->handle != s) link = &taken->next;
    if (taken) *link = taken->next;
    ReleaseSRWLockExclusive(&notes->lock);
    return taken;
}
