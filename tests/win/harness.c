/*
 * The harness of the Windows test programs.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "harness.h"

#include <fcntl.h>
#include <io.h>
#include <stdarg.h>

/* mingw-w64's NtCurrentTeb reads a small constant address, which gcc 12 takes for a mistake. */
#pragma GCC diagnostic ignored "-Warray-bounds"

enum outcome
{
    PASSED,
    FAILED,
    SKIPPED,
    OUTCOMES
};

BOOL harness_startup = TRUE;

static struct harness_test *tests;
static struct harness_child *children;
static int counts[OUTCOMES];

static struct
{
    const struct harness_test *test;
    DWORD thread;
    void *exception_list; /* the layer's own modules keep their frames there */
    void *jump[5];
    LONG said; /* the test's one line is written */
    enum outcome outcome;
} current;

static struct
{
    HANDLE thread, start, stop;
    DWORD limit;
} watchdog;

/* By line, so that tests run in the order of the file whatever the linker's. */
void harness_add(struct harness_test *test)
{
    struct harness_test **at = &tests;

    while (*at && (*at)->line < test->line) at = &(*at)->next;
    test->next = *at;
    *at = test;
}

void harness_add_child(struct harness_child *child)
{
    child->next = children;
    children = child;
}

static const char *base_name(const char *path)
{
    const char *p, *name = path;

    for (p = path; *p; p++)
        if (*p == '/' || *p == '\\') name = p + 1;
    return name;
}

static void say(enum outcome outcome, const char *format, ...) __attribute__((format(gnu_printf, 2, 3)));

/* The first outcome of a test stands: a thread's failure, then its creator's. */
static void say(enum outcome outcome, const char *format, ...)
{
    static const char *const words[OUTCOMES] = {"ok", "FAIL", "skip"};
    char text[1024];
    va_list args;

    if (InterlockedExchange(&current.said, 1)) return;
    current.outcome = outcome;
    va_start(args, format);
    vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    printf("%s %s%s\n", words[outcome], current.test ? current.test->name : "outside any test:", text);
    fflush(stdout);
}

static void __attribute__((noreturn)) leave_test(void)
{
    if (GetCurrentThreadId() != current.thread) ExitThread(1);
    if (!current.test) ExitProcess(1);
    ((NT_TIB *)NtCurrentTeb())->ExceptionList = current.exception_list;
    __builtin_longjmp(current.jump, 1);
}

void harness_fail(const char *file, int line, const char *format, ...)
{
    char text[900];
    va_list args;

    va_start(args, format);
    vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    say(FAILED, " %s:%d: %s", base_name(file), line, text);
    leave_test();
}

void harness_skip(const char *format, ...)
{
    char text[900];
    va_list args;

    va_start(args, format);
    vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    say(SKIPPED, ": %s", text);
    leave_test();
}

void harness_check_int(const char *file, int line, const char *what, long long actual, long long expected)
{
    DWORD error = GetLastError();

    if (actual != expected)
        harness_fail(file, line, "%s is %lld (%#llx), not %lld (%#llx) (last error %ld)", what, actual,
                     actual, expected, expected, (long)error);
}

void harness_check_str(const char *file, int line, const char *what, const char *actual, const char *expected)
{
    if (!actual) harness_fail(file, line, "%s is NULL, not \"%s\"", what, expected);
    if (strcmp(actual, expected))
        harness_fail(file, line, "%s is \"%s\", not \"%s\"", what, actual, expected);
}

void harness_check_error(const char *file, int line, const char *what, long long result, int expected)
{
    int error = WSAGetLastError();

    if ((int)result != SOCKET_ERROR)
        harness_fail(file, line, "%s returned %lld, not an error (%d)", what, result, expected);
    if (error != expected) harness_fail(file, line, "%s gave error %d, not %d", what, error, expected);
}

static void __attribute__((noreturn)) leave_crashed(void)
{
    leave_test();
}

/* Continues the crashed thread in leave_crashed, on its own stack. */
static LONG WINAPI on_crash(EXCEPTION_POINTERS *info)
{
    EXCEPTION_RECORD *rec = info->ExceptionRecord;
    CONTEXT *context = info->ContextRecord;
    char module[MAX_PATH] = "?";
    MEMORY_BASIC_INFORMATION where = {0};

    VirtualQuery(rec->ExceptionAddress, &where, sizeof(where));
    if (where.AllocationBase) GetModuleFileNameA(where.AllocationBase, module, sizeof(module));
    say(FAILED, " crash: exception %08lx at %s+%#llx (address %#llx)", (long)rec->ExceptionCode,
        base_name(module), (long long)((char *)rec->ExceptionAddress - (char *)where.AllocationBase),
        rec->NumberParameters > 1 ? (long long)rec->ExceptionInformation[1] : 0);
#ifdef _WIN64
    context->Rsp = ((context->Rsp - 512) & ~(DWORD64)15) - 8;
    context->Rip = (DWORD64)leave_crashed;
#else
    context->Esp = ((context->Esp - 512) & ~15u) - 4;
    context->Eip = (DWORD)leave_crashed;
#endif
    return EXCEPTION_CONTINUE_EXECUTION;
}

