/* Bluetooth's service records (SPDX-License-Identifier: LGPL-2.1-or-later). */
#ifndef WS2_UNIX_SDP_H
#define WS2_UNIX_SDP_H

#include <stddef.h>
#include <stdint.h>

/* Specified in the Bluetooth core, volume 3, part B. Numbers are big-endian there. */
enum sdp_type
{
    SDP_NIL,
    SDP_UINT,
    SDP_INT,
    SDP_UUID,
    SDP_TEXT,
    SDP_BOOL,
    SDP_SEQUENCE,
    SDP_ALTERNATIVE,
    SDP_URL
};

enum sdp_attribute
{
    SDP_CLASSES = 0x0001,
    SDP_PROTOCOLS = 0x0004,
    SDP_BROWSE_GROUPS = 0x0005,
    SDP_LANGUAGES = 0x0006,
    SDP_NAME = 0x0000, /* these two: plus a language's base */
    SDP_DESCRIPTION = 0x0001,
    SDP_LANGUAGE_BASE = 0x0100 /* of the first language */
};

#define SDP_L2CAP 0x0100
#define SDP_RFCOMM 0x0003
#define SDP_PUBLIC_BROWSE_GROUP 0x1002

/* What is left to read of something; nothing of it is owned. */
struct sdp_bytes
{
    const uint8_t *at;
    size_t size;
};

struct sdp_element
{
    enum sdp_type type;
    struct sdp_bytes value; /* of a sequence: its elements */
    struct sdp_bytes whole; /* with its header */
};

/* As on the air: the first byte is the highest. */
struct sdp_uuid
{
    uint8_t bytes[16];
};

/* Takes the next element off. 0 at the end, and where something is no element: then
 * bytes are left. */
int sdp_next(struct sdp_bytes *bytes, struct sdp_element *element);

/* 0 if the element is none. A UUID of 16 or 32 bits is made one of 128. */
int sdp_uuid(const struct sdp_element *element, struct sdp_uuid *uuid);
int sdp_number(const struct sdp_element *element, uint32_t *number);

struct sdp_uuid sdp_short_uuid(uint32_t number);
int sdp_same_uuid(const struct sdp_uuid *a, const struct sdp_uuid *b);

/* A record's attribute; 0 if it has none. A record is a sequence's value. */
int sdp_attribute(struct sdp_bytes record, uint16_t id, struct sdp_element *value);

#define SDP_TEXT_SIZE 512

/* What a lookup tells of a service. */
struct sdp_service
{
    char name[SDP_TEXT_SIZE], comment[SDP_TEXT_SIZE]; /* UTF-8, cut off where there is no room */
    int has_name, has_comment, has_class;
    struct sdp_uuid service_class; /* the first, most specific one */
    uint32_t protocol;             /* SDP_RFCOMM, SDP_L2CAP or 0 */
    uint32_t port;                 /* RFCOMM's channel or L2CAP's PSM */
};

void sdp_service(struct sdp_bytes record, struct sdp_service *service);

/* Elements are written one after the other; too many set full. */
struct sdp_writer
{
    uint8_t *to;
    size_t size, used;
    int full;
};

void sdp_put(struct sdp_writer *writer, const void *data, size_t size);
void sdp_put_number(struct sdp_writer *writer, uint32_t number, unsigned int size); /* no element */
void sdp_put_uint(struct sdp_writer *writer, uint32_t number, unsigned int size);   /* 1, 2 or 4 bytes */
void sdp_put_uuid(struct sdp_writer *writer, const struct sdp_uuid *uuid);          /* in its shortest form */
void sdp_put_text(struct sdp_writer *writer, const char *text);

/* What is written between them becomes the sequence's. */
size_t sdp_begin(struct sdp_writer *writer);
void sdp_end(struct sdp_writer *writer, size_t begun);

/* A whole record, its sequence included, of a service that listens on a channel or PSM. */
void sdp_put_service(struct sdp_writer *writer, const struct sdp_service *service);

#endif
