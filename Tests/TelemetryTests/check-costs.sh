#!/usr/bin/env bash
# What a span costs, as far as that is the same on every run: instructions and allocations by valgrind (apt-get install
# valgrind), and resident memory. Fails when a bound is exceeded; bounds stand about a tenth above what was measured.
# Then reads what the optimised build wrote: the other tests see the debug build's encoders only.
set -euo pipefail
cd "$(dirname "$0")/../.."
command -v valgrind >/dev/null || { apt-get update -qq && apt-get install -qq -y valgrind; }
swift build -c release --product recorder-probe >&2
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
# Older valgrinds give up at what the compiler writes for debuggers.
probe=$work/recorder-probe
strip --strip-debug -o "$probe" "$(swift build -c release --show-bin-path)/recorder-probe"
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

for kind in typed:1940:0 scoped:4240:1; do
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
for kind in clean4k:11300 hostile4k:32900; do
    IFS=: read -r name instructions <<<"$kind"
    few=$(measure callgrind "$name" 200 --callgrind-out-file=/dev/null)
    many=$(measure callgrind "$name" 1200 --callgrind-out-file=/dev/null)
    check "$name: instructions a span" $(((many - few) / 1000)) "$instructions"
done
rm "$work/log"
"$probe" "$work/log" costs texts 20000 >/dev/null
"$probe" "$work/log" costs typed 1000 >/dev/null
"$probe" "$work/log" costs scoped 1000 >/dev/null
python3 - "$work/log" <<'PYTHON' || failed=1
import json, sys
texts = calls = 0
for line in open(sys.argv[1], encoding="utf-8", newline="\n"):
    span = json.loads(line)
    data = span.get("data", {})
    if span["event_type"] == "text":
        texts += 1
        assert [ord(character) for character in data["text"]] == data["codes"], line
        assert data["count"] == int(data["digits"]), line
    elif span["event_type"] == "llm_call":
        calls += 1
        expected = {"model": "SmolLM2-135M-Instruct", "prompt_length": 256, "response_length": 89,
                    "prompt_tokens": 64, "completion_tokens": 22, "success": True}
        assert expected.items() <= data.items() and span["name"] == data["model"], line
assert (texts, calls) == (20000, 2000), (texts, calls)
print(f"{texts + calls} lines of the optimised build say what was recorded")
PYTHON
exit $failed
