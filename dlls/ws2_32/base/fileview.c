/*
 * Parts of files as memory.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "private.h"

#include "base/fileview.h"
#include "base/transmit.h"

#define GRANULARITY 0x10000 /* of where views begin in a file */

static BOOL find_part(struct file_view *view, const struct afd_transmit *request, HANDLE file)
{
    static const LARGE_INTEGER here;
    LARGE_INTEGER size, offset = request->offset;
    LONGLONG left;

    if (!GetFileSizeEx(file, &size) || (!size.QuadPart && GetFileType(file) != FILE_TYPE_DISK)) return FALSE;
    if (offset.QuadPart == FILE_POINTER_POSITION)
    {
        if (!SetFilePointerEx(file, here, &offset, FILE_CURRENT)) return FALSE;
        view->pointer_of = file;
    }
    left = max(size.QuadPart - offset.QuadPart, 0);
    if (request->file_len) left = min(left, request->file_len);
    view->offset = offset.QuadPart;
    view->size = left;
    return left <= TRANSMIT_MAX;
}

BOOL file_view_open(struct file_view *view, const struct afd_transmit *request)
{
    const HANDLE file = ULongToHandle(request->file);
    ULARGE_INTEGER from;
    HANDLE section;
    ULONG before;

    memset(view, 0, sizeof(*view));
    if (!file) return TRUE;
    if (!find_part(view, request, file)) return FALSE;
    if (!view->size) return TRUE;
    before = view->offset % GRANULARITY;
    from.QuadPart = view->offset - before;
    if (!(section = CreateFileMappingW(file, NULL, PAGE_READONLY, 0, 0, NULL))) return FALSE;
    view->base =
        MapViewOfFile(section, FILE_MAP_READ, from.u.HighPart, from.u.LowPart, (SIZE_T)before + view->size);
    CloseHandle(section);
    view->data = (char *)view->base + before;
    return view->base != NULL;
}

void file_view_close(struct file_view *view, ULONG sent)
{
    const LARGE_INTEGER end = {.QuadPart = view->offset + min(sent, view->size)};

    if (view->base) UnmapViewOfFile(view->base);
    if (view->pointer_of) SetFilePointerEx(view->pointer_of, end, NULL, FILE_BEGIN);
}
