/*
 * A namespace provider for tests: it knows the hosts below ".nsp".
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * "N.nsp" has N answers, 10.1.1.1 and so on or fd00::1 and so on; "wait.nsp" has none
 * until the lookup is ended, "hold.nsp" one once the test has set NSP_GO.
 */
#include "nsp_shared.h"

#include <stdlib.h>
#include <wchar.h>

static struct nsp_shared *shared(void)
{
    static struct nsp_shared *mapped, nobody;
    HANDLE mapping;

    if (mapped) return mapped;
    if ((mapping = OpenFileMappingA(FILE_MAP_ALL_ACCESS, FALSE, NSP_SHARED)))
        mapped = MapViewOfFile(mapping, FILE_MAP_ALL_ACCESS, 0, 0, sizeof(*mapped));
    return mapped ? mapped : &nobody;
}

struct lookup
{
    WCHAR name[64];
    GUID class_id, provider;
    BOOL v6;
    int total, given;
    HANDLE ended; /* for wait.nsp */
    HANDLE go;    /* for hold.nsp */
};

static int refuse(int error)
{
    SetLastError(error);
    return SOCKET_ERROR;
}

static INT WSAAPI nsp_cleanup(LPGUID id)
{
    (void)id;
    InterlockedIncrement(&shared()->cleanups);
    return 0;
}

static INT WSAAPI nsp_begin(LPGUID id, LPWSAQUERYSETW query, LPWSASERVICECLASSINFOW class_info, DWORD flags,
                            LPHANDLE handle)
{
    const WCHAR *name = query->lpszServiceInstanceName, *dot = name ? wcschr(name, '.') : NULL;
    struct lookup *lookup;

    (void)flags;
    InterlockedIncrement(&shared()->begins);
    if (!dot || wcscmp(dot, L".nsp") || wcslen(name) >= 64) return refuse(WSASERVICE_NOT_FOUND);
    if (query->lpServiceClassId && !class_info) return refuse(WSAEINVAL);
    lookup = calloc(1, sizeof(*lookup));
    wcscpy(lookup->name, name);
    lookup->provider = *id;
    if (query->lpServiceClassId) lookup->class_id = *query->lpServiceClassId;
    lookup->v6 = query->dwNumberOfProtocols && query->lpafpProtocols[0].iAddressFamily == AF_INET6;
    lookup->total = wcstol(name, NULL, 10);
    if (!wcscmp(name, L"wait.nsp")) lookup->ended = CreateEventA(NULL, TRUE, FALSE, NULL);
    if (!wcscmp(name, L"hold.nsp"))
    {
        lookup->go = OpenEventA(SYNCHRONIZE, FALSE, NSP_GO);
        lookup->total = 1;
    }
    *handle = lookup;
    return 0;
}

static SIZE_T put_text(char *at, const WCHAR *text)
{
    wcscpy((WCHAR *)at, text);
    return ((wcslen(text) + 1) * sizeof(WCHAR) + 7) & ~7;
}

/* One answer takes this much, so that the first buffer of any size may be too small. */
#define ANSWER_SIZE 6000

static INT WSAAPI nsp_next(HANDLE handle, DWORD flags, LPDWORD size, LPWSAQUERYSETW result)
{
    struct lookup *lookup = handle;
    char *at = (char *)(result + 1);
    struct sockaddr_in *in;
    struct sockaddr_in6 *in6;

    InterlockedIncrement(&shared()->nexts);
    if (lookup->ended)
    {
        WaitForSingleObject(lookup->ended, INFINITE);
        return refuse(WSA_E_CANCELLED);
    }
    if (lookup->go) WaitForSingleObject(lookup->go, INFINITE);
    if (lookup->given == lookup->total) return refuse(WSA_E_NO_MORE);
    if (*size < ANSWER_SIZE)
    {
        *size = ANSWER_SIZE;
        return refuse(WSAEFAULT);
    }
    lookup->given++;
    memset(result, 0, sizeof(*result));
    result->dwSize = sizeof(*result);
    result->dwNameSpace = NSP_SPACE;
    if (flags & LUP_RETURN_NAME)
    {
        result->lpszServiceInstanceName = (WCHAR *)at;
        at += put_text(at, lookup->name);
    }
    if (flags & LUP_RETURN_COMMENT)
    {
        result->lpszComment = (WCHAR *)at;
        at += put_text(at, L"a comment");
    }
    if (flags & LUP_RETURN_TYPE)
    {
        result->lpServiceClassId = (GUID *)at;
        *(GUID *)at = lookup->class_id;
        at += sizeof(GUID);
    }
    if (flags & LUP_RETURN_BLOB)
    {
        result->lpBlob = (BLOB *)at;
        at += sizeof(BLOB);
        result->lpBlob->cbSize = 5000;
        result->lpBlob->pBlobData = (BYTE *)at;
        memset(at, 'b', 5000);
        at += 5000;
    }
    if (flags & LUP_RETURN_ADDR)
    {
        result->dwNumberOfCsAddrs = 1;
        result->lpcsaBuffer = (CSADDR_INFO *)at;
        memset(at, 0, sizeof(CSADDR_INFO) + sizeof(*in6));
        at += sizeof(CSADDR_INFO);
        result->lpcsaBuffer->RemoteAddr.lpSockaddr = (SOCKADDR *)at;
        result->lpcsaBuffer->iSocketType = SOCK_STREAM;
        result->lpcsaBuffer->iProtocol = IPPROTO_TCP;
        in = (struct sockaddr_in *)at;
        in6 = (struct sockaddr_in6 *)at;
        in->sin_family = lookup->v6 ? AF_INET6 : AF_INET;
        if (lookup->v6)
        {
            in6->sin6_addr.s6_addr[0] = 0xfd;
            in6->sin6_addr.s6_addr[15] = lookup->given;
        }
        else
            in->sin_addr.s_addr = htonl(0x0a010100 + lookup->given);
        result->lpcsaBuffer->RemoteAddr.iSockaddrLength = lookup->v6 ? sizeof(*in6) : sizeof(*in);
    }
    return 0;
}

