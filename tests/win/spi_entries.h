/* The 30 entries of WSPPROC_TABLE, for tests that fill one (SPDX-License-Identifier: LGPL-2.1-or-later). */
#ifndef SPI_ENTRIES_H
#define SPI_ENTRIES_H

#include <ws2spi.h>

/* Results, names, parameters and arguments of the 30 entries, in the table's order. */
#define ENTRIES(ENTRY)                                                                                       \
    ENTRY(SOCKET, Accept, (SOCKET s, struct sockaddr * a, LPINT l, LPCONDITIONPROC c, DWORD_PTR d, LPINT e), \
          (s, a, l, c, d, e))                                                                                \
    ENTRY(INT, AddressToString,                                                                              \
          (LPSOCKADDR a, DWORD l, LPWSAPROTOCOL_INFOW i, LPWSTR t, LPDWORD n, LPINT e), (a, l, i, t, n, e))  \
    ENTRY(int, AsyncSelect, (SOCKET s, HWND w, unsigned int m, LONG v, LPINT e), (s, w, m, v, e))            \
    ENTRY(int, Bind, (SOCKET s, const struct sockaddr *a, int l, LPINT e), (s, a, l, e))                     \
    ENTRY(int, CancelBlockingCall, (LPINT e), (e))                                                           \
    ENTRY(int, Cleanup, (LPINT e), (e))                                                                      \
    ENTRY(int, CloseSocket, (SOCKET s, LPINT e), (s, e))                                                     \
    ENTRY(int, Connect,                                                                                      \
          (SOCKET s, const struct sockaddr *a, int l, LPWSABUF o, LPWSABUF i, LPQOS q, LPQOS g, LPINT e),    \
          (s, a, l, o, i, q, g, e))                                                                          \
    ENTRY(int, DuplicateSocket, (SOCKET s, DWORD p, LPWSAPROTOCOL_INFOW i, LPINT e), (s, p, i, e))           \
    ENTRY(int, EnumNetworkEvents, (SOCKET s, WSAEVENT v, LPWSANETWORKEVENTS n, LPINT e), (s, v, n, e))       \
    ENTRY(int, EventSelect, (SOCKET s, WSAEVENT v, LONG m, LPINT e), (s, v, m, e))                           \
    ENTRY(BOOL, GetOverlappedResult, (SOCKET s, LPWSAOVERLAPPED o, LPDWORD n, BOOL w, LPDWORD f, LPINT e),   \
          (s, o, n, w, f, e))                                                                                \
    ENTRY(int, GetPeerName, (SOCKET s, struct sockaddr * a, LPINT l, LPINT e), (s, a, l, e))                 \
    ENTRY(int, GetSockName, (SOCKET s, struct sockaddr * a, LPINT l, LPINT e), (s, a, l, e))                 \
    ENTRY(int, GetSockOpt, (SOCKET s, int v, int o, char *p, LPINT l, LPINT e), (s, v, o, p, l, e))          \
    ENTRY(BOOL, GetQOSByName, (SOCKET s, LPWSABUF n, LPQOS q, LPINT e), (s, n, q, e))                        \
    ENTRY(int, Ioctl,                                                                                        \
          (SOCKET s, DWORD c, LPVOID i, DWORD m, LPVOID o, DWORD n, LPDWORD d, LPWSAOVERLAPPED v,            \
           LPWSAOVERLAPPED_COMPLETION_ROUTINE r, LPWSATHREADID t, LPINT e),                                  \
          (s, c, i, m, o, n, d, v, r, t, e))                                                                 \
    ENTRY(SOCKET, JoinLeaf,                                                                                  \
          (SOCKET s, const struct sockaddr *a, int l, LPWSABUF o, LPWSABUF i, LPQOS q, LPQOS g, DWORD f,     \
           LPINT e),                                                                                         \
          (s, a, l, o, i, q, g, f, e))                                                                       \
    ENTRY(int, Listen, (SOCKET s, int b, LPINT e), (s, b, e))                                                \
    ENTRY(int, Recv,                                                                                         \
          (SOCKET s, LPWSABUF b, DWORD c, LPDWORD n, LPDWORD f, LPWSAOVERLAPPED o,                           \
           LPWSAOVERLAPPED_COMPLETION_ROUTINE r, LPWSATHREADID t, LPINT e),                                  \
          (s, b, c, n, f, o, r, t, e))                                                                       \
    ENTRY(int, RecvDisconnect, (SOCKET s, LPWSABUF b, LPINT e), (s, b, e))                                   \
    ENTRY(int, RecvFrom,                                                                                     \
          (SOCKET s, LPWSABUF b, DWORD c, LPDWORD n, LPDWORD f, struct sockaddr * a, LPINT l,                \
           LPWSAOVERLAPPED o, LPWSAOVERLAPPED_COMPLETION_ROUTINE r, LPWSATHREADID t, LPINT e),               \
          (s, b, c, n, f, a, l, o, r, t, e))                                                                 \
    ENTRY(int, Select, (int n, fd_set *r, fd_set *w, fd_set *x, const PTIMEVAL t, LPINT e),                  \
          (n, r, w, x, t, e))                                                                                \
    ENTRY(int, Send,                                                                                         \
          (SOCKET s, LPWSABUF b, DWORD c, LPDWORD n, DWORD f, LPWSAOVERLAPPED o,                             \
           LPWSAOVERLAPPED_COMPLETION_ROUTINE r, LPWSATHREADID t, LPINT e),                                  \
          (s, b, c, n, f, o, r, t, e))                                                                       \
    ENTRY(int, SendDisconnect, (SOCKET s, LPWSABUF b, LPINT e), (s, b, e))                                   \
    ENTRY(int, SendTo,                                                                                       \
          (SOCKET s, LPWSABUF b, DWORD c, LPDWORD n, DWORD f, const struct sockaddr *a, int l,               \
           LPWSAOVERLAPPED o, LPWSAOVERLAPPED_COMPLETION_ROUTINE r, LPWSATHREADID t, LPINT e),               \
          (s, b, c, n, f, a, l, o, r, t, e))                                                                 \
    ENTRY(int, SetSockOpt, (SOCKET s, int v, int o, const char *p, int l, LPINT e), (s, v, o, p, l, e))      \
    ENTRY(int, Shutdown, (SOCKET s, int h, LPINT e), (s, h, e))                                              \
    ENTRY(SOCKET, Socket, (int f, int t, int p, LPWSAPROTOCOL_INFOW i, GROUP g, DWORD l, LPINT e),           \
          (f, t, p, i, g, l, e))                                                                             \
    ENTRY(INT, StringToAddress, (LPWSTR t, INT f, LPWSAPROTOCOL_INFOW i, LPSOCKADDR a, LPINT l, LPINT e),    \
          (t, f, i, a, l, e))

#define AS_NUMBER(result, name, params, args) ENTRY_##name,
enum entry
{
    ENTRIES(AS_NUMBER) ENTRY_COUNT
};

#endif
