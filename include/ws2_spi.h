/*
 * The Winsock service provider interface: what Wine's ws2spi.h leaves out.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Specified in "Winsock Service Provider Interface" of the Windows SDK. The
 * order of the members of both tables is ABI: third parties' layered providers
 * fill and read them. Every entry point reports its error through the last
 * argument, a Winsock error code that is written on failure only.
 */
#ifndef WS2_SPI_H
#define WS2_SPI_H

#include <winsock2.h>
#include <ws2spi.h>

#define WSPAPI WINAPI
#define WSPDESCRIPTION_LEN 255

typedef struct
{
    HANDLE ThreadHandle;
    DWORD_PTR Reserved;
} WSATHREADID, *LPWSATHREADID;

typedef struct
{
    WORD wVersion;
    WORD wHighVersion;
    WCHAR szDescription[WSPDESCRIPTION_LEN + 1];
} WSPDATA, *LPWSPDATA;

typedef BOOL(CALLBACK *LPBLOCKINGCALLBACK)(DWORD_PTR context);
typedef VOID(CALLBACK *LPWSAUSERAPC)(DWORD_PTR context);

typedef struct
{
    SOCKET(WSPAPI *lpWSPAccept)(SOCKET, struct sockaddr *, LPINT, LPCONDITIONPROC, DWORD_PTR, LPINT);
    INT(WSPAPI *lpWSPAddressToString)(LPSOCKADDR, DWORD, LPWSAPROTOCOL_INFOW, LPWSTR, LPDWORD, LPINT);
    int(WSPAPI *lpWSPAsyncSelect)(SOCKET, HWND, unsigned int, LONG, LPINT);
    int(WSPAPI *lpWSPBind)(SOCKET, const struct sockaddr *, int, LPINT);
    int(WSPAPI *lpWSPCancelBlockingCall)(LPINT);
    int(WSPAPI *lpWSPCleanup)(LPINT);
    int(WSPAPI *lpWSPCloseSocket)(SOCKET, LPINT);
    int(WSPAPI *lpWSPConnect)(SOCKET, const struct sockaddr *, int, LPWSABUF, LPWSABUF, LPQOS, LPQOS, LPINT);
    int(WSPAPI *lpWSPDuplicateSocket)(SOCKET, DWORD, LPWSAPROTOCOL_INFOW, LPINT);
    int(WSPAPI *lpWSPEnumNetworkEvents)(SOCKET, WSAEVENT, LPWSANETWORKEVENTS, LPINT);
    int(WSPAPI *lpWSPEventSelect)(SOCKET, WSAEVENT, LONG, LPINT);
    BOOL(WSPAPI *lpWSPGetOverlappedResult)(SOCKET, LPWSAOVERLAPPED, LPDWORD, BOOL, LPDWORD, LPINT);
    int(WSPAPI *lpWSPGetPeerName)(SOCKET, struct sockaddr *, LPINT, LPINT);
    int(WSPAPI *lpWSPGetSockName)(SOCKET, struct sockaddr *, LPINT, LPINT);
    int(WSPAPI *lpWSPGetSockOpt)(SOCKET, int, int, char *, LPINT, LPINT);
    BOOL(WSPAPI *lpWSPGetQOSByName)(SOCKET, LPWSABUF, LPQOS, LPINT);
    int(WSPAPI *lpWSPIoctl)(SOCKET, DWORD, LPVOID, DWORD, LPVOID, DWORD, LPDWORD, LPWSAOVERLAPPED,
                            LPWSAOVERLAPPED_COMPLETION_ROUTINE, LPWSATHREADID, LPINT);
    SOCKET(WSPAPI *lpWSPJoinLeaf)
    (SOCKET, const struct sockaddr *, int, LPWSABUF, LPWSABUF, LPQOS, LPQOS, DWORD, LPINT);
    int(WSPAPI *lpWSPListen)(SOCKET, int, LPINT);
    int(WSPAPI *lpWSPRecv)(SOCKET, LPWSABUF, DWORD, LPDWORD, LPDWORD, LPWSAOVERLAPPED,
                           LPWSAOVERLAPPED_COMPLETION_ROUTINE, LPWSATHREADID, LPINT);
    int(WSPAPI *lpWSPRecvDisconnect)(SOCKET, LPWSABUF, LPINT);
    int(WSPAPI *lpWSPRecvFrom)(SOCKET, LPWSABUF, DWORD, LPDWORD, LPDWORD, struct sockaddr *, LPINT,
                               LPWSAOVERLAPPED, LPWSAOVERLAPPED_COMPLETION_ROUTINE, LPWSATHREADID, LPINT);
    int(WSPAPI *lpWSPSelect)(int, fd_set *, fd_set *, fd_set *, const struct timeval *, LPINT);
    int(WSPAPI *lpWSPSend)(SOCKET, LPWSABUF, DWORD, LPDWORD, DWORD, LPWSAOVERLAPPED,
                           LPWSAOVERLAPPED_COMPLETION_ROUTINE, LPWSATHREADID, LPINT);
    int(WSPAPI *lpWSPSendDisconnect)(SOCKET, LPWSABUF, LPINT);
    int(WSPAPI *lpWSPSendTo)(SOCKET, LPWSABUF, DWORD, LPDWORD, DWORD, const struct sockaddr *, int,
                             LPWSAOVERLAPPED, LPWSAOVERLAPPED_COMPLETION_ROUTINE, LPWSATHREADID, LPINT);
    int(WSPAPI *lpWSPSetSockOpt)(SOCKET, int, int, const char *, int, LPINT);
    int(WSPAPI *lpWSPShutdown)(SOCKET, int, LPINT);
    SOCKET(WSPAPI *lpWSPSocket)(int, int, int, LPWSAPROTOCOL_INFOW, GROUP, DWORD, LPINT);
    INT(WSPAPI *lpWSPStringToAddress)(LPWSTR, INT, LPWSAPROTOCOL_INFOW, LPSOCKADDR, LPINT, LPINT);
} WSPPROC_TABLE, *LPWSPPROC_TABLE;

