/* Messages over fronts, which are streams (SPDX-License-Identifier: LGPL-2.1-or-later). */
#ifndef WS2_UNIX_MESSAGES_H
#define WS2_UNIX_MESSAGES_H

#include "unix/pump.h"

/* Moves a message, or a part of one, from there; FALSE if there is nothing more to move now. */
int messages_move(struct relay *relay, enum side from);

#endif
