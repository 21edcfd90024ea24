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

/* Before closesocket closes the handle. FALSE, with nothing done, if s is no socket. */
BOOL closing_begin(struct closing *closing, SOCKET s);

/* The same for a handle with a record that is closed by other means. */
void closing_begin_handle(struct closing *closing, SOCKET s);

/* After the handle was closed. */
void closing_end(const struct closing *closing);

#endif