typedef struct
{
    BOOL(WSPAPI *lpWPUCloseEvent)(WSAEVENT, LPINT);
    int(WSPAPI *lpWPUCloseSocketHandle)(SOCKET, LPINT);
    WSAEVENT(WSPAPI *lpWPUCreateEvent)(LPINT);
    SOCKET(WSPAPI *lpWPUCreateSocketHandle)(DWORD, DWORD_PTR, LPINT);
    int(WSPAPI *lpWPUFDIsSet)(SOCKET, fd_set *);
    int(WSPAPI *lpWPUGetProviderPath)(LPGUID, WCHAR *, LPINT, LPINT);
    SOCKET(WSPAPI *lpWPUModifyIFSHandle)(DWORD, SOCKET, LPINT);
    BOOL(WSPAPI *lpWPUPostMessage)(HWND, UINT, WPARAM, LPARAM);
    int(WSPAPI *lpWPUQueryBlockingCallback)(DWORD, LPBLOCKINGCALLBACK *, PDWORD_PTR, LPINT);
    int(WSPAPI *lpWPUQuerySocketHandleContext)(SOCKET, PDWORD_PTR, LPINT);
    int(WSPAPI *lpWPUQueueApc)(LPWSATHREADID, LPWSAUSERAPC, DWORD_PTR, LPINT);
    BOOL(WSPAPI *lpWPUResetEvent)(WSAEVENT, LPINT);
    BOOL(WSPAPI *lpWPUSetEvent)(WSAEVENT, LPINT);
    int(WSPAPI *lpWPUOpenCurrentThread)(LPWSATHREADID, LPINT);
    int(WSPAPI *lpWPUCloseThread)(LPWSATHREADID, LPINT);
} WSPUPCALLTABLE, *LPWSPUPCALLTABLE;

/* A namespace provider's routines, all but the last required; they report through the
 * last error. A provider that knows fewer sets cbSize to less. */
