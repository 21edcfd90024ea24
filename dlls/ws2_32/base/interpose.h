/* Functions of the layer's that are answered here first (SPDX-License-Identifier: LGPL-2.1-or-later). */
#ifndef WS2_BASE_INTERPOSE_H
#define WS2_BASE_INTERPOSE_H

/* Before the first socket is known: from now on what programs do to sockets as handles comes here, too. */
void interpose(void);

/* What a module imports from ntdll.dll: each name, and where the function's address is. */
typedef void (*import_visitor)(const char *name, void **entry, void *context);
void interpose_visit(HMODULE module, import_visitor visit, void *context);

#endif
