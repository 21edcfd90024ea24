/*
 * For the tests of errors: pointers that lead nowhere, and functions that the
 * compiler's headers lack.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#ifndef ERRORS_H
#define ERRORS_H

#include "harness.h"

#include <nspapi.h>
#include <qos.h>
#include <svcguid.h>
#include <ws2spi.h>

#include <sporder.h>

/* The function gives SOCKET_ERROR, and the error through its last argument, an int *err. */
#define CHECK_ERR(call, error)                                                         \
    do                                                                                 \
    {                                                                                  \
        int err = 0xdead;                                                              \
        harness_check_int(__FILE__, __LINE__, #call, (long long)(call), SOCKET_ERROR); \
        harness_check_int(__FILE__, __LINE__, #call, err, (error));                    \
    } while (0)

/* Addresses that cannot be read: NULL's neighbour, a page without access, and the
 * last byte before such a page (which is no string's terminator). */
void *unreadable(unsigned int which);

/* The same, and addresses that can only be read. */
void *unwritable(unsigned int which);

/* for every such address; p is a void pointer */
#define FOR_UNREADABLE(p) for (unsigned int i_##p = 0; (p = unreadable(i_##p)); i_##p++)
#define FOR_UNWRITABLE(p) for (unsigned int i_##p = 0; (p = unwritable(i_##p)); i_##p++)

/* Every one of ws2_32's functions is to be had by name. */
FARPROC ws2_function(const char *name);

#define WS2_FUNCTION(type, name) ((type)(void *)ws2_function(name))

#endif
