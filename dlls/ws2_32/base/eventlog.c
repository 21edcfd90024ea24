/*
 * The security log: what events say.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Wine has no event log (its functions are stubs), so records go to a file beside the place
 * where Windows has its own: base/logfile.c. Each is the XML that Windows's viewer shows
 * of event 4656, "a handle to an object was requested", which is what a SACL leads to.
 */
#include "private.h"

#include <ip2string.h>

#include "base/eventlog.h"
#include "base/logfile.h"
#include "base/token.h"

WINE_DEFAULT_DEBUG_CHANNEL(winsock);

#define KEYWORD_SUCCESS "0x8020000000000000"
#define KEYWORD_FAILURE "0x8010000000000000"

/* Longer names are cut. In UTF-8 and escaped, a character may take six times its room. */
#define MAX_NAME 400
#define MAX_TEXT 16384

struct text
{
    ULONG length;
    char bytes[MAX_TEXT];
};

static void put(struct text *text, const char *format, ...)
{
    const ULONG room = sizeof(text->bytes) - text->length;
    va_list args;
    int length;

    va_start(args, format);
    length = _vsnprintf(text->bytes + text->length, room, format, args);
    va_end(args);
    if (length >= 0 && (ULONG)length < room) text->length += length;
}

/* Control characters are none of XML's. */
static void put_escaped(struct text *text, const WCHAR *value)
{
    char utf8[MAX_NAME * 3 + 1];
    int length = min(wcslen(value), MAX_NAME), i;

    length = WideCharToMultiByte(CP_UTF8, 0, value, length, utf8, sizeof(utf8), NULL, NULL);
    for (i = 0; i < length; i++)
    {
        switch (utf8[i])
        {
        case '&': put(text, "&amp;"); break;
        case '<': put(text, "&lt;"); break;
        case '>': put(text, "&gt;"); break;
        case '"': put(text, "&quot;"); break;
        default: put(text, "%c", (unsigned char)utf8[i] < ' ' ? '?' : utf8[i]);
        }
    }
}

static void put_named(struct text *text, const char *name, const WCHAR *value)
{
    put(text, "<Data Name=\"%s\">", name);
    put_escaped(text, value);
    put(text, "</Data>");
}

static void put_time(struct text *text)
{
    LARGE_INTEGER now;
    TIME_FIELDS fields;

    NtQuerySystemTime(&now);
    RtlTimeToTimeFields(&now, &fields);
    put(text, "<TimeCreated SystemTime=\"%04d-%02d-%02dT%02d:%02d:%02d.%07u00Z\"/>", fields.Year,
        fields.Month, fields.Day, fields.Hour, fields.Minute, fields.Second,
        (unsigned int)(now.QuadPart % 10000000));
}

/* S-1-5-21-..., the account's name and domain, and the number of the logon session. */
static void put_subject(struct text *text, HANDLE token)
{
    WCHAR name[256] = L"-", domain[256] = L"-";
    DWORD name_size = ARRAY_COUNT(name), domain_size = ARRAY_COUNT(domain), size;
    TOKEN_USER *user = token_ask(token, TokenUser);
    TOKEN_STATISTICS statistics = {.AuthenticationId = {0}};
    UNICODE_STRING sid = {0};
    SID_NAME_USE use;

    if (user && !RtlConvertSidToUnicodeString(&sid, user->User.Sid, TRUE))
    {
        put_named(text, "SubjectUserSid", sid.Buffer);
        RtlFreeUnicodeString(&sid);
    }
    if (user) LookupAccountSidW(NULL, user->User.Sid, name, &name_size, domain, &domain_size, &use);
    put_named(text, "SubjectUserName", name);
    put_named(text, "SubjectDomainName", domain);
    NtQueryInformationToken(token, TokenStatistics, &statistics, sizeof(statistics), &size);
    put(text, "<Data Name=\"SubjectLogonId\">0x%I64x</Data>",
        ((ULONGLONG)statistics.AuthenticationId.HighPart << 32) | statistics.AuthenticationId.LowPart);
    heap_free(user);
}

static void print_address(const SOCKADDR_STORAGE *name, char text[64])
{
    if (name->ss_family == AF_INET)
        RtlIpv4AddressToStringA(&((const SOCKADDR_IN *)name)->sin_addr, text);
    else
        RtlIpv6AddressToStringA(&((const SOCKADDR_IN6 *)name)->sin6_addr, text);
}

static unsigned int port_of(const SOCKADDR_STORAGE *name)
{
    return ntohs(((const SOCKADDR_IN *)name)->sin_port);
}

