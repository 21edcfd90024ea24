/* The suites that main.c runs, one a file NAME_test.c (SPDX-License-Identifier: LGPL-2.1-or-later). */
#ifndef SUITES_H
#define SUITES_H

#include <check.h>

Suite *batch_suite(void);
Suite *bluetooth_suite(void);
Suite *bluez_suite(void);
Suite *capability_suite(void);
Suite *control_suite(void);
Suite *direct_suite(void);
Suite *dns_suite(void);
Suite *errno_suite(void);
Suite *etcfile_suite(void);
Suite *finish_suite(void);
Suite *hostcall_suite(void);
Suite *hci_suite(void);
Suite *interface_suite(void);
Suite *messages_suite(void);
Suite *names_suite(void);
Suite *option_suite(void);
Suite *relay_suite(void);
Suite *sdp_suite(void);
Suite *sockaddr_suite(void);
Suite *tcpinfo_suite(void);
Suite *unreachable_suite(void);

#endif
