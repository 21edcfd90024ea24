/* Results of the WSC calls (SPDX-License-Identifier: LGPL-2.1-or-later). */
#ifndef WS2_CONFIG_H
#define WS2_CONFIG_H

/* Writes a failure to *err, where those calls report, and gives back ret;
 * SOCKET_ERROR if err does not point to memory. A success leaves *err alone. */
int config_result(int ret, int error, int *err);

/* A registry's Win32 error as the WSC calls report it. */
int config_error(DWORD registry_error);

/* The categories (LSP_*) that a provider was given; 0 for none. */
DWORD config_categories(const GUID *id);

#endif
