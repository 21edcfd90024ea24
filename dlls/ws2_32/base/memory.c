/*
 * Socket addresses out of the application's memory.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "private.h"

#include <af_irda.h>
#include <wsipx.h>

#include "base/memory.h"
#include "guarded.h"

static const struct
{
    unsigned short family;
    int len;
} families[] = {
    {AF_INET, sizeof(struct sockaddr_in)},
    {AF_INET6, sizeof(struct sockaddr_in6)},
    {AF_IPX, sizeof(SOCKADDR_IPX)},
    {AF_IRDA, sizeof(SOCKADDR_IRDA)},
};

int sockaddr_from_app(SOCKADDR_STORAGE *to, const struct sockaddr *app, int len, int *used)
{
    unsigned int i;

    if (!app || len < (int)sizeof(app->sa_family) ||
        !guarded_read(&to->ss_family, &app->sa_family, sizeof(app->sa_family)))
        return WSAEFAULT;
    for (i = 0; i < ARRAY_COUNT(families); i++)
    {
        if (families[i].family != to->ss_family) continue;
        *used = families[i].len;
        return len >= *used && guarded_read(to, app, *used) ? 0 : WSAEFAULT;
    }
    return WSAEAFNOSUPPORT;
}
