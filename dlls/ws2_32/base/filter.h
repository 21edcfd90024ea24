/* What a socket does not want to be sent (SPDX-License-Identifier: LGPL-2.1-or-later). */
#ifndef WS2_BASE_FILTER_H
#define WS2_BASE_FILTER_H

struct option_call; /* base/option.h */

/* SO_PAUSE_ACCEPT */
int filter_set_pause(struct option_call *call);

/* IP_IFLIST and IP_ADD_IFLIST, IP_DEL_IFLIST, IP_GET_IFLIST */
int filter_set_listed(struct option_call *call);
int filter_add_interface(struct option_call *call);
int filter_drop_interface(struct option_call *call);
int filter_get_interfaces(struct option_call *call);

#endif
