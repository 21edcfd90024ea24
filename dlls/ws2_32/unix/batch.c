/*
 * Requests of registered I/O, as host calls.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * A single request is the host's plain call, several are one call for all: gathered
 * on a stream, sendmmsg(2) and recvmmsg(2) for datagrams. Nothing waits.
 */
#include <errno.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include "unix/batch.h"
#include "unix/errno.h"
#include "unix/hostcall.h"
#include "unix/sockaddr.h"
#include "unix/unreachable.h"
#include "unix/wsaerror.h"
#include "ws2_unix.h"

#define MAX_GATHERED 64  /* a stream's requests in one call */
#define MAX_DATAGRAMS 16 /* datagrams in one call */
#define MAX_IGNORED 16   /* errors of other datagrams, one after the other */

static struct ws2_rio_request *first_of(const struct ws2_rio_run *run)
{
    return WS2_AT(struct ws2_rio_request, run->requests) + run->finished;
}

static void finish(struct ws2_rio_run *run, int error)
{
    first_of(run)->error = error;
    run->finished++;
}

/* What ends a stream ends every request that is left. */
static void finish_all(struct ws2_rio_run *run, int error)
{
    while (run->finished < run->count) finish(run, error);
}

/* --- Streams --- */

/* As many requests as one call takes, up to one without bytes. */
static int gather(const struct ws2_rio_run *run, struct iovec *iov, size_t *total)
{
    const struct ws2_rio_request *request = first_of(run);
    int count = 0, left = run->count - run->finished;

    for (*total = 0; count < left && count < MAX_GATHERED && request->size; count++, request++)
    {
        iov[count].iov_base = WS2_AT(char, request->data) + request->done;
        iov[count].iov_len = request->size - request->done;
        *total += iov[count].iov_len;
    }
    return count;
}

/* So many bytes went, in order. A receive is content with some, a send is not. */
static void distribute(struct ws2_rio_run *run, size_t bytes)
{
    while (bytes)
    {
        struct ws2_rio_request *request = first_of(run);
        size_t part = request->size - request->done;

        if (part > bytes) part = bytes;
        request->done += part;
        bytes -= part;
        if (request->done < request->size && (run->sends || request->flags & WS2_RIO_ALL)) return;
        finish(run, 0);
    }
}

/* The state tells only while the write side is open; it outlives the error, which somebody
 * else may have taken. */
static int is_reset(const struct ws2_rio_run *run)
{
    struct tcp_info info = {0};
    socklen_t size = sizeof(info);

    return run->ends && !getsockopt(run->fd, IPPROTO_TCP, TCP_INFO, &info, &size) &&
           info.tcpi_state == TCP_CLOSE;
}

static int stream_error(int host_errno)
{
    return host_errno == EPIPE ? WSAECONNRESET : error_from_errno(host_errno);
}

/* The plain calls take three quarters of the time of those for several buffers. */
static ssize_t transfer(const struct ws2_rio_run *run, struct iovec *iov, int count)
{
    struct msghdr msg = {.msg_iov = iov, .msg_iovlen = count};
    const int flags = MSG_DONTWAIT | MSG_NOSIGNAL;

    if (run->sends && count == 1)
        return host_call(SYS_sendto, run->fd, (long)iov->iov_base, iov->iov_len, flags, 0, 0);
    if (run->sends) return host_call(SYS_sendmsg, run->fd, (long)&msg, flags, 0, 0, 0);
    if (count == 1) return host_call(SYS_recvfrom, run->fd, (long)iov->iov_base, iov->iov_len, flags, 0, 0);
    return host_call(SYS_recvmsg, run->fd, (long)&msg, flags, 0, 0, 0);
}

/* A send of nothing is done; a receive of nothing, once there is something. 0 if not. */
static int pass_empty(struct ws2_rio_run *run)
{
    struct pollfd entry = {.fd = run->fd, .events = POLLIN | POLLRDHUP};

    if (!run->sends && poll(&entry, 1, 0) <= 0) return 0;
    finish(run, 0);
    return 1;
}

static void run_stream(struct ws2_rio_run *run)
{
    struct iovec iov[MAX_GATHERED];
    size_t total;
    ssize_t ret;
    int count;

    while (run->finished < run->count)
    {
        if (!(count = gather(run, iov, &total)))
        {
            if (!pass_empty(run)) return;
            continue;
        }
        ret = transfer(run, iov, count);
        if (ret < 0 && errno == EINTR) continue;
        if (ret < 0 && errno == EAGAIN) return;
        if (ret < 0)
            finish_all(run, stream_error(errno));
        else if (!ret && !run->sends)
            finish_all(run, is_reset(run) ? WSAECONNRESET : 0);
        else
            distribute(run, ret);
        /* less than asked for: the rest would wait, or who watches is told at once */
        if (ret > 0 && (size_t)ret < total) return;
    }
}

/* --- Datagrams --- */

struct datagrams
{
    struct mmsghdr headers[MAX_DATAGRAMS];
    struct iovec iov[MAX_DATAGRAMS];
    union host_sockaddr addresses[MAX_DATAGRAMS];
};

