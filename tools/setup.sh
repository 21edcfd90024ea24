# What tools/quickstart and tools/check share: packages, build, prefix, progress. Sourced by bash.
# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash

tools=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
top=$(dirname "$tools")
build=${WS2_BUILD:-$top/build}

packages_build=(autoconf automake gcc libc6-dev make pkgconf gcc-mingw-w64-x86-64 libwine-dev libwine wine64 wine64-tools)
# What only some tests need.
packages_check=(check shellcheck xz-utils perl iproute2 util-linux mount dpkg-dev libxml2-utils clang libclang-rt-dev)

say()
{
    printf '%s\n' "$*"
}

die()
{
    printf '%s: %s\n' "${0##*/}" "$*" >&2
    exit 1
}

# fixed_addresses ARG...: starts the script anew, which was given these. Linux puts a program's heap at
# random, and that of Wine's loader, where Debian's Wine has no preloader, sometimes where Wine
# needs the address 0x7ffe0000: one start in some thousands fails.
fixed_addresses()
{
    if [ -z "${WS2_FIXED_ADDRESSES:-}" ] && setarch -R true 2>/dev/null; then
        WS2_FIXED_ADDRESSES=1 exec setarch -R "$(readlink -f "$0")" "$@"
    fi
}

# --- Progress ------------------------------------------------------------------------------------

# step TITLE COMMAND...: runs COMMAND quietly into a log, with a sign of life while it runs.
# A failure shows the end of the log ($log) and gives COMMAND's exit code; 77 is no failure.
log=
step()
{
    local title=$1 start=$SECONDS shown=0 pid code=0
    shift
    mkdir -p "$build/log"
    log=$build/log/$(printf '%s' "$title" | tr -c 'A-Za-z0-9\n' '-' | tr -s - | cut -c1-60).log
    printf '  %-58s' "$title"
    "$@" >"$log" 2>&1 </dev/null &
    pid=$!
    # A step that is done at once is not waited for longer than that.
    sleep 0.05
    while kill -0 $pid 2>/dev/null; do
        if [ $((SECONDS - start)) -ge $((shown + 5)) ]; then
            shown=$((SECONDS - start))
            if [ -t 1 ]; then printf '\r  %-50s %4d s  ' "$title" $shown; else printf .; fi
        fi
        sleep 0.2
    done
    wait $pid || code=$?
    if [ -t 1 ] && [ $shown -gt 0 ]; then printf '\r  %-58s' "$title"; fi
    if [ $code -eq 0 ]; then
        printf ' done, %d s\n' $((SECONDS - start))
    elif [ $code -eq 77 ]; then
        printf ' skipped: %s\n' "$(tail -n 1 "$log")"
    else
        printf ' FAILED after %d s (exit code %d); the end of %s:\n' $((SECONDS - start)) $code "$log"
        tail -n 25 "$log" | sed 's/^/    | /'
    fi
    return $code
}

# --- Copies --------------------------------------------------------------------------------------

# The names of the source files, NUL after each: no build folders, nothing generated in a clone.
source_files()
{
    cd "$top" || return 1
    if [ -e .git ] && command -v git >/dev/null; then
        git ls-files -z -co --exclude-standard | while IFS= read -r -d '' file; do
            if [ -e "$file" ]; then printf '%s\0' "$file"; fi
        done
    else
        find . -path ./build -prune -o -path "./${build#"$top/"}" -prune -o -type f -print0
    fi
}

# copy_sources DIR: files that DIR has unchanged keep their dates, so that make does only what changed.
copy_sources()
{
    local dir=$1 new=$1.new
    rm -rf "$new" && mkdir -p "$new" "$dir" || return 1
    source_files | tar -C "$top" --null -T - -cf - | tar -C "$new" -xf - || return 1
    cp -Rpu "$new/." "$dir/" && rm -rf "$new"
}

# --- Packages ------------------------------------------------------------------------------------

# The Debian packages among the arguments that are not installed.
packages_missing()
{
    local package
    for package; do
        # Another package may stand in for it, as pkg-config does for pkgconf.
        if [ "$(dpkg-query -W -f='${db:Status-Status}' "$package" 2>/dev/null)" != installed ]; then
            echo "$package"
        fi
    done
}

# A mirror may be slow or busy, and another apt-get at work.
apt_get()
{
    DEBIAN_FRONTEND=noninteractive apt-get -o Acquire::Retries=5 -o Acquire::http::Timeout=60 \
        -o Acquire::https::Timeout=60 -o DPkg::Lock::Timeout=300 "$@"
}

install_packages()
{
    local pause
    for pause in 0 5 30; do
        apt_get install -y --no-install-recommends "$@" && return
        # The lists may be missing or old.
        sleep $pause
        apt_get update
    done
    apt_get install -y --no-install-recommends "$@"
}

# One that this release does not have keeps none of the others away.
install_any()
{
    local package code=0
    install_packages "$@" && return
    for package; do
        apt_get install -y --no-install-recommends "$package" || code=1
    done
    return $code
}

