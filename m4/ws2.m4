# Helpers of configure.ac.  SPDX-License-Identifier: LGPL-2.1-or-later

# WS2_MISSING(WHAT, DEBIAN, FEDORA, ARCH): stops, with the packages that have it.
AC_DEFUN([WS2_MISSING],
[AC_MSG_ERROR([$1 not found. Install the package that has it:
    Debian, Ubuntu: apt-get install $2
    Fedora:         dnf install $3
    Arch:           pacman -S $4
  or name the folder of another Wine with --with-wine=DIR])])

# WS2_FIRST_FILE(VARIABLE, FILE, FOLDERS): sets VARIABLE to the first of the
# FOLDERS (globs allowed) that has FILE in it, or to nothing.
AC_DEFUN([WS2_FIRST_FILE],
[$1=
for ws2_dir in $3; do
  AS_IF([test -e "$ws2_dir/$2"], [$1=$ws2_dir; break])
done])

# WS2_FIRST_ELF(VARIABLE, FILES): sets VARIABLE to the first of FILES that is
# an ELF program (distributions put scripts in front of Wine's loader and server).
AC_DEFUN([WS2_FIRST_ELF],
[$1=
for ws2_file in $2; do
  AS_IF([test -f "$ws2_file" && test -x "$ws2_file" && head -c 4 "$ws2_file" | grep -q ELF],
        [$1=$ws2_file; break])
done])

# WS2_TRY_PE(COMPILER, IF-WORKS, IF-NOT): can it make a Windows DLL without the C runtime?
AC_DEFUN([WS2_TRY_PE],
[cat >conftest.c <<'_WS2EOF'
int __stdcall DllMainCRTStartup(void *module, unsigned int reason, void *reserved)
{
    (void)module; (void)reserved;
    return reason < 4;
}
_WS2EOF
AS_IF([{ echo "$as_me: trying $1" && $1 -O2 -shared -nostdlib -Wl,--entry,DllMainCRTStartup -o conftest.dll conftest.c; } \
         >&AS_MESSAGE_LOG_FD 2>&1], [$2], [$3])
rm -f conftest.c conftest.dll])