typedef INT(WSPAPI *LPNSPCLEANUP)(LPGUID);
typedef INT(WSPAPI *LPNSPLOOKUPSERVICEBEGIN)(LPGUID, LPWSAQUERYSETW, LPWSASERVICECLASSINFOW, DWORD, LPHANDLE);
typedef INT(WSPAPI *LPNSPLOOKUPSERVICENEXT)(HANDLE, DWORD, LPDWORD, LPWSAQUERYSETW);
typedef INT(WSPAPI *LPNSPLOOKUPSERVICEEND)(HANDLE);
typedef INT(WSPAPI *LPNSPSETSERVICE)(LPGUID, LPWSASERVICECLASSINFOW, LPWSAQUERYSETW, WSAESETSERVICEOP, DWORD);
typedef INT(WSPAPI *LPNSPINSTALLSERVICECLASS)(LPGUID, LPWSASERVICECLASSINFOW);
typedef INT(WSPAPI *LPNSPREMOVESERVICECLASS)(LPGUID, LPGUID);
typedef INT(WSPAPI *LPNSPGETSERVICECLASSINFO)(LPGUID, LPDWORD, LPWSASERVICECLASSINFOW);
typedef INT(WSPAPI *LPNSPIOCTL)(HANDLE, DWORD, LPVOID, DWORD, LPVOID, DWORD, LPDWORD, LPWSACOMPLETION,
                                LPWSATHREADID);

typedef struct
{
    DWORD cbSize;
    DWORD dwMajorVersion;
    DWORD dwMinorVersion;
    LPNSPCLEANUP NSPCleanup;
    LPNSPLOOKUPSERVICEBEGIN NSPLookupServiceBegin;
    LPNSPLOOKUPSERVICENEXT NSPLookupServiceNext;
    LPNSPLOOKUPSERVICEEND NSPLookupServiceEnd;
    LPNSPSETSERVICE NSPSetService;
    LPNSPINSTALLSERVICECLASS NSPInstallServiceClass;
    LPNSPREMOVESERVICECLASS NSPRemoveServiceClass;
    LPNSPGETSERVICECLASSINFO NSPGetServiceClassInfo;
    LPNSPIOCTL NSPIoctl;
} NSP_ROUTINE, *LPNSP_ROUTINE;

typedef INT(WSPAPI *LPNSPSTARTUP)(LPGUID, LPNSP_ROUTINE);

/* A provider of the second version runs in a process of its own, which advertises it, and
 * answers other processes. NSPv2LookupServiceNextEx and NSPv2SetServiceEx say in the SDK's
 * header that they return nothing, in its documentation that they return as the others. */
typedef struct
{
    DWORD dwSize;
    LPWSTR lpszServiceInstanceName;
    LPWSAVERSION lpVersion;
    LPWSTR lpszComment;
    DWORD dwNameSpace;
    LPGUID lpNSProviderId;
    LPWSTR lpszContext;
    DWORD dwNumberOfProtocols;
    LPAFPROTOCOLS lpafpProtocols;
    LPWSTR lpszQueryString;
    DWORD dwNumberOfCsAddrs;
    LPCSADDR_INFO lpcsaBuffer;
    DWORD dwOutputFlags;
    LPBLOB lpBlob;
} WSAQUERYSET2W, *LPWSAQUERYSET2W;

typedef struct
{
    DWORD cbSize;
    DWORD dwMajorVersion;
    DWORD dwMinorVersion;
    INT(WSPAPI *NSPv2Startup)(LPGUID, LPVOID *);
    INT(WSPAPI *NSPv2Cleanup)(LPGUID, LPVOID);
    INT(WSPAPI *NSPv2LookupServiceBegin)(LPGUID, LPWSAQUERYSET2W, DWORD, LPVOID, LPHANDLE);
    INT(WSPAPI *NSPv2LookupServiceNextEx)(HANDLE, HANDLE, DWORD, LPDWORD, LPWSAQUERYSET2W);
    INT(WSPAPI *NSPv2LookupServiceEnd)(HANDLE);
    INT(WSPAPI *NSPv2SetServiceEx)(HANDLE, LPGUID, LPWSAQUERYSET2W, WSAESETSERVICEOP, DWORD, LPVOID);
    INT(WSPAPI *NSPv2ClientSessionRundown)(LPGUID, LPVOID);
} NSPV2_ROUTINE;

typedef int(WSPAPI *LPWSPSTARTUP)(WORD, LPWSPDATA, LPWSAPROTOCOL_INFOW, WSPUPCALLTABLE, LPWSPPROC_TABLE);

#endif
