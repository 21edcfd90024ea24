/*
 * Prints Winsock's catalogs as `netsh winsock show catalog` does, or as JSON.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * A Windows program: tools/ws2info starts it.
 */
#ifndef _WIN32_WINNT
#define _WIN32_WINNT 0x0a00
#endif

#include <winsock2.h>
#include <ws2spi.h>
#include <fcntl.h>
#include <io.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define RULE "------------------------------------------------------\n"

static void usage(FILE *to)
{
    fputs("usage: ws2info [--json]\n\n"
          "Prints the protocols and namespaces that Windows programs find here.\n\n"
          "  --json  as one JSON object; there, open_error is what making such a\n"
          "          socket gives: 0, or a Winsock error\n"
          "  --help  show this\n",
          to);
}

static const char *guid_text(const GUID *id)
{
    static char text[40];

    sprintf(text, "{%08lX-%04X-%04X-%02X%02X-%02X%02X%02X%02X%02X%02X}", id->Data1, id->Data2, id->Data3,
            id->Data4[0], id->Data4[1], id->Data4[2], id->Data4[3], id->Data4[4], id->Data4[5], id->Data4[6],
            id->Data4[7]);
    return text;
}

static char *utf8(const WCHAR *text)
{
    int size = WideCharToMultiByte(CP_UTF8, 0, text, -1, NULL, 0, NULL, NULL);
    char *out = malloc(size);

    if (!out) exit(1);
    WideCharToMultiByte(CP_UTF8, 0, text, -1, out, size, NULL, NULL);
    return out;
}

static char *provider_path(const GUID *id)
{
    WCHAR path[MAX_PATH] = L"";
    int len = MAX_PATH, err;
    GUID copy = *id;

    WSCGetProviderPath(&copy, path, &len, &err);
    return utf8(path);
}

static const char *entry_type(const WSAPROTOCOL_INFOW *info)
{
    if (info->ProtocolChain.ChainLen == BASE_PROTOCOL) return "Base Service Provider";
    return info->ProtocolChain.ChainLen == LAYERED_PROTOCOL ? "Layered Service Provider"
                                                            : "Layered Chain Entry";
}

static void print_protocol(const WSAPROTOCOL_INFOW *info)
{
    char *name = utf8(info->szProtocol), *path = provider_path(&info->ProviderId);
    int i;

    printf("\nWinsock Catalog Provider Entry\n" RULE);
    printf("Entry Type:                         %s\n", entry_type(info));
    printf("Description:                        %s\n", name);
    printf("Provider ID:                        %s\n", guid_text(&info->ProviderId));
    printf("Provider Path:                      %s\n", path);
    printf("Catalog Entry ID:                   %lu\n", info->dwCatalogEntryId);
    printf("Version:                            %d\n", info->iVersion);
    printf("Address Family:                     %d\n", info->iAddressFamily);
    printf("Max Address Length:                 %d\n", info->iMaxSockAddr);
    printf("Min Address Length:                 %d\n", info->iMinSockAddr);
    printf("Socket Type:                        %d\n", info->iSocketType);
    printf("Protocol:                           %d\n", info->iProtocol);
    printf("Service Flags:                      0x%lx\n", info->dwServiceFlags1);
    printf("Protocol Chain Length:              %d\n", info->ProtocolChain.ChainLen);
    if (info->ProtocolChain.ChainLen > BASE_PROTOCOL)
    {
        printf("Protocol Chain:                     ");
        for (i = 0; i < info->ProtocolChain.ChainLen; i++)
            printf("%s%lu", i ? " : " : "", info->ProtocolChain.ChainEntries[i]);
        printf("\n");
    }
    free(name);
    free(path);
}

static void print_namespace(const WSANAMESPACE_INFOW *info)
{
    char *name = utf8(info->lpszIdentifier);

    printf("\nName Space Provider Entry\n" RULE);
    printf("Description:                        %s\n", name);
    printf("Provider ID:                        %s\n", guid_text(&info->NSProviderId));
    printf("Name Space:                         %lu\n", info->dwNameSpace);
    printf("Active:                             %d\n", info->fActive);
    printf("Version:                            %lu\n", info->dwVersion);
    free(name);
}

static void json_string(const char *name, const char *text)
{
    printf("\"%s\": \"", name);
    for (; *text; text++)
    {
        if (*text == '"' || *text == '\\') putchar('\\');
        if ((unsigned char)*text < ' ')
            printf("\\u%04x", *text);
        else
            putchar(*text);
    }
    printf("\"");
}

/* Raw sockets have a protocol of their own; ICMP's tells privilege best. */
static int open_error(const WSAPROTOCOL_INFOW *info)
{
    int protocol = info->iProtocol;
    SOCKET s;

    if (info->ProtocolChain.ChainLen == LAYERED_PROTOCOL) return WSAEPROTONOSUPPORT;
    if (info->iSocketType == SOCK_RAW) protocol = info->iAddressFamily == AF_INET6 ? 58 : IPPROTO_ICMP;
    s = WSASocketW(info->iAddressFamily, info->iSocketType, protocol, NULL, 0, WSA_FLAG_OVERLAPPED);
    if (s == INVALID_SOCKET) return WSAGetLastError();
    closesocket(s);
    return 0;
}

