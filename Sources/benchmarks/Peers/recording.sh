#!/usr/bin/env bash
# Runs the recording benchmark beside other loggers, as far as these are installed: Python's json, orjson (pip), and
# spdlog (libspdlog-dev). Quote ratios within one run: the machine's speed changes.
set -euo pipefail
cd "$(dirname "$0")/../../.."
here=Sources/benchmarks/Peers
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
swift build -c release --product benchmarks >&2
.build/release/benchmarks recording
python3 "$here/recording.py"
if printf '#include <spdlog/async.h>\n' | c++ -std=c++17 -fsyntax-only -x c++ - 2>"$work/errors"; then
    c++ -std=c++17 -O2 -o "$work/spdlog" "$here/recording.cpp" -lspdlog -lfmt -pthread
    "$work/spdlog" "$work/log"
else
    echo "  spdlog async: not installed (apt-get install libspdlog-dev)"
fi
