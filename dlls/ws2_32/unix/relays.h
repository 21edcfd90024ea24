/* The relays there are: unix/relay.h's own (SPDX-License-Identifier: LGPL-2.1-or-later). */
#ifndef WS2_UNIX_RELAYS_H
#define WS2_UNIX_RELAYS_H

#include "unix/pump.h"

/* All of them; under the lock. */
extern struct relay *relays;

/* Signals wait while it is held: a thread that is suspended or terminated must not have it. */
void relays_lock(void);
void relays_unlock(void);

/* At the end of the process, for which signals stay blocked: 0 if it was not to be had. */
int relays_lock_at_end(void);

/* Under the lock: a new one, or NULL; the one of this number, even if it is GONE; one that is not. */
struct relay *relays_add(int host, enum state state);
struct relay *relays_find(uint32_t id);
struct relay *relays_alive(uint32_t id);

/* Frees those that nobody asks about any more: the runner's. */
void relays_sweep(void);

/* Whether there is anything that a thread has to look after. */
int relays_busy(void);

/* TRUE once: whoever is told so has to see to a runner. */
int relays_claim_runner(void);
void relays_no_runner(void);

/* relayjoin.c: something has happened to a relay. */
void relay_attend(struct relay *relay);

/* And perhaps something has that nobody was told of: fronts that listened and are closed. */
void relay_look_around(void);

/* Notes who is at the host socket's other end. */
void relay_remember_peer(struct relay *relay);

#endif