static void close_report(void)
{
    printf("%d passed, %d failed, %d skipped\n", counts[PASSED], counts[FAILED], counts[SKIPPED]);
    fflush(stdout);
}

static BOOL wanted(const struct harness_test *test, int count, char **names)
{
    int i;

    for (i = 0; i < count; i++)
        if (!strcmp(test->name, names[i])) return TRUE;
    return !count;
}

static struct
{
    int count;
    char **names;
} chosen;

/* The tests after one that hangs run in a new process, which takes the counts over. */
static DWORD go_on(const struct harness_test *test)
{
    static char command[32000], program[MAX_PATH];
    STARTUPINFOA startup = {.cb = sizeof(startup)};
    PROCESS_INFORMATION process;
    DWORD code = 1;
    int len;

    GetModuleFileNameA(NULL, program, sizeof(program));
    len = snprintf(command, sizeof(command), "\"%s\" --go-on %d %d %d", program, counts[PASSED],
                   counts[FAILED], counts[SKIPPED]);
    for (; test; test = test->next)
        if (wanted(test, chosen.count, chosen.names))
            len += snprintf(command + len, sizeof(command) - len, " %s", test->name);
    if (!CreateProcessA(program, command, NULL, NULL, TRUE, 0, NULL, NULL, &startup, &process))
    {
        close_report();
        return 1;
    }
    WaitForSingleObject(process.hProcess, INFINITE);
    GetExitCodeProcess(process.hProcess, &code);
    return code;
}

static DWORD WINAPI watch(void *arg __attribute__((unused)))
{
    const struct harness_test *test;

    while (WaitForSingleObject(watchdog.start, INFINITE) == WAIT_OBJECT_0)
    {
        if (WaitForSingleObject(watchdog.stop, watchdog.limit) == WAIT_OBJECT_0) continue;
        say(FAILED, " hangs: no end after %ld s", (long)watchdog.limit / 1000);
        counts[FAILED]++;
        for (test = current.test->next; test && !wanted(test, chosen.count, chosen.names);) test = test->next;
        if (test) TerminateProcess(GetCurrentProcess(), go_on(test));
        close_report();
        TerminateProcess(GetCurrentProcess(), 1);
    }
    return 0;
}

static void run(struct harness_test *test)
{
    current.test = test;
    current.outcome = PASSED;
    current.exception_list = ((NT_TIB *)NtCurrentTeb())->ExceptionList;
    InterlockedExchange(&current.said, 0);
    SetEvent(watchdog.start);
    if (!__builtin_setjmp(current.jump))
    {
        test->run();
        say(PASSED, "%s", "");
    }
    SetEvent(watchdog.stop);
    counts[current.outcome]++;
    current.test = NULL;
}

static int run_child(const char *name, int argc, char **argv)
{
    struct harness_child *child;

    for (child = children; child; child = child->next)
        if (!strcmp(child->name, name)) return child->run(argc, argv);
    printf("no such role: %s\n", name);
    return 2;
}

/* A child ends with the threads that its role begins: it has no others. */
static void start(BOOL child)
{
    const char *limit = getenv("HARNESS_TIMEOUT");
    WSADATA data;

    SetErrorMode(SEM_NOGPFAULTERRORBOX | SEM_FAILCRITICALERRORS);
    SetUnhandledExceptionFilter(on_crash);
    current.thread = GetCurrentThreadId();
    watchdog.limit = 1000 * (limit && atoi(limit) > 0 ? atoi(limit) : 30);
    watchdog.start = CreateEventW(NULL, FALSE, FALSE, NULL);
    watchdog.stop = CreateEventW(NULL, FALSE, FALSE, NULL);
    if (!child) watchdog.thread = CreateThread(NULL, 0, watch, NULL, 0, NULL);
    if (harness_startup && WSAStartup(MAKEWORD(2, 2), &data))
    {
        printf("FAIL WSAStartup\n0 passed, 1 failed, 0 skipped\n");
        exit(1);
    }
}

