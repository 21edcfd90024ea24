/*
 * Windows's Bluetooth queries read, and answers to them put together.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Specified in ws2bth.h and bthdef.h, and with WSALookupServiceBegin, WSAQUERYSET
 * and WSASetService for Bluetooth.
 */
#include <stdlib.h>
#include <string.h>

#include "unix/bthanswer.h"
#include "unix/wsaerror.h"

#define INQUIRY_SECONDS 6
#define INQUIRY_SECONDS_MAX 60

#define SERVICES_MAX 1024

struct sdp_uuid uuid_from_guid(const struct win_guid *guid)
{
    struct sdp_uuid uuid = {{guid->data1 >> 24, guid->data1 >> 16, guid->data1 >> 8, guid->data1,
                             guid->data2 >> 8, guid->data2, guid->data3 >> 8, guid->data3}};

    memcpy(uuid.bytes + 8, guid->data4, 8);
    return uuid;
}

struct win_guid guid_from_uuid(const struct sdp_uuid *uuid)
{
    const uint8_t *at = uuid->bytes;
    struct win_guid guid = {(uint32_t)at[0] << 24 | at[1] << 16 | at[2] << 8 | at[3],
                            at[4] << 8 | at[5],
                            at[6] << 8 | at[7],
                            {0}};

    memcpy(guid.data4, at + 8, 8);
    return guid;
}

int bth_read_inquiry(const void *blob, size_t size, struct bth_inquiry *inquiry)
{
    struct win_bth_query_device query = {HCI_LAP_GENERAL, INQUIRY_SECONDS};

    if (size && size != sizeof(query)) return WSAEINVAL;
    if (size) memcpy(&query, blob, size);
    if (query.lap < HCI_LAP_FIRST || query.lap > HCI_LAP_LAST) return WSAEINVAL;
    if (!query.length || query.length > INQUIRY_SECONDS_MAX) return WSAEINVAL;
    inquiry->lap = query.lap;
    inquiry->seconds = query.length;
    return 0;
}

static int read_uuid(const struct win_sdp_uuid *from, struct sdp_uuid *uuid)
{
    struct win_guid guid = from->u.uuid128;

    switch (from->type)
    {
    case WIN_SDP_UUID16: *uuid = sdp_short_uuid(from->u.uuid16); return 1;
    case WIN_SDP_UUID32: *uuid = sdp_short_uuid(from->u.uuid32); return 1;
    case WIN_SDP_UUID128: *uuid = uuid_from_guid(&guid); return 1;
    default: return 0;
    }
}

static int read_ranges(const uint8_t *at, size_t size, uint32_t count, struct sdp_query *query)
{
    struct win_sdp_range range;

    if (count > SDP_MAX_RANGES || count > size / sizeof(range)) return WSAEINVAL;
    for (query->range_count = 0; query->range_count < count; query->range_count++, at += sizeof(range))
    {
        memcpy(&range, at, sizeof(range));
        if (range.first > range.last) return WSAEINVAL;
        query->ranges[query->range_count].first = range.first;
        query->ranges[query->range_count].last = range.last;
    }
    return 0;
}

static int read_restrictions(const uint8_t *blob, size_t size, struct sdp_query *query)
{
    static const enum sdp_request requests[] = {
        [WIN_SDP_SEARCH] = SDP_SEARCH,
        [WIN_SDP_ATTRIBUTES] = SDP_ATTRIBUTES,
        [WIN_SDP_SEARCH_ATTRIBUTES] = SDP_SEARCH_ATTRIBUTES,
    };
    const size_t ranges = offsetof(struct win_bth_query_service, ranges);
    struct win_bth_query_service from;

    if (size < ranges) return WSAEINVAL;
    memcpy(&from, blob, ranges);
    if (from.type < WIN_SDP_SEARCH || from.type > WIN_SDP_SEARCH_ATTRIBUTES) return WSAEINVAL;
    query->request = requests[from.type];
    query->handle = from.handle;
    while (query->uuid_count < SDP_MAX_UUIDS &&
           read_uuid(&from.uuids[query->uuid_count], &query->uuids[query->uuid_count]))
        query->uuid_count++;
    return read_ranges(blob + ranges, size - ranges, from.range_count, query);
}

