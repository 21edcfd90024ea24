/*
 * Reading and writing Bluetooth's service records.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * A record comes from any device that happens to be near: nothing in it is
 * taken for granted, and nothing is read beyond its end.
 */
#include <string.h>

#include "unix/sdp.h"
#include "unix/sdptext.h"

/* A header's low three bits say how long the value is, or how many bytes say it. */
static int value_size(struct sdp_bytes *bytes, uint8_t header, size_t *size)
{
    unsigned int index = header & 7, i;

    if (index < 5)
    {
        *size = header >> 3 == SDP_NIL ? 0 : (size_t)1 << index;
        return 1;
    }
    if (bytes->size < 1u << (index - 5)) return 0;
    for (i = 0, *size = 0; i < 1u << (index - 5); i++) *size = *size << 8 | bytes->at[i];
    bytes->at += i;
    bytes->size -= i;
    return 1;
}

int sdp_next(struct sdp_bytes *bytes, struct sdp_element *element)
{
    struct sdp_bytes rest = *bytes;
    uint8_t header;

    if (!rest.size) return 0;
    header = *rest.at++;
    rest.size--;
    if (header >> 3 > SDP_URL) return 0;
    element->type = header >> 3;
    if (!value_size(&rest, header, &element->value.size) || element->value.size > rest.size) return 0;
    element->value.at = rest.at;
    element->whole.at = bytes->at;
    element->whole.size = rest.at - bytes->at + element->value.size;
    bytes->at += element->whole.size;
    bytes->size -= element->whole.size;
    return 1;
}

static uint32_t number_at(const uint8_t *at, size_t size)
{
    uint32_t number = 0;

    while (size--) number = number << 8 | *at++;
    return number;
}

int sdp_number(const struct sdp_element *element, uint32_t *number)
{
    size_t size = element->value.size;

    if (element->type != SDP_UINT || (size != 1 && size != 2 && size != 4)) return 0;
    *number = number_at(element->value.at, size);
    return 1;
}

struct sdp_uuid sdp_short_uuid(uint32_t number)
{
    struct sdp_uuid uuid = {{0, 0, 0, 0, 0, 0, 0x10, 0, 0x80, 0, 0, 0x80, 0x5f, 0x9b, 0x34, 0xfb}};
    int i;

    for (i = 0; i < 4; i++) uuid.bytes[i] = number >> (24 - 8 * i);
    return uuid;
}

int sdp_same_uuid(const struct sdp_uuid *a, const struct sdp_uuid *b)
{
    return !memcmp(a->bytes, b->bytes, sizeof(a->bytes));
}

int sdp_uuid(const struct sdp_element *element, struct sdp_uuid *uuid)
{
    if (element->type != SDP_UUID) return 0;
    switch (element->value.size)
    {
    case 2:
    case 4: *uuid = sdp_short_uuid(number_at(element->value.at, element->value.size)); return 1;
    case 16: memcpy(uuid->bytes, element->value.at, sizeof(uuid->bytes)); return 1;
    default: return 0;
    }
}

int sdp_attribute(struct sdp_bytes record, uint16_t id, struct sdp_element *value)
{
    struct sdp_element name;
    uint32_t number;

    while (sdp_next(&record, &name) && sdp_next(&record, value))
        if (sdp_number(&name, &number) && number == id) return 1;
    return 0;
}

/* Protocols are layers, lowest first: {L2CAP, PSM}, {RFCOMM, channel}... */
static void read_layers(struct sdp_bytes layers, struct sdp_service *service)
{
    const struct sdp_uuid rfcomm = sdp_short_uuid(SDP_RFCOMM), l2cap = sdp_short_uuid(SDP_L2CAP);
    struct sdp_element layer, item;
    struct sdp_uuid uuid;
    uint32_t port;

    while (sdp_next(&layers, &layer))
    {
        if (layer.type != SDP_SEQUENCE || !sdp_next(&layer.value, &item) || !sdp_uuid(&item, &uuid)) continue;
        if (!sdp_next(&layer.value, &item) || !sdp_number(&item, &port)) port = 0;
        if (sdp_same_uuid(&uuid, &rfcomm))
            service->protocol = SDP_RFCOMM;
        else if (sdp_same_uuid(&uuid, &l2cap))
            service->protocol = SDP_L2CAP;
        else
            continue;
        service->port = port;
    }
}

