/* Windows's Bluetooth queries, and answers to them (SPDX-License-Identifier: LGPL-2.1-or-later). */
#ifndef WS2_UNIX_BTHANSWER_H
#define WS2_UNIX_BTHANSWER_H

#include "unix/bluetooth.h"
#include "unix/windows.h"
#include "ws2_unix.h"

struct sdp_uuid uuid_from_guid(const struct win_guid *guid);
struct win_guid guid_from_uuid(const struct sdp_uuid *uuid);

/* BTH_QUERY_DEVICE, or nothing: the default. 0 or WSAEINVAL. */
int bth_read_inquiry(const void *blob, size_t size, struct bth_inquiry *inquiry);

/* BTH_QUERY_SERVICE, or nothing: all attributes of services of a class. 0 or WSAEINVAL. */
int bth_read_query(const void *blob, size_t size, const struct win_guid *service_class,
                   struct sdp_query *query);

/* They fill the out members, error among them. */
void bth_find(const struct bth_host *host, struct ws2_bth_find *params);
void bth_free(struct ws2_bth_find *params);
void bth_service_register(const struct bth_host *host, struct ws2_bth_service *params);
void bth_service_remove(const struct bth_host *host, struct ws2_bth_service *params);

#endif
