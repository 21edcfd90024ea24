/*
 * Finding the sockets that were made with WSA_FLAG_ACCESS_SYSTEM_SECURITY.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * A SACL is set by a call that does not come here, at any time, on any duplicate of the
 * handle; processes end without a word. So nothing is noted of these sockets: the
 * handles of the whole prefix are looked through for those that have the access, which
 * only this flag gives to a socket's. That takes long, and is done only if the word
 * that all processes share says that there ever was such a socket. It outlives the
 * process that wrote it, as a duplicate of the socket may.
 */
#include "private.h"

#include "base/newborn.h"
#include "base/secured.h"
#include "base/token.h"

WINE_DEFAULT_DEBUG_CHANNEL(winsock);

#define WORD_NAME L"\\BaseNamedObjects\\__ws2_32_secured"

static LONG *shared_word(void)
{
    static LONG *word;
    LARGE_INTEGER size = {.QuadPart = sizeof(*word)};
    OBJECT_ATTRIBUTES attr;
    UNICODE_STRING name;
    SIZE_T view_size = 0;
    void *view = NULL;
    HANDLE section;

    if (word) return word;
    RtlInitUnicodeString(&name, WORD_NAME);
    InitializeObjectAttributes(&attr, &name, OBJ_OPENIF | OBJ_PERMANENT, NULL, NULL);
    if (!NT_SUCCESS(NtCreateSection(&section, SECTION_MAP_READ | SECTION_MAP_WRITE, &attr, &size,
                                    PAGE_READWRITE, SEC_COMMIT, NULL)))
        return NULL;
    if (NtMapViewOfSection(section, GetCurrentProcess(), &view, 0, 0, NULL, &view_size, ViewUnmap, 0,
                           PAGE_READWRITE))
        view = NULL;
    NtClose(section);
    if (view && InterlockedCompareExchangePointer((void **)&word, view, NULL))
        NtUnmapViewOfSection(GetCurrentProcess(), view);
    return word;
}

/* The device's server adds the owner and the group when it is given a DACL. */
static void give_descriptor(HANDLE handle)
{
    TOKEN_DEFAULT_DACL *dacl = NULL;
    SECURITY_DESCRIPTOR descriptor;
    BOOL may_act;
    HANDLE token = token_open(&may_act);

    if (token && (dacl = token_ask(token, TokenDefaultDacl)) && dacl->DefaultDacl &&
        !RtlCreateSecurityDescriptor(&descriptor, SECURITY_DESCRIPTOR_REVISION) &&
        !RtlSetDaclSecurityDescriptor(&descriptor, TRUE, dacl->DefaultDacl, TRUE))
        NtSetSecurityObject(handle, DACL_SECURITY_INFORMATION, &descriptor);
    heap_free(dacl);
    if (token) NtClose(token);
}

void secured_begin(HANDLE handle)
{
    LONG *word = shared_word();

    if (word) InterlockedExchange(word, 1);
    give_descriptor(handle);
}

/* Without the word there may be some. */
BOOL secured_exist(void)
{
    const volatile LONG *word = shared_word();

    return !word || *word;
}

static SYSTEM_HANDLE_INFORMATION_EX *all_handles(void)
{
    SYSTEM_HANDLE_INFORMATION_EX *handles = NULL;
    NTSTATUS status = STATUS_INFO_LENGTH_MISMATCH;
    ULONG size = 0x10000;

    while (status == STATUS_INFO_LENGTH_MISMATCH)
    {
        heap_free(handles);
        size *= 2;
        if (!(handles = heap_alloc(size))) return NULL;
        status = NtQuerySystemInformation(SystemExtendedHandleInformation, handles, size, NULL);
    }
    if (!status) return handles;
    WARN("no list of handles, status %#lx\n", status);
    heap_free(handles);
    return NULL;
}

/* Sockets and files are of one type, others are not touched; 0 if s is closed by now. */
static USHORT type_of(const SYSTEM_HANDLE_INFORMATION_EX *handles, SOCKET s)
{
    ULONG_PTR i;

    for (i = 0; i < handles->NumberOfHandles; i++)
        if (handles->Handles[i].UniqueProcessId == GetCurrentProcessId() &&
            handles->Handles[i].HandleValue == s)
            return handles->Handles[i].ObjectTypeIndex;
    return 0;
}

static HANDLE duplicate(const SYSTEM_HANDLE_TABLE_ENTRY_INFO_EX *entry)
{
    HANDLE process = OpenProcess(PROCESS_DUP_HANDLE, FALSE, entry->UniqueProcessId), handle;

    if (!process) return NULL;
    if (!DuplicateHandle(process, (HANDLE)entry->HandleValue, GetCurrentProcess(), &handle, 0, FALSE,
                         DUPLICATE_SAME_ACCESS))
        handle = NULL;
    CloseHandle(process);
    return handle;
}

void secured_for_each(SOCKET s, BOOL (*visit)(SOCKET secured, DWORD process, void *context), void *context)
{
    SYSTEM_HANDLE_INFORMATION_EX *handles = all_handles();
    USHORT type = handles ? type_of(handles, s) : 0;
    const SYSTEM_HANDLE_TABLE_ENTRY_INFO_EX *entry;
    BOOL go_on = type != 0, newborn;
    HANDLE handle;
    ULONG_PTR i;

    for (i = 0; go_on && i < handles->NumberOfHandles; i++)
    {
        entry = &handles->Handles[i];
        if (!(entry->GrantedAccess & ACCESS_SYSTEM_SECURITY) || entry->ObjectTypeIndex != type) continue;
        newborn = newborn_enter(); /* it may be a socket in the making */
        if ((handle = duplicate(entry)))
        {
            if (NtCompareObjects(handle, SOCKET_HANDLE(s)) == STATUS_NOT_SAME_OBJECT)
                go_on = visit(HANDLE_SOCKET(handle), entry->UniqueProcessId, context);
            CloseHandle(handle);
        }
        newborn_leave(newborn);
    }
    heap_free(handles);
}
