/* Installed namespace providers, those that are not our own (SPDX-License-Identifier: LGPL-2.1-or-later). */
#ifndef WS2_NSP_H
#define WS2_NSP_H

#include "lookup.h"
#include "namespace.h"
#include "nspremote.h"
#include "queryset.h"

struct nsp;

/* A lookup at a provider. */
struct nsp_lookup
{
    struct nsp *provider;
    HANDLE handle;
    struct remote_lookup remote; /* or at one that another process advertises */
};

/* Loads and starts the provider if need be, and begins a lookup there; 0 or a Winsock
 * error, and nothing to end then. */
int nsp_begin(const struct namespace_item *item, const struct query *query, DWORD flags,
              struct nsp_lookup *lookup);

/* The next answer; WSA_E_NO_MORE after the last. */
int nsp_next(struct nsp_lookup *lookup, DWORD flags, struct answer **answer);

/* NSPIoctl with WSANSPIoctl's arguments. */
int nsp_ioctl(struct nsp_lookup *lookup, DWORD code, void *in, DWORD in_size, void *out, DWORD out_size,
              DWORD *returned, WSACOMPLETION *completion);

/* Any thread may end a lookup, which ends its nsp_next; again is no harm. */
void nsp_end(struct nsp_lookup *lookup);

/* Gives the provider back, after nsp_end. */
void nsp_release(struct nsp_lookup *lookup);

/* NSPSetService. */
int nsp_set_service(const struct namespace_item *item, const struct query *query, WSAESETSERVICEOP operation,
                    DWORD flags);

/* The same of every provider that the query is for; 0 if one has taken it. */
int register_service(const struct query *query, WSAESETSERVICEOP operation, DWORD flags);

/* NSPInstallServiceClass, or with a NULL info NSPRemoveServiceClass, of all that are
 * active. What they make of it is their business. */
void nsp_tell_class(const GUID *id, const WSASERVICECLASSINFOW *info);

/* Whether any is installed, as it was when first asked since WSAStartup. */
BOOL nsp_installed(void);

/* Adds the addresses that active providers have for a host's name: those that come
 * before DNS in the catalog's order, or those behind it. A Winsock error or 0, also if
 * nobody knows the name. */
int nsp_resolve(const WCHAR *name, int family, BOOL before_dns, struct lookup *lookup);

/* The same of those that are of a name space (or NS_ALL) and have an id (or NULL);
 * WSASERVICE_NOT_FOUND if there are none, and with a NULL lookup that is all that
 * is found out. */
int nsp_resolve_in(const WCHAR *name, int family, DWORD name_space, const GUID *id, struct lookup *lookup);

/* NSPCleanup for those that nothing uses, and their DLLs go; the last WSACleanup. */
void nsp_cleanup(void);

#endif
