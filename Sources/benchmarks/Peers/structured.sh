#!/usr/bin/env bash
# What a structured call takes in a debug build, which is what `swift run` makes, beside the same call in a release build:
# the same benchmark in turns, and the median of the rounds' ratios. Usage: structured.sh [--rounds N] [--threads N]
set -euo pipefail
cd "$(dirname "$0")/../../.."
rounds=5
threads=()
while [ $# -gt 0 ]; do
    case $1 in
    --rounds) rounds=$2 ;;
    --threads) threads=(--threads "$2") ;;
    *) echo "structured.sh: $1: no such option. Usage: structured.sh [--rounds N] [--threads N]" >&2; exit 2 ;;
    esac
    shift 2
done
for configuration in debug release; do swift build -c $configuration --product benchmarks >&2; done

# Milliseconds of a tool request, the median of some.
request() {
    "$(swift build -c "$1" --show-bin-path)/benchmarks" structured --requests 9 --texts 0 --second-calls 0 --calls 0 \
        ${threads[@]+"${threads[@]}"} |
        awk '/forced tokens, kept prompts/ { for (i = 1; i < NF; i++) if ($i == "median") print $(i + 1) }'
}

for round in $(seq "$rounds"); do
    if [ $((round % 2)) = 0 ]; then
        debug=$(request debug)
        release=$(request release)
    else
        release=$(request release)
        debug=$(request debug)
    fi
    echo "$debug $release"
done | awk '
    { debug[NR] = $1; release[NR] = $2; ratio[NR] = $1 / $2 }
    function median(values, i, j, swap) {
        for (i = 1; i <= NR; i++)
            for (j = i + 1; j <= NR; j++)
                if (values[j] < values[i]) { swap = values[i]; values[i] = values[j]; values[j] = swap }
        return values[int((NR + 1) / 2)]
    }
    END {
        if (NR == 0) exit 1
        ratioMedian = median(ratio)
        printf "structured call: debug build %.1f ms, release build %.1f ms, medians of %d rounds\n", median(debug), median(release), NR
        printf "  ratio %.3f (min %.3f, max %.3f), required: at most 1.5, %s\n", ratioMedian, ratio[1], ratio[NR],
            ratioMedian <= 1.5 ? "reached" : "NOT REACHED"
    }'
