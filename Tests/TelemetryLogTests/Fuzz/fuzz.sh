#!/usr/bin/env bash
# Fuzzes the reader of logs with libFuzzer, which comes with Swift's toolchain for Linux.
# Usage: fuzz.sh [SECONDS [FOLDER]]; starts from Corpus, and keeps what reaches new code in FOLDER, from one run to the next.
# What crashes is written to FOLDER/crash-…: mend the cause, and add the file to Corpus, which the tests read.
set -euo pipefail
cd "$(dirname "$0")/../../.."
seconds=${1:-60}
folder=$(mkdir -p "${2:-.build/fuzz}" && cd "${2:-.build/fuzz}" && pwd)
tests=Tests/TelemetryLogTests
mapfile -t features < <(sed -n 's/.*enableUpcomingFeature("\(.*\)").*/-enable-upcoming-feature\n\1/p' Package.swift)
compile() {
    swiftc -O -swift-version 6 -enable-testing -parse-as-library -package-name telemetry "${features[@]}" \
        -sanitize=address,fuzzer -I "$folder/build" -I Sources/CScan/include "$@"
}

mkdir -p "$folder/build" "$folder/corpus" "$folder/log"
for source in Sources/CScan/*.c; do
    clang -O2 -fsanitize=address,fuzzer-no-link -I Sources/CScan/include -c "$source" \
        -o "$folder/build/$(basename "$source").o"
done
for module in Telemetry TelemetryLog; do
    mapfile -t sources < <(find "Sources/$module" -name '*.swift')
    compile -wmo -module-name $module -emit-module-path "$folder/build/$module.swiftmodule" -c "${sources[@]}" \
        -o "$folder/build/$module.o"
done
compile -wmo -module-name fuzz $tests/Fuzz/*.swift "$folder"/build/*.o -o "$folder/build/fuzz"

# The log that is read and written again and again stays in memory, where that is a file system.
memory=$(mktemp -d -p "$([ -w /dev/shm ] && echo /dev/shm || echo "${TMPDIR:-/tmp}")")
trap 'rm -rf "$memory"' EXIT
cd "$folder"
TMPDIR=$memory ASAN_OPTIONS=detect_leaks=0 "$folder/build/fuzz" -max_total_time="$seconds" -max_len=4096 -timeout=10 -rss_limit_mb=2048 \
    -dict="$OLDPWD/$tests/Fuzz/tokens.txt" -artifact_prefix="$folder/" -print_final_stats=1 corpus "$OLDPWD/$tests/Corpus"
