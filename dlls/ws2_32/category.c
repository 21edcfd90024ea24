/*
 * Which layered providers an application lets in.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Kept as on Windows, below AppId_Catalog: a key an application, named by a
 * number made of its path and arguments, with both and the permitted
 * categories (LSP_*) in it.
 */
#include "private.h"

#include <winreg.h>

#include "category.h"
#include "config.h"
#include "guarded.h"
#include "store.h"

WINE_DEFAULT_DEBUG_CHANNEL(winsock);

#define APPLICATIONS L"AppId_Catalog"
#define MAX_ARGUMENTS 1024

struct application
{
    WCHAR path[MAX_PATH];
    WCHAR arguments[MAX_ARGUMENTS];
};

static int read_text(WCHAR *to, const WCHAR *from, DWORD len, DWORD room)
{
    if (len >= room) return WSAEINVAL;
    if (!guarded_read(to, from, len * sizeof(WCHAR))) return WSAEFAULT;
    to[len] = 0;
    return 0;
}

static int read_application(struct application *app, const WCHAR *path, DWORD path_len, const WCHAR *extra,
                            DWORD extra_len)
{
    WCHAR raw[MAX_PATH];
    int err;

    if (!path || !path_len) return WSAEINVAL;
    if ((err = read_text(raw, path, path_len, ARRAY_COUNT(raw)))) return err;
    if (!ExpandEnvironmentStringsW(raw, app->path, ARRAY_COUNT(app->path))) return WSAEINVAL;
    app->arguments[0] = 0;
    return extra ? read_text(app->arguments, extra, extra_len, ARRAY_COUNT(app->arguments)) : 0;
}

static DWORD hash_text(DWORD hash, const WCHAR *text)
{
    WCHAR c;

    for (; *text; text++)
    {
        c = *text >= 'A' && *text <= 'Z' ? *text + 'a' - 'A' : *text;
        hash = (hash ^ (c & 0xff)) * 16777619;
        hash = (hash ^ (c >> 8)) * 16777619;
    }
    return hash;
}

static BOOL value_is(HKEY key, const WCHAR *name, const WCHAR *expected)
{
    WCHAR value[MAX_ARGUMENTS];
    DWORD size = sizeof(value) - sizeof(WCHAR), type;

    if (RegQueryValueExW(key, name, NULL, &type, (BYTE *)value, &size) || type != REG_SZ) return !expected[0];
    value[size / sizeof(WCHAR)] = 0;
    return !wcsicmp(value, expected);
}

/* The application's key, made if create; two of one number take neighbouring names. */
static HKEY open_application(const struct application *app, BOOL create)
{
    DWORD number = hash_text(hash_text(2166136261u, app->path), app->arguments);
    WCHAR name[64];
    char digits[9];
    HKEY key;
    int i;

    for (;; number++)
    {
        sprintf(digits, "%08lX", number);
        wcscpy(name, APPLICATIONS L"\\");
        for (i = 0; i < 9; i++) name[ARRAY_COUNT(APPLICATIONS) + i] = digits[i];
        if (!(key = store_open(name, FALSE, NULL))) break;
        if (value_is(key, L"AppFullPath", app->path) && value_is(key, L"AppArgs", app->arguments)) break;
        RegCloseKey(key);
    }
    if (!create) return key;
    if (key) RegCloseKey(key);
    return store_open(name, TRUE, NULL);
}

static DWORD write_text(HKEY key, const WCHAR *name, const WCHAR *value)
{
    return RegSetValueExW(key, name, 0, REG_SZ, (const BYTE *)value, (wcslen(value) + 1) * sizeof(WCHAR));
}

static BOOL read_categories(HKEY key, DWORD *categories)
{
    DWORD size = sizeof(*categories);

    *categories = 0;
    return !RegQueryValueExW(key, L"PermittedLspCategories", NULL, NULL, (BYTE *)categories, &size);
}

/* Categories that were permitted before stay so. */
static int permit(const struct application *app, DWORD categories, DWORD *previous)
{
    HKEY key;
    DWORD err;

    store_lock();
    if (!(key = open_application(app, TRUE)))
        err = ERROR_ACCESS_DENIED;
    else
    {
        read_categories(key, previous);
        categories |= *previous;
        err = write_text(key, L"AppFullPath", app->path);
        if (!err && app->arguments[0]) err = write_text(key, L"AppArgs", app->arguments);
        if (!err)
            err = RegSetValueExW(key, L"PermittedLspCategories", 0, REG_DWORD, (BYTE *)&categories,
                                 sizeof(categories));
        RegCloseKey(key);
    }
    store_unlock();
    return config_error(err);
}

static int permitted(const struct application *app, DWORD *categories)
{
    HKEY key = open_application(app, FALSE);
    BOOL known;

    if (!key) return WSASERVICE_NOT_FOUND;
    known = read_categories(key, categories);
    RegCloseKey(key);
    return known ? 0 : WSASERVICE_NOT_FOUND;
}

/* What follows the program's name in the command line. */
static const WCHAR *own_arguments(void)
{
    const WCHAR *at = GetCommandLineW();
    BOOL quoted = FALSE;

    for (; *at && (quoted || (*at != ' ' && *at != '\t')); at++)
        if (*at == '"') quoted = !quoted;
    while (*at == ' ' || *at == '\t') at++;
    return at;
}

/* What is said of the program with these arguments comes before what is said of it. */
BOOL category_of_process(DWORD *categories)
{
    const WCHAR *arguments = own_arguments();
    struct application *app = heap_zalloc(sizeof(*app));
    BOOL known = FALSE;

    if (!app || !GetModuleFileNameW(NULL, app->path, ARRAY_COUNT(app->path)))
    {
        heap_free(app);
        return FALSE;
    }
    if (*arguments && wcslen(arguments) < ARRAY_COUNT(app->arguments))
    {
        wcscpy(app->arguments, arguments);
        known = !permitted(app, categories);
        app->arguments[0] = 0;
    }
    if (!known) known = !permitted(app, categories);
    heap_free(app);
    return known;
}

BOOL category_permits(DWORD permitted_categories, const GUID *id)
{
    DWORD categories = config_categories(id);

    return !((categories ? categories : ~0u) & ~permitted_categories);
}

/* Lengths are characters without the terminator. */
int WINAPI WSCGetApplicationCategory(const WCHAR *path, DWORD path_len, const WCHAR *extra, DWORD extra_len,
                                     DWORD *categories, int *err)
{
    struct application app;
    DWORD found;
    int error;

    TRACE("path %p, path_len %lu, extra %p, extra_len %lu, categories %p, err %p\n", path, path_len, extra,
          extra_len, categories, err);
    error = read_application(&app, path, path_len, extra, extra_len);
    if (!error) error = permitted(&app, &found);
    if (!error && !guarded_write(categories, &found, sizeof(found))) error = WSAEFAULT;
    return config_result(error ? SOCKET_ERROR : 0, error, err);
}

int WINAPI WSCSetApplicationCategory(const WCHAR *path, DWORD path_len, const WCHAR *extra, DWORD extra_len,
                                     DWORD categories, DWORD *previous, int *err)
{
    struct application app;
    DWORD before;
    int error;

    TRACE("path %p, path_len %lu, extra %p, extra_len %lu, categories %#lx, previous %p, err %p\n", path,
          path_len, extra, extra_len, categories, previous, err);
    error = read_application(&app, path, path_len, extra, extra_len);
    if (!error) error = permit(&app, categories, &before);
    if (!error && previous && !guarded_write(previous, &before, sizeof(before))) error = WSAEFAULT;
    return config_result(error ? SOCKET_ERROR : 0, error, err);
}
