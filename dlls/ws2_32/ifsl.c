/*
 * The device behind the handles of providers that have no files.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The layer's kernel for drivers, ntoskrnl.exe, is a DLL like any other, and lets every
 * process serve devices: its main loop takes the requests from the layer's server and
 * calls the driver, which is this file. It is loaded when a provider makes its first
 * handle. The loop must never wait for a provider, so another thread calls those, in APCs,
 * as the completion routines that they queue are.
 */
#include "private.h"

#include <ddk/wdm.h>

#include "ifsl.h"

WINE_DEFAULT_DEBUG_CHANNEL(winsock);

#define DEVICE_NAME L"\\Device\\Ws2Ifsl-%08lx" /* one a process */

/* Requests of our own, on a new handle. */
#define IFSL_BIND CTL_CODE(FILE_DEVICE_NAMED_PIPE, 0xf01, METHOD_BUFFERED, FILE_ANY_ACCESS)
#define IFSL_COMPLETE CTL_CODE(FILE_DEVICE_NAMED_PIPE, 0xf02, METHOD_BUFFERED, FILE_ANY_ACCESS)
#define IFSL_NOTHING CTL_CODE(FILE_DEVICE_NAMED_PIPE, 0xf03, METHOD_BUFFERED, FILE_ANY_ACCESS)

struct outcome
{
    NTSTATUS status;
    DWORD bytes;
};

/* A handle's; the server's file object has it. */
struct ifsl_file
{
    const struct ifsl_owner *owner;
    void *file;
};

static struct
{
    NTSTATUS(WINAPI *create_driver)(UNICODE_STRING *name, PDRIVER_INITIALIZE init);
    NTSTATUS(WINAPI *create_device)
    (DRIVER_OBJECT *driver, ULONG extension, UNICODE_STRING *name, DEVICE_TYPE type, ULONG characteristics,
     BOOLEAN exclusive, DEVICE_OBJECT **device);
    void(FASTCALL *complete)(IRP *irp, UCHAR boost);
    NTSTATUS(CDECL *main_loop)(HANDLE stop);
} kernel;

static INIT_ONCE once = INIT_ONCE_STATIC_INIT;
static HANDLE helper;
static DWORD helper_id;
static HANDLE own; /* of nobody's socket */

static NTSTATUS finish(IRP *irp, NTSTATUS status, ULONG_PTR information)
{
    irp->IoStatus.Status = status;
    irp->IoStatus.Information = information;
    kernel.complete(irp, IO_NO_INCREMENT);
    return status;
}

/* As pending, so that a packet is posted whatever comes of it. */
static NTSTATUS finish_later(IRP *irp, NTSTATUS status, ULONG_PTR information)
{
    IoMarkIrpPending(irp);
    finish(irp, status, information);
    return STATUS_PENDING;
}

void ifsl_end(void *request, NTSTATUS status, DWORD bytes)
{
    TRACE("request %p, status %#lx, bytes %lu\n", request, status, bytes);
    finish(request, status, bytes);
}

static void CALLBACK call_transfer(ULONG_PTR request)
{
    IRP *irp = (IRP *)request;
    const IO_STACK_LOCATION *stack = IoGetCurrentIrpStackLocation(irp);
    const struct ifsl_file *file = stack->FileObject->FsContext;
    const BOOL read = stack->MajorFunction == IRP_MJ_READ;

    file->owner->transfer(irp, file->file, read, irp->UserBuffer,
                          read ? stack->Parameters.Read.Length : stack->Parameters.Write.Length);
}

static void CALLBACK call_closed(ULONG_PTR closed)
{
    struct ifsl_file *file = (struct ifsl_file *)closed;

    file->owner->closed(file->file);
    heap_free(file);
}

static NTSTATUS WINAPI on_transfer(DEVICE_OBJECT *device, IRP *irp)
{
    (void)device;
    if (!IoGetCurrentIrpStackLocation(irp)->FileObject->FsContext)
        return finish(irp, STATUS_INVALID_DEVICE_REQUEST, 0);
    IoMarkIrpPending(irp);
    if (!QueueUserAPC(call_transfer, helper, (ULONG_PTR)irp)) finish(irp, STATUS_NO_MEMORY, 0);
    return STATUS_PENDING;
}

static NTSTATUS WINAPI on_open(DEVICE_OBJECT *device, IRP *irp)
{
    (void)device;
    return finish(irp, STATUS_SUCCESS, 0);
}