int bth_read_query(const void *blob, size_t size, const struct win_guid *service_class,
                   struct sdp_query *query)
{
    int err;

    memset(query, 0, sizeof(*query));
    query->request = SDP_SEARCH_ATTRIBUTES;
    if (size && (err = read_restrictions(blob, size, query))) return err;
    if (!query->uuid_count && service_class)
    {
        query->uuids[0] = uuid_from_guid(service_class);
        query->uuid_count = 1;
    }
    return query->uuid_count || query->request == SDP_ATTRIBUTES ? 0 : WSAEINVAL;
}

static uint32_t result_flags(const struct bth_device *device)
{
    return (device->state & BTH_CONNECTED ? WIN_BTHNS_CONNECTED : 0) |
           (device->state & BTH_REMEMBERED ? WIN_BTHNS_REMEMBERED : 0) |
           (device->state & BTH_PAIRED ? WIN_BTHNS_AUTHENTICATED : 0);
}

static void fill_info(const struct bth_device *device, struct win_bth_device_info *info)
{
    info->flags = WIN_BDIF_ADDRESS | (device->state & BTH_CLASSED ? WIN_BDIF_COD : 0) |
                  (device->name[0] ? WIN_BDIF_NAME : 0) | (device->state & BTH_PAIRED ? WIN_BDIF_PAIRED : 0) |
                  (device->state & BTH_REMEMBERED ? WIN_BDIF_PERSONAL : 0) |
                  (device->state & BTH_CONNECTED ? WIN_BDIF_CONNECTED : 0);
    info->address = device->address;
    info->device_class = device->device_class;
    memcpy(info->name, device->name, sizeof(info->name) - 1);
}

/* A block holds the answers and behind them what they point to. */
struct device_room
{
    struct win_bth_device_info info;
    char name[BTH_NAME_SIZE + 1];
};

static int answer_devices(const struct bth_devices *devices, struct ws2_bth_find *params)
{
    struct ws2_bth_answer *answers = calloc(devices->count, sizeof(*answers) + sizeof(struct device_room));
    struct device_room *rooms = (struct device_room *)(answers + devices->count);
    struct win_guid device_class = {0};
    size_t i;

    if (!answers) return WSA_NOT_ENOUGH_MEMORY;
    for (i = 0; i < devices->count; i++)
    {
        fill_info(&devices->list[i], &rooms[i].info);
        memcpy(rooms[i].name, devices->list[i].name, sizeof(rooms[i].name));
        device_class.data1 = devices->list[i].device_class;
        answers[i].address = devices->list[i].address;
        answers[i].name = WS2_PTR(rooms[i].name);
        answers[i].blob = WS2_PTR(&rooms[i].info);
        answers[i].blob_size = sizeof(rooms[i].info);
        answers[i].flags = result_flags(&devices->list[i]);
        answers[i].protocol = WIN_BTHPROTO_RFCOMM;
        memcpy(answers[i].service_class, &device_class, sizeof(device_class));
    }
    params->answers = WS2_PTR(answers);
    params->count = devices->count;
    return 0;
}

static int find_devices(const struct bth_host *host, struct ws2_bth_find *params)
{
    struct bth_inquiry inquiry = {.flush = params->flush};
    struct bth_adapter adapter;
    struct bth_devices devices;
    int err = bth_read_inquiry(WS2_AT(const void, params->blob), params->blob_size, &inquiry);

    if (err || (err = bth_find_devices(host, &inquiry, &adapter, &devices))) return err;
    params->adapter = adapter.address;
    err = answer_devices(&devices, params);
    free(devices.list);
    return err;
}

