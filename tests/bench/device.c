/*
 * Rows: what the layer's socket device takes by itself, without any Winsock.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * These come last: a program that is seen to call the device itself gets less from the module
 * from then on (base/outsider.c).
 */
#include "bench.h"

#ifdef _WIN32

#include <winioctl.h>
#include <winternl.h>

#include "../../include/afd.h"

typedef NTSTATUS(WINAPI *control_function)(HANDLE, HANDLE, PIO_APC_ROUTINE, void *, IO_STATUS_BLOCK *, ULONG,
                                           void *, ULONG, void *, ULONG);

static control_function control;

/* Not imported: the rows before this one are those of a program that does not do so. */
static int find_control(void)
{
    HMODULE ntdll = GetModuleHandleA("ntdll.dll");

    NEED((control = (control_function)(void *)GetProcAddress(ntdll, "NtDeviceIoControlFile")));
    return 0;
}

/* The device's file is opened, made a socket, which is when it says that it has no more descriptors,
 * and closed. No module makes and closes a socket in less. */
static int create_close(void)
{
    static const WCHAR text[] = L"\\Device\\Afd";
    UNICODE_STRING name = {sizeof(text) - sizeof(*text), sizeof(text), (WCHAR *)text};
    struct afd_create create = {AF_INET, SOCK_STREAM, IPPROTO_TCP, WSA_FLAG_OVERLAPPED};
    OBJECT_ATTRIBUTES attributes;
    IO_STATUS_BLOCK io;
    HANDLE device;

    InitializeObjectAttributes(&attributes, &name, OBJ_INHERIT, NULL, NULL);
    NEED(!NtOpenFile(&device, GENERIC_READ | GENERIC_WRITE | SYNCHRONIZE, &attributes, &io, 0, 0));
    NEED(!control(device, NULL, NULL, NULL, &io, AFD_CREATE, &create, sizeof(create), NULL, 0));
    NEED(!NtClose(device));
    return 0;
}

#else

static int find_control(void)
{
    return 0;
}

static int create_close(void)
{
    SOCKET s = socket(AF_INET, SOCK_STREAM, IPPROTO_TCP);

    NEED(s != INVALID_SOCKET);
    NEED(!closesocket(s));
    return 0;
}

#endif

const struct row device_rows[] = {
    {"device_create_close", "the device's part of socket + closesocket", NO_TARGET, 0, find_control,
     create_close, NULL},
    {0},
};
