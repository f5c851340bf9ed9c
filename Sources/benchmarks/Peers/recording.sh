#!/usr/bin/env bash
# recording.sh [ROUNDS]: runs the recording benchmark beside other loggers: Python's json, orjson, which comes by pip into
# an environment of its own, and spdlog, if it is installed (apt-get install libspdlog-dev); and prints both sides of
# each ratio.
#
# Each round runs all sides one after the other; what is printed are medians of the rounds, and of their ratios: a
# machine's speed changes from one minute to the next. The logs are written where TMPDIR says.
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

# Programs that do nothing, and that log some spans: what a process pays for the library.
mkdir "$work/one" "$work/empty"
printf 'print("")\n' >"$work/empty/main.swift"
cat >"$work/one/main.swift" <<'END'
import Telemetry

let telemetry = try Telemetry(logFile: CommandLine.arguments[1])
for _ in 0..<Int(CommandLine.arguments[2])! {
    telemetry.logLLMCall(
        model: "SmolLM2-135M-Instruct", promptLength: 256, responseLength: 89, duration: .milliseconds(1523),
        promptTokens: 64, completionTokens: 22)
}
END
swiftc -O -swift-version 6 -I "$build/Modules" -I Sources/CScan/include "$work/one/main.swift" \
    "$build"/{Telemetry,CScan}.build/*.o -o "$work/one/program"
swiftc -O "$work/empty/main.swift" -o "$work/empty/program"

spdlog() { echo "spdlog: not installed (apt-get install libspdlog-dev)" >&2; }
if printf '#include <spdlog/async.h>\n' | c++ -std=c++17 -fsyntax-only -x c++ - 2>"$work/errors"; then
    c++ -std=c++17 -O2 -o "$work/spdlog" "$here/recording.cpp" -lspdlog -lfmt -pthread
    spdlog() { "$work/spdlog" "$work/log"; }
fi
for round in $(seq "${1:-3}"); do
    {
        echo "round $round"
        "$build/benchmarks" recording
        spdlog
        "$environment/bin/python" "$here/recording.py" "$work"
        python3 "$here/processes.py" "$work"
    } >>"$work/figures"
    rm -f "$work"/*.jsonl "$work/log"
done
python3 "$here/ratios.py" "$work/figures"
