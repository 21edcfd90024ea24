/*
 * Registered I/O as the SDK's mswsock.h has it since Windows 8.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Neither Wine's headers nor mingw's have it. Include after winsock2.h and mswsock.h.
 */
#ifndef WS2_RIO_H
#define WS2_RIO_H

#ifndef SIO_GET_MULTIPLE_EXTENSION_FUNCTION_POINTER
#define SIO_GET_MULTIPLE_EXTENSION_FUNCTION_POINTER _WSAIORW(IOC_WS2, 36)
#endif
#ifndef WSA_FLAG_REGISTERED_IO
#define WSA_FLAG_REGISTERED_IO 0x100
#endif

#ifndef WSAID_MULTIPLE_RIO
#define WSAID_MULTIPLE_RIO                                 \
    {                                                      \
        0x8509e081, 0x96dd, 0x4005,                        \
        {                                                  \
            0xb1, 0x65, 0x9e, 0x2e, 0xe8, 0xc7, 0x9e, 0x3f \
        }                                                  \
    }

typedef struct RIO_BUFFERID_t *RIO_BUFFERID;
typedef struct RIO_CQ_t *RIO_CQ;
typedef struct RIO_RQ_t *RIO_RQ;

#define RIO_INVALID_BUFFERID ((RIO_BUFFERID)(ULONG_PTR)0xffffffff)
#define RIO_INVALID_CQ ((RIO_CQ)0)
#define RIO_INVALID_RQ ((RIO_RQ)0)

#define RIO_MAX_CQ_SIZE 0x8000000
#define RIO_CORRUPT_CQ 0xffffffff

#define RIO_MSG_DONT_NOTIFY 1
#define RIO_MSG_DEFER 2
#define RIO_MSG_WAITALL 4
#define RIO_MSG_COMMIT_ONLY 8

typedef struct
{
    LONG Status; /* a Winsock error or 0 */
    ULONG BytesTransferred;
    ULONGLONG SocketContext;
    ULONGLONG RequestContext;
} RIORESULT;

typedef struct
{
    RIO_BUFFERID BufferId;
    ULONG Offset; /* bytes */
    ULONG Length;
} RIO_BUF;

/* What control data begins with; headers follow, aligned. */
typedef struct
{
    ULONG TotalLength; /* bytes, this included */
} RIO_CMSG_BUFFER;

#define RIO_CMSG_BASE_SIZE ((sizeof(RIO_CMSG_BUFFER) + sizeof(ULONG_PTR) - 1) & ~(sizeof(ULONG_PTR) - 1))

typedef enum
{
    RIO_EVENT_COMPLETION = 1,
    RIO_IOCP_COMPLETION = 2
} RIO_NOTIFICATION_COMPLETION_TYPE;

typedef struct
{
    RIO_NOTIFICATION_COMPLETION_TYPE Type;
    union
    {
        struct
        {
            HANDLE EventHandle;
            BOOL NotifyReset;
        } Event;
        struct
        {
            HANDLE IocpHandle;
            PVOID CompletionKey;
            PVOID Overlapped;
        } Iocp;
    };
} RIO_NOTIFICATION_COMPLETION;

typedef struct
{
    DWORD cbSize;
    BOOL(PASCAL *RIOReceive)(RIO_RQ, RIO_BUF *, ULONG, DWORD, PVOID);
    int(PASCAL *RIOReceiveEx)(RIO_RQ, RIO_BUF *, ULONG, RIO_BUF *, RIO_BUF *, RIO_BUF *, RIO_BUF *, DWORD,
                              PVOID);
    BOOL(PASCAL *RIOSend)(RIO_RQ, RIO_BUF *, ULONG, DWORD, PVOID);
    BOOL(PASCAL *RIOSendEx)
    (RIO_RQ, RIO_BUF *, ULONG, RIO_BUF *, RIO_BUF *, RIO_BUF *, RIO_BUF *, DWORD, PVOID);
    VOID(PASCAL *RIOCloseCompletionQueue)(RIO_CQ);
    RIO_CQ(PASCAL *RIOCreateCompletionQueue)(DWORD, RIO_NOTIFICATION_COMPLETION *);
    RIO_RQ(PASCAL *RIOCreateRequestQueue)(SOCKET, ULONG, ULONG, ULONG, ULONG, RIO_CQ, RIO_CQ, PVOID);
    ULONG(PASCAL *RIODequeueCompletion)(RIO_CQ, RIORESULT *, ULONG);
    VOID(PASCAL *RIODeregisterBuffer)(RIO_BUFFERID);
    INT(PASCAL *RIONotify)(RIO_CQ);
    RIO_BUFFERID(PASCAL *RIORegisterBuffer)(PCHAR, DWORD);
    BOOL(PASCAL *RIOResizeCompletionQueue)(RIO_CQ, DWORD);
    BOOL(PASCAL *RIOResizeRequestQueue)(RIO_RQ, DWORD, DWORD);
} RIO_EXTENSION_FUNCTION_TABLE;
#endif

#endif