/* Of several ways to the service, the first. */
static void read_protocols(struct sdp_bytes record, struct sdp_service *service)
{
    struct sdp_element element, first;

    if (!sdp_attribute(record, SDP_PROTOCOLS, &element)) return;
    if (element.type == SDP_ALTERNATIVE && sdp_next(&element.value, &first)) element = first;
    if (element.type == SDP_SEQUENCE) read_layers(element.value, service);
}

static void read_class(struct sdp_bytes record, struct sdp_service *service)
{
    struct sdp_element element, first;

    if (!sdp_attribute(record, SDP_CLASSES, &element) || element.type != SDP_SEQUENCE) return;
    if (sdp_next(&element.value, &first)) service->has_class = sdp_uuid(&first, &service->service_class);
}

/* Triples of a language, an encoding and where its attributes begin; the first counts. */
static void read_language(struct sdp_bytes record, uint32_t *encoding, uint32_t *base)
{
    struct sdp_element element, language, item;

    *encoding = SDP_TEXT_UTF8;
    *base = SDP_LANGUAGE_BASE;
    if (!sdp_attribute(record, SDP_LANGUAGES, &element) || element.type != SDP_SEQUENCE) return;
    if (!sdp_next(&element.value, &language)) return;
    if (sdp_next(&element.value, &item)) sdp_number(&item, encoding);
    if (sdp_next(&element.value, &item)) sdp_number(&item, base);
}

static int read_text(struct sdp_bytes record, uint16_t id, uint32_t encoding, char text[SDP_TEXT_SIZE])
{
    struct sdp_element element;

    if (!sdp_attribute(record, id, &element) || element.type != SDP_TEXT) return 0;
    sdp_text(element.value.at, element.value.size, encoding, text, SDP_TEXT_SIZE);
    return 1;
}

void sdp_service(struct sdp_bytes record, struct sdp_service *service)
{
    uint32_t encoding, base;

    memset(service, 0, sizeof(*service));
    read_language(record, &encoding, &base);
    service->has_name = read_text(record, base + SDP_NAME, encoding, service->name);
    service->has_comment = read_text(record, base + SDP_DESCRIPTION, encoding, service->comment);
    read_class(record, service);
    read_protocols(record, service);
}

void sdp_put(struct sdp_writer *writer, const void *data, size_t size)
{
    if (writer->full || size > writer->size - writer->used)
        writer->full = 1;
    else
    {
        memcpy(writer->to + writer->used, data, size);
        writer->used += size;
    }
}

void sdp_put_number(struct sdp_writer *writer, uint32_t number, unsigned int size)
{
    uint8_t bytes[4];
    unsigned int i;

    for (i = 0; i < size; i++) bytes[i] = number >> 8 * (size - 1 - i);
    sdp_put(writer, bytes, size);
}

static void put_header(struct sdp_writer *writer, enum sdp_type type, unsigned int index)
{
    sdp_put_number(writer, type << 3 | index, 1);
}

/* The index of a value of one, two or four bytes. */
static unsigned int index_of(unsigned int size)
{
    return size == 1 ? 0 : size == 2 ? 1 : 2;
}

void sdp_put_uint(struct sdp_writer *writer, uint32_t number, unsigned int size)
{
    put_header(writer, SDP_UINT, index_of(size));
    sdp_put_number(writer, number, size);
}

