/*
 * Categories: what decides which layered providers get into a program.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "lsp_install.h"

/* 1 if a chain is listed to applications, 2 if a provider was started. */
CHILD(tells_what_gets_in)
{
    static WSAPROTOCOL_INFOW all[100];
    DWORD size = sizeof(all);
    LONG before = lsp_shared()->startups;
    int i, count = WSAEnumProtocolsW(NULL, all, &size), what = 0;

    for (i = 0; i < count; i++)
        if (all[i].ProtocolChain.ChainLen > 1) what = 1;
    if (socket(AF_INET, SOCK_STREAM, 0) == INVALID_SOCKET) return 100;
    return what + (lsp_shared()->startups != before ? 2 : 0);
}

/* sporder.h and ws2spi.h of some mingw-w64 lack them. */
#define CATEGORY_PROXY 0x4
#define CATEGORY_FIREWALL 0x8
#define INFO_CATEGORIES 0

#define APPLICATIONS "System\\CurrentControlSet\\Services\\WinSock2\\Parameters\\AppId_Catalog"

/* There is no call that takes back what was permitted. */
static void forget_application(const char *path)
{
    char name[64], value[MAX_PATH];
    DWORD i, size;
    HKEY all, one;

    if (RegOpenKeyA(HKEY_LOCAL_MACHINE, APPLICATIONS, &all)) return;
    for (i = 0; !RegEnumKeyA(all, i, name, sizeof(name)); i++)
    {
        size = sizeof(value);
        if (RegOpenKeyA(all, name, &one)) continue;
        if (RegQueryValueExA(one, "AppFullPath", NULL, NULL, (BYTE *)value, &size)) value[0] = 0;
        RegCloseKey(one);
        if (!stricmp(value, path) && !RegDeleteKeyA(all, name)) i--;
    }
    RegCloseKey(all);
}

static void permit(const char *path, const char *arguments, DWORD categories)
{
    int(WINAPI * set)(const WCHAR *, DWORD, const WCHAR *, DWORD, DWORD, DWORD *, int *) =
        (void *)lsp_function("WSCSetApplicationCategory");
    WCHAR wide[MAX_PATH], wide_arguments[64];
    int err;

    MultiByteToWideChar(CP_ACP, 0, path, -1, wide, MAX_PATH);
    MultiByteToWideChar(CP_ACP, 0, arguments, -1, wide_arguments, 64);
    CHECK_INT(set(wide, wcslen(wide), *arguments ? wide_arguments : NULL, wcslen(wide_arguments), categories,
                  NULL, &err),
              0);
}

static void categorize(DWORD categories)
{
    int(WINAPI * set)(GUID *, int, BYTE *, size_t, DWORD, int *) = (void *)lsp_function("WSCSetProviderInfo");
    int err;

    CHECK_INT(set(&lsp_ids[0], INFO_CATEGORIES, (BYTE *)&categories, sizeof(categories), 0, &err), 0);
}

/* Whether the layer gets into a program: its catalog, and its sockets' way. */
static BOOL gets_into(const char *path)
{
    STARTUPINFOA startup = {.cb = sizeof(startup)};
    PROCESS_INFORMATION process;
    char command[2 * MAX_PATH];
    int what;

    snprintf(command, sizeof(command), "\"%s\" --child tells_what_gets_in -", path);
    CHECK(CreateProcessA(path, command, NULL, NULL, FALSE, 0, NULL, NULL, &startup, &process));
    CloseHandle(process.hThread);
    what = harness_join(process.hProcess);
    if (what && what != 3) harness_fail(__FILE__, __LINE__, "what gets in: %d", what);
    return what == 3;
}

TEST(an_application_s_categories_decide_what_gets_in)
{
    static const struct
    {
        DWORD layer, permitted;
        const char *arguments;
        BOOL gets_in;
    } cases[] = {
        {0, 0, NULL, TRUE}, /* nobody said anything of the program */
        {CATEGORY_PROXY, 0, NULL, TRUE},
        {CATEGORY_PROXY, 0, "", FALSE},
        {CATEGORY_PROXY, CATEGORY_PROXY, "", TRUE},
        {CATEGORY_PROXY, CATEGORY_PROXY | CATEGORY_FIREWALL, "", TRUE},
        {CATEGORY_PROXY, CATEGORY_FIREWALL, "", FALSE},
        {CATEGORY_PROXY | CATEGORY_FIREWALL, CATEGORY_PROXY, "", FALSE},
        {0, CATEGORY_PROXY, "", FALSE}, /* of every category */
        {CATEGORY_PROXY, CATEGORY_FIREWALL, "--child tells_what_gets_in -", FALSE},
        {CATEGORY_PROXY, CATEGORY_FIREWALL, "--child another -", TRUE},
    };
    char own[MAX_PATH], copy[MAX_PATH];
    BOOL got_in[ARRAYSIZE(cases)];
    unsigned int i;

    lsp_install("lsp_count.dll", XP1_IFS_HANDLES, FALSE);
    GetModuleFileNameA(NULL, own, sizeof(own));
    GetTempPathA(sizeof(copy), copy);
    strcat(copy, "layered_copy.exe");
    CHECK(CopyFileA(own, copy, FALSE));
    forget_application(copy);
    for (i = 0; i < ARRAYSIZE(cases); i++)
    {
        categorize(cases[i].layer);
        if (cases[i].arguments) permit(copy, cases[i].arguments, cases[i].permitted);
        got_in[i] = gets_into(copy);
        forget_application(copy);
    }
    lsp_remove();
    DeleteFileA(copy);
    for (i = 0; i < ARRAYSIZE(cases); i++)
        if (got_in[i] != cases[i].gets_in) harness_fail(__FILE__, __LINE__, "case %u: %d", i, got_in[i]);
}
