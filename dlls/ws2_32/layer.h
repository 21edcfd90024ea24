/* Installed transport providers, layered ones above all (SPDX-License-Identifier: LGPL-2.1-or-later). */
#ifndef WS2_LAYER_H
#define WS2_LAYER_H

struct provider;

/* Whether this process's catalog has anything but what the host offers by itself. It
 * is read when the first socket is made after WSAStartup, and stays that way, as on
 * Windows, until the last WSACleanup. */
BOOL layers_installed(void);

/* Whether a socket may belong to another provider than the base one. */
extern BOOL layers_loaded;

/* The first catalog entry that fits, or with an info the entry of its id, and its
 * provider, loaded and started; NULL with a Winsock error in *err. */
struct provider *layer_choose(int family, int type, int protocol, const WSAPROTOCOL_INFOW *info,
                              WSAPROTOCOL_INFOW *entry, int *err);

/* The provider of a catalog entry, loaded and started; the base provider for the
 * host's own entries and those that are not there. */
struct provider *layer_of_entry(DWORD id, int *err);

/* The running provider that calls itself by this catalog entry: FALSE if there is no
 * such entry. *provider is NULL for the base provider, and for one that another
 * provider has loaded and keeps to itself. */
BOOL layer_running(DWORD id, struct provider **provider);

/* Takes out of a whole catalog what this program does not let in; how many are left. */
struct catalog_item;
unsigned int layer_keep_permitted(struct catalog_item *all, unsigned int count);

/* WSPCleanup for each, and their DLLs go. */
void layer_cleanup(void);

#endif
