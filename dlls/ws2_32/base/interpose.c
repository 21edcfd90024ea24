/*
 * Functions of the layer's that are answered here first.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * What programs do to handles they do through kernelbase.dll, be it by way of kernel32.dll
 * or the C runtime; and that imports the system calls from ntdll.dll like any other DLL. So
 * its import address table, in this process's memory, is where the module gets to know at
 * once of what is done to its sockets. Where a name is not found, in another version of the
 * layer, everything works that does not have to know at once: base/watch.c sees sockets
 * being closed by who calls ntdll.dll itself, or from another process, in any case.
 */
#include "private.h"

#include "base/asfile.h"
#include "base/ashandle.h"
#include "base/interpose.h"
#include "base/outsider.h"
#include "base/portcall.h"
#include "thread.h"

WINE_DEFAULT_DEBUG_CHANNEL(winsock);

/* Each replacement calls the original, which is set before anybody comes to it. */
static const struct
{
    const char *name;
    void *replacement;
    void **original;
} table[] = {
    {"NtClose", as_handle_close, (void **)&as_handle_real.close},
    {"NtSetInformationObject", as_handle_set, (void **)&as_handle_real.set},
    {"NtDuplicateObject", as_handle_duplicate, (void **)&as_handle_real.duplicate},
    {"NtCancelIoFileEx", as_handle_cancel, (void **)&as_handle_real.cancel},
    {"NtReadFile", as_file_read, (void **)&as_file_real.read},
    {"NtWriteFile", as_file_write, (void **)&as_file_real.write},
    {"NtDeviceIoControlFile", as_file_control, (void **)&as_file_real.control},
    {"NtCreateUserProcess", as_file_create_process, (void **)&as_file_real.create_process},
    {"LdrGetProcedureAddress", outsider_look_up, (void **)&outsider_real},
    {"NtSetInformationFile", port_set_information, (void **)&port_real.set_information},
    {"NtCancelIoFile", port_cancel, (void **)&port_real.cancel},
    {"NtCancelIoFileEx", port_cancel_ex, (void **)&port_real.cancel_ex},
    {"NtWaitForSingleObject", port_wait, (void **)&port_real.wait},
    {"NtWaitForMultipleObjects", port_wait_many, (void **)&port_real.wait_many},
    {"NtRemoveIoCompletion", port_remove, (void **)&port_real.remove},
    {"NtRemoveIoCompletionEx", port_remove_ex, (void **)&port_real.remove_ex},
};

static const void *at(HMODULE module, DWORD offset)
{
    return (const char *)module + offset;
}

static const IMAGE_IMPORT_DESCRIPTOR *imports_of(HMODULE module)
{
    const IMAGE_DOS_HEADER *dos = at(module, 0);
    const IMAGE_NT_HEADERS *nt = at(module, dos->e_lfanew);
    const IMAGE_DATA_DIRECTORY *imports = &nt->OptionalHeader.DataDirectory[IMAGE_DIRECTORY_ENTRY_IMPORT];

    return imports->Size ? at(module, imports->VirtualAddress) : NULL;
}

/* In the table's page others look up theirs meanwhile. */
static BOOL put(void **entry, void *function)
{
    MEMORY_BASIC_INFORMATION info;
    void *page = entry;
    SIZE_T size = sizeof(*entry);
    ULONG old, code;

    if (!VirtualQuery(entry, &info, sizeof(info))) return FALSE;
    code =
        info.Protect & (PAGE_EXECUTE | PAGE_EXECUTE_READ | PAGE_EXECUTE_READWRITE | PAGE_EXECUTE_WRITECOPY);
    if (NtProtectVirtualMemory(GetCurrentProcess(), &page, &size,
                               code ? PAGE_EXECUTE_READWRITE : PAGE_READWRITE, &old))
        return FALSE;
    InterlockedExchangePointer(entry, function);
    NtProtectVirtualMemory(GetCurrentProcess(), &page, &size, old, &old);
    return TRUE;
}

static void replace(const char *name, void **entry, void *unused)
{
    unsigned int i;

    (void)unused;
    for (i = 0; i < ARRAY_COUNT(table); i++)
    {
        if (strcmp(table[i].name, name)) continue;
        *table[i].original = *entry; /* it may be a replacement itself, of this table's even */
        if (put(entry, table[i].replacement)) continue;
        WARN("%s is not to be replaced\n", name);
    }
}

static void visit_imports(HMODULE module, const IMAGE_IMPORT_DESCRIPTOR *imports, import_visitor visit,
                          void *context)
{
    const IMAGE_THUNK_DATA *name;
    IMAGE_THUNK_DATA *entry;

    if (!imports->OriginalFirstThunk) return; /* nothing says which is which any more */
    name = at(module, imports->OriginalFirstThunk);
    entry = (IMAGE_THUNK_DATA *)at(module, imports->FirstThunk);
    for (; name->u1.AddressOfData; name++, entry++)
    {
        const IMAGE_IMPORT_BY_NAME *import = at(module, name->u1.AddressOfData);

        if (!IMAGE_SNAP_BY_ORDINAL(name->u1.Ordinal))
            visit((const char *)import->Name, (void **)&entry->u1.Function, context);
    }
}

void interpose_visit(HMODULE module, import_visitor visit, void *context)
{
    const IMAGE_IMPORT_DESCRIPTOR *imports = module ? imports_of(module) : NULL;

    for (; imports && imports->Name; imports++)
        if (!_stricmp(at(module, imports->Name), "ntdll.dll")) visit_imports(module, imports, visit, context);
}

static BOOL CALLBACK install(INIT_ONCE *init, void *param, void **context)
{
    (void)init, (void)param, (void)context;
    if (!thread_keep_module()) return TRUE;
    interpose_visit(GetModuleHandleW(L"kernelbase.dll"), replace, NULL);
    interpose_visit(GetModuleHandleW(L"kernel32.dll"), replace, NULL); /* which does a few things itself */
    return TRUE;
}

void interpose(void)
{
    static INIT_ONCE once = INIT_ONCE_STATIC_INIT;

    InitOnceExecuteOnce(&once, install, NULL, NULL);
}
