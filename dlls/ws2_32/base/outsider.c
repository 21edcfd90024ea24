/*
 * Modules of the program's that call the device past Winsock, and past kernel32.dll.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * What they do to a socket is not seen, so for them the device must know everything. They
 * import the functions, or ask GetProcAddress for them. Who has done that before the first socket was
 * made is not found here; but such programs ask for a socket's base handle: base/ioctl_own.c.
 */
#include "private.h"

#include "base/ahead.h"
#include "base/interpose.h"
#include "base/outsider.h"

WINE_DEFAULT_DEBUG_CHANNEL(winsock);

#define LOCK_TRY_ONLY 2
#define LOCK_ACQUIRED 1

/* What the layer's own modules have behind the DOS header. They leave sockets alone. */
static const char builtin[] = "Wine builtin DLL";

static const char *const functions[] = {"NtDeviceIoControlFile", "NtReadFile", "NtWriteFile",
                                        "NtDuplicateObject", "NtCreateUserProcess"};

outsider_lookup outsider_real;
static BOOL found;

static BOOL is_theirs(const char *name)
{
    unsigned int i;

    for (i = 0; i < ARRAY_COUNT(functions); i++)
        if (!strcmp(name, functions[i])) return TRUE;
    return FALSE;
}

NTSTATUS WINAPI outsider_look_up(HMODULE module, const ANSI_STRING *name, ULONG ordinal, void **address)
{
    const NTSTATUS status = outsider_real(module, name, ordinal, address);

    if (status || !name || found || RtlDllShutdownInProgress() || !is_theirs(name->Buffer)) return status;
    TRACE("%s is looked up\n", debugstr_a(name->Buffer));
    found = TRUE;
    ahead_settle_all();
    return status;
}

static void compare(const char *name, void **entry, void *context)
{
    (void)entry;
    if (is_theirs(name)) *(BOOL *)context = TRUE;
}

static BOOL is_outsider(const LDR_DATA_TABLE_ENTRY *module)
{
    const char *base = module->DllBase;
    BOOL imports = FALSE;

    if (!memcmp(base + sizeof(IMAGE_DOS_HEADER), builtin, sizeof(builtin))) return FALSE;
    interpose_visit(module->DllBase, compare, &imports);
    if (imports) TRACE("%s calls ntdll.dll\n", debugstr_w(module->BaseDllName.Buffer));
    return imports;
}

/* The loader's lock is held. */
static BOOL look(const LIST_ENTRY *modules)
{
    const LIST_ENTRY *entry;

    for (entry = modules->Flink; entry != modules; entry = entry->Flink)
        if (is_outsider(CONTAINING_RECORD(entry, LDR_DATA_TABLE_ENTRY, InLoadOrderLinks))) return TRUE;
    return FALSE;
}

/* Whoever is loaded later is the last then. Who holds the loader's lock may wait for this thread. */
BOOL outsider_is_here(void)
{
    static const LIST_ENTRY *last_seen;
    const LIST_ENTRY *modules = &NtCurrentTeb()->Peb->LdrData->InLoadOrderModuleList, *last = modules->Blink;
    ULONG acquired = 0;
    ULONG_PTR cookie;

    if (found || last == last_seen) return found;
    if (LdrLockLoaderLock(LOCK_TRY_ONLY, &acquired, &cookie) || acquired != LOCK_ACQUIRED) return TRUE;
    last = modules->Blink;
    if (look(modules)) found = TRUE;
    last_seen = last;
    LdrUnlockLoaderLock(0, cookie);
    return found;
}