# need_packages PACKAGE...: installs what is missing, or says what is missing and ends.
need_packages()
{
    local missing
    if ! command -v apt-get >/dev/null || ! command -v dpkg-query >/dev/null; then
        say "  This is not Debian or Ubuntu: packages are not installed from here; configure names what is missing."
        return
    fi
    mapfile -t missing < <(packages_missing "$@")
    if [ ${#missing[@]} -eq 0 ]; then
        say "  All packages are there."
        return
    fi
    if [ "$(id -u)" != 0 ]; then
        die "these packages are missing, and only root can install them. Run:
    sudo apt-get install ${missing[*]}"
    fi
    say "  Installing with apt-get: ${missing[*]}"
    step "Installing ${#missing[@]} packages" install_packages "${missing[@]}" || die "apt-get could not install the packages"
}

# want_packages PACKAGE...: the same for what only some tests need; they are skipped without it.
want_packages()
{
    local missing
    command -v apt-get >/dev/null && command -v dpkg-query >/dev/null || return 0
    mapfile -t missing < <(packages_missing "$@")
    if [ ${#missing[@]} -eq 0 ]; then return; fi
    if [ "$(id -u)" != 0 ]; then
        say "  Some tests are skipped without these packages, which only root can install:"
        say "    sudo apt-get install ${missing[*]}"
        return
    fi
    say "  Installing with apt-get, for tests: ${missing[*]}"
    step "Installing ${#missing[@]} packages" install_any "${missing[@]}" ||
        say "  Tests that need those that failed are skipped."
}

# --- Build ---------------------------------------------------------------------------------------

jobs_count()
{
    nproc 2>/dev/null || echo 2
}

# Everything that autoreconf makes is newer than what it is made from?
configure_is_new()
{
    local file
    [ -e "$top/configure" ] && [ -e "$top/Makefile.in" ] || return 1
    for file in configure.ac Makefile.am m4/ws2.m4; do
        [ "$top/$file" -nt "$top/configure" ] && [ "$top/$file" -nt "$top/Makefile.in" ] && return 1
    done
    return 0
}

# The versions of packages, one a line; nothing where there is no dpkg.
versions_of()
{
    dpkg-query -W "$@" 2>/dev/null
}

# Another Wine or compiler needs everything built anew, which dates of files do not tell, and
# a new package for tests has to be found by configure.
forget_old_packages()
{
    local file=$build/.packages
    if [ "$(cat "$file" 2>/dev/null)" != "$(versions_of "${packages_build[@]}")" ]; then
        rm -rf "$build/obj" "$build/modules" "$build/wrong-convention" "$build/config.status"
        versions_of "${packages_build[@]}" >"$file"
    fi
    if [ "$(cat "$file-check" 2>/dev/null)" != "$(versions_of "${packages_check[@]}")" ]; then
        rm -f "$build/config.status"
        versions_of "${packages_check[@]}" >"$file-check"
    fi
}

build_all()
{
    mkdir -p "$build" || die "cannot make the build folder $build"
    forget_old_packages
    if ! configure_is_new; then
        [ -w "$top" ] || die "cannot write to $top: run as the user who owns it"
        step "Making configure (autoreconf)" autoreconf -fi "$top" || return 1
    fi
    if [ ! -e "$build/Makefile" ] || [ ! -e "$build/config.status" ]; then
        step "Finding Wine and the compilers (configure)" in_build "$top/configure" || return 1
    fi
    step "Building the module and the Windows programs (make)" \
        make -C "$build" -j"$(jobs_count)" all windows-tests wrong-convention || return 1
}

in_build()
{
    cd "$build" && "$@"
}

# --- Running -------------------------------------------------------------------------------------

# The build folder's own prefix; nothing of the caller's Wine settings gets in.
wine_environment()
{
    unset WINEARCH WINELOADER WINESERVER WINEDLLPATH WS2WINE_OWN WS2WINE_MODULES DISPLAY WAYLAND_DISPLAY
    export WS2_BUILD=$build WINEPREFIX=$build/prefix WINEDEBUG=${WINEDEBUG:-fixme-all,err-all}
    # No questions about downloads for .NET and HTML.
    export WINEDLLOVERRIDES='mscoree,mshtml='
}

fill_prefix()
{
    rm -rf "$WINEPREFIX"
    timeout 300 "$tools/ws2wine" wineboot -i || return 1
    # Windows go to the null driver: nothing here needs a screen. Node.js wants Windows 10.
    timeout 60 "$tools/ws2wine" reg add 'HKCU\Software\Wine\Drivers' /v Graphics /d null /f || return 1
    timeout 60 "$tools/ws2wine" winecfg -v win10 || return 1
    timeout 60 "$tools/ws2wine" wineserver -w || return 1
}

# The prefix is made with the module itself, once, and again for another Wine.
make_prefix()
{
    local version
    version=$("$tools/ws2wine" --stock --version) || die "Wine does not start"
    if [ "$(cat "$WINEPREFIX/.made-by" 2>/dev/null)" = "$version" ]; then return 0; fi
    step "Making a prefix for $version" fill_prefix || return 1
    echo "$version" >"$WINEPREFIX/.made-by"
}

# --- Node.js -------------------------------------------------------------------------------------

# get_node PLATFORM: Node.js 18 for win or linux out of npm's packages, once, into the build folder:
# $build/node/PLATFORM/package/bin/node, or node.exe. One line of why, and 77, if it is not to be had.
get_node()
{
    local dir=$build/node/$1 package=node-$1-x64
    mkdir -p "$dir" "$build/log" || return 1
    if compgen -G "$dir/package/bin/node*" >/dev/null; then return 0; fi
    command -v npm >/dev/null || { say "npm is not installed, and Node.js comes with it"; return 77; }
    {
        rm -rf "${dir:?}"/* && (cd "$dir" && npm pack "$package@^18") && tar -xzf "$dir/$package"-18.*.tgz -C "$dir" &&
            rm -f "$dir"/*.tgz && compgen -G "$dir/package/bin/node*"
    } >"$build/log/npm-$1" 2>&1 || { say "npm could not get $package 18, see $build/log/npm-$1"; return 77; }
}

stop_wine()
{
    "$tools/ws2wine" wineserver -k >/dev/null 2>&1 || :
}
