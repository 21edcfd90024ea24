/* The namespace providers that are listed (SPDX-License-Identifier: LGPL-2.1-or-later). */
#ifndef PROVIDERS_H
#define PROVIDERS_H

#include "harness.h"

/* The first of a name space, valid until the next call; NULL if there is none. */
static inline const WSANAMESPACE_INFOW *provider_of(DWORD name_space)
{
    static union
    {
        WSANAMESPACE_INFOW infos[1];
        char room[8192];
    } buffer;
    DWORD size = sizeof(buffer);
    int i, count = WSAEnumNameSpaceProvidersW(&size, buffer.infos);

    CHECK(count > 0);
    for (i = 0; i < count; i++)
        if (buffer.infos[i].dwNameSpace == name_space) return &buffer.infos[i];
    return NULL;
}

#endif