static INT WSAAPI nsp_end(HANDLE handle)
{
    struct lookup *lookup = handle;

    if (lookup->go) CloseHandle(lookup->go);
    if (lookup->ended)
        SetEvent(lookup->ended); /* its thread is still in there */
    else
        free(lookup);
    InterlockedIncrement(&shared()->ends);
    return 0;
}

static INT WSAAPI nsp_set(LPGUID id, LPWSASERVICECLASSINFOW class_info, LPWSAQUERYSETW query,
                          WSAESETSERVICEOP operation, DWORD flags)
{
    (void)id, (void)class_info, (void)flags;
    InterlockedIncrement(&shared()->sets);
    wcscpy(shared()->set_name, query->lpszServiceInstanceName);
    shared()->set_operation = operation;
    if (query->dwNumberOfCsAddrs)
        shared()->set_port = ((struct sockaddr_in *)query->lpcsaBuffer[0].LocalAddr.lpSockaddr)->sin_port;
    return shared()->set_error ? refuse(shared()->set_error) : 0;
}

static INT WSAAPI nsp_install_class(LPGUID id, LPWSASERVICECLASSINFOW class_info)
{
    (void)id;
    InterlockedIncrement(&shared()->classes);
    wcscpy(shared()->class_name, class_info->lpszServiceClassName);
    return 0;
}

static INT WSAAPI nsp_remove_class(LPGUID id, LPGUID class_id)
{
    (void)id, (void)class_id;
    InterlockedIncrement(&shared()->classes);
    shared()->class_name[0] = 0;
    return 0;
}

static INT WSAAPI nsp_get_class(LPGUID id, LPDWORD size, LPWSASERVICECLASSINFOW class_info)
{
    (void)id, (void)size, (void)class_info;
    return refuse(WSATYPE_NOT_FOUND);
}

static INT WSAAPI nsp_ioctl(HANDLE handle, DWORD code, LPVOID in, DWORD in_size, LPVOID out, DWORD out_size,
                            LPDWORD returned, LPWSACOMPLETION completion, LPWSATHREADID thread)
{
    (void)handle, (void)in, (void)in_size, (void)completion, (void)thread;
    InterlockedIncrement(&shared()->ioctls);
    if (out_size < sizeof(code)) return refuse(WSAEFAULT);
    *(DWORD *)out = ~code;
    *returned = sizeof(code);
    return 0;
}

INT WSAAPI NSPStartup(LPGUID id, LPNSP_ROUTINE routines)
{
    void **routine = (void **)&routines->NSPCleanup;

    (void)id;
    InterlockedIncrement(&shared()->startups);
    if (shared()->startup_error) return refuse(shared()->startup_error);
    routines->cbSize = sizeof(*routines);
    routines->dwMajorVersion = 4;
    routines->dwMinorVersion = 4;
    routines->NSPCleanup = nsp_cleanup;
    routines->NSPLookupServiceBegin = nsp_begin;
    routines->NSPLookupServiceNext = nsp_next;
    routines->NSPLookupServiceEnd = nsp_end;
    routines->NSPSetService = nsp_set;
    routines->NSPInstallServiceClass = nsp_install_class;
    routines->NSPRemoveServiceClass = nsp_remove_class;
    routines->NSPGetServiceClassInfo = nsp_get_class;
    routines->NSPIoctl = nsp_ioctl;
    if (shared()->missing_routine >= 0) routine[shared()->missing_routine] = NULL;
    return 0;
}

BOOL WINAPI DllMain(HINSTANCE module, DWORD reason, void *reserved)
{
    (void)module, (void)reason, (void)reserved;
    return TRUE;
}
