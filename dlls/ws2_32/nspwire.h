/*
 * What goes between programs and the namespace providers that others advertise.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * A pipe named by the provider and the session. Each client process has a connection for
 * as long as it uses the provider, and one for each lookup; a question has one answer.
 */
#ifndef WS2_NSPWIRE_H
#define WS2_NSPWIRE_H

enum wire_question
{
    WIRE_HELLO, /* gives the number of a client's session, which lasts as long as the connection */
    WIRE_BYE,
    WIRE_BEGIN, /* of a session; a query set; gives the number of a lookup */
    WIRE_NEXT,  /* gives a query set */
    WIRE_END,
    WIRE_SET /* of a session; a query set */
};

struct wire
{
    DWORD question;
    int error; /* the answer's: a Winsock error or 0 */
    DWORD flags, operation;
    ULONGLONG number; /* a session's or a lookup's */
    ULONGLONG base;   /* where the query set was that follows */
    DWORD size;       /* its bytes, or 0 */
};

#define WIRE_MAX_SIZE 0x1000000

/* The pipe's name. */
#define WIRE_NAME_LEN 100
void wire_name(const GUID *id, WCHAR name[WIRE_NAME_LEN]);

/* A connection to whoever advertises the provider; NULL if nobody does. */
HANDLE wire_connect(const GUID *id);

/* FALSE when nobody is at the other end any more. *set is in a heap block, or NULL for none;
 * what it points to is in there as well. */
BOOL wire_send(HANDLE pipe, struct wire *message, const WSAQUERYSET2W *set);
BOOL wire_receive(HANDLE pipe, struct wire *message, WSAQUERYSET2W **set);

#endif
