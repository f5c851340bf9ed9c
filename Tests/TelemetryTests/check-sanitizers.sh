#!/usr/bin/env bash
# The recorder's tests under a sanitizer: check-sanitizers.sh thread|address [FILTER]. Fails at the first report.
#
# Only the recorder is built, in a package of links. Left out are programs that die on purpose, because a sanitizer's
# own handlers come between, and texts that must be looked through in a time.
set -euo pipefail
root=$(cd "$(dirname "$0")/../.." && pwd)
sanitizer=${1:?thread or address}
filter=${2:-.}
package=$root/.build/sanitize
mkdir -p "$package"
ln -sfn "$root/Sources" "$package/Sources"
ln -sfn "$root/Tests" "$package/Tests"
features=$(sed -n 's/.*enableUpcomingFeature("\(.*\)").*/\1/p' "$root/Package.swift" | sed 's/.*/"&"/' | paste -sd,)
cat >"$package/Package.swift" <<END
// swift-tools-version: 6.2
import PackageDescription

let settings: [SwiftSetting] = [$features].map { .enableUpcomingFeature(\$0) }
let package = Package(
    name: "sanitize",
    platforms: [.macOS(.v15)],
    targets: [
        .target(name: "CScan"),
        .target(name: "Telemetry", dependencies: ["CScan"], swiftSettings: settings),
        .executableTarget(
            name: "recorder-probe", dependencies: ["Telemetry"], path: "Tests/RecorderProbe", swiftSettings: settings),
        .testTarget(
            name: "TelemetryTests", dependencies: ["Telemetry", "CScan", "recorder-probe"],
            exclude: ["check-costs.sh", "check-sanitizers.sh"], swiftSettings: settings),
    ]
)
END
cd "$package"
export TSAN_OPTIONS="halt_on_error=1 ${TSAN_OPTIONS:-}" ASAN_OPTIONS="detect_leaks=0 ${ASAN_OPTIONS:-}"
swift test --sanitize="$sanitizer" --scratch-path ".build-$sanitizer" --filter "$filter" \
    --skip 'LinkageTests|CrashTests|FaultyDiskTests|HostileRedactionTests'
