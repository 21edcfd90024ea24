/*
 * Audit records about binds to a port that another socket guards with a SACL.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * "If the bind function succeeds, then an audit entry is generated if another socket
 * tries to bind to the same port" (WSASocket). To bind where another socket is bound is
 * to ask for access to that socket's address; the device says whether it is granted, the
 * SACL whether somebody wants to know. One attempt makes one record at the most.
 */
#include "private.h"

#include "base/audit.h"
#include "base/device.h"
#include "base/eventlog.h"
#include "base/option.h"
#include "base/secured.h"
#include "base/token.h"

WINE_DEFAULT_DEBUG_CHANNEL(winsock);

/* Missing from the headers of Wine 10. */
NTSYSAPI void WINAPI RtlMapGenericMask(ACCESS_MASK *mask, const GENERIC_MAPPING *mapping);

/* What a bind asks for: what each socket's handle has, without the right to its descriptor. */
#define BIND_ACCESS (FILE_GENERIC_READ | FILE_GENERIC_WRITE)

struct address
{
    USHORT port;
    BOOL ipv4;
    BOOL any;  /* every address of its family */
    BOOL dual; /* and of IPv4, too */
    BYTE bytes[16];
};

struct attempt
{
    SOCKET s;
    HANDLE token;
    const SOCKADDR_STORAGE *name;
    struct address address;
    int type;
    BOOL granted;
    SOCKADDR_STORAGE owned; /* by the socket that wants a record, */
    DWORD owner;            /* which this process has; 0 for none */
};

static BOOL is_dual(SOCKET s)
{
    int only = 1;

    return !device_request(s, AFD_GET_IPV6_V6ONLY, NULL, 0, &only, sizeof(only), NULL) && !only;
}

/* s is the socket that has it, or wants to. */
static void take_address(SOCKET s, const SOCKADDR_STORAGE *name, struct address *address)
{
    static const BYTE mapped[12] = {[10] = 0xff, [11] = 0xff}, any[16];
    const SOCKADDR_IN6 *v6 = (const SOCKADDR_IN6 *)name;
    const SOCKADDR_IN *v4 = (const SOCKADDR_IN *)name;

    memset(address, 0, sizeof(*address));
    address->port = v4->sin_port;
    address->ipv4 = name->ss_family == AF_INET;
    if (address->ipv4)
        memcpy(address->bytes, &v4->sin_addr, sizeof(v4->sin_addr));
    else if (!memcmp(&v6->sin6_addr, mapped, sizeof(mapped)))
    {
        address->ipv4 = TRUE;
        memcpy(address->bytes, v6->sin6_addr.u.Byte + sizeof(mapped), sizeof(IN_ADDR));
    }
    else
        memcpy(address->bytes, &v6->sin6_addr, sizeof(v6->sin6_addr));
    address->any = !memcmp(address->bytes, any, sizeof(any));
    address->dual = address->any && !address->ipv4 && is_dual(s);
}

static BOOL meet(const struct address *left, const struct address *right)
{
    if (left->port != right->port) return FALSE;
    if (left->ipv4 != right->ipv4) return left->dual || right->dual;
    return left->any || right->any || !memcmp(left->bytes, right->bytes, sizeof(left->bytes));
}

static BOOL ace_wants(const ACE_HEADER *header, const struct attempt *attempt)
{
    static const GENERIC_MAPPING mapping = {FILE_GENERIC_READ, FILE_GENERIC_WRITE, FILE_GENERIC_EXECUTE,
                                            FILE_ALL_ACCESS};
    const BYTE outcome = attempt->granted ? SUCCESSFUL_ACCESS_ACE_FLAG : FAILED_ACCESS_ACE_FLAG;
    const SYSTEM_AUDIT_ACE *ace = (const SYSTEM_AUDIT_ACE *)header;
    ACCESS_MASK mask;

    if (header->AceType != SYSTEM_AUDIT_ACE_TYPE) return FALSE;
    if (!(header->AceFlags & outcome) || (header->AceFlags & INHERIT_ONLY_ACE)) return FALSE;
    mask = ace->Mask;
    RtlMapGenericMask(&mask, &mapping);
    return (mask & BIND_ACCESS) && token_is(attempt->token, (PSID)&ace->SidStart);
}

static BOOL sacl_wants(SOCKET owner, const struct attempt *attempt)
{
    const SECURITY_INFORMATION part = SACL_SECURITY_INFORMATION;
    BOOLEAN present = FALSE, defaulted;
    void *descriptor = NULL, *ace;
    BOOL wanted = FALSE;
    ACL *sacl = NULL;
    ULONG size = 0;
    DWORD i;

    if (NtQuerySecurityObject(SOCKET_HANDLE(owner), part, NULL, 0, &size) == STATUS_BUFFER_TOO_SMALL &&
        (descriptor = heap_alloc(size)) &&
        !NtQuerySecurityObject(SOCKET_HANDLE(owner), part, descriptor, size, &size) &&
        !RtlGetSaclSecurityDescriptor(descriptor, &present, &sacl, &defaulted) && present && sacl)
        for (i = 0; !wanted && !RtlGetAce(sacl, i, &ace); i++) wanted = ace_wants(ace, attempt);
    heap_free(descriptor);
    return wanted;
}

/* Until one wants a record. */
static BOOL look_at(SOCKET owner, DWORD process, void *context)
{
    struct attempt *attempt = context;
    struct address address;
    SOCKADDR_STORAGE name;
    struct afd_info info;

    if (device_request(owner, AFD_GETSOCKNAME, NULL, 0, &name, sizeof(name), NULL)) return TRUE;
    if (socket_info(owner, &info) || info.type != attempt->type) return TRUE;
    take_address(owner, &name, &address);
    if (!meet(&address, &attempt->address) || !sacl_wants(owner, attempt)) return TRUE;
    attempt->owned = name;
    attempt->owner = process;
    return FALSE;
}

static void record(const struct attempt *attempt)
{
    const struct bind_event event = {.token = attempt->token,
                                     .socket = attempt->s,
                                     .granted = attempt->granted,
                                     .access = BIND_ACCESS,
                                     .type = attempt->type,
                                     .asked = attempt->name,
                                     .owned = &attempt->owned,
                                     .owner = attempt->owner};

    eventlog_write(&event);
}

static BOOL was_decided(NTSTATUS status)
{
    return !status || status == STATUS_SHARING_VIOLATION || status == STATUS_ACCESS_DENIED ||
           status == STATUS_ADDRESS_ALREADY_EXISTS;
}

void audit_bind(SOCKET s, const SOCKADDR_STORAGE *addr, NTSTATUS status)
{
    struct attempt attempt = {.s = s, .name = addr, .granted = !status};
    struct afd_info info;
    BOOL may_act;

    if (!((const SOCKADDR_IN *)addr)->sin_port || !was_decided(status) || !secured_exist()) return;
    if ((addr->ss_family != AF_INET && addr->ss_family != AF_INET6) || socket_info(s, &info)) return;
    if (!(attempt.token = token_open(&may_act))) return;
    attempt.type = info.type;
    take_address(s, addr, &attempt.address);
    secured_for_each(s, look_at, &attempt);
    if (attempt.owner) record(&attempt);
    NtClose(attempt.token);
}