static void json_protocol(const WSAPROTOCOL_INFOW *info)
{
    char *name = utf8(info->szProtocol), *path = provider_path(&info->ProviderId);
    int i;

    printf("    {");
    json_string("name", name);
    printf(", \"id\": %lu, ", info->dwCatalogEntryId);
    json_string("provider", guid_text(&info->ProviderId));
    printf(", ");
    json_string("path", path);
    printf(",\n     \"family\": %d, \"type\": %d, \"protocol\": %d, \"protocol_max_offset\": %d,\n",
           info->iAddressFamily, info->iSocketType, info->iProtocol, info->iProtocolMaxOffset);
    printf("     \"version\": %d, \"max_address\": %d, \"min_address\": %d, \"message_size\": %lu,\n",
           info->iVersion, info->iMaxSockAddr, info->iMinSockAddr, info->dwMessageSize);
    printf("     \"service_flags\": %lu, \"provider_flags\": %lu, \"chain\": [", info->dwServiceFlags1,
           info->dwProviderFlags);
    for (i = 0; info->ProtocolChain.ChainLen > 1 && i < info->ProtocolChain.ChainLen; i++)
        printf("%s%lu", i ? ", " : "", info->ProtocolChain.ChainEntries[i]);
    printf("], \"chain_length\": %d,\n     \"open_error\": %d}", info->ProtocolChain.ChainLen,
           open_error(info));
    free(name);
    free(path);
}

static void json_namespace(const WSANAMESPACE_INFOW *info)
{
    char *name = utf8(info->lpszIdentifier);

    printf("    {");
    json_string("name", name);
    printf(", ");
    json_string("provider", guid_text(&info->NSProviderId));
    printf(", \"namespace\": %lu, \"active\": %s, \"version\": %lu}", info->dwNameSpace,
           info->fActive ? "true" : "false", info->dwVersion);
    free(name);
}

static WSAPROTOCOL_INFOW *list_protocols(int *count)
{
    WSAPROTOCOL_INFOW *infos;
    DWORD size = 0;
    int err;

    WSCEnumProtocols(NULL, NULL, &size, &err);
    infos = malloc(size + 1);
    *count = infos ? WSCEnumProtocols(NULL, infos, &size, &err) : SOCKET_ERROR;
    if (*count == SOCKET_ERROR)
    {
        fprintf(stderr, "ws2info: the protocols cannot be listed: error %d\n", err);
        exit(1);
    }
    return infos;
}

/* Wine's own module lists none. */
static WSANAMESPACE_INFOW *list_namespaces(int *count)
{
    WSANAMESPACE_INFOW *infos;
    DWORD size = 0;

    WSAEnumNameSpaceProvidersW(&size, NULL);
    infos = malloc(size + 1);
    *count = infos && size ? WSAEnumNameSpaceProvidersW(&size, infos) : 0;
    if (*count == SOCKET_ERROR) *count = 0;
    return infos;
}

int main(int argc, char **argv)
{
    WSAPROTOCOL_INFOW *protocols;
    WSANAMESPACE_INFOW *namespaces;
    int json = 0, i, protocol_count, namespace_count, err;
    WSADATA data;

    _setmode(_fileno(stdout), _O_BINARY); /* the reader is a Unix one */
    for (i = 1; i < argc; i++)
    {
        if (!strcmp(argv[i], "--json"))
            json = 1;
        else
        {
            int help = !strcmp(argv[i], "--help");

            usage(help ? stdout : stderr);
            return help ? 0 : 2;
        }
    }
    if ((err = WSAStartup(MAKEWORD(2, 2), &data)))
    {
        fprintf(stderr, "ws2info: Winsock does not start: error %d\n", err);
        return 1;
    }
    protocols = list_protocols(&protocol_count);
    namespaces = list_namespaces(&namespace_count);
    if (json) printf("{\n  \"protocols\": [\n");
    for (i = 0; i < protocol_count; i++)
    {
        if (json)
        {
            json_protocol(&protocols[i]);
            printf(i + 1 < protocol_count ? ",\n" : "\n");
        }
        else
            print_protocol(&protocols[i]);
    }
    if (json) printf("  ],\n  \"namespaces\": [\n");
    for (i = 0; i < namespace_count; i++)
    {
        if (json)
        {
            json_namespace(&namespaces[i]);
            printf(i + 1 < namespace_count ? ",\n" : "\n");
        }
        else
            print_namespace(&namespaces[i]);
    }
    if (json) printf("  ]\n}\n");
    free(protocols);
    free(namespaces);
    WSACleanup();
    return 0;
}
