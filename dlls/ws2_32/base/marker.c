/*
 * AF_UNIX names: the file that a bound socket is in Windows's file system.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * On Windows that is a file which programs delete before they bind, and look for
 * before they connect. The layer can neither open nor delete a socket of the host's
 * file system, so the file is a small regular one, and says under which name the
 * host knows the socket: one without a file, so that nothing is left of it when its
 * process ends. A path that is a socket in the host's file system, or leads to one,
 * is connected to as it is.
 */
#include "private.h"

#include "base/marker.h"

WINE_DEFAULT_DEBUG_CHANNEL(winsock);

static const char heading[] = "ws2_32 AF_UNIX socket\n";

/* Not a Windows API: the host's name of a path, on the heap; NULL if it has none. */
char *CDECL wine_get_unix_file_name(LPCWSTR path);

/* Windows takes sun_path for UTF-8, and ends it at the first NUL. */
static int wide_path(const struct sockaddr_un *addr, WCHAR path[sizeof(addr->sun_path) + 1])
{
    char text[sizeof(addr->sun_path) + 1];

    memcpy(text, addr->sun_path, sizeof(addr->sun_path));
    text[sizeof(addr->sun_path)] = 0;
    if (!*text) return WSAEINVAL; /* neither abstract names nor automatic ones exist on Windows */
    return MultiByteToWideChar(CP_UTF8, MB_ERR_INVALID_CHARS, text, -1, path, sizeof(text)) ? 0 : WSAENETDOWN;
}

static int file_error(DWORD error, int missing)
{
    switch (error)
    {
    case ERROR_FILE_EXISTS:
    case ERROR_ALREADY_EXISTS: return WSAEADDRINUSE;
    case ERROR_FILE_NOT_FOUND: return missing;
    case ERROR_ACCESS_DENIED: return WSAEACCES;
    case ERROR_SHARING_VIOLATION: return WSAECONNREFUSED;
    default: return WSAENETDOWN; /* what Windows says of a folder that is not there */
    }
}

static ULONG set_name(struct host_path *host, const char *name, ULONG len)
{
    host->family = AF_UNIX;
    memcpy(host->path, name, len);
    return host->size = sizeof(host->family) + len;
}

int marker_create(const struct sockaddr_un *addr, uint32_t pid, uint32_t unique, struct host_path *host)
{
    WCHAR path[sizeof(addr->sun_path) + 1];
    char text[128];
    LARGE_INTEGER now;
    DWORD len, written;
    HANDLE file;
    int error;

    if ((error = wide_path(addr, path))) return error;
    file = CreateFileW(path, GENERIC_WRITE, 0, NULL, CREATE_NEW, FILE_ATTRIBUTE_NORMAL, NULL);
    if (file == INVALID_HANDLE_VALUE)
    {
        error = file_error(GetLastError(), WSAENETDOWN);
        TRACE("%s: error %lu\n", debugstr_w(path), GetLastError());
        return error;
    }
    QueryPerformanceCounter(&now);
    len = _snprintf(text, sizeof(text), "%s@ws2_32-%08x-%08x-%08lx%08lx", heading, pid, unique, now.HighPart,
                    now.LowPart);
    set_name(host, text + sizeof(heading) - 1, len - (sizeof(heading) - 1));
    host->path[0] = 0;
    host->same_user = TRUE;
    if (!WriteFile(file, text, len, &written, NULL) || written != len) error = WSAENOBUFS;
    CloseHandle(file);
    if (error) DeleteFileW(path);
    return error;
}

void marker_delete(const struct sockaddr_un *addr)
{
    WCHAR path[sizeof(addr->sun_path) + 1];

    if (!wide_path(addr, path)) DeleteFileW(path);
}

static int follow_host_path(const WCHAR *path, struct host_path *host)
{
    char *name = wine_get_unix_file_name(path);
    SIZE_T len = name ? strlen(name) + 1 : 0;

    if (len && len <= sizeof(host->path)) set_name(host, name, len);
    heap_free(name);
    host->same_user = FALSE;
    return len && len <= sizeof(host->path) ? 0 : WSAENETDOWN;
}

int marker_follow(const struct sockaddr_un *addr, struct host_path *host)
{
    WCHAR path[sizeof(addr->sun_path) + 1];
    char text[128];
    DWORD len = 0;
    HANDLE file;
    int error;

    if ((error = wide_path(addr, path))) return error;
    file = CreateFileW(path, GENERIC_READ, FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE, NULL,
                       OPEN_EXISTING, 0, NULL);
    if (file == INVALID_HANDLE_VALUE)
    {
        error = GetLastError();
        TRACE("%s: error %d\n", debugstr_w(path), error);
        if (error == ERROR_FILE_NOT_FOUND || error == ERROR_PATH_NOT_FOUND ||
            error == ERROR_SHARING_VIOLATION)
            return file_error(error, WSAECONNREFUSED);
        return follow_host_path(path, host); /* a socket can't be opened */
    }
    if (!ReadFile(file, text, sizeof(text), &len, NULL)) len = 0;
    CloseHandle(file);
    if (len <= sizeof(heading) || memcmp(text, heading, sizeof(heading) - 1)) return WSAECONNREFUSED;
    set_name(host, text + sizeof(heading) - 1, len - (sizeof(heading) - 1));
    host->path[0] = 0;
    host->same_user = TRUE;
    return 0;
}
