/*
 * Texts of Bluetooth's service records, as UTF-8.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include <string.h>

#include "unix/sdptext.h"

#define NO_CHARACTER UINT32_MAX
#define REPLACEMENT 0xfffd

struct source
{
    const uint8_t *at;
    size_t size;
};

static uint32_t next_byte(struct source *from)
{
    if (!from->size) return NO_CHARACTER;
    from->size--;
    return *from->at++;
}

static uint32_t next_unit(struct source *from)
{
    uint32_t high = next_byte(from), low = next_byte(from);

    return low == NO_CHARACTER ? NO_CHARACTER : high << 8 | low;
}

static int is_high(uint32_t unit)
{
    return unit >= 0xd800 && unit < 0xdc00;
}

static int is_low(uint32_t unit)
{
    return unit >= 0xdc00 && unit < 0xe000;
}

static uint32_t next_utf16(struct source *from)
{
    uint32_t unit = next_unit(from), low;
    struct source before = *from;

    if (is_low(unit)) return REPLACEMENT;
    if (!is_high(unit)) return unit;
    low = next_unit(from);
    if (low != NO_CHARACTER && is_low(low)) return 0x10000 + ((unit - 0xd800) << 10) + (low - 0xdc00);
    *from = before;
    return REPLACEMENT;
}

/* How many bytes a character of UTF-8 has, as far as its first byte tells. */
static unsigned int utf8_length(uint8_t first)
{
    return first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : first >= 0xc0 ? 2 : 1;
}

/* What is no UTF-8 is replaced later, by who makes it UTF-16; only cut ends must not be, be they cut
 * by the end of the text or by the room there is. */
static size_t copy_utf8(struct source from, char *to, size_t room)
{
    size_t size = strnlen((const char *)from.at, from.size), used = 0, length;

    if (size < room) room = size;
    while (used < room && (length = utf8_length(from.at[used])) <= room - used) used += length;
    memcpy(to, from.at, used);
    return used;
}

static size_t put_character(uint32_t c, char *to, size_t room)
{
    size_t length = c < 0x80 ? 1 : c < 0x800 ? 2 : c < 0x10000 ? 3 : 4, i;

    if (length > room) return 0;
    if (length == 1)
    {
        to[0] = c;
        return 1;
    }
    for (i = length - 1; i; i--, c >>= 6) to[i] = 0x80 | (c & 0x3f);
    to[0] = (0xf00 >> length & 0xff) | c;
    return length;
}

static size_t convert(struct source from, uint32_t (*next)(struct source *from), char *to, size_t room)
{
    size_t used = 0, added;
    uint32_t c;

    while ((c = next(&from)) && c != NO_CHARACTER && (added = put_character(c, to + used, room - used)))
        used += added;
    return used;
}

void sdp_text(const uint8_t *from, size_t size, uint32_t encoding, char *to, size_t room)
{
    struct source source = {from, size};
    size_t used;

    switch (encoding)
    {
    case SDP_TEXT_LATIN1: used = convert(source, next_byte, to, room - 1); break;
    case SDP_TEXT_UCS2:
    case SDP_TEXT_UTF16BE:
    case SDP_TEXT_UTF16: used = convert(source, next_utf16, to, room - 1); break;
    default: used = copy_utf8(source, to, room - 1); break;
    }
    to[used] = 0;
}