struct service_room
{
    char name[SDP_TEXT_SIZE], comment[SDP_TEXT_SIZE];
};

static struct ws2_bth_answer *new_services(size_t count, const struct sdp_answer *from,
                                           struct service_room **rooms, uint8_t **data)
{
    size_t size = count * (sizeof(struct ws2_bth_answer) + sizeof(**rooms));
    struct ws2_bth_answer *answers = calloc(1, size + from->size);

    if (!answers) return NULL;
    *rooms = (struct service_room *)(answers + count);
    *data = (uint8_t *)answers + size;
    memcpy(*data, from->data, from->size);
    return answers;
}

static void fill_service(struct ws2_bth_answer *answer, const struct sdp_element *record,
                         struct service_room *room)
{
    struct sdp_service service;
    struct win_guid guid;

    sdp_service(record->value, &service);
    memcpy(room->name, service.name, sizeof(room->name));
    memcpy(room->comment, service.comment, sizeof(room->comment));
    if (service.has_name) answer->name = WS2_PTR(room->name);
    if (service.has_comment) answer->comment = WS2_PTR(room->comment);
    if (service.has_class)
    {
        guid = guid_from_uuid(&service.service_class);
        memcpy(answer->service_class, &guid, sizeof(guid));
    }
    answer->protocol = service.protocol == SDP_L2CAP ? WIN_BTHPROTO_L2CAP : WIN_BTHPROTO_RFCOMM;
    answer->port = service.port;
    answer->blob = WS2_PTR(record->whole.at);
    answer->blob_size = record->whole.size;
}

static int is_record(const struct sdp_element *element)
{
    return element->type == SDP_SEQUENCE && element->value.size;
}

/* Of a search, a sequence of records; otherwise one record. */
static struct sdp_bytes records_of(enum sdp_request request, const struct sdp_answer *from)
{
    struct sdp_bytes records = {from->data, from->size};
    struct sdp_element all;

    if (request == SDP_ATTRIBUTES) return records;
    if (sdp_next(&records, &all) && all.type == SDP_SEQUENCE) return all.value;
    return (struct sdp_bytes){NULL, 0};
}

static size_t count_records(struct sdp_bytes records)
{
    struct sdp_element record;
    size_t count = 0;

    while (count < SERVICES_MAX && sdp_next(&records, &record)) count += is_record(&record);
    return count;
}

static int answer_records(enum sdp_request request, const struct sdp_answer *from,
                          struct ws2_bth_find *params)
{
    struct sdp_bytes records = records_of(request, from);
    size_t count = count_records(records), done = 0;
    struct ws2_bth_answer *answers;
    struct service_room *rooms;
    struct sdp_element record;
    uint8_t *data;

    if (!count) return WSASERVICE_NOT_FOUND;
    if (!(answers = new_services(count, from, &rooms, &data))) return WSA_NOT_ENOUGH_MEMORY;
    records.at = data + (records.at - from->data);
    while (done < count && sdp_next(&records, &record))
    {
        if (!is_record(&record)) continue;
        answers[done].address = params->address;
        fill_service(&answers[done], &record, &rooms[done]);
        done++;
    }
    params->answers = WS2_PTR(answers);
    params->count = count;
    return 0;
}

/* Handles are one answer: an array of ULONG. */
static int answer_handles(const struct sdp_answer *from, struct ws2_bth_find *params)
{
    struct ws2_bth_answer *answer;
    struct service_room *room;
    uint32_t handle;
    uint8_t *data;
    size_t at;

    if (!from->size) return WSASERVICE_NOT_FOUND;
    if (!(answer = new_services(1, from, &room, &data))) return WSA_NOT_ENOUGH_MEMORY;
    for (at = 0; at < from->size; at += 4)
    {
        handle = (uint32_t)data[at] << 24 | data[at + 1] << 16 | data[at + 2] << 8 | data[at + 3];
        memcpy(data + at, &handle, sizeof(handle));
    }
    answer->address = params->address;
    answer->protocol = WIN_BTHPROTO_RFCOMM;
    answer->blob = WS2_PTR(data);
    answer->blob_size = from->size;
    params->answers = WS2_PTR(answer);
    params->count = 1;
    return 0;
}

