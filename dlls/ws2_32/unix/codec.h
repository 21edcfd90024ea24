/*
 * A row of the table of host options, and the codecs that are not in its file.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#ifndef WS2_UNIX_CODEC_H
#define WS2_UNIX_CODEC_H

#include <errno.h>
#include <stdint.h>
#include <sys/socket.h>

struct row;

/* Each returns 0 or an errno. */
typedef int (*get_codec)(int fd, const struct row *row, void *value, uint32_t *size);
typedef int (*set_codec)(int fd, const struct row *row, const void *value, uint32_t size);

struct row
{
    int level, name;           /* Windows's */
    int host_level, host_name; /* the host's */
    get_codec get;             /* NULL: can't be read */
    set_codec set;
    /* of ints: what the host takes; values beyond are brought to it */
    long low, high;
    /* and what its numbers mean to Windows, and the other way round; NULL: the same */
    int (*from_host)(int number);
    int (*to_host)(int number);
};

static inline int host_get(int fd, const struct row *row, void *value, socklen_t *size)
{
    return getsockopt(fd, row->host_level, row->host_name, value, size) ? errno : 0;
}

static inline int host_set(int fd, const struct row *row, const void *value, socklen_t size)
{
    return setsockopt(fd, row->host_level, row->host_name, value, size) ? errno : 0;
}

/* multicast.c */
int set_multicast_interface(int fd, const struct row *row, const void *value, uint32_t size);
int set_membership(int fd, const struct row *row, const void *value, uint32_t size);
int set_membership6(int fd, const struct row *row, const void *value, uint32_t size);
int set_source(int fd, const struct row *row, const void *value, uint32_t size);
int set_group(int fd, const struct row *row, const void *value, uint32_t size);
int set_group_source(int fd, const struct row *row, const void *value, uint32_t size);
int get_filter(int fd, const struct row *row, void *value, uint32_t *size);
int set_filter(int fd, const struct row *row, const void *value, uint32_t size);
int get_group_filter(int fd, const struct row *row, void *value, uint32_t *size);
int set_group_filter(int fd, const struct row *row, const void *value, uint32_t size);

#endif
