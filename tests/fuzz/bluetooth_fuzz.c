/*
 * Any bytes as what Bluetooth devices send, and as a program's Bluetooth queries.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include <stdlib.h>
#include <string.h>

#include "unix/bthanswer.h"
#include "unix/sdptext.h"

/* The bytes end where the block ends, so that a sanitizer sees what is read beyond. */
static uint8_t *exactly(const uint8_t *data, size_t size)
{
    uint8_t *copy = malloc(size ? size : 1);

    memcpy(copy, data, size);
    return copy;
}

/* What was read of a record can be written, and is read again. */
static void as_record(const uint8_t *data, size_t size)
{
    static uint8_t room[2048];
    struct sdp_writer writer = {.to = room, .size = sizeof(room)};
    struct sdp_bytes bytes = {data, size}, again;
    struct sdp_service service, copy;
    struct sdp_element element;

    while (sdp_next(&bytes, &element))
        if (element.whole.at < data || element.whole.size > size) abort();
    sdp_service((struct sdp_bytes){data, size}, &service);
    if (!memchr(service.name, 0, SDP_TEXT_SIZE) || !memchr(service.comment, 0, SDP_TEXT_SIZE)) abort();
    if (service.protocol != SDP_RFCOMM && service.protocol != SDP_L2CAP) return;
    service.port &= service.protocol == SDP_RFCOMM ? 0xff : 0xffff;
    if (!service.has_class) service.service_class = sdp_short_uuid(1);
    sdp_put_service(&writer, &service);
    again = (struct sdp_bytes){room, writer.used};
    if (writer.full || !sdp_next(&again, &element) || again.size) abort();
    sdp_service(element.value, &copy);
    if (copy.port != service.port || copy.protocol != service.protocol) abort();
    if (!sdp_same_uuid(&copy.service_class, &service.service_class)) abort();
    if (strcmp(copy.name, service.name) || strcmp(copy.comment, service.comment)) abort();
}

static void as_response(const uint8_t *data, size_t size)
{
    static const enum sdp_request requests[] = {SDP_SEARCH, SDP_ATTRIBUTES, SDP_SEARCH_ATTRIBUTES};
    uint16_t transaction = size > 2 ? data[1] << 8 | data[2] : 0;
    struct sdp_part part;

    for (size_t i = 0; i < 3; i++)
        if (!sdp_read_part(requests[i], transaction, (struct sdp_bytes){data, size}, &part) &&
            (part.data.size + part.state.size > size || part.state.size > SDP_CONTINUATION_MAX))
            abort();
}

static void as_packet(const uint8_t *data, size_t size)
{
    struct bth_devices devices = {NULL, 0};
    uint64_t address;

    hci_read(data, size, &devices, &address);
    if (devices.count * 14 > size) abort();
    for (size_t i = 0; i < devices.count; i++)
        if (!memchr(devices.list[i].name, 0, sizeof(devices.list[i].name))) abort();
    free(devices.list);
}

static void as_query(const uint8_t *data, size_t size)
{
    static uint8_t pdu[2048];
    struct bth_inquiry inquiry;
    struct sdp_query query;

    if (!bth_read_inquiry(data, size, &inquiry) && (!inquiry.seconds || inquiry.seconds > 60)) abort();
    if (bth_read_query(data, size, NULL, &query)) return;
    if (!sdp_write_request(&query, 1, (struct sdp_bytes){data, SDP_CONTINUATION_MAX}, pdu, sizeof(pdu)))
        abort();
}

static void as_text(const uint8_t *data, size_t size)
{
    char *to = malloc(17);

    sdp_text(data, size, size % 3 ? SDP_TEXT_UTF16BE : SDP_TEXT_LATIN1, to, 17);
    if (!memchr(to, 0, 17)) abort();
    sdp_text(data, size, SDP_TEXT_UTF8, to, 1 + size % 17);
    if (!memchr(to, 0, 17)) abort();
    free(to);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    uint8_t *copy = exactly(data, size);

    as_record(copy, size);
    as_response(copy, size);
    as_packet(copy, size);
    as_query(copy, size);
    as_text(copy, size);
    free(copy);
    return 0;
}
