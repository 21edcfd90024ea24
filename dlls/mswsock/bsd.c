/*
 * BSD functions that Windows NT 3.1 had here.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Undocumented since, and still exported.
 */
#include "mswsock.h"

WINE_DEFAULT_DEBUG_CHANNEL(mswsock);

/* A network number of up to four parts, in host order; INADDR_NONE if it is none. */
unsigned long WINAPI inet_network(const char *text)
{
    unsigned long number = 0, part;
    int parts;
    char *end;

    TRACE("text %s\n", debugstr_a(text));

    for (parts = 0; parts < 4; parts++)
    {
        if (*text < '0' || *text > '9') return INADDR_NONE;
        part = strtoul(text, &end, 0);
        if (part > 255) return INADDR_NONE;
        number = number << 8 | part;
        if (!*end) return number;
        if (*end != '.') return INADDR_NONE;
        text = end + 1;
    }
    return INADDR_NONE;
}

/* A name in a DNS message, which may point backwards in it: the bytes that it takes
 * where it stands, -1 if it is damaged or does not fit. */
int WINAPI dn_expand(const BYTE *message, const BYTE *end, const BYTE *from, char *name, int size)
{
    const BYTE *at = from;
    int used = 0, taken = -1, i, jumps = 0;

    TRACE("message %p, end %p, from %p, name %p, size %d\n", message, end, from, name, size);

    for (;;)
    {
        if (at < message || at >= end) return -1;
        if ((*at & 0xc0) == 0xc0)
        {
            if (at + 1 >= end || jumps++ > end - message) return -1;
            if (taken < 0) taken = at + 2 - from;
            at = message + ((*at & 0x3f) << 8 | at[1]);
            continue;
        }
        if (*at & 0xc0) return -1;
        if (!*at) break;
        if (at + *at >= end || used + *at + 1 >= size) return -1;
        if (used) name[used++] = '.';
        for (i = 1; i <= *at; i++) name[used++] = at[i];
        at += *at + 1;
    }
    if (used >= size) return -1;
    name[used] = 0;
    return taken < 0 ? at + 1 - from : taken;
}

/* struct netent, of Winsock 1.1's headers. */
struct network
{
    char *name;
    char **aliases;
    short family;
    unsigned long number; /* host order */
};

#define MAX_FILE 0x10000
#define MAX_ALIASES 16

/* drivers\etc\networks in a heap block: names, numbers and aliases in lines. */
static char *read_networks(void)
{
    char path[MAX_PATH], *text;
    HANDLE file;
    DWORD size;

    GetSystemDirectoryA(path, MAX_PATH - 32);
    strcat(path, "\\drivers\\etc\\networks");
    file = CreateFileA(path, GENERIC_READ, FILE_SHARE_READ, NULL, OPEN_EXISTING, 0, NULL);
    if (file == INVALID_HANDLE_VALUE) return NULL;
    text = heap_alloc(MAX_FILE + 1);
    if (text && ReadFile(file, text, MAX_FILE, &size, NULL)) text[size] = 0;
    CloseHandle(file);
    return text;
}

/* The next word of the line, ended in place; NULL at its end. */
static char *next_word(char **line)
{
    char *at = *line, *word;

    while (*at == ' ' || *at == '\t' || *at == '\r') at++;
    if (!*at || *at == '#') return NULL;
    for (word = at; *at && *at != ' ' && *at != '\t' && *at != '\r' && *at != '#'; at++) continue;
    *line = *at && *at != '#' ? at + 1 : at;
    *at = 0;
    return word;
}

/* A thread's result, which lives until its next call. */
struct result
{
    struct network network;
    char *aliases[MAX_ALIASES + 1];
    char *text;
};

static void WINAPI free_result(void *data)
{
    struct result *result = data;

    if (result) heap_free(result->text);
    heap_free(result);
}

static DWORD result_index;

