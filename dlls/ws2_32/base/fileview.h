/* Parts of files as memory (SPDX-License-Identifier: LGPL-2.1-or-later). */
#ifndef WS2_BASE_FILEVIEW_H
#define WS2_BASE_FILEVIEW_H

struct afd_transmit;

struct file_view
{
    HANDLE pointer_of; /* the file whose pointer goes on with what is sent, or NULL */
    LONGLONG offset;   /* of the data in the file */
    void *base;        /* NULL if there are no data */
    char *data;
    ULONG size;
};

/* What request sends of its file, which may be none. FALSE if it is no file that can be
 * shown as memory, and then the device has the word on it. */
BOOL file_view_open(struct file_view *view, const struct afd_transmit *request);
void file_view_close(struct file_view *view, ULONG sent);

#endif
