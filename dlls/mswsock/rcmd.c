/*
 * rcmd and rexec: commands run by a host that trusts us, or knows a password.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * BSD's protocols: the port of a second connection for the command's errors, or
 * nothing; two names or a name and a password; the command. Each ends with a NUL. The
 * host answers with a NUL, or with what is wrong.
 */
#include "mswsock.h"

WINE_DEFAULT_DEBUG_CHANNEL(mswsock);

SOCKET WINAPI rresvport(int *port);

/* rcmd's sockets have ports that only the system's programs may have. */
static SOCKET make_socket(BOOL reserved, int *port)
{
    return reserved ? rresvport(port) : socket(AF_INET, SOCK_STREAM, IPPROTO_TCP);
}

static BOOL find_host(char **host, unsigned short port, struct sockaddr_in *addr)
{
    struct hostent *found = gethostbyname(*host);

    if (!found) return FALSE;
    memset(addr, 0, sizeof(*addr));
    addr->sin_family = AF_INET;
    addr->sin_port = port;
    memcpy(&addr->sin_addr, found->h_addr_list[0], sizeof(addr->sin_addr));
    *host = found->h_name;
    return TRUE;
}

static SOCKET connect_to(const struct sockaddr_in *addr, BOOL reserved, int *port)
{
    SOCKET s = make_socket(reserved, port);
    int err;

    if (s == INVALID_SOCKET || !connect(s, (const struct sockaddr *)addr, sizeof(*addr))) return s;
    err = GetLastError();
    closesocket(s);
    SetLastError(err);
    return INVALID_SOCKET;
}

/* Where the host connects back to for the errors; its port in *port. */
static SOCKET listen_for_errors(BOOL reserved, int *port)
{
    struct sockaddr_in addr = {.sin_family = AF_INET};
    int len = sizeof(addr);
    SOCKET s = make_socket(reserved, port);

    if (s == INVALID_SOCKET) return s;
    if ((reserved || !bind(s, (struct sockaddr *)&addr, sizeof(addr))) && !listen(s, 1) &&
        !getsockname(s, (struct sockaddr *)&addr, &len))
    {
        *port = ntohs(addr.sin_port);
        return s;
    }
    closesocket(s);
    return INVALID_SOCKET;
}

static BOOL send_text(SOCKET s, const char *text)
{
    int len = strlen(text) + 1;

    return send(s, text, len, 0) == len;
}

/* The host's own words go where a program's errors go. */
static BOOL read_verdict(SOCKET s)
{
    DWORD written;
    char byte;

    if (recv(s, &byte, 1, 0) != 1) return FALSE;
    if (!byte) return TRUE;
    while (recv(s, &byte, 1, 0) == 1 && byte != '\n')
        WriteFile(GetStdHandle(STD_ERROR_HANDLE), &byte, 1, &written, NULL);
    SetLastError(WSAEACCES);
    return FALSE;
}

static BOOL exchange(SOCKET s, BOOL reserved, int *port, const char *first, const char *second,
                     const char *command, SOCKET *errors)
{
    SOCKET listener = INVALID_SOCKET;
    char number[12] = "";
    BOOL ok;

    if (errors)
    {
        if ((listener = listen_for_errors(reserved, port)) == INVALID_SOCKET) return FALSE;
        sprintf(number, "%d", *port);
    }
    ok = send_text(s, number);
    if (ok && errors) ok = (*errors = accept(listener, NULL, NULL)) != INVALID_SOCKET;
    if (errors) closesocket(listener);
    ok = ok && send_text(s, first) && send_text(s, second) && send_text(s, command) && read_verdict(s);
    if (!ok && errors && *errors != INVALID_SOCKET) closesocket(*errors);
    return ok;
}

static SOCKET run(char **host, unsigned short port, BOOL reserved, const char *first, const char *second,
                  const char *command, SOCKET *errors)
{
    int local_port = IPPORT_RESERVED - 1, err;
    struct sockaddr_in addr;
    SOCKET s;

    if (errors) *errors = INVALID_SOCKET;
    if (!find_host(host, port, &addr)) return INVALID_SOCKET;
    if ((s = connect_to(&addr, reserved, &local_port)) == INVALID_SOCKET) return s;
    local_port--;
    if (exchange(s, reserved, &local_port, first, second, command, errors)) return s;
    err = GetLastError();
    closesocket(s);
    SetLastError(err);
    return INVALID_SOCKET;
}

/* port: network order. *host becomes the host's real name. The socket is the command's
 * input and output; *errors, unless errors is NULL, one for its errors. */
SOCKET WINAPI rcmd(char **host, unsigned short port, const char *local_user, const char *remote_user,
                   const char *command, SOCKET *errors)
{
    TRACE("host %s, port %u, users %s and %s, command %s\n", debugstr_a(*host), ntohs(port),
          debugstr_a(local_user), debugstr_a(remote_user), debugstr_a(command));
    return run(host, port, TRUE, local_user, remote_user, command, errors);
}

SOCKET WINAPI rexec(char **host, unsigned short port, const char *user, const char *password,
                    const char *command, SOCKET *errors)
{
    TRACE("host %s, port %u, user %s, command %s\n", debugstr_a(*host), ntohs(port), debugstr_a(user),
          debugstr_a(command));
    return run(host, port, FALSE, user, password, command, errors);
}
