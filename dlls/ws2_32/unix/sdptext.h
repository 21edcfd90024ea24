/* Texts of service records (SPDX-License-Identifier: LGPL-2.1-or-later). */
#ifndef WS2_UNIX_SDPTEXT_H
#define WS2_UNIX_SDPTEXT_H

#include <stddef.h>
#include <stdint.h>

/* Encodings have IANA's numbers; any other is taken for ASCII. */
#define SDP_TEXT_LATIN1 4
#define SDP_TEXT_UTF8 106
#define SDP_TEXT_UCS2 1000
#define SDP_TEXT_UTF16BE 1013
#define SDP_TEXT_UTF16 1015

/* As UTF-8 with a terminator, up to a NUL if there is one; whole characters only. */
void sdp_text(const uint8_t *from, size_t size, uint32_t encoding, char *to, size_t room);

#endif