/* Windows's numbers for the names of rights, by which its viewer finds them in any language. */
static void put_rights(struct text *text, ACCESS_MASK access)
{
    static const struct
    {
        ACCESS_MASK right;
        unsigned int name;
    } rights[] = {
        {READ_CONTROL, 1538},    {SYNCHRONIZE, 1541},          {FILE_READ_DATA, 4416},
        {FILE_WRITE_DATA, 4417}, {FILE_APPEND_DATA, 4418},     {FILE_READ_EA, 4419},
        {FILE_WRITE_EA, 4420},   {FILE_READ_ATTRIBUTES, 4423}, {FILE_WRITE_ATTRIBUTES, 4424},
    };
    const char *separator = "";
    unsigned int i;

    put(text, "<Data Name=\"AccessList\">");
    for (i = 0; i < ARRAY_COUNT(rights); i++)
    {
        if (!(access & rights[i].right)) continue;
        put(text, "%s%%%%%u", separator, rights[i].name);
        separator = " ";
    }
    put(text, "</Data><Data Name=\"AccessReason\">-</Data><Data Name=\"AccessMask\">0x%lx</Data>", access);
}

static void put_object(struct text *text, const struct bind_event *event)
{
    const BOOL ipv6 = event->owned->ss_family == AF_INET6;
    char address[64];

    print_address(event->owned, address);
    put(text, "<Data Name=\"ObjectServer\">Security</Data><Data Name=\"ObjectType\">File</Data>");
    put(text, "<Data Name=\"ObjectName\">\\Device\\%s\\%s%s%s:%u</Data>",
        event->type == SOCK_STREAM ? "Tcp" : "Udp", ipv6 ? "[" : "", address, ipv6 ? "]" : "",
        port_of(event->owned));
    put(text, "<Data Name=\"HandleId\">0x%Ix</Data>", event->granted ? event->socket : 0);
    put(text, "<Data Name=\"TransactionId\">{00000000-0000-0000-0000-000000000000}</Data>");
}

static void put_process(struct text *text)
{
    WCHAR path[MAX_PATH];

    path[GetModuleFileNameW(NULL, path, ARRAY_COUNT(path) - 1)] = 0;
    put(text, "<Data Name=\"PrivilegeList\">-</Data><Data Name=\"RestrictedSidCount\">0</Data>");
    put(text, "<Data Name=\"ProcessId\">0x%lx</Data>", GetCurrentProcessId());
    put_named(text, "ProcessName", path);
    put(text, "<Data Name=\"ResourceAttributes\">-</Data>");
}

/* Not Windows's: the address that was asked for, in the words of its event 5159, and where
 * the other socket is. */
static void put_bind(struct text *text, const struct bind_event *event)
{
    char address[64];

    print_address(event->asked, address);
    put(text, "<Data Name=\"SourceAddress\">%s</Data><Data Name=\"SourcePort\">%u</Data>", address,
        port_of(event->asked));
    put(text, "<Data Name=\"Protocol\">%u</Data>", event->type == SOCK_STREAM ? IPPROTO_TCP : IPPROTO_UDP);
    put(text, "<Data Name=\"OwnerProcessId\">0x%lx</Data>", event->owner);
}

static void put_before_number(struct text *text, const struct bind_event *event)
{
    put(text, "<Event xmlns=\"http://schemas.microsoft.com/win/2004/08/events/event\"><System>");
    put(text, "<Provider Name=\"Microsoft-Windows-Security-Auditing\" "
              "Guid=\"{54849625-5478-4994-A5BA-3E3B0328C30D}\"/>");
    put(text, "<EventID>4656</EventID><Version>1</Version><Level>0</Level><Task>12802</Task>");
    put(text, "<Opcode>0</Opcode><Keywords>%s</Keywords>",
        event->granted ? KEYWORD_SUCCESS : KEYWORD_FAILURE);
    put_time(text);
}

static void put_after_number(struct text *text, const struct bind_event *event)
{
    WCHAR computer[MAX_COMPUTERNAME_LENGTH + 1] = L"-";
    DWORD size = ARRAY_COUNT(computer);

    GetComputerNameW(computer, &size);
    put(text, "<Correlation/><Execution ProcessID=\"%lu\" ThreadID=\"%lu\"/><Channel>Security</Channel>",
        GetCurrentProcessId(), GetCurrentThreadId());
    put(text, "<Computer>");
    put_escaped(text, computer);
    put(text, "</Computer><Security/></System><EventData>");
    put_subject(text, event->token);
    put_object(text, event);
    put_rights(text, event->access);
    put_process(text);
    put_bind(text, event);
    put(text, "</EventData></Event>\n");
}

void eventlog_write(const struct bind_event *event)
{
    struct text *texts = heap_zalloc(2 * sizeof(*texts));
    struct log_line line;

    if (!texts) return;
    put_before_number(&texts[0], event);
    put_after_number(&texts[1], event);
    line.before = texts[0].bytes;
    line.before_size = texts[0].length;
    line.after = texts[1].bytes;
    line.after_size = texts[1].length;
    TRACE("%s bind to port %u\n", event->granted ? "granted" : "refused", port_of(event->owned));
    logfile_append(&line);
    heap_free(texts);
}
