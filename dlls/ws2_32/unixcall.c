/*
 * Finding the ELF half, and refusing one that does not fit.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * A refusal must not keep the module from loading: wineboot and the services
 * load it, and a prefix can still be made. WSAStartup is where it shows.
 */
#include "private.h"

#include "unixcall.h"

WINE_DEFAULT_DEBUG_CHANNEL(winsock);

static unixlib_handle_t unix_handle;
static unix_dispatcher_t unix_dispatcher;
static BOOL halves_fit;
static char misfit[256]; /* why not, for the user */

static NTSTATUS dispatch(enum ws2_unix_function function, void *params)
{
    return unix_dispatcher(unix_handle, function, params);
}

static BOOL find_unix_half(HINSTANCE module)
{
    unix_dispatcher_t *dispatcher;
    ANSI_STRING name;
    HMODULE ntdll = GetModuleHandleA("ntdll.dll");

    RtlInitAnsiString(&name, WINE_UNIX_DISPATCHER_NAME);
    if (LdrGetProcedureAddress(ntdll, &name, 0, (void **)&dispatcher))
    {
        strcpy(misfit, "this Wine has no unix call dispatcher; Wine 8.0 or later is needed");
        return FALSE;
    }
    unix_dispatcher = *dispatcher;
    if (NtQueryVirtualMemory(GetCurrentProcess(), module, (MEMORY_INFORMATION_CLASS)WINE_MEMORY_UNIX_FUNCS,
                             &unix_handle, sizeof(unix_handle), NULL))
    {
        strcpy(misfit, "the module's Unix half, ws2_32.so, is missing or does not load");
        return FALSE;
    }
    return TRUE;
}

static const char *convention_name(unsigned int convention)
{
    static const char *const names[] = {"an unknown", "the Wine 8", "the Wine 10"};

    return names[convention < ARRAY_COUNT(names) ? convention : WS2_CONVENTION_UNKNOWN];
}

static BOOL check_unix_half(void)
{
    struct ws2_hello hello = {0};

    if (dispatch(WS2_HELLO, &hello))
    {
        strcpy(misfit, "the module's Unix half, ws2_32.so, is not this module's");
        return FALSE;
    }
    hello.build_id[sizeof(hello.build_id) - 1] = 0;
    TRACE("Unix half %s, boundary %u, built for %u, running %u\n", debugstr_a(hello.build_id), hello.version,
          hello.built, hello.running);
    if (hello.version != WS2_BOUNDARY_VERSION || hello.count != WS2_FUNCTION_COUNT)
    {
        sprintf(misfit, "ws2_32.dll and ws2_32.so are of different builds (boundary %u and %u)",
                WS2_BOUNDARY_VERSION, (unsigned int)hello.version);
        return FALSE;
    }
    if (hello.built != hello.running)
    {
        sprintf(misfit,
                "this module was built for %s calling convention and runs on a Wine with %s one; "
                "rebuild it against the installed Wine",
                convention_name(hello.built), convention_name(hello.running));
        return FALSE;
    }
    return TRUE;
}

void unix_attach(HINSTANCE module)
{
    halves_fit = find_unix_half(module) && check_unix_half();
}

BOOL unix_ready(void)
{
    static LONG told;

    if (halves_fit) return TRUE;
    if (!InterlockedExchange(&told, 1))
    {
        struct ws2_complain complain = {WS2_PTR(misfit)};
        char line[sizeof(misfit) + 16];
        DWORD written;

        /* WS2_COMPLAIN touches nothing of ntdll.so, so a wrong convention does it
         * no harm; without an ELF half the Windows standard error must do. */
        if (!unix_handle || dispatch(WS2_COMPLAIN, &complain))
            WriteFile(GetStdHandle(STD_ERROR_HANDLE), line, sprintf(line, "ws2_32: %s\r\n", misfit), &written,
                      NULL);
    }
    return FALSE;
}

NTSTATUS unix_call(enum ws2_unix_function function, void *params)
{
    return halves_fit ? dispatch(function, params) : STATUS_DLL_NOT_FOUND;
}
