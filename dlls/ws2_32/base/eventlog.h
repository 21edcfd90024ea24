/* The security log (SPDX-License-Identifier: LGPL-2.1-or-later). */
#ifndef WS2_EVENTLOG_H
#define WS2_EVENTLOG_H

/* Somebody tried to bind to an address that another socket has. */
struct bind_event
{
    HANDLE token;  /* whose */
    SOCKET socket; /* which */
    BOOL granted;
    ACCESS_MASK access;
    int type; /* SOCK_STREAM or SOCK_DGRAM */
    const SOCKADDR_STORAGE *asked, *owned;
    DWORD owner; /* a process that has the other socket */
};

/* doc/security-log.md has the format. */
void eventlog_write(const struct bind_event *event);

#endif
