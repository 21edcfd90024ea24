/* Control messages and the options that ask for them (SPDX-License-Identifier: LGPL-2.1-or-later). */
#ifndef WS2_BASE_MESSAGE_H
#define WS2_BASE_MESSAGE_H

/* The host may deliver a kind of control message only because another one is made
 * of it (ECN of TOS, and so on). Called once the application has set an option
 * through the device: its own wish counts from then on. */
void message_option_set(SOCKET s, int level, int name);

/* TRUE if the device says that an option is on which the application never set. */
BOOL message_option_uninvited(SOCKET s, int level, int name);

#endif
