/*
 * Pointers that lead nowhere.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "errors.h"

#define PAGE 0x1000

static char *pages(DWORD protection)
{
    char *two = VirtualAlloc(NULL, 2 * PAGE, MEM_RESERVE | MEM_COMMIT, PAGE_READWRITE);
    DWORD old;

    CHECK(two != NULL);
    memset(two, 'Z', 2 * PAGE);
    CHECK(VirtualProtect(two + PAGE, PAGE, protection, &old));
    return two;
}

static char *closed_page(void)
{
    static char *two;

    if (!two) two = pages(PAGE_NOACCESS);
    return two + PAGE;
}

static char *constant_page(void)
{
    static char *two;

    if (!two) two = pages(PAGE_READONLY);
    return two + PAGE;
}

void *unreadable(unsigned int which)
{
    switch (which)
    {
    case 0: return (void *)8;
    case 1: return closed_page();
    case 2:
        closed_page()[-1] = 'Z'; /* something may have been written there */
        return closed_page() - 1;
    default: return NULL;
    }
}

void *unwritable(unsigned int which)
{
    return which == 3 ? constant_page() : unreadable(which);
}

FARPROC ws2_function(const char *name)
{
    FARPROC function = GetProcAddress(GetModuleHandleA("ws2_32.dll"), name);

    if (!function) harness_fail(__FILE__, __LINE__, "there is no %s", name);
    return function;
}
