#!/usr/bin/env bash
# Prints both sides of every ratio that reading logs promises, in one run: agentlog beside DuckDB (pip), ripgrep and jq
# (apt-get). Usage: reading.sh [--megabytes N] [--runs N]; 1000 MB are about 3 million spans.
set -euo pipefail
cd "$(dirname "$0")/../../.."
megabytes=1000
runs=5
while [ $# -gt 0 ]; do
    case $1 in
    --megabytes) megabytes=$2 ;;
    --runs) runs=$2 ;;
    *) echo "reading.sh: $1: no such option. Usage: reading.sh [--megabytes N] [--runs N]" >&2; exit 2 ;;
    esac
    shift 2
done
for tool in rg jq; do
    command -v $tool >/dev/null || { echo "reading.sh: no $tool. Run: apt-get install ripgrep jq" >&2; exit 1; }
done
environment=.build/check-environment
if ! "$environment/bin/python" -c 'import duckdb' 2>/dev/null; then
    python3 -m venv "$environment"
    "$environment/bin/pip" --quiet --disable-pip-version-check install opentelemetry-proto==1.45.2 duckdb==2.0.0
fi
folder=${TMPDIR:-/tmp}/agentlog-reading
log=$folder/$megabytes.jsonl
mkdir -p "$folder"
if [ ! -s "$log" ]; then
    free=$(($(df -Pk "$folder" | awk 'NR == 2 { print $4 }') / 1024))
    [ "$free" -gt $((megabytes * 3)) ] ||
        { echo "reading.sh: $folder has $free MB free. Set TMPDIR to a folder with $((megabytes * 3)) MB." >&2; exit 1; }
    swift build -c release --product benchmarks >&2
    .build/release/benchmarks reading --bytes "${megabytes}000000" --log "$log.new" --runs 0 >&2
    mv "$log.new" "$log"
fi
swift build -c release --product agentlog >&2
exec "$environment/bin/python" Sources/benchmarks/Peers/reading.py .build/release/agentlog "$log" "$runs"