static NTSTATUS WINAPI on_close(DEVICE_OBJECT *device, IRP *irp)
{
    FILE_OBJECT *object = IoGetCurrentIrpStackLocation(irp)->FileObject;

    (void)device;
    if (object->FsContext) QueueUserAPC(call_closed, helper, (ULONG_PTR)object->FsContext);
    object->FsContext = NULL;
    return finish(irp, STATUS_SUCCESS, 0);
}

static NTSTATUS WINAPI on_control(DEVICE_OBJECT *device, IRP *irp)
{
    const IO_STACK_LOCATION *stack = IoGetCurrentIrpStackLocation(irp);
    const DWORD size = stack->Parameters.DeviceIoControl.InputBufferLength;
    const struct outcome *outcome = irp->AssociatedIrp.SystemBuffer;

    (void)device;
    switch (stack->Parameters.DeviceIoControl.IoControlCode)
    {
    case IFSL_BIND:
        if (size != sizeof(struct ifsl_file *) || stack->FileObject->FsContext) break;
        stack->FileObject->FsContext = *(struct ifsl_file **)irp->AssociatedIrp.SystemBuffer;
        return finish(irp, STATUS_SUCCESS, 0);
    case IFSL_COMPLETE:
        if (size != sizeof(*outcome)) break;
        return finish_later(irp, outcome->status, outcome->bytes);
    case IFSL_NOTHING: return finish(irp, STATUS_SUCCESS, 0);
    }
    return finish(irp, STATUS_INVALID_DEVICE_REQUEST, 0);
}

/* GetFileType says of Windows's sockets that they are pipes. */
static NTSTATUS WINAPI on_query_volume(DEVICE_OBJECT *device, IRP *irp)
{
    const IO_STACK_LOCATION *stack = IoGetCurrentIrpStackLocation(irp);
    FILE_FS_DEVICE_INFORMATION *info = irp->AssociatedIrp.SystemBuffer;

    (void)device;
    if (stack->Parameters.QueryVolume.FsInformationClass != FileFsDeviceInformation ||
        stack->Parameters.QueryVolume.Length < sizeof(*info))
        return finish(irp, STATUS_INVALID_DEVICE_REQUEST, 0);
    info->DeviceType = FILE_DEVICE_NAMED_PIPE;
    info->Characteristics = 0;
    return finish(irp, STATUS_SUCCESS, sizeof(*info));
}

static NTSTATUS WINAPI start_driver(DRIVER_OBJECT *driver, UNICODE_STRING *path)
{
    UNICODE_STRING name;
    DEVICE_OBJECT *device;
    WCHAR text[32];

    (void)path;
    driver->MajorFunction[IRP_MJ_CREATE] = on_open;
    driver->MajorFunction[IRP_MJ_CLOSE] = on_close;
    driver->MajorFunction[IRP_MJ_READ] = on_transfer;
    driver->MajorFunction[IRP_MJ_WRITE] = on_transfer;
    driver->MajorFunction[IRP_MJ_DEVICE_CONTROL] = on_control;
    driver->MajorFunction[IRP_MJ_QUERY_VOLUME_INFORMATION] = on_query_volume;
    _snwprintf(text, ARRAY_COUNT(text), DEVICE_NAME, GetCurrentProcessId());
    RtlInitUnicodeString(&name, text);
    return kernel.create_device(driver, 0, &name, FILE_DEVICE_NAMED_PIPE, 0, FALSE, &device);
}

static BOOL load_kernel(void)
{
    HMODULE module = LoadLibraryW(L"ntoskrnl.exe");

    if (!module) return FALSE;
    kernel.create_driver = (void *)GetProcAddress(module, "IoCreateDriver");
    kernel.create_device = (void *)GetProcAddress(module, "IoCreateDevice");
    kernel.complete = (void *)GetProcAddress(module, "IofCompleteRequest");
    kernel.main_loop = (void *)GetProcAddress(module, "wine_ntoskrnl_main_loop");
    return kernel.create_driver && kernel.create_device && kernel.complete && kernel.main_loop;
}

static DWORD WINAPI serve(void *unused)
{
    HANDLE never = CreateEventW(NULL, TRUE, FALSE, NULL);
    NTSTATUS status = kernel.main_loop(never);

    (void)unused;
    ERR("no device any more, status %#lx\n", status);
    return 0;
}

static DWORD WINAPI help(void *unused)
{
    (void)unused;
    while (SleepEx(INFINITE, TRUE) == WAIT_IO_COMPLETION) continue;
    return 0;
}

