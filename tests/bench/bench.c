/*
 * One program for Winsock and for POSIX: times what it is asked for, row by row.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 *     bench --list        name, target, limit and title of each row
 *     bench [FILE]        answers requests on standard input until it ends;
 *                         FILE is what the row transmitfile transmits
 *
 * A request is a line `NAME SLICES MICROSECONDS`: set the row up, repeat its operation
 * for about that time, and divide that into slices. The answer is a line: `ok NAME` and the
 * microseconds an operation took in each slice; or `lacking NAME`; or `failed NAME WHY`.
 */
#include "bench.h"

SOCKET pair[2] = {INVALID_SOCKET, INVALID_SOCKET};
/* Where in a page they lie is not to depend on the way. */
char sent[65536] __attribute__((aligned(4096))), got[65536] __attribute__((aligned(4096)));
const char *bench_file = "";

static char failure[300];

static const struct row *const lists[] = {connection_rows, transfer_rows,   waiting_rows,
                                          option_rows,     overlapped_rows, registered_rows,
                                          file_rows,       dispatch_rows,   device_rows};

#define MAX_SLICES 100

int bench_failed(const char *file, int line, const char *what, int error)
{
    snprintf(failure, sizeof(failure), "%s:%d: %s: error %d", file, line, what, error);
    return ROW_FAILED;
}

/* --- What rows share --- */

static int bind_loopback(SOCKET s, struct sockaddr_in *address)
{
    socklen_t len = sizeof(*address);

    memset(address, 0, sizeof(*address));
    address->sin_family = AF_INET;
    address->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    NEED(!bind(s, (struct sockaddr *)address, sizeof(*address)));
    NEED(!getsockname(s, (struct sockaddr *)address, &len));
    return 0;
}

int tcp_listener(struct sockaddr_in *address)
{
    NEED((pair[0] = socket(AF_INET, SOCK_STREAM, IPPROTO_TCP)) != INVALID_SOCKET);
    if (bind_loopback(pair[0], address)) return ROW_FAILED;
    NEED(!listen(pair[0], 5));
    return 0;
}

static int send_at_once(SOCKET s)
{
    int on = 1;

    NEED(!setsockopt(s, IPPROTO_TCP, TCP_NODELAY, (char *)&on, sizeof(on)));
    return 0;
}

int tcp_pair(void)
{
    struct sockaddr_in address;
    SOCKET listener;

    if (tcp_listener(&address)) return ROW_FAILED;
    listener = pair[0];
    pair[0] = INVALID_SOCKET;
    NEED((pair[0] = socket(AF_INET, SOCK_STREAM, IPPROTO_TCP)) != INVALID_SOCKET);
    NEED(!connect(pair[0], (struct sockaddr *)&address, sizeof(address)));
    NEED((pair[1] = accept(listener, NULL, NULL)) != INVALID_SOCKET);
    closesocket(listener);
    return send_at_once(pair[0]) || send_at_once(pair[1]) ? ROW_FAILED : 0;
}

int udp_socket(SOCKET *s, struct sockaddr_in *address)
{
    NEED((*s = socket(AF_INET, SOCK_DGRAM, IPPROTO_UDP)) != INVALID_SOCKET);
    return bind_loopback(*s, address);
}

int udp_pair(void)
{
    struct sockaddr_in address[2];
    int i;

    for (i = 0; i < 2; i++)
        if (udp_socket(&pair[i], &address[i])) return ROW_FAILED;
    for (i = 0; i < 2; i++) NEED(!connect(pair[i], (struct sockaddr *)&address[!i], sizeof(address[0])));
    return 0;
}

void close_pair(void)
{
    int i;

    for (i = 0; i < 2; i++)
    {
        if (pair[i] != INVALID_SOCKET) closesocket(pair[i]);
        pair[i] = INVALID_SOCKET;
    }
}

int set_blocking(SOCKET s, int blocking)
{
    u_long value = !blocking;

    NEED(!ioctlsocket(s, FIONBIO, &value));
    return 0;
}

