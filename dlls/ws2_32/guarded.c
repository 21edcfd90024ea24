/*
 * Copies from and to application memory that may be bad.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * For calls that are not in a hurry and would rather work on memory of their
 * own than inside an exception frame.
 */
#include "private.h"

#include "guarded.h"

EXCEPTION_DISPOSITION WINAPI guarded_fault(EXCEPTION_RECORD *record, void *frame, CONTEXT *context,
                                           void *dispatcher);

BOOL guarded_copy(void *to, const void *from, SIZE_T size)
{
    volatile BOOL ok = TRUE;

    __TRY
    {
        GUARD_BEGIN;
        memcpy(to, from, size);
        GUARD_END;
    }
    __EXCEPT_PAGE_FAULT
    {
        ok = FALSE;
    }
    __ENDTRY
    return ok;
}

/* Tables say what handles the exceptions of these two, which so cost nothing until one
 * comes; the frame that __TRY makes costs as much as the rest of a short call. They touch a
 * byte a page, and others may be writing there. No stack is used, so that the handler
 * can go on elsewhere. */
#define TOUCH(function, access)                               \
    __asm__("\t.text\n"                                       \
            "\t.globl " function "\n"                         \
            "\t.seh_proc " function "\n" function ":\n"       \
            "\t.seh_handler guarded_fault, @except\n"         \
            "\t.seh_endprologue\n"                            \
            "\tleaq -1(%rcx,%rdx), %r8\n" /* the last byte */ \
            "\ttestq %rdx, %rdx\n"                            \
            "\tjz 2f\n"                                       \
            "1:\t" access "\n"                                \
            "\torq $0xfff, %rcx\n"                            \
            "\tincq %rcx\n"                                   \
            "\tcmpq %r8, %rcx\n"                              \
            "\tjbe 1b\n"                                      \
            "2:\tmovl $1, %eax\n"                             \
            "\tret\n"                                         \
            "\t.seh_endproc\n")

TOUCH("guarded_readable", "movb (%rcx), %al");
TOUCH("guarded_writable", "lock orb $0, (%rcx)");

/* Where a touch that faulted goes on: it returns FALSE. */
__asm__("\t.text\n"
        "guarded_untouched:\n"
        "\txorl %eax, %eax\n"
        "\tret\n");
extern const char guarded_untouched[];

EXCEPTION_DISPOSITION WINAPI guarded_fault(EXCEPTION_RECORD *record, void *frame, CONTEXT *context,
                                           void *dispatcher)
{
    (void)frame, (void)dispatcher;
    if ((NTSTATUS)record->ExceptionCode != EXCEPTION_ACCESS_VIOLATION ||
        record->ExceptionFlags & (EH_UNWINDING | EH_EXIT_UNWIND))
        return ExceptionContinueSearch;
    context->Rip = (ULONG_PTR)guarded_untouched;
    return ExceptionContinueExecution;
}

static BOOL guarded_zero(void *application, SIZE_T size)
{
    volatile BOOL ok = TRUE;

    __TRY
    {
        GUARD_BEGIN;
        memset(application, 0, size);
        GUARD_END;
    }
    __EXCEPT_PAGE_FAULT
    {
        ok = FALSE;
    }
    __ENDTRY
    return ok;
}

int guarded_room(void *application, DWORD *size, DWORD needed)
{
    DWORD room;

    if (!guarded_read(&room, size, sizeof(room))) return WSAEFAULT;
    if (room >= needed) return guarded_zero(application, needed) ? 0 : WSAEFAULT;
    guarded_write(size, &needed, sizeof(needed));
    return WSAEFAULT;
}

int guarded_string(WCHAR *to, const WCHAR *application, int room)
{
    volatile int result = GUARDED_LONG;

    __TRY
    {
        int i;

        GUARD_BEGIN;
        for (i = 0; i < room; i++)
        {
            if ((to[i] = application[i])) continue;
            result = i;
            break;
        }
        GUARD_END;
    }
    __EXCEPT_PAGE_FAULT
    {
        result = GUARDED_FAULT;
    }
    __ENDTRY
    return result;
}
