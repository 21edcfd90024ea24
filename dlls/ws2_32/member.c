/*
 * The members of socket groups, and how long they are.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * A thread has one poll at the device for each member. It asks for nothing, and ends when
 * the last handle of the socket is closed. Whoever has inherited a member, or been given
 * one, finds its tokens by a note, a section named by the handle and the process that it
 * was a member in, or by the taker's.
 */
#include "private.h"

#include "base/newborn.h"
#include "member.h"
#include "record.h"
#include "thread.h"

WINE_DEFAULT_DEBUG_CHANNEL(winsock);

#define NOTE_NAME L"Global\\__ws2_32_member_%08x_%08x"

/* The handles are values in the process that the note is named by, and its children. */
struct note
{
    GROUP id;
    ULONG token, peer, self;
};

struct member
{
    struct member *next;
    SOCKET s;
    LONG turn; /* of its record: another socket may get the handle's value */
    GROUP id;
    BOOL inherit;
    HANDLE token, peer, note; /* NULL once it has left */
    IO_STATUS_BLOCK io;
    struct afd_poll poll;
};

static struct member *members;
static SRWLOCK lock = SRWLOCK_INIT;

static INIT_ONCE once = INIT_ONCE_STATIC_INIT;
static HANDLE device, port; /* of the polls */

enum
{
    KEY_POLL, /* a poll has ended */
    KEY_START,
    KEY_SWEEP
};

static const WCHAR *note_name(WCHAR name[64], DWORD pid, SOCKET s)
{
    _snwprintf(name, 64, NOTE_NAME, (unsigned int)pid, (unsigned int)s);
    return name;
}

static HANDLE write_note(DWORD pid, SOCKET s, BOOL inherit, const struct note *note, HANDLE process)
{
    SECURITY_ATTRIBUTES attr = {sizeof(attr), NULL, inherit};
    struct note *view, content = *note;
    HANDLE section, given;
    WCHAR name[64];

    if (!(section = CreateFileMappingW(INVALID_HANDLE_VALUE, &attr, PAGE_READWRITE, 0, sizeof(*view),
                                       note_name(name, pid, s))))
        return NULL;
    content.self = HandleToULong(section);
    if (process &&
        DuplicateHandle(GetCurrentProcess(), section, process, &given, 0, FALSE, DUPLICATE_SAME_ACCESS))
        content.self = HandleToULong(given);
    if ((view = MapViewOfFile(section, FILE_MAP_WRITE, 0, 0, sizeof(*view))))
    {
        *view = content;
        UnmapViewOfFile(view);
    }
    return section;
}

/* The note of s by this process's number, or its parent's, if it has come along with s:
 * its own handle is the proof. */
static BOOL read_note(DWORD pid, SOCKET s, struct note *note)
{
    const struct note *view;
    WCHAR name[64];
    HANDLE section = OpenFileMappingW(FILE_MAP_READ, FALSE, note_name(name, pid, s));
    BOOL found = FALSE;

    if (!section) return FALSE;
    if ((view = MapViewOfFile(section, FILE_MAP_READ, 0, 0, sizeof(*view))))
    {
        *note = *view;
        UnmapViewOfFile((void *)view);
        found = !NtCompareObjects(section, ULongToHandle(note->self));
    }
    CloseHandle(section);
    return found;
}

static DWORD parent_process(void)
{
    PROCESS_BASIC_INFORMATION info;

    if (NtQueryInformationProcess(GetCurrentProcess(), ProcessBasicInformation, &info, sizeof(info), NULL))
        return 0;
    return info.InheritedFromUniqueProcessId;
}

/* Under the lock. */
static struct member *find(SOCKET s)
{
    const struct socket_record *record = record_get(s);
    struct member *member = members;

    while (member && (member->s != s || !record || member->turn != record->turn || !member->token))
        member = member->next;
    return member;
}

/* Under the lock: not by way of base/ashandle.c, which may need it. */
static void close_token(HANDLE *token)
{
    if (*token) NtClose(*token);
    *token = NULL;
}

