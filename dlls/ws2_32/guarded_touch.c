/*
 * Meeting application memory that is not there, without the price of __TRY.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "private.h"

#include "guarded.h"

/* Windows's EXCEPTION_UNWINDING and EXCEPTION_EXIT_UNWIND, which Wine 8's headers call otherwise. */
#define UNWINDS 0x06

EXCEPTION_DISPOSITION WINAPI guarded_fault(EXCEPTION_RECORD *record, void *frame, CONTEXT *context,
                                           void *dispatcher);

/* Tables say what handles the exceptions of these, which so cost nothing until one comes;
 * the frame that __TRY makes costs as much as the rest of a short call. The first two touch a
 * byte a page, and others may be writing there. They use no stack, so that the handler can
 * go on elsewhere. */
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
    const NTSTATUS code = record->ExceptionCode;

    (void)frame, (void)dispatcher;
    if ((code != EXCEPTION_ACCESS_VIOLATION && code != EXCEPTION_GUARD_PAGE) ||
        record->ExceptionFlags & UNWINDS)
        return ExceptionContinueSearch;
    context->Rip = (ULONG_PTR)guarded_untouched;
    return ExceptionContinueExecution;
}

LONG WINAPI guarded_filter(EXCEPTION_POINTERS *exception, void *frame);

/* The C functions that it calls have tables of their own, by which they are left. */
__asm__("\t.text\n"
        "\t.globl guarded_run\n"
        "\t.seh_proc guarded_run\n"
        "guarded_run:\n"
        "\tsubq $40, %rsp\n"
        "\t.seh_stackalloc 40\n"
        "\t.seh_handler __C_specific_handler, @except\n"
        "\t.seh_endprologue\n"
        "\tmovq %rcx, %rax\n"
        "\tmovq %rdx, %rcx\n"
        "1:\tcall *%rax\n"
        "\tnop\n" /* where it returns to is still in the scope */
        "2:\tmovl $1, %eax\n"
        "\taddq $40, %rsp\n"
        "\tret\n"
        "3:\txorl %eax, %eax\n"
        "\taddq $40, %rsp\n"
        "\tret\n"
        "\t.seh_handlerdata\n"
        "\t.long 1\n"
        "\t.rva 1b, 2b, guarded_filter, 3b\n"
        "\t.text\n"
        "\t.seh_endproc\n");

LONG WINAPI guarded_filter(EXCEPTION_POINTERS *exception, void *frame)
{
    (void)frame;
    return (NTSTATUS)exception->ExceptionRecord->ExceptionCode == EXCEPTION_ACCESS_VIOLATION
               ? EXCEPTION_EXECUTE_HANDLER
               : EXCEPTION_CONTINUE_SEARCH;
}