void sdp_put_uuid(struct sdp_writer *writer, const struct sdp_uuid *uuid)
{
    uint32_t number = number_at(uuid->bytes, 4);
    struct sdp_uuid same = sdp_short_uuid(number);
    unsigned int size = number > UINT16_MAX ? 4 : 2;

    if (!sdp_same_uuid(uuid, &same))
    {
        put_header(writer, SDP_UUID, 4);
        sdp_put(writer, uuid->bytes, sizeof(uuid->bytes));
        return;
    }
    put_header(writer, SDP_UUID, index_of(size));
    sdp_put_number(writer, number, size);
}

void sdp_put_text(struct sdp_writer *writer, const char *text)
{
    size_t size = strlen(text);

    if (size > UINT16_MAX) size = UINT16_MAX;
    put_header(writer, SDP_TEXT, size > UINT8_MAX ? 6 : 5);
    sdp_put_number(writer, size, size > UINT8_MAX ? 2 : 1);
    sdp_put(writer, text, size);
}

/* The size is filled in at the end, in two bytes. */
size_t sdp_begin(struct sdp_writer *writer)
{
    put_header(writer, SDP_SEQUENCE, 6);
    sdp_put_number(writer, 0, 2);
    return writer->used;
}

void sdp_end(struct sdp_writer *writer, size_t begun)
{
    size_t size = writer->used - begun;

    if (writer->full || size > UINT16_MAX)
    {
        writer->full = 1;
        return;
    }
    writer->to[begun - 2] = size >> 8;
    writer->to[begun - 1] = size;
}

static void put_attribute(struct sdp_writer *writer, uint16_t id)
{
    sdp_put_uint(writer, id, 2);
}

static void put_uuid_list(struct sdp_writer *writer, uint16_t id, const struct sdp_uuid *uuid)
{
    size_t list;

    put_attribute(writer, id);
    list = sdp_begin(writer);
    sdp_put_uuid(writer, uuid);
    sdp_end(writer, list);
}

static void put_layer(struct sdp_writer *writer, uint32_t protocol, uint32_t port, unsigned int size)
{
    const struct sdp_uuid uuid = sdp_short_uuid(protocol);
    size_t layer = sdp_begin(writer);

    sdp_put_uuid(writer, &uuid);
    if (size) sdp_put_uint(writer, port, size);
    sdp_end(writer, layer);
}

static void put_protocols(struct sdp_writer *writer, const struct sdp_service *service)
{
    int rfcomm = service->protocol == SDP_RFCOMM;
    size_t layers;

    put_attribute(writer, SDP_PROTOCOLS);
    layers = sdp_begin(writer);
    put_layer(writer, SDP_L2CAP, service->port, rfcomm ? 0 : 2);
    if (rfcomm) put_layer(writer, SDP_RFCOMM, service->port, 1);
    sdp_end(writer, layers);
}

/* English, in UTF-8, at the first base. */
static void put_language(struct sdp_writer *writer)
{
    size_t list;

    put_attribute(writer, SDP_LANGUAGES);
    list = sdp_begin(writer);
    sdp_put_uint(writer, 'e' << 8 | 'n', 2);
    sdp_put_uint(writer, SDP_TEXT_UTF8, 2);
    sdp_put_uint(writer, SDP_LANGUAGE_BASE, 2);
    sdp_end(writer, list);
}

void sdp_put_service(struct sdp_writer *writer, const struct sdp_service *service)
{
    const struct sdp_uuid browse = sdp_short_uuid(SDP_PUBLIC_BROWSE_GROUP);
    size_t record = sdp_begin(writer);

    put_uuid_list(writer, SDP_CLASSES, &service->service_class);
    put_protocols(writer, service);
    put_uuid_list(writer, SDP_BROWSE_GROUPS, &browse);
    put_language(writer);
    if (service->has_name)
    {
        put_attribute(writer, SDP_LANGUAGE_BASE + SDP_NAME);
        sdp_put_text(writer, service->name);
    }
    if (service->has_comment)
    {
        put_attribute(writer, SDP_LANGUAGE_BASE + SDP_DESCRIPTION);
        sdp_put_text(writer, service->comment);
    }
    sdp_end(writer, record);
}
