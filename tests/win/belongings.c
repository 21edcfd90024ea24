/*
 * What this process has, as Wine's server and the host see it.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "belongings.h"

#include <winternl.h>

typedef char *(CDECL *host_name_function)(const WCHAR *path);
typedef LONG(WINAPI *host_spawn_function)(char *const argv[], int wait);
typedef NTSTATUS(WINAPI *ask_function)(SYSTEM_INFORMATION_CLASS class, void *data, ULONG size, ULONG *needed);

/* A program of the host's knows its parent. */
static unsigned int ask_a_child(void)
{
    host_name_function host_name =
        (void *)GetProcAddress(GetModuleHandleA("kernel32.dll"), "wine_get_unix_file_name");
    host_spawn_function host_spawn =
        (void *)GetProcAddress(GetModuleHandleA("ntdll.dll"), "__wine_unix_spawnvp");
    char *argv[] = {(char *)"sh", (char *)"-c", (char *)"echo $PPID >\"$0\"", NULL, NULL};
    WCHAR folder[MAX_PATH], path[MAX_PATH];
    unsigned int number = 0;
    FILE *file;

    if (!host_name || !host_spawn) SKIP("not on Wine");
    CHECK(GetTempPathW(MAX_PATH, folder));
    CHECK(GetTempFileNameW(folder, L"pid", 0, path));
    argv[3] = host_name(path);
    CHECK_INT(host_spawn(argv, 1), 0);
    HeapFree(GetProcessHeap(), 0, argv[3]);
    CHECK((file = _wfopen(path, L"r")) != NULL);
    CHECK_INT(fscanf(file, "%u", &number), 1);
    fclose(file);
    DeleteFileW(path);
    return number;
}

/* In /proc of the host, which is on Wine's drive Z. Z:\proc\self would be Wine's server,
 * which opens the files. */
static const char *path_of(const char *name)
{
    static unsigned int number;
    static char path[64];

    if (!number) number = ask_a_child();
    snprintf(path, sizeof(path), "Z:\\proc\\%u\\%s", number, name);
    return path;
}

static unsigned int entries(const char *pattern)
{
    WIN32_FIND_DATAA found;
    HANDLE find = FindFirstFileA(pattern, &found);
    unsigned int count = 0;

    CHECK(find != INVALID_HANDLE_VALUE);
    do
        if (found.cFileName[0] != '.') count++;
    while (FindNextFileA(find, &found));
    FindClose(find);
    return count;
}

unsigned int belongings_descriptors(void)
{
    return entries(path_of("fd\\*"));
}

static unsigned int memory(void)
{
    static const char name[] = "RssAnon:";
    FILE *file = fopen(path_of("status"), "r");
    unsigned int size = 0;
    char line[128];

    CHECK(file != NULL);
    while (!size && fgets(line, sizeof(line), file))
        if (!strncmp(line, name, strlen(name))) size = strtoul(line + strlen(name), NULL, 10);
    fclose(file);
    CHECK(size);
    return size;
}

/* GetProcessHandleCount says 0 on Wine 8. */
static unsigned int handles(void)
{
    const SYSTEM_INFORMATION_CLASS all_handles = 16;
    struct
    {
        ULONG count;
        struct
        {
            ULONG process;
            BYTE type, flags;
            WORD handle;
            void *object;
            ACCESS_MASK access;
        } handle[20000];
    } *list = malloc(sizeof(*list));
    ask_function ask = (void *)GetProcAddress(GetModuleHandleA("ntdll.dll"), "NtQuerySystemInformation");
    unsigned int i, count = 0;

    CHECK_INT(ask(all_handles, list, sizeof(*list), NULL), 0);
    for (i = 0; i < list->count; i++)
        if (list->handle[i].process == GetCurrentProcessId()) count++;
    free(list);
    return count;
}

struct belongings belongings(void)
{
    return (struct belongings){.handles = handles(),
                               .descriptors = belongings_descriptors(),
                               .threads = entries(path_of("task\\*")),
                               .memory = memory(),
                               .server_descriptors = entries("Z:\\proc\\self\\fd\\*")};
}