/* Under the lock. */
static void leave(struct member *member)
{
    TRACE("socket %#Ix, group %#x\n", member->s, member->id);
    close_token(&member->token);
    close_token(&member->peer);
    close_token(&member->note);
}

static void forget(struct member *gone)
{
    struct member **link = &members;

    AcquireSRWLockExclusive(&lock);
    leave(gone);
    while (*link != gone) link = &(*link)->next;
    *link = gone->next;
    ReleaseSRWLockExclusive(&lock);
    heap_free(gone);
}

static BOOL start_poll(struct member *member)
{
    NTSTATUS status = STATUS_INVALID_HANDLE;

    AcquireSRWLockExclusive(&lock);
    member->io.Status = STATUS_PENDING;
    member->poll.timeout = MAXLONGLONG;
    member->poll.count = 1;
    member->poll.sockets[0].socket = member->s;
    if (member->token)
        status = newborn_poll(device, NULL, member, &member->io, &member->poll, sizeof(member->poll),
                              &member->poll, sizeof(member->poll));
    ReleaseSRWLockExclusive(&lock);
    return NT_SUCCESS(status);
}

/* The outcome of a poll is here before its packet, once this thread has waited. */
static void sweep(HANDLE done)
{
    struct member *member;

    WaitForSingleObject(done, 0);
    AcquireSRWLockExclusive(&lock);
    for (member = members; member; member = member->next)
        if (member->io.Status != STATUS_PENDING) leave(member);
    ReleaseSRWLockExclusive(&lock);
    SetEvent(done);
}

static DWORD WINAPI watch_members(void *unused)
{
    OVERLAPPED *packet;
    ULONG_PTR key;
    DWORD bytes;

    (void)unused;
    for (;;)
    {
        if (!GetQueuedCompletionStatus(port, &bytes, &key, &packet, INFINITE) && !packet) return 0;
        if (key == KEY_SWEEP)
            sweep((HANDLE)packet);
        else if (key == KEY_POLL || !start_poll((struct member *)packet))
            forget((struct member *)packet);
    }
}

static BOOL CALLBACK start(INIT_ONCE *self, void *parameter, void **context)
{
    (void)self;
    (void)parameter;
    (void)context;
    if (!(device = newborn_device()) || !(port = CreateIoCompletionPort(device, NULL, KEY_POLL, 1)))
        return FALSE;
    return thread_start(watch_members, NULL);
}

void members_sweep(void)
{
    HANDLE done;

    if (!port || !(done = CreateEventW(NULL, TRUE, FALSE, NULL))) return;
    if (PostQueuedCompletionStatus(port, 0, KEY_SWEEP, (OVERLAPPED *)done))
        WaitForSingleObject(done, INFINITE);
    CloseHandle(done);
}

static void note_member(struct member *member)
{
    const struct note note = {
        .id = member->id,
        .token = HandleToULong(member->token),
        .peer = HandleToULong(member->peer),
    };

    if (member->inherit) member->note = write_note(GetCurrentProcessId(), member->s, TRUE, &note, NULL);
}

int member_add(SOCKET s, GROUP id, HANDLE token, BOOL inherit)
{
    struct socket_record *record = record_get(s);
    struct member *member;

    if (!record || !InitOnceExecuteOnce(&once, start, NULL, NULL)) return WSAENOBUFS;
    if (!(member = heap_zalloc(sizeof(*member)))) return WSAENOBUFS;
    member->s = s;
    member->turn = record->turn;
    member->id = id;
    member->inherit = inherit;
    member->token = token;
    member->io.Status = STATUS_PENDING;
    note_member(member);
    AcquireSRWLockExclusive(&lock);
    member->next = members;
    members = member;
    ReleaseSRWLockExclusive(&lock);
    record->group = id;
    PostQueuedCompletionStatus(port, 0, KEY_START, (OVERLAPPED *)member);
    members_sweep(); /* the poll has to begin while this handle is there */
    return 0;
}

