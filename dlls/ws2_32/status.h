/* NTSTATUS to Winsock error (SPDX-License-Identifier: LGPL-2.1-or-later). */
#ifndef WS2_STATUS_H
#define WS2_STATUS_H

/* 0 for success and for STATUS_PENDING's relatives that callers test first. */
int error_from_status(NTSTATUS status);

#endif