static int find_services(const struct bth_host *host, struct ws2_bth_find *params)
{
    struct win_guid service_class;
    struct bth_adapter adapter;
    struct sdp_answer answer;
    struct sdp_query query;
    int err;

    memcpy(&service_class, params->service_class, sizeof(service_class));
    if ((err = bth_read_query(WS2_AT(const void, params->blob), params->blob_size,
                              params->has_class ? &service_class : NULL, &query)))
        return err;
    if (params->own && !host->adapter(host->context, &adapter)) params->address = adapter.address;
    if ((err = bth_find_services(host, params->address, &query, &adapter, &answer))) return err;
    params->adapter = adapter.address;
    if (query.request == SDP_SEARCH)
        err = answer_handles(&answer, params);
    else
        err = answer_records(query.request, &answer, params);
    free(answer.data);
    return err;
}

void bth_find(const struct bth_host *host, struct ws2_bth_find *params)
{
    params->answers = 0;
    params->count = 0;
    params->error = params->services ? find_services(host, params) : find_devices(host, params);
}

void bth_free(struct ws2_bth_find *params)
{
    free(WS2_AT(void, params->answers));
    params->answers = 0;
}

static void copy_text(ws2_ptr from, char to[SDP_TEXT_SIZE], int *has)
{
    size_t size;

    if (!(*has = from != 0)) return;
    size = strnlen(WS2_AT(const char, from), SDP_TEXT_SIZE - 1);
    memcpy(to, WS2_AT(const char, from), size);
}

/* A record of what WSAQUERYSET says. */
static int write_record(const struct ws2_bth_service *params, struct sdp_writer *writer)
{
    struct sdp_service service = {.has_class = 1, .port = params->port};
    struct win_guid guid;

    if (!params->port) return WSAEINVAL;
    if (params->protocol == WIN_BTHPROTO_RFCOMM && params->port <= 30)
        service.protocol = SDP_RFCOMM;
    else if (params->protocol == WIN_BTHPROTO_L2CAP && params->port <= UINT16_MAX)
        service.protocol = SDP_L2CAP;
    else
        return WSAEINVAL;
    memcpy(&guid, params->service_class, sizeof(guid));
    service.service_class = uuid_from_guid(&guid);
    copy_text(params->name, service.name, &service.has_name);
    copy_text(params->comment, service.comment, &service.has_comment);
    sdp_put_service(writer, &service);
    return writer->full ? WSAEINVAL : 0;
}

/* Whatever else a record holds, it is one sequence. */
static int check_record(struct sdp_bytes bytes)
{
    struct sdp_element record;

    return sdp_next(&bytes, &record) && is_record(&record) && !bytes.size ? 0 : WSAEINVAL;
}

void bth_service_register(const struct bth_host *host, struct ws2_bth_service *params)
{
    uint8_t made[2 * SDP_TEXT_SIZE + 256];
    struct sdp_writer writer = {.to = made, .size = sizeof(made)};
    struct sdp_bytes record = {WS2_AT(const uint8_t, params->record), params->record_size};

    params->error = params->record ? check_record(record) : write_record(params, &writer);
    if (params->error) return;
    if (!params->record) record = (struct sdp_bytes){made, writer.used};
    params->error =
        bth_register(host, record, params->protocol, params->record ? 0 : params->port, &params->handle);
}

void bth_service_remove(const struct bth_host *host, struct ws2_bth_service *params)
{
    params->error = bth_unregister(host, params->handle, params->protocol, params->port);
}
