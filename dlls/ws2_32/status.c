/*
 * From NTSTATUS to Winsock's errors.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "private.h"

#include "status.h"

struct mapping
{
    NTSTATUS status;
    int error;
};

/* Windows's own list, by which WSAGetOverlappedResult and completion routines
 * report whatever stands in an OVERLAPPED. What is not here is WSAEINVAL. */
static const struct mapping windows_errors[] = {
    {STATUS_PENDING, WSA_IO_PENDING},
    {STATUS_CANCELLED, WSA_OPERATION_ABORTED},
    {STATUS_REQUEST_ABORTED, WSAEINTR},

    /* the caller's fault */
    {STATUS_ACCESS_VIOLATION, WSAEFAULT},
    {STATUS_DATATYPE_MISALIGNMENT_ERROR, WSAEFAULT},
    {STATUS_BUFFER_TOO_SMALL, WSAEFAULT},
    {STATUS_INVALID_HANDLE, WSAENOTSOCK},
    {STATUS_OBJECT_TYPE_MISMATCH, WSAENOTSOCK},
    {STATUS_NOT_IMPLEMENTED, WSAEOPNOTSUPP},
    {STATUS_NOT_SUPPORTED, WSAEOPNOTSUPP},
    {STATUS_ACCESS_DENIED, WSAEACCES},
    {STATUS_BUFFER_OVERFLOW, WSAEMSGSIZE},
    {STATUS_INVALID_BUFFER_SIZE, WSAEMSGSIZE},

    /* addresses */
    {STATUS_SHARING_VIOLATION, WSAEADDRINUSE},
    {STATUS_ADDRESS_ALREADY_EXISTS, WSAEADDRINUSE},
    {STATUS_INVALID_ADDRESS, WSAEADDRNOTAVAIL},
    {STATUS_INVALID_ADDRESS_COMPONENT, WSAEADDRNOTAVAIL},

    /* the connection's state */
    {STATUS_DEVICE_NOT_READY, WSAEWOULDBLOCK},
    {STATUS_REQUEST_NOT_ACCEPTED, WSAEWOULDBLOCK},
    {STATUS_CONNECTION_ACTIVE, WSAEISCONN},
    {STATUS_INVALID_CONNECTION, WSAENOTCONN},
    {STATUS_PIPE_DISCONNECTED, WSAESHUTDOWN},
    {STATUS_GRACEFUL_DISCONNECT, WSAEDISCON},
    {STATUS_IO_TIMEOUT, WSAETIMEDOUT},
    {STATUS_LINK_TIMEOUT, WSAETIMEDOUT},
    {STATUS_CONNECTION_REFUSED, WSAECONNREFUSED},
    {STATUS_REMOTE_NOT_LISTENING, WSAECONNREFUSED},
    {STATUS_CONNECTION_RESET, WSAECONNRESET},
    {STATUS_CONNECTION_DISCONNECTED, WSAECONNRESET},
    {STATUS_REMOTE_DISCONNECT, WSAECONNRESET},
    {STATUS_LINK_FAILED, WSAECONNRESET},
    {STATUS_PORT_UNREACHABLE, WSAECONNRESET},
    {STATUS_CONNECTION_ABORTED, WSAECONNABORTED},
    {STATUS_LOCAL_DISCONNECT, WSAECONNABORTED},
    {STATUS_TRANSACTION_ABORTED, WSAECONNABORTED},

    /* the network */
    {STATUS_NETWORK_UNREACHABLE, WSAENETUNREACH},
    {STATUS_PROTOCOL_UNREACHABLE, WSAENETUNREACH},
    {STATUS_BAD_NETWORK_PATH, WSAENETUNREACH},
    {STATUS_HOST_UNREACHABLE, WSAEHOSTUNREACH},
    {STATUS_HOST_DOWN, WSAEHOSTDOWN},
    {STATUS_NO_SUCH_DEVICE, WSAENETDOWN},
    {STATUS_NO_SUCH_FILE, WSAENETDOWN},
    {STATUS_OBJECT_NAME_NOT_FOUND, WSAENETDOWN},
    {STATUS_OBJECT_PATH_NOT_FOUND, WSAENETDOWN},
    {STATUS_NETWORK_BUSY, WSAENETDOWN},
    {STATUS_INVALID_NETWORK_RESPONSE, WSAENETDOWN},
    {STATUS_UNEXPECTED_NETWORK_ERROR, WSAENETDOWN},

    /* resources */
    {STATUS_NO_MEMORY, WSAENOBUFS},
    {STATUS_QUOTA_EXCEEDED, WSAENOBUFS},
    {STATUS_PAGEFILE_QUOTA, WSAENOBUFS},
    {STATUS_WORKING_SET_QUOTA, WSAENOBUFS},
    {STATUS_COMMITMENT_LIMIT, WSAENOBUFS},
    {STATUS_INSUFFICIENT_RESOURCES, WSAENOBUFS},
    {STATUS_REMOTE_RESOURCES, WSAENOBUFS},
    {STATUS_TOO_MANY_PAGING_FILES, WSAENOBUFS},
    {STATUS_TOO_MANY_ADDRESSES, WSAENOBUFS},
    {STATUS_CONFLICTING_ADDRESSES, WSAENOBUFS},

    /* "incomplete" in each of the dresses that Win32 errors come in */
    {0x80070000 | WSA_IO_INCOMPLETE, WSA_IO_INCOMPLETE},
    {0xc0010000 | WSA_IO_INCOMPLETE, WSA_IO_INCOMPLETE},
    {0xc0070000 | WSA_IO_INCOMPLETE, WSA_IO_INCOMPLETE},
};

/* What the layer's device and unix calls say besides. */
static const struct mapping device_errors[] = {
    {STATUS_DATATYPE_MISALIGNMENT, WSAEFAULT},
    {STATUS_GUARD_PAGE_VIOLATION, WSAEFAULT},
    {STATUS_IN_PAGE_ERROR, WSAEFAULT},
    {STATUS_INVALID_DEVICE_REQUEST, WSAENOTSOCK},
    {STATUS_BAD_DEVICE_TYPE, WSAENOTSOCK}, /* a pipe or a console asked for a socket's service */
    {STATUS_TOO_MANY_OPENED_FILES, WSAEMFILE},
    {STATUS_DLL_NOT_FOUND, WSASYSNOTREADY}, /* unix_call without a fitting ELF half */
};

static int find(const struct mapping *mappings, unsigned int count, NTSTATUS status)
{
    unsigned int i;

    for (i = 0; i < count; i++)
        if (mappings[i].status == status) return mappings[i].error;
    return 0;
}

int error_from_status(NTSTATUS status)
{
    int error;

    if (!status) return 0;
    if ((error = find(windows_errors, ARRAY_COUNT(windows_errors), status))) return error;
    return NT_SUCCESS(status) ? RtlNtStatusToDosErrorNoTeb(status) : WSAEINVAL;
}

int error_from_device(NTSTATUS status)
{
    int error;

    if (!status) return 0;
    if ((error = find(device_errors, ARRAY_COUNT(device_errors), status))) return error;
    /* the device dresses Winsock errors up as 0xc001xxxx */
    if ((status & 0xffff0000) == 0xc0010000) return status & 0xffff;
    return error_from_status(status);
}

NTSTATUS status_from_error(int error)
{
    unsigned int i;

    if (!error) return STATUS_SUCCESS;
    for (i = 0; i < ARRAY_COUNT(windows_errors); i++)
        if (windows_errors[i].error == error) return windows_errors[i].status;
    return 0xc0010000 | (error & 0xffff); /* as the device dresses them */
}
