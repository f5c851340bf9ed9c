#!/usr/bin/env bash
# What a span costs, as far as that is the same on every run: instructions and allocations by valgrind (apt-get install
# valgrind), and resident memory. Fails when a bound is exceeded; bounds stand about a tenth above what was measured.
set -euo pipefail
cd "$(dirname "$0")/../.."
command -v valgrind >/dev/null || { apt-get update -qq && apt-get install -qq -y valgrind; }
swift build -c release --product recorder-probe >&2
probe=$(swift build -c release --show-bin-path)/recorder-probe
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
failed=0

# measure TOOL KIND COUNT: the instructions or allocations of a whole run.
measure() {
    valgrind --tool="$1" ${4:-} "$probe" "$work/log" costs "$2" "$3" >"$work/out" 2>"$work/err"
    case $1 in
    callgrind) awk '/Collected/ { print $NF }' "$work/err" ;;
    memcheck) sed -n 's/.*total heap usage: \([0-9,]*\) allocs.*/\1/p' "$work/err" | tr -d , ;;
    esac
}

# check NAME FIGURE BOUND
check() {
    echo "$1: $2 (at most $3)"
    [ "$2" -le "$3" ] || { echo "$1: $2 is more than $3. Find out what was added, or measure anew and say why."; failed=1; }
}

for kind in typed:4550:0 scoped:15300:2; do
    IFS=: read -r name instructions allocations <<<"$kind"
    few=$(measure callgrind "$name" 2000 --callgrind-out-file=/dev/null)
    many=$(measure callgrind "$name" 12000 --callgrind-out-file=/dev/null)
    check "$name: instructions a span" $(((many - few) / 10000)) "$instructions"
    few=$(measure memcheck "$name" 2000 --leak-check=no)
    many=$(measure memcheck "$name" 12000 --leak-check=no)
    # Rounded: the writing thread's own few, by the clock, are not the span's.
    check "$name: allocations a span" $(((many - few + 5000) / 10000)) "$allocations"
done
few=$("$probe" "$work/log" costs typed 100000)
many=$("$probe" "$work/log" costs typed 1000000)
check "resident KiB after 1,000,000 spans" "$many" $((few * 105 / 100))
exit $failed