int receive_all(SOCKET s, char *buffer, int size)
{
    int done, part;

    for (done = 0; done < size; done += part)
    {
        part = recv(s, buffer + done, size - done, 0);
        NEED(part > 0);
    }
    return 0;
}

/* --- Timing --- */

/* Operations that take microseconds together, about; at least one. */
static int operations_for(const struct row *row, double microseconds, int *count)
{
    double start = port_microseconds(), took;
    int done = 0;

    /* The first ones fill caches, and tell how many there are to be. */
    do
    {
        if (row->op()) return ROW_FAILED;
        done++;
        took = port_microseconds() - start;
    } while (took < microseconds && done < 1000000);
    *count = done;
    return 0;
}

/* Microseconds an operation in each of so many slices; a negative number on failure. */
static int time_slices(const struct row *row, double *slices, int count, double microseconds)
{
    int i, j, operations;
    double start;

    if (operations_for(row, microseconds / count, &operations)) return ROW_FAILED;
    for (i = 0; i < count; i++)
    {
        start = port_microseconds();
        for (j = 0; j < operations; j++)
            if (row->op()) return ROW_FAILED;
        slices[i] = (port_microseconds() - start) / operations;
    }
    return 0;
}

static const struct row *find_row(const char *name)
{
    const struct row *row;
    unsigned int i;

    for (i = 0; i < sizeof(lists) / sizeof(lists[0]); i++)
        for (row = lists[i]; row->name; row++)
            if (!strcmp(row->name, name)) return row;
    return NULL;
}

static void answer(const struct row *row, int count, double microseconds)
{
    double slices[MAX_SLICES];
    int ret, i;

    ret = row->setup ? row->setup() : 0;
    if (!ret) ret = time_slices(row, slices, count, microseconds);
    if (row->finish) row->finish();

    if (ret == ROW_LACKING)
        printf("lacking %s\n", row->name);
    else if (ret)
        printf("failed %s %s\n", row->name, failure);
    else
    {
        printf("ok %s", row->name);
        for (i = 0; i < count; i++) printf(" %.4f", slices[i]);
        printf("\n");
    }
}

/* Programs with sockets have more than one thread, mostly, and with a second one the host's
 * calls take a tenth longer. The module has one of its own, so each way gets one. */
PORT_THREAD(idle, unused)
{
    (void)unused;
    for (;;) port_sleep();
    return 0;
}

static void serve(void)
{
    char line[200], name[100];
    const struct row *row;
    double microseconds;
    int count;

    while (fgets(line, sizeof(line), stdin))
    {
        if (sscanf(line, "%99s %d %lf", name, &count, &microseconds) != 3 || count < 1 || count > MAX_SLICES)
            printf("failed ? no request: %s", line);
        else if (!(row = find_row(name)))
            printf("failed %s there is no such row\n", name);
        else
            answer(row, count, microseconds);
        fflush(stdout);
    }
}

static void list_rows(void)
{
    static const char *const targets[] = {"none", "native", "own", "direct"};
    const struct row *row;
    unsigned int i;

    for (i = 0; i < sizeof(lists) / sizeof(lists[0]); i++)
        for (row = lists[i]; row->name && row->target != HIDDEN; row++)
            printf("%s %s %.2f %s\n", row->name, targets[row->target], row->limit, row->title);
}

int main(int argc, char **argv)
{
#ifdef _WIN32
    WSADATA data;

    if (WSAStartup(MAKEWORD(2, 2), &data)) return 1;
#else
    signal(SIGPIPE, SIG_IGN);
#endif
    memset(sent, 'x', sizeof(sent));
    if (argc > 1 && !strcmp(argv[1], "--list"))
        list_rows();
    else
    {
        port_thread thread;

        if (port_thread_start(&thread, idle, NULL)) return 1;
        if (argc > 1) bench_file = argv[1];
        serve();
    }
    return 0;
}