int harness_main(int argc, char **argv)
{
    struct harness_test *test;
    int i, found;

    _setmode(_fileno(stdout), _O_BINARY);
    if (argc > 1 && !strcmp(argv[1], "--list"))
    {
        for (test = tests; test; test = test->next) printf("%s\n", test->name);
        return 0;
    }
    if (argc > 5 && !strcmp(argv[1], "--go-on"))
    {
        for (i = 0; i < OUTCOMES; i++) counts[i] = atoi(argv[2 + i]);
        argc -= 4;
        argv += 4;
    }
    for (i = 1, found = argc > 2 && !strcmp(argv[1], "--child"); i < argc && !found; i++)
    {
        for (test = tests; test && strcmp(test->name, argv[i]); test = test->next) continue;
        if (test) continue;
        printf("no such test: %s\n", argv[i]);
        return 2;
    }
    start(found);
    if (found) return run_child(argv[2], argc - 3, argv + 3);

    chosen.count = argc - 1;
    chosen.names = argv + 1;
    for (test = tests; test; test = test->next)
        if (wanted(test, chosen.count, chosen.names)) run(test);
    if (harness_startup) WSACleanup();
    close_report();
    return counts[FAILED] != 0;
}

int main(int argc, char **argv)
{
    return harness_main(argc, argv);
}

SOCKET tcp_listener(struct sockaddr_in *addr)
{
    struct sockaddr_in local = {0};
    int len = sizeof(local);
    SOCKET s;

    s = socket(AF_INET, SOCK_STREAM, IPPROTO_TCP);
    CHECK(s != INVALID_SOCKET);
    local.sin_family = AF_INET;
    local.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    CHECK_INT(bind(s, (struct sockaddr *)&local, sizeof(local)), 0);
    CHECK_INT(listen(s, 4), 0);
    CHECK_INT(getsockname(s, (struct sockaddr *)&local, &len), 0);
    if (addr) *addr = local;
    return s;
}

void tcp_pair(SOCKET pair[2])
{
    struct sockaddr_in addr;
    SOCKET listener = tcp_listener(&addr);

    pair[0] = socket(AF_INET, SOCK_STREAM, IPPROTO_TCP);
    CHECK(pair[0] != INVALID_SOCKET);
    CHECK_INT(connect(pair[0], (struct sockaddr *)&addr, sizeof(addr)), 0);
    pair[1] = accept(listener, NULL, NULL);
    CHECK(pair[1] != INVALID_SOCKET);
    CHECK_INT(closesocket(listener), 0);
}

void udp_bound(SOCKET *s, struct sockaddr_in *addr)
{
    struct sockaddr_in local = {0};
    int len = sizeof(local);

    *s = socket(AF_INET, SOCK_DGRAM, IPPROTO_UDP);
    CHECK(*s != INVALID_SOCKET);
    local.sin_family = AF_INET;
    local.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    CHECK_INT(bind(*s, (struct sockaddr *)&local, sizeof(local)), 0);
    CHECK_INT(getsockname(*s, (struct sockaddr *)&local, &len), 0);
    if (addr) *addr = local;
}

void close_pair(SOCKET pair[2])
{
    CHECK_INT(closesocket(pair[0]), 0);
    CHECK_INT(closesocket(pair[1]), 0);
}

void wait_readable(SOCKET s)
{
    struct timeval timeout = {10, 0};
    fd_set set;

    FD_ZERO(&set);
    FD_SET(s, &set);
    CHECK_INT(select(0, &set, NULL, NULL, &timeout), 1);
}

void set_blocking(SOCKET s, BOOL blocking)
{
    u_long nonblocking = !blocking;

    CHECK_INT(ioctlsocket(s, FIONBIO, &nonblocking), 0);
}

HANDLE harness_spawn(const char *name, const char *format, ...)
{
    char command[1024], program[MAX_PATH];
    STARTUPINFOA startup = {.cb = sizeof(startup)};
    PROCESS_INFORMATION process;
    va_list args;
    int len;

    GetModuleFileNameA(NULL, program, sizeof(program));
    len = snprintf(command, sizeof(command), "\"%s\" --child %s ", program, name);
    va_start(args, format);
    vsnprintf(command + len, sizeof(command) - len, format, args);
    va_end(args);
    CHECK(CreateProcessA(program, command, NULL, NULL, TRUE, 0, NULL, NULL, &startup, &process));
    CloseHandle(process.hThread);
    return process.hProcess;
}

int harness_join(HANDLE process)
{
    DWORD code = ~0u;

    WaitForSingleObject(process, INFINITE);
    GetExitCodeProcess(process, &code);
    CloseHandle(process);
    return code;
}

void harness_beside(const char *file, WCHAR *path)
{
    GetModuleFileNameW(NULL, path, MAX_PATH);
    MultiByteToWideChar(CP_ACP, 0, file, -1, wcsrchr(path, '\\') + 1, 64);
}
