/* The completion ports that sockets are bound to (SPDX-License-Identifier: LGPL-2.1-or-later). */
#ifndef WS2_BASE_PORT_H
#define WS2_BASE_PORT_H

struct port;

/* The port behind a handle of the program's, to be let go with port_leave; NULL if there is no
 * memory, or it is none. */
struct port *port_enter(HANDLE handle);
void port_leave(struct port *port);

/* A number that no other port ever has: the first is of who is known by this handle, 0 for nobody. */
ULONG port_find(HANDLE handle);
ULONG port_number(const struct port *port);

/* Posts a packet: one request to Wine's server. */
void port_post(struct port *port, ULONG_PTR key, const void *value, NTSTATUS status, ULONG_PTR bytes);

/* The program is about to close this handle, or to make it another. */
void port_closing(HANDLE handle);
void port_moving(HANDLE handle);

#endif
