/*
 * Taking descriptors and memory away.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "shortage.h"

/*
 * A program of the host's lowers the limit of another: $1 whose, $2 of what, $3 the limit,
 * $4 a file, of which it waits until it has a second byte, and which gets a third byte
 * when all is as before. The server is whose working directory is the prefix's server's.
 */
static const char script[] =
    "pid=$PPID\n"
    "if [ $1 = server ]; then\n"
    "    folder=/server-$(printf '%x-%x' $(stat -L -c '%d %i' \"${WINEPREFIX:-$HOME/.wine}\"))\n"
    "    for each in /proc/[0-9]*; do\n"
    "        case $(readlink $each/cwd) in *$folder) pid=${each#/proc/} ;; esac\n"
    "    done\n"
    "    [ $pid != $PPID ] || exit 2\n"
    "fi\n"
    "before=$(prlimit --pid $pid --$2 --output=SOFT --noheadings --raw) || exit 2\n"
    "prlimit --pid $pid --$2=$3: || exit 2\n"
    "(\n"
    "    for each in $(seq 1500); do\n"
    "        if [ $(stat -c %s \"$4\") -gt 1 ]; then break; fi\n"
    "        sleep 0.02\n"
    "    done\n"
    "    prlimit --pid $pid --$2=$before:\n"
    "    printf . >>\"$4\"\n"
    ") &\n";

static HANDLE file = INVALID_HANDLE_VALUE;

static void write_byte(void)
{
    DWORD written;

    CHECK(SetFilePointer(file, 0, NULL, FILE_END) != INVALID_SET_FILE_POINTER);
    CHECK(WriteFile(file, ".", 1, &written, NULL));
    CHECK_INT(written, 1);
}

static char *host_name_of(const WCHAR *path)
{
    char *(CDECL * name)(const WCHAR *) =
        (void *)GetProcAddress(GetModuleHandleA("kernel32.dll"), "wine_get_unix_file_name");

    if (!name) SKIP("not on Wine");
    return name(path);
}

static int run(enum limit limit, char *path)
{
    static const char *const arguments[][3] = {[LIMIT_SERVER_DESCRIPTORS] = {"server", "nofile", "3"},
                                               [LIMIT_PROGRAM_DESCRIPTORS] = {"program", "nofile", "3"},
                                               [LIMIT_MEMORY] = {"program", "data", "1"}};
    const char *const *argument = arguments[limit];
    LONG(WINAPI * spawn)
    (char *const argv[], int wait) =
        (void *)GetProcAddress(GetModuleHandleA("ntdll.dll"), "__wine_unix_spawnvp");
    char text[sizeof(script) + 128];
    char *argv[] = {(char *)"sh",        (char *)"-c",        text, (char *)"sh", (char *)argument[0],
                    (char *)argument[1], (char *)argument[2], path, NULL};

    snprintf(text, sizeof(text), "exec >/dev/null 2>&1 </dev/null\n%s", script);
    return spawn ? spawn(argv, 1) : -1;
}

/* What is on the heap already, or on the stack, would do for a while. */
struct taken
{
    struct taken *next;
};

static struct taken *taken;

static void take_memory(void)
{
    volatile char stack[0x20000];
    struct taken *block;
    SIZE_T size;

    for (size = 0; size < sizeof(stack); size += 0x1000) stack[size] = 0;
    for (size = 0x10000; size >= sizeof(*block); size /= 2)
    {
        while ((block = HeapAlloc(GetProcessHeap(), 0, size)))
        {
            block->next = taken;
            taken = block;
        }
    }
}

static void give_memory_back(void)
{
    struct taken *block;

    while ((block = taken))
    {
        taken = block->next;
        HeapFree(GetProcessHeap(), 0, block);
    }
}

void limit_set(enum limit limit)
{
    WCHAR folder[MAX_PATH], path[MAX_PATH];

    CHECK(GetTempPathW(MAX_PATH, folder));
    CHECK(GetTempFileNameW(folder, L"lim", 0, path));
    file = CreateFileW(path, GENERIC_READ | GENERIC_WRITE,
                       FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE, NULL, OPEN_EXISTING,
                       FILE_FLAG_DELETE_ON_CLOSE, NULL);
    CHECK(file != INVALID_HANDLE_VALUE);
    write_byte(); /* and so its descriptor is there */
    if (run(limit, host_name_of(path))) SKIP("the limit can't be changed here");
    if (limit == LIMIT_MEMORY) take_memory();
}

void limit_lift(void)
{
    give_memory_back();
    write_byte();
    while (GetFileSize(file, NULL) < 3) Sleep(1);
    CloseHandle(file);
    file = INVALID_HANDLE_VALUE;
}