static BOOL CALLBACK make_index(INIT_ONCE *once, void *parameter, void **context)
{
    (void)once;
    (void)parameter;
    (void)context;
    result_index = FlsAlloc(free_result);
    return TRUE;
}

static struct result *thread_result(void)
{
    static INIT_ONCE once = INIT_ONCE_STATIC_INIT;
    struct result *result;

    InitOnceExecuteOnce(&once, make_index, NULL, NULL);
    if (!(result = FlsGetValue(result_index)) && (result = heap_alloc(sizeof(*result))))
        FlsSetValue(result_index, result);
    return result;
}

static BOOL read_line(char *line, struct result *result)
{
    struct network *network = &result->network;
    unsigned int count = 0;
    char *number;

    if (!(network->name = next_word(&line)) || !(number = next_word(&line))) return FALSE;
    while (count < MAX_ALIASES && (result->aliases[count] = next_word(&line))) count++;
    result->aliases[count] = NULL;
    network->aliases = result->aliases;
    network->family = AF_INET;
    network->number = inet_network(number);
    return TRUE;
}

static BOOL is_named(const struct network *network, const char *name)
{
    char **alias;

    if (!stricmp(network->name, name)) return TRUE;
    for (alias = network->aliases; *alias; alias++)
        if (!stricmp(*alias, name)) return TRUE;
    return FALSE;
}

struct network *WINAPI getnetbyname(const char *name)
{
    struct result *result = thread_result();
    char *line, *next;

    TRACE("name %s\n", debugstr_a(name));

    if (!result)
    {
        SetLastError(WSAENOBUFS);
        return NULL;
    }
    heap_free(result->text);
    result->text = read_networks();
    for (line = result->text; line; line = next)
    {
        if ((next = strchr(line, '\n'))) *next++ = 0;
        if (read_line(line, result) && is_named(&result->network, name)) return &result->network;
    }
    SetLastError(WSANO_DATA);
    return NULL;
}

/* A stream socket bound to the highest free port below 1024, from *port down. */
SOCKET WINAPI rresvport(int *port)
{
    struct sockaddr_in addr = {.sin_family = AF_INET};
    SOCKET s;

    TRACE("port %p\n", port);

    if ((s = socket(AF_INET, SOCK_STREAM, 0)) == INVALID_SOCKET) return s;
    for (; *port > IPPORT_RESERVED / 2; --*port)
    {
        addr.sin_port = htons(*port);
        if (!bind(s, (struct sockaddr *)&addr, sizeof(addr))) return s;
        if (GetLastError() != WSAEADDRINUSE) break;
    }
    if (*port <= IPPORT_RESERVED / 2) SetLastError(WSAEADDRINUSE);
    closesocket(s);
    return INVALID_SOCKET;
}

/* The last error behind a text, on the standard error output. */
void WINAPI s_perror(const char *text, const char *more)
{
    HANDLE out = GetStdHandle(STD_ERROR_HANDLE);
    char message[512];
    DWORD error = GetLastError(), written;
    int len;

    TRACE("text %s, more %s\n", debugstr_a(text), debugstr_a(more));

    len = _snprintf(message, sizeof(message) - 1, "%s%s%s: error %lu\r\n", text ? text : "", more ? " " : "",
                    more ? more : "", error);
    if (len < 0) len = sizeof(message) - 1;
    WriteFile(out, message, len, &written, NULL);
    SetLastError(error);
}

/* From the next start on, as everything that changes the computer's name. */
int WINAPI sethostname(const char *name, int len)
{
    char copy[256];

    TRACE("name %s\n", debugstr_an(name, len));

    if (len <= 0 || len >= (int)sizeof(copy))
    {
        SetLastError(WSAEINVAL);
        return SOCKET_ERROR;
    }
    memcpy(copy, name, len);
    copy[len] = 0;
    return SetComputerNameExA(ComputerNamePhysicalDnsHostname, copy) ? 0 : SOCKET_ERROR;
}
