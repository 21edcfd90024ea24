/*
 * The security log's file: numbers, several writers, its size, and names that are no XML.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "guard.h"

#define LOCK_NAME "Global\\__ws2_32_security_log"
#define LOG_LIMIT 0x100000

#define WRITERS 4
#define EVENTS 25

static struct sockaddr_in guarded;

/* One more event; its line. */
static char *provoke(void)
{
    if (!guarded.sin_port) guard(SOCK_STREAM, FAILED_ACCESS_ACE_FLAG, &guarded);
    return CHECK_EVENTS(CHECK_INT(try_bind(SOCK_STREAM, &guarded), WSAEADDRINUSE), 1);
}

CHILD(intruder)
{
    struct sockaddr_in addr = loopback(htons(atoi(argv[0])));
    int i, refused = 0;

    for (i = 0; i < atoi(argv[1]); i++) refused += try_bind(SOCK_STREAM, &addr) == WSAEADDRINUSE;
    return refused;
}

static HANDLE open_log(DWORD access, DWORD share)
{
    char path[MAX_PATH];
    HANDLE file;

    log_path(LOG_NAME, path);
    file = CreateFileA(path, access, share, NULL, OPEN_EXISTING, 0, NULL);
    CHECK(file != INVALID_HANDLE_VALUE);
    return file;
}

static void append(const char *text, DWORD size)
{
    HANDLE file = open_log(FILE_APPEND_DATA, FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE);
    DWORD done;

    CHECK(WriteFile(file, text, size, &done, NULL));
    CloseHandle(file);
}

TEST(events_are_numbered_one_by_one)
{
    unsigned long long number = number_of(provoke());

    CHECK(number > 0);
    CHECK_INT(number_of(provoke()), number + 1);
    CHECK_INT(number_of(provoke()), number + 2);
}

TEST(several_writers_lose_nothing_and_mix_nothing)
{
    unsigned long long before = number_of(provoke());
    HANDLE writers[WRITERS];
    DWORD ids[WRITERS];
    int i, j, count, of_writer;
    char **events;

    for (i = 0; i < WRITERS; i++)
    {
        writers[i] = harness_spawn("intruder", "%u %u", ntohs(guarded.sin_port), EVENTS);
        ids[i] = GetProcessId(writers[i]);
    }
    for (i = 0; i < WRITERS; i++) CHECK_INT(harness_join(writers[i]), EVENTS);
    events = events_after(before, &count);
    CHECK_INT(count, WRITERS * EVENTS);
    for (i = 0; i < count; i++) CHECK_INT(number_of(events[i]), before + 1 + i);
    for (j = 0; j < WRITERS; j++)
    {
        for (i = of_writer = 0; i < count; i++) of_writer += number_in(events[i], "ProcessId") == ids[j];
        CHECK_INT(of_writer, EVENTS);
    }
}

CHILD(lock_holder)
{
    HANDLE mutex = CreateMutexA(NULL, FALSE, LOCK_NAME);

    if (WaitForSingleObject(mutex, 10000) != WAIT_OBJECT_0) return 1;
    TerminateProcess(GetCurrentProcess(), 55);
    return 2;
}

TEST(a_writer_that_was_ended_leaves_the_lock)
{
    HANDLE mutex = CreateMutexA(NULL, FALSE, LOCK_NAME); /* outlives the child */

    provoke();
    CHECK_INT(harness_join(harness_spawn("lock_holder", "x")), 55);
    provoke();
    CloseHandle(mutex);
}

TEST(a_line_that_was_not_finished_spoils_no_other)
{
    unsigned long long number = number_of(provoke());
    char *log;

    append("<Event xmlns=", 13);
    CHECK_INT(number_of(provoke()), number + 1);
    log = read_log(LOG_NAME);
    CHECK(strstr(log, "\n<Event xmlns=\n<Event xmlns=\"") != NULL);
}

/* Copies of its last line, until it has this size: a thousand binds would take longer. */
static void fill_log(const char *line, DWORD size)
{
    char *text = calloc(1, size + strlen(line) + 2);
    DWORD length = strlen(read_log(LOG_NAME)), used = 0;

    while (length + used < size) used += sprintf(text + used, "%s\n", line);
    append(text, used);
    free(text);
}

TEST(a_full_file_becomes_the_old_one)
{
    char *line = provoke();
    int i;

    for (i = 0; i < 2; i++)
    {
        unsigned long long number = number_of(line);

        fill_log(line, LOG_LIMIT);
        line = provoke();
        CHECK_INT(number_of(line), number + 1);
        CHECK_INT(strlen(read_log(LOG_NAME)), strlen(line) + 1);
        CHECK(strlen(read_log(OLD_LOG_NAME)) >= LOG_LIMIT);
        CHECK(strlen(read_log(OLD_LOG_NAME)) < LOG_LIMIT + 0x4000);
    }
}

/* Its limit is twice the usual one then. */
TEST(a_file_that_may_not_be_moved_goes_on_for_a_while)
{
    char *line = provoke();
    HANDLE reader = open_log(GENERIC_READ, FILE_SHARE_READ | FILE_SHARE_WRITE);

    fill_log(line, LOG_LIMIT);
    line = provoke();
    CHECK(strlen(read_log(LOG_NAME)) > LOG_LIMIT);
    fill_log(line, 2 * LOG_LIMIT);
    CHECK_EVENTS(CHECK_INT(try_bind(SOCK_STREAM, &guarded), WSAEADDRINUSE), 0);
    CloseHandle(reader);
    CHECK_INT(number_of(provoke()), number_of(line) + 1);
    CHECK(strlen(read_log(LOG_NAME)) < LOG_LIMIT);
}

TEST(a_log_that_is_locked_costs_the_record_and_nothing_else)
{
    HANDLE reader;

    provoke();
    reader = open_log(GENERIC_READ, FILE_SHARE_READ);
    CHECK_EVENTS(CHECK_INT(try_bind(SOCK_STREAM, &guarded), WSAEADDRINUSE), 0);
    CloseHandle(reader);
    provoke();
}

/* --- Names ------------------------------------------------------------------------------ */

static void run_intruder(const char *program)
{
    STARTUPINFOA startup = {.cb = sizeof(startup)};
    PROCESS_INFORMATION process;
    char command[64];

    snprintf(command, sizeof(command), "x --child intruder %u 1", ntohs(guarded.sin_port));
    CHECK(CreateProcessA(program, command, NULL, NULL, FALSE, 0, NULL, NULL, &startup, &process));
    CloseHandle(process.hThread);
    CHECK_INT(harness_join(process.hProcess), 1);
}

TEST(names_are_escaped)
{
    char own[MAX_PATH], other[MAX_PATH + 16], *event, *name;

    provoke();
    GetModuleFileNameA(NULL, own, sizeof(own));
    GetTempPathA(MAX_PATH, other);
    strcat(other, "R&D's.exe");
    CHECK(CopyFileA(own, other, FALSE));
    event = CHECK_EVENTS(run_intruder(other), 1);
    name = data_of(event, "ProcessName");
    CHECK_STR(name + strlen(name) - 14, "\\R&amp;D's.exe");
    CHECK(DeleteFileA(other));
}
