/*
 * The format of hosts, services and protocol.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Pure: it includes nothing of Windows, and the unit tests compile it natively.
 */
#include <stddef.h>

#include "etcfile.h"

static int is_space(char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

static int is_end(char c)
{
    return !c || c == '\n';
}

/* Fields of the line at p, which ends at a NUL. */
static int split(char *p, char *fields[ETC_FIELDS])
{
    int count = 0;

    for (;;)
    {
        while (is_space(*p)) p++;
        if (!*p || *p == '#') return count;
        if (count < ETC_FIELDS) fields[count++] = p;
        while (*p && *p != '#' && !is_space(*p)) p++;
        if (*p == '#')
        {
            *p = 0;
            return count;
        }
        if (*p) *p++ = 0;
    }
}

int etc_next(char **cursor, char *fields[ETC_FIELDS])
{
    char *line, *end;
    int count = 0;

    while (!count && **cursor)
    {
        line = end = *cursor;
        while (!is_end(*end)) end++;
        *cursor = *end ? end + 1 : end;
        *end = 0;
        count = split(line, fields);
    }
    return count;
}

int etc_number(const char *field, int max)
{
    int value = 0;

    if (!*field) return -1;
    for (; *field; field++)
    {
        if (*field < '0' || *field > '9') return -1;
        value = value * 10 + *field - '0';
        if (value > max) return -1;
    }
    return value;
}

int etc_port(char *field, char **protocol)
{
    char *slash = field;

    while (*slash && *slash != '/') slash++;
    if (!*slash || !slash[1]) return -1;
    *slash = 0;
    *protocol = slash + 1;
    return etc_number(field, 65535);
}
