/* What goes when a socket's handle is closed (SPDX-License-Identifier: LGPL-2.1-or-later). */
#ifndef WS2_BASE_CLOSING_H
#define WS2_BASE_CLOSING_H

struct closing
{
    uint32_t host, raw; /* fronts': base/host.h, base/rawhost.h; 0 for none */
    BOOL last;          /* with host: no other handle of it is left */
};

/* TRUE if s is the only handle of its socket, in all processes. */
BOOL closing_is_last(SOCKET s);

/* Before the handle is closed. What waits through it ends, also where the socket has other handles: it is by
 * the handle's value that the device finds the socket again, which may be another one by then. FALSE if s is
 * no socket. */
BOOL closing_begin(struct closing *closing, SOCKET s);

/* After the closing of the handle, if closing_begin said so. */
void closing_end(const struct closing *closing, BOOL closed);

/* s was closed by means that tell nobody. */
void closing_was_closed(SOCKET s);

#endif