static int prepare(const struct ws2_rio_run *run, struct datagrams *datagrams)
{
    const struct ws2_rio_request *request = first_of(run);
    int i, count = run->count - run->finished;

    if (count > MAX_DATAGRAMS) count = MAX_DATAGRAMS;
    for (i = 0; i < count; i++, request++)
    {
        struct msghdr *msg = &datagrams->headers[i].msg_hdr;

        datagrams->iov[i] = (struct iovec){WS2_AT(void, request->data), request->size};
        *msg = (struct msghdr){.msg_iov = &datagrams->iov[i], .msg_iovlen = 1};
        if (!request->address_size) continue;
        msg->msg_name = &datagrams->addresses[i];
        msg->msg_namelen =
            run->sends ? sockaddr_to_host(request->address, request->address_size, &datagrams->addresses[i])
                       : sizeof(datagrams->addresses[i]);
    }
    return count;
}

static void received(struct ws2_rio_run *run, const struct msghdr *msg, size_t bytes)
{
    struct ws2_rio_request *request = first_of(run);

    request->done = bytes;
    if (request->address_size)
        request->address_size =
            sockaddr_from_host(msg->msg_name, msg->msg_namelen, request->address, sizeof(request->address));
    finish(run, msg->msg_flags & MSG_TRUNC && !(request->flags & WS2_RIO_NO_DATA) ? WSAEMSGSIZE : 0);
}

static int receive_one(struct ws2_rio_run *run, struct mmsghdr *header)
{
    struct msghdr *msg = &header->msg_hdr;
    size_t room = msg->msg_iov->iov_len;
    ssize_t ret =
        host_call(SYS_recvfrom, run->fd, (long)msg->msg_iov->iov_base, room, MSG_DONTWAIT | MSG_TRUNC,
                  (long)msg->msg_name, msg->msg_name ? (long)&msg->msg_namelen : 0);

    if (ret < 0) return -1;
    if ((size_t)ret > room) msg->msg_flags |= MSG_TRUNC;
    header->msg_len = (size_t)ret > room ? room : (size_t)ret;
    return 1;
}

/* Nothing came but an error: 0 if that is all for now. An error that is none of the receive's
 * own is about a datagram that was sent: of those, some mean nothing. */
static int receive_failed(struct ws2_rio_run *run, int host_errno)
{
    int error;

    if (host_errno == EINTR) return 1;
    if (run->hears && unreachable_is_pending_error(host_errno))
    {
        error = unreachable_take(run->fd, run->hears);
        if (error || host_errno != EAGAIN) run->met = 1;
        if (error) finish(run, error);
        return error || host_errno != EAGAIN;
    }
    if (host_errno == EAGAIN) return 0;
    if (host_errno != ECONNREFUSED)
        finish(run, error_from_errno(host_errno));
    else
    {
        run->met = 1;
        if (run->resets) finish(run, WSAECONNRESET);
    }
    return 1;
}

static void receive_datagrams(struct ws2_rio_run *run)
{
    struct datagrams datagrams;
    int tries = 0;

    while (run->finished < run->count && tries < MAX_IGNORED)
    {
        uint32_t before = run->finished;
        int i,
            count = prepare(run, &datagrams),
            got = count == 1
                      ? receive_one(run, datagrams.headers)
                      : host_call(SYS_recvmmsg, run->fd, (long)datagrams.headers, count, MSG_DONTWAIT, 0, 0);

        if (got < 0 && !receive_failed(run, errno)) return;
        for (i = 0; i < got; i++) received(run, &datagrams.headers[i].msg_hdr, datagrams.headers[i].msg_len);
        /* fewer than asked for: that was all, and who watches is told of what came since */
        if (got > 0 && got < count) return;
        tries = run->finished == before ? tries + 1 : 0;
    }
}

/* An earlier datagram's error comes with this one, which has not gone then. 0 if the host
 * has no room. */
static int send_failed(struct ws2_rio_run *run, int host_errno, int *tries)
{
    if (host_errno == EINTR) return 1;
    if (host_errno == EAGAIN) return 0;
    if (*tries < MAX_IGNORED && ((run->hears && unreachable_is_pending_error(host_errno)) ||
                                 (!run->hears && host_errno == ECONNREFUSED)))
    {
        ++*tries;
        if (!run->hears) run->refused = 1; /* Windows tells the next receive, not a send */
        return 1;
    }
    *tries = 0;
    finish(run, host_errno == EDESTADDRREQ ? WSAENOTCONN : error_from_errno(host_errno));
    return 1;
}

static void send_datagrams(struct ws2_rio_run *run)
{
    struct datagrams datagrams;
    int tries = 0;

    while (run->finished < run->count)
    {
        const struct msghdr *msg = &datagrams.headers[0].msg_hdr;
        const int flags = MSG_DONTWAIT | MSG_NOSIGNAL;
        int i, count = prepare(run, &datagrams), sent;

        if (count > 1)
            sent = host_call(SYS_sendmmsg, run->fd, (long)datagrams.headers, count, flags, 0, 0);
        else
            sent = host_call(SYS_sendto, run->fd, (long)msg->msg_iov->iov_base, msg->msg_iov->iov_len, flags,
                             (long)msg->msg_name, msg->msg_namelen) < 0
                       ? -1
                       : 1;
        if (sent < 0 && !send_failed(run, errno, &tries)) return;
        for (i = 0; i < sent; i++)
        {
            first_of(run)->done = first_of(run)->size;
            finish(run, 0);
        }
    }
}

void batch_run(struct ws2_rio_run *run)
{
    run->finished = run->met = run->refused = 0;
    if (!run->datagram)
        run_stream(run);
    else if (run->sends)
        send_datagrams(run);
    else
        receive_datagrams(run);
}