static HANDLE start_thread(LPTHREAD_START_ROUTINE routine, DWORD *id)
{
    HMODULE self;

    if (!GetModuleHandleExW(GET_MODULE_HANDLE_EX_FLAG_FROM_ADDRESS | GET_MODULE_HANDLE_EX_FLAG_PIN,
                            (const WCHAR *)routine, &self))
        return NULL;
    return CreateThread(NULL, 0, routine, NULL, 0, id);
}

static NTSTATUS open_device(BOOL inherit, HANDLE *handle)
{
    OBJECT_ATTRIBUTES attr;
    UNICODE_STRING name;
    IO_STATUS_BLOCK io;
    WCHAR text[32];

    _snwprintf(text, ARRAY_COUNT(text), DEVICE_NAME, GetCurrentProcessId());
    RtlInitUnicodeString(&name, text);
    InitializeObjectAttributes(&attr, &name, inherit ? OBJ_INHERIT : 0, NULL, NULL);
    return NtOpenFile(handle, GENERIC_READ | GENERIC_WRITE | SYNCHRONIZE, &attr, &io,
                      FILE_SHARE_READ | FILE_SHARE_WRITE, 0);
}

static BOOL CALLBACK start(INIT_ONCE *self, void *parameter, void **context)
{
    UNICODE_STRING name;
    HANDLE server;

    (void)self;
    (void)parameter;
    (void)context;
    RtlInitUnicodeString(&name, L"\\Driver\\Ws2Ifsl");
    if (!load_kernel() || kernel.create_driver(&name, start_driver) ||
        !(helper = start_thread(help, &helper_id)) || !(server = start_thread(serve, NULL)) ||
        open_device(FALSE, &own))
    {
        ERR("handles of providers without files are not to be had\n");
        return FALSE;
    }
    CloseHandle(server);
    return TRUE;
}

/* Waits for what the driver answers at once, after what it was asked before. */
static NTSTATUS ask_driver(HANDLE handle, ULONG code, void *in, ULONG size)
{
    HANDLE event = CreateEventW(NULL, TRUE, FALSE, NULL);
    IO_STATUS_BLOCK io;
    NTSTATUS status;

    if (!event) return STATUS_NO_MEMORY;
    status = NtDeviceIoControlFile(handle, event, NULL, NULL, &io, code, in, size, NULL, 0);
    if (status == STATUS_PENDING)
    {
        WaitForSingleObject(event, INFINITE);
        status = io.Status;
    }
    CloseHandle(event);
    return status;
}

HANDLE ifsl_open(const struct ifsl_owner *owner, BOOL inherit, void *file)
{
    struct ifsl_file *bound;
    NTSTATUS status;
    HANDLE handle;

    if (!InitOnceExecuteOnce(&once, start, NULL, NULL)) return NULL;
    if (!(bound = heap_alloc(sizeof(*bound)))) return NULL;
    bound->owner = owner;
    bound->file = file;
    if (!(status = open_device(inherit, &handle)))
    {
        if (!(status = ask_driver(handle, IFSL_BIND, &bound, sizeof(bound)))) return handle;
        NtClose(handle);
    }
    WARN("no handle, status %#lx\n", status);
    heap_free(bound);
    return NULL;
}

NTSTATUS ifsl_complete(HANDLE handle, WSAOVERLAPPED *overlapped, HANDLE event, BOOL packet, NTSTATUS status,
                       DWORD bytes)
{
    struct outcome outcome = {status, bytes};

    return NtDeviceIoControlFile(handle, event, NULL, packet ? overlapped : NULL,
                                 (IO_STATUS_BLOCK *)overlapped, IFSL_COMPLETE, &outcome, sizeof(outcome),
                                 NULL, 0);
}

BOOL ifsl_is_thread(void)
{
    return helper_id == GetCurrentThreadId();
}

static void CALLBACK set_event(ULONG_PTR event)
{
    SetEvent((HANDLE)event);
}

void ifsl_drain(void)
{
    HANDLE event;

    if (!own || ifsl_is_thread() || !(event = CreateEventW(NULL, TRUE, FALSE, NULL))) return;
    ask_driver(own, IFSL_NOTHING, NULL, 0);
    if (QueueUserAPC(set_event, helper, (ULONG_PTR)event)) WaitForSingleObject(event, INFINITE);
    CloseHandle(event);
}
