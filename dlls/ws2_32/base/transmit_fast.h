/* Sending files without the device (SPDX-License-Identifier: LGPL-2.1-or-later). */
#ifndef WS2_BASE_TRANSMIT_FAST_H
#define WS2_BASE_TRANSMIT_FAST_H

/* Sends as much of request as goes by the host at once. FALSE if something is left for
 * the device: *request is that then. Otherwise *error is a Winsock error or 0. Adds what
 * is sent to *sent. */
BOOL transmit_fast(SOCKET s, struct afd_transmit *request, ULONGLONG *sent, int *error);

#endif
