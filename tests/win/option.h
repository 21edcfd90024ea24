/*
 * For tests of options: what headers lack, and options that are numbers.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#ifndef OPTION_H
#define OPTION_H

#include "harness.h"

#include "../../include/ws2_missing.h"

#ifndef IP_PKTINFO_EX
#define IP_PKTINFO_EX 51
#endif
#ifndef IP_RTHDR
#define IP_RTHDR 32
#endif
#ifndef IP_RECVRTHDR
#define IP_RECVRTHDR 38
#endif
#ifndef IP_WFP_REDIRECT_RECORDS
#define IP_WFP_REDIRECT_RECORDS 60
#define IP_WFP_REDIRECT_CONTEXT 70
#endif

static inline void set_number(SOCKET s, int level, int name, DWORD value)
{
    CHECK_INT(setsockopt(s, level, name, (char *)&value, sizeof(value)), 0);
}

static inline DWORD get_number(SOCKET s, int level, int name)
{
    DWORD value = 0;
    int length = sizeof(value);

    CHECK_INT(getsockopt(s, level, name, (char *)&value, &length), 0);
    return value;
}

/* How long the first try takes to be made again is the client's host's affair. */

#endif
