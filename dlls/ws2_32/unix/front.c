/*
 * Sockets of the device that stand in front of host sockets.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include <arpa/inet.h>
#include <errno.h>
#include <linux/filter.h>
#include <string.h>
#include <sys/socket.h>

#include "unix/errno.h"
#include "unix/front.h"
#include "unix/wsaerror.h"

#define TAG 0x57533246
#define CODES_MAX (8 + FRONT_TAG_MAX / 4)

/* The source port is what TCP's and UDP's headers begin with. */
static size_t guard(struct sock_filter *code, uint16_t port)
{
    code[0] = (struct sock_filter)BPF_STMT(BPF_LD | BPF_H | BPF_ABS, 0);
    code[1] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, ntohs(port), 0, 1);
    code[2] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, 0xffffffff);
    code[3] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, 0);
    return 4;
}

static int attach(int fd, struct sock_filter *code, size_t count)
{
    const struct sock_fprog program = {count, code};

    return error_if(setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof(program)));
}

int front_guard(int fd, uint16_t port)
{
    struct sock_filter code[4];

    return attach(fd, code, guard(code, port));
}

/* A filter is the one thing that every process can read and that the host only keeps: so
 * the words are constants in instructions that are never reached. */
int front_tag(int fd, uint16_t port, const void *data, size_t size)
{
    struct sock_filter code[CODES_MAX];
    size_t count = 0, done;

    if (size > FRONT_TAG_MAX) return WSAENOBUFS;
    if (port)
        count = guard(code, port);
    else
        code[count++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, 0xffffffff);
    code[count++] = (struct sock_filter)BPF_STMT(BPF_LD | BPF_IMM, TAG);
    code[count++] = (struct sock_filter)BPF_STMT(BPF_LD | BPF_IMM, size);
    for (done = 0; done < size; done += sizeof(uint32_t))
    {
        uint32_t word = 0;

        memcpy(&word, (const char *)data + done, size - done < sizeof(word) ? size - done : sizeof(word));
        code[count++] = (struct sock_filter)BPF_STMT(BPF_LD | BPF_IMM, word);
    }
    code[count++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, 0xffffffff);
    return attach(fd, code, count);
}

size_t front_tagged(int fd, void *data, size_t size)
{
    struct sock_filter code[CODES_MAX];
    socklen_t count = CODES_MAX; /* instructions, not bytes */
    size_t at = 0, done;

    if (getsockopt(fd, SOL_SOCKET, SO_GET_FILTER, code, &count)) return 0;
    while (at < count && (code[at].code != (BPF_LD | BPF_IMM) || code[at].k != TAG)) at++;
    if (at + 2 > count || code[at + 1].k > (count - at - 2) * sizeof(uint32_t)) return 0;
    if (code[at + 1].k < size) size = code[at + 1].k;
    for (done = 0; done < size; done += sizeof(uint32_t))
        memcpy((char *)data + done, &code[at + 2 + done / sizeof(uint32_t)].k,
               size - done < sizeof(uint32_t) ? size - done : sizeof(uint32_t));
    return size;
}

void front_address(struct sockaddr_in *addr, uint32_t host, uint16_t port)
{
    memset(addr, 0, sizeof(*addr));
    addr->sin_family = AF_INET;
    addr->sin_addr.s_addr = host;
    addr->sin_port = port;
}

int front_socket(void)
{
    return socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
}
