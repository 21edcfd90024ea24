/*
 * Runs every suite of the unit tests: the ELF half's pure code, natively.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * CK_FORK=no runs them in one process, for a debugger.
 */
#include <stdlib.h>

#include "suites.h"

static Suite *(*const suites[])(void) = {
    batch_suite,     bluetooth_suite, bluez_suite,       capability_suite, control_suite, direct_suite,
    dns_suite,       errno_suite,     etcfile_suite,     finish_suite,     hci_suite,     hostcall_suite,
    interface_suite, messages_suite,  names_suite,       option_suite,     relay_suite,   sdp_suite,
    sockaddr_suite,  tcpinfo_suite,   unreachable_suite,
};

int main(void)
{
    SRunner *runner = srunner_create(NULL);
    int failed;

    for (size_t i = 0; i < sizeof(suites) / sizeof(suites[0]); i++) srunner_add_suite(runner, suites[i]());
    srunner_run_all(runner, CK_ENV);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
