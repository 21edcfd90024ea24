/* Requests of registered I/O, as host calls (SPDX-License-Identifier: LGPL-2.1-or-later). */
#ifndef WS2_UNIX_BATCH_H
#define WS2_UNIX_BATCH_H

struct ws2_rio_run;

/* Does as many of the requests as can be done at once: see struct ws2_rio_run. */
void batch_run(struct ws2_rio_run *run);

#endif
