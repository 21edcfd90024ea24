/*
 * The security log's file: lines of several processes, numbered, in bounded room.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "private.h"

#include "base/logfile.h"

WINE_DEFAULT_DEBUG_CHANNEL(winsock);

#define FOLDER L"winevt"
#define SUBFOLDER L"winevt\\Logs"
#define FILE_NAME SUBFOLDER L"\\Winsock-Security.xml"
#define OLD_NAME SUBFOLDER L"\\Winsock-Security.old.xml"
#define LOCK_NAME L"Global\\__ws2_32_security_log"

#define NUMBER_BEGIN "<EventRecordID>"
#define NUMBER_END "</EventRecordID>"
#define NUMBER_MAX 64

/* A file of this size becomes the old one, whose place it takes. */
#define MAX_FILE 0x100000

/* Enough to have the last line's number in it. */
#define MAX_LAST 0x8000

/* A process may be suspended in here. Others rather lose a record than wait longer. */
#define LOCK_MS 10000

static HANDLE lock(void)
{
    HANDLE mutex = CreateMutexW(NULL, FALSE, LOCK_NAME);
    DWORD ret = mutex ? WaitForSingleObject(mutex, LOCK_MS) : WAIT_FAILED;

    if (ret == WAIT_OBJECT_0 || ret == WAIT_ABANDONED) return mutex;
    if (mutex) CloseHandle(mutex);
    return NULL;
}

static void unlock(HANDLE mutex)
{
    ReleaseMutex(mutex);
    CloseHandle(mutex);
}

static void system_path(const WCHAR *name, WCHAR path[MAX_PATH])
{
    path[GetSystemDirectoryW(path, MAX_PATH - wcslen(OLD_NAME) - 2)] = 0;
    wcscat(path, L"\\");
    wcscat(path, name);
}

static HANDLE open_file(void)
{
    const DWORD access = GENERIC_READ | GENERIC_WRITE;
    const DWORD share = FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE;
    WCHAR path[MAX_PATH];

    system_path(FOLDER, path);
    CreateDirectoryW(path, NULL);
    system_path(SUBFOLDER, path);
    CreateDirectoryW(path, NULL);
    system_path(FILE_NAME, path);
    return CreateFileW(path, access, share, NULL, OPEN_ALWAYS, FILE_ATTRIBUTE_NORMAL, NULL);
}

/* Somebody who reads it in a way that forbids it keeps it from being moved. */
static BOOL make_old(void)
{
    WCHAR path[MAX_PATH], old[MAX_PATH];

    system_path(FILE_NAME, path);
    system_path(OLD_NAME, old);
    return MoveFileExW(path, old, MOVEFILE_REPLACE_EXISTING);
}

/* 0 if there is no line. *torn: the last was not finished, when somebody was ended or
 * the disk was full. */
static ULONGLONG last_number(HANDLE file, ULONGLONG size, BOOL *torn)
{
    const ULONG wanted = min(size, MAX_LAST);
    LARGE_INTEGER from = {.QuadPart = size - wanted};
    char *text = heap_zalloc(wanted + sizeof(NUMBER_BEGIN)); /* to be searched to its end */
    ULONGLONG number = 0;
    DWORD done = 0;
    ULONG i;

    *torn = FALSE;
    if (!text) return 0;
    if (SetFilePointerEx(file, from, NULL, FILE_BEGIN) && ReadFile(file, text, wanted, &done, NULL) && done)
    {
        *torn = text[done - 1] != '\n';
        for (i = done; i-- && memcmp(text + i, NUMBER_BEGIN, strlen(NUMBER_BEGIN));) continue;
        if (i < done)
            for (i += strlen(NUMBER_BEGIN); text[i] >= '0' && text[i] <= '9'; i++)
                number = number * 10 + text[i] - '0';
    }
    heap_free(text);
    return number;
}

/* In one piece: readers see whole lines. */
static BOOL write_line(HANDLE file, const struct log_line *line, ULONGLONG number, BOOL torn)
{
    char *text = heap_alloc(line->before_size + line->after_size + NUMBER_MAX), *p = text;
    const LARGE_INTEGER end = {0};
    DWORD done = 0;
    BOOL ok;

    if (!text) return FALSE;
    if (torn) *p++ = '\n';
    memcpy(p, line->before, line->before_size);
    p += line->before_size;
    p += sprintf(p, NUMBER_BEGIN "%I64u" NUMBER_END, number);
    memcpy(p, line->after, line->after_size);
    p += line->after_size;
    ok = SetFilePointerEx(file, end, NULL, FILE_END) && WriteFile(file, text, p - text, &done, NULL) &&
         done == p - text;
    heap_free(text);
    return ok;
}

/* Under the lock. */
static BOOL append(const struct log_line *line)
{
    LARGE_INTEGER size = {.QuadPart = 0};
    HANDLE file = open_file();
    ULONGLONG number;
    BOOL ok, torn;

    if (file == INVALID_HANDLE_VALUE) return FALSE;
    GetFileSizeEx(file, &size);
    number = last_number(file, size.QuadPart, &torn) + 1;
    if (size.QuadPart >= MAX_FILE)
    {
        CloseHandle(file);
        if (make_old())
            torn = FALSE;
        else if (size.QuadPart >= 2 * MAX_FILE)
            return FALSE;
        if ((file = open_file()) == INVALID_HANDLE_VALUE) return FALSE;
    }
    ok = write_line(file, line, number, torn);
    CloseHandle(file);
    return ok;
}

BOOL logfile_append(const struct log_line *line)
{
    HANDLE mutex = lock();
    BOOL ok = mutex && append(line);

    if (!ok) WARN("a security event is lost, error %lu\n", GetLastError());
    if (mutex) unlock(mutex);
    return ok;
}
