/*
 * What Windows's headers declare and the oldest Wine headers we build with don't.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Each definition is guarded, since newer headers have it. Included by private.h
 * after the system's headers.
 */
#ifndef WS2_MISSING_H
#define WS2_MISSING_H

#ifndef WSAID_WSAPOLL
#define WSAID_WSAPOLL {0x18c76f85, 0xdc66, 0x4964, {0x97, 0x2e, 0x23, 0xc2, 0x72, 0x38, 0x31, 0x2b}}
#endif

#endif