/* In all processes. */
static BOOL has_other_handles(SOCKET s)
{
    OBJECT_BASIC_INFORMATION info;

    return !NtQueryObject(SOCKET_HANDLE(s), ObjectBasicInformation, &info, sizeof(info), NULL) &&
           info.HandleCount > 1;
}

/* What a child has inherited. Sockets of its own are none of those. */
static BOOL inherited_note(SOCKET s, struct note *note)
{
    const struct socket_record *record = record_get(s);
    DWORD parent;

    return !(record && record->flags & RECORD_OURS) && (parent = parent_process()) &&
           read_note(parent, s, note);
}

void member_closing(SOCKET s)
{
    const struct socket_record *record = record_get(s);
    struct member *member;
    struct note note;

    if (inherited_note(s, &note))
    {
        CloseHandle(ULongToHandle(note.token));
        if (note.peer) CloseHandle(ULongToHandle(note.peer));
        CloseHandle(ULongToHandle(note.self));
    }
    if (!record || !record->group || has_other_handles(s)) return;
    AcquireSRWLockExclusive(&lock);
    if ((member = find(s))) leave(member);
    ReleaseSRWLockExclusive(&lock);
}

GROUP member_group(SOCKET s)
{
    const struct socket_record *record = record_get(s);
    struct note note;

    if (record && record->group) return record->group;
    return inherited_note(s, &note) ? note.id : 0;
}

BOOL member_has_peer(SOCKET s)
{
    const struct member *member;
    BOOL has;

    AcquireSRWLockShared(&lock);
    has = (member = find(s)) && member->peer;
    ReleaseSRWLockShared(&lock);
    return has;
}

static HANDLE set_peer(SOCKET s, HANDLE peer)
{
    struct member *member;
    HANDLE old = peer;

    AcquireSRWLockExclusive(&lock);
    if ((member = find(s)))
    {
        if (peer && !member->inherit) SetHandleInformation(peer, HANDLE_FLAG_INHERIT, 0);
        old = member->peer;
        member->peer = peer;
        close_token(&member->note);
        note_member(member);
    }
    ReleaseSRWLockExclusive(&lock);
    return old;
}

void member_give_peer(SOCKET s, HANDLE peer)
{
    if ((peer = set_peer(s, peer))) CloseHandle(peer);
}

HANDLE member_take_peer(SOCKET s)
{
    return set_peer(s, NULL);
}

void members_leave_peer(GROUP id, BOOL (*is_lost)(SOCKET s))
{
    struct member *member;

    AcquireSRWLockExclusive(&lock);
    for (member = members; member; member = member->next)
        if (member->id == id && member->peer && find(member->s) == member && is_lost(member->s))
        {
            close_token(&member->peer);
            close_token(&member->note);
            note_member(member);
        }
    ReleaseSRWLockExclusive(&lock);
}

static ULONG duplicate(HANDLE handle, HANDLE process)
{
    HANDLE given = NULL;

    if (handle)
        DuplicateHandle(GetCurrentProcess(), handle, process, &given, 0, FALSE, DUPLICATE_SAME_ACCESS);
    return HandleToULong(given);
}

void member_duplicate(SOCKET s, HANDLE process, DWORD pid, HANDLE given)
{
    const struct member *member;
    struct note note = {0};
    HANDLE section;

    AcquireSRWLockShared(&lock);
    if ((member = find(s)))
    {
        note.id = member->id;
        note.token = duplicate(member->token, process);
        note.peer = duplicate(member->peer, process);
    }
    ReleaseSRWLockShared(&lock);
    if (!note.token) return;
    if ((section = write_note(pid, HANDLE_SOCKET(given), FALSE, &note, process))) CloseHandle(section);
}

void member_redeem(SOCKET s)
{
    struct note note;

    if (!read_note(GetCurrentProcessId(), s, &note)) return;
    CloseHandle(ULongToHandle(note.self));
    if (member_add(s, note.id, ULongToHandle(note.token), FALSE))
    {
        CloseHandle(ULongToHandle(note.token));
        if (note.peer) CloseHandle(ULongToHandle(note.peer));
    }
    else if (note.peer)
        member_give_peer(s, ULongToHandle(note.peer));
}
