/* Structures with strings behind them, packed into one block (SPDX-License-Identifier: LGPL-2.1-or-later). */
#ifndef WS2_PACK_H
#define WS2_PACK_H

/* With a NULL base only the room needed is counted. */
struct pack
{
    char *base;
    SIZE_T used;
};

static inline void *pack_take(struct pack *pack, SIZE_T size)
{
    char *at = pack->base ? pack->base + pack->used : NULL;

    pack->used += size;
    return at;
}

static inline void *pack_bytes(struct pack *pack, const void *data, SIZE_T size)
{
    void *at = pack_take(pack, size);

    if (at) memcpy(at, data, size);
    return at;
}

static inline char *pack_string(struct pack *pack, const char *text)
{
    return pack_bytes(pack, text, strlen(text) + 1);
}

/* Whatever has pointers in it, aligned. */
static inline void *pack_aligned(struct pack *pack, const void *data, SIZE_T size)
{
    pack->used = (pack->used + 7) & ~(SIZE_T)7;
    return pack_bytes(pack, data, size);
}

/* As Unicode, or in the ANSI code page; NULL for NULL. */
static inline void *pack_text(struct pack *pack, const WCHAR *text, BOOL wide)
{
    int len;
    char *at;

    if (!text) return NULL;
    if (wide) return pack_aligned(pack, text, (wcslen(text) + 1) * sizeof(WCHAR));
    len = WideCharToMultiByte(CP_ACP, 0, text, -1, NULL, 0, NULL, NULL);
    if ((at = pack_take(pack, len))) WideCharToMultiByte(CP_ACP, 0, text, -1, at, len, NULL, NULL);
    return at;
}

/* A NULL-terminated array of pointers, all NULL. */
static inline char **pack_pointers(struct pack *pack, unsigned int count)
{
    char **at = pack_take(pack, (count + 1) * sizeof(char *));

    if (at) memset(at, 0, (count + 1) * sizeof(char *));
    return at;
}

#endif
