/*
 * Options kept in the socket's record.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "private.h"

#include "base/kept.h"
#include "record.h"

C_ASSERT(KEPT_COUNT <= 64);

DWORD kept_get(SOCKET s, enum kept_option option, DWORD otherwise)
{
    const struct socket_record *record = record_get(s);

    return record && record->kept.present >> option & 1 ? record->kept.value[option] : otherwise;
}

int kept_set(SOCKET s, enum kept_option option, DWORD value)
{
    struct socket_record *record = record_of(s);

    if (!record) return WSAENOBUFS;
    record->kept.value[option] = value;
    record->kept.present |= (UINT64)1 << option;
    return 0;
}

void kept_inherit(SOCKET accepted, SOCKET listener)
{
    const struct socket_record *from = record_get(listener);
    struct socket_record *to = record_of(accepted);

    if (from && to) to->kept = from->kept;
}
