/*
 * Rows: making sockets and connections, and closing them.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "bench.h"

#ifdef _WIN32
#include <winioctl.h>
#include <winternl.h>

#include "../../include/afd.h"
#endif

static struct sockaddr_in address;

static int create_close(void)
{
    SOCKET s;

    NEED((s = socket(AF_INET, SOCK_STREAM, IPPROTO_TCP)) != INVALID_SOCKET);
    NEED(!closesocket(s));
    return 0;
}

static int create_close_udp(void)
{
    SOCKET s;

#ifdef _WIN32
    s = WSASocketW(AF_INET, SOCK_DGRAM, IPPROTO_UDP, NULL, 0,
                   WSA_FLAG_OVERLAPPED | WSA_FLAG_NO_HANDLE_INHERIT);
#else
    s = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, IPPROTO_UDP);
#endif
    NEED(s != INVALID_SOCKET);
    NEED(!closesocket(s));
    return 0;
}

/* What of create_close is the device's, whoever asks it: its file opened, made a socket, which is when
 * it says that it has no more descriptors, and closed. No module makes and closes a socket in less. */
#ifdef _WIN32
typedef NTSTATUS(WINAPI *control_function)(HANDLE, HANDLE, PIO_APC_ROUTINE, void *, IO_STATUS_BLOCK *, ULONG,
                                           void *, ULONG, void *, ULONG);

/* Not imported: a program that is seen to call the device itself gets less from the module. */
static control_function device_control(void)
{
    static control_function control;

    if (!control)
        control =
            (control_function)(void *)GetProcAddress(GetModuleHandleA("ntdll.dll"), "NtDeviceIoControlFile");
    return control;
}

static int device_create_close(void)
{
    static const WCHAR text[] = L"\\Device\\Afd";
    UNICODE_STRING name = {sizeof(text) - sizeof(*text), sizeof(text), (WCHAR *)text};
    struct afd_create create = {AF_INET, SOCK_STREAM, IPPROTO_TCP, WSA_FLAG_OVERLAPPED};
    OBJECT_ATTRIBUTES attributes;
    IO_STATUS_BLOCK io;
    HANDLE device;

    InitializeObjectAttributes(&attributes, &name, OBJ_INHERIT, NULL, NULL);
    NEED(!NtOpenFile(&device, GENERIC_READ | GENERIC_WRITE | SYNCHRONIZE, &attributes, &io, 0, 0));
    NEED(!device_control()(device, NULL, NULL, NULL, &io, AFD_CREATE, &create, sizeof(create), NULL, 0));
    NEED(!NtClose(device));
    return 0;
}
#else
static int device_create_close(void)
{
    return create_close();
}
#endif

/* What the catalog of providers costs a process in which none is installed: it is looked
 * at when the first socket after WSAStartup is made. */
#ifdef _WIN32
static int first_socket(void)
{
    WSADATA data;

    NEED(!WSACleanup());
    NEED(!WSAStartup(MAKEWORD(2, 2), &data));
    return create_close();
}
#else
static int first_socket(void)
{
    return create_close();
}
#endif

static int listening(void)
{
    return tcp_listener(&address);
}

static int connect_accept_close(void)
{
    SOCKET client, server;

    NEED((client = socket(AF_INET, SOCK_STREAM, IPPROTO_TCP)) != INVALID_SOCKET);
    NEED(!connect(client, (struct sockaddr *)&address, sizeof(address)));
    NEED((server = accept(pair[0], NULL, NULL)) != INVALID_SOCKET);
    NEED(!closesocket(client));
    NEED(!closesocket(server));
    return 0;
}

const struct row connection_rows[] = {
    {"create_close", "socket + closesocket", OF_OWN, 0.8, NULL, create_close, NULL},
    {"create_close_udp", "WSASocket + closesocket, UDP", OF_OWN, 0.8, NULL, create_close_udp, NULL},
    {"create_close_device", "of that, the device's own part", NO_TARGET, 0, NULL, device_create_close, NULL},
    {"first_socket", "WSACleanup + WSAStartup + socket + closesocket", OF_OWN, 1.2, NULL, first_socket, NULL},
    {"connect_accept", "socket + connect + accept + 2 closesocket", OF_OWN, 0.8, listening,
     connect_accept_close, close_pair},
    {0},
};
