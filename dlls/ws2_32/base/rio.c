/*
 * Registered I/O's functions, which a program gets as a table.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "private.h"

#include "base/ioctl.h"
#include "base/rio.h"

static const RIO_EXTENSION_FUNCTION_TABLE table = {
    .cbSize = sizeof(table),
    .RIOReceive = rio_receive,
    .RIOReceiveEx = rio_receive_ex,
    .RIOSend = rio_send,
    .RIOSendEx = rio_send_ex,
    .RIOCloseCompletionQueue = rio_close_completions,
    .RIOCreateCompletionQueue = rio_create_completions,
    .RIOCreateRequestQueue = rio_create_queue,
    .RIODequeueCompletion = rio_dequeue,
    .RIODeregisterBuffer = rio_deregister_buffer,
    .RIONotify = rio_notify,
    .RIORegisterBuffer = rio_register_buffer,
    .RIOResizeCompletionQueue = rio_resize_completions,
    .RIOResizeRequestQueue = rio_resize_queue,
};

/* Any socket may be asked, whatever it was made for. */
int rio_table(struct ioctl_call *call)
{
    return ioctl_give(call, &table, sizeof(table));
}
