#!/usr/bin/env bash
# Runs the recording benchmark beside other loggers: Python's json, orjson, which comes by pip into an environment of its
# own, and spdlog, if it is installed (apt-get install libspdlog-dev); and prints both sides of each ratio.
#
# Quote ratios within one run: the machine's speed changes.
set -euo pipefail
cd "$(dirname "$0")/../../.."
here=Sources/benchmarks/Peers
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
environment=.build/check-environment
if ! "$environment/bin/python" -c 'import orjson' 2>/dev/null; then
    python3 -m venv "$environment"
    "$environment/bin/pip" --quiet --disable-pip-version-check install orjson==3.13.0 ||
        echo "recording.sh: no orjson to compare with: pip could not get it" >&2
fi
swift build -c release --product benchmarks >&2
build=$(swift build -c release --show-bin-path)

# Programs that do nothing, and that log one span: what a process pays for the library.
printf 'import Telemetry\nlet telemetry = try Telemetry(logFile: CommandLine.arguments[1])\ntelemetry.log("one")\n' >"$work/one.swift"
printf 'print("")\n' >"$work/empty.swift"
mkdir "$work/one" "$work/empty"
mv "$work/one.swift" "$work/one/main.swift"
mv "$work/empty.swift" "$work/empty/main.swift"
swiftc -O -swift-version 6 -I "$build/Modules" "$work/one/main.swift" "$build"/Telemetry.build/*.o -o "$work/one/program"
swiftc -O "$work/empty/main.swift" -o "$work/empty/program"

{
    "$build/benchmarks" recording
    python3 "$here/processes.py" "$work"
    "$environment/bin/python" "$here/recording.py" "$work"
    if printf '#include <spdlog/async.h>\n' | c++ -std=c++17 -fsyntax-only -x c++ - 2>"$work/errors"; then
        c++ -std=c++17 -O2 -o "$work/spdlog" "$here/recording.cpp" -lspdlog -lfmt -pthread
        "$work/spdlog" "$work/log"
    else
        echo "spdlog: not installed (apt-get install libspdlog-dev)"
    fi
} >"$work/figures"
python3 "$here/ratios.py" "$work/figures"
