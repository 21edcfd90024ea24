/* Which layered providers a program lets in (SPDX-License-Identifier: LGPL-2.1-or-later). */
#ifndef WS2_CATEGORY_H
#define WS2_CATEGORY_H

/* The categories (LSP_*) that were permitted to this process's program; FALSE if
 * nobody said, and then everything may be loaded. */
BOOL category_of_process(DWORD *permitted);

/* Whether all categories of a layered provider are among these. One without any
 * counts as of every category. */
BOOL category_permits(DWORD permitted, const GUID *id);

#endif
