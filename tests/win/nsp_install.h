/*
 * Installing the namespace provider of nsp_test.c for the time of a test.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#ifndef NSP_INSTALL_H
#define NSP_INSTALL_H

#include "harness.h"

#include "nsp_shared.h"

static GUID nsp_id = {0x5a5a2001, 0x1111, 0x2222, {1, 2, 3, 4, 5, 6, 7, 8}};

static inline int nsp_remove(void)
{
    return WSCUnInstallNameSpace(&nsp_id);
}

/* Gives the mapping that the provider reports to, empty. */
static inline struct nsp_shared *nsp_install(const char *dll)
{
    static struct nsp_shared *shared;
    WCHAR path[MAX_PATH];

    if (!GetProcAddress(GetModuleHandleA("ws2_32.dll"), "__ws2_swap_proc_table"))
        SKIP("providers are not loaded here");
    if (!shared)
    {
        HANDLE mapping =
            CreateFileMappingA(INVALID_HANDLE_VALUE, NULL, PAGE_READWRITE, 0, sizeof(*shared), NSP_SHARED);

        shared = MapViewOfFile(mapping, FILE_MAP_ALL_ACCESS, 0, 0, sizeof(*shared));
        CHECK(shared != NULL);
    }
    memset(shared, 0, sizeof(*shared));
    shared->missing_routine = -1;
    nsp_remove();
    harness_beside(dll, path);
    CHECK_INT(WSCInstallNameSpace((WCHAR *)L"Names for tests", path, NSP_SPACE, 1, &nsp_id), 0);
    return shared;
}

/* Installs it, and makes the event that "hold.nsp" waits for. Lookups of before are
 * forgotten, so that those by name alone ask the provider, too. */
static inline struct nsp_shared *nsp_hold(HANDLE *go)
{
    CHECK_INT(WSACleanup(), 0);
    CHECK_INT(WSAStartup(MAKEWORD(2, 2), &(WSADATA){0}), 0);
    *go = CreateEventA(NULL, TRUE, FALSE, NSP_GO);
    CHECK(*go != NULL);
    return nsp_install("nsp_test.dll");
}

/* Waits until a lookup waits. */
static inline void nsp_wait_held(struct nsp_shared *shared)
{
    while (!shared->nexts) Sleep(1);
}

/* Lets the lookups that wait go on to their end, and takes the provider away. */
static inline void nsp_release(struct nsp_shared *shared, HANDLE go)
{
    SetEvent(go);
    while (shared->ends < shared->begins) Sleep(1);
    CloseHandle(go);
    nsp_remove();
}

#endif
