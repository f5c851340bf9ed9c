// swift-tools-version: 6.2
import PackageDescription

let package = Package(
    name: "swift-agent-telemetry",
    platforms: [.macOS(.v15)],
    products: [
        .library(name: "Telemetry", targets: ["Telemetry"]),
        .library(name: "TelemetryLog", targets: ["TelemetryLog"]),
        .library(name: "Agent", targets: ["Agent"]),
        .library(name: "AgentTesting", targets: ["AgentTesting"]),
        .executable(name: "agentlog", targets: ["agentlog"]),
        .executable(name: "lesson12", targets: ["lesson12"]),
    ],
    targets: [
        // The recorder: no Foundation, no llama.cpp. What it, and the reader, do with each byte stands in C, beside it.
        .target(name: "CScan"),
        .target(name: "Telemetry", dependencies: ["CScan"]),
        .testTarget(
            name: "TelemetryTests",
            dependencies: ["Telemetry", "CScan", "recorder-probe"],
            exclude: ["check-costs.sh", "check-sanitizers.sh"]
        ),
        .executableTarget(name: "recorder-probe", dependencies: ["Telemetry"], path: "Tests/RecorderProbe"),

        // The reader of logs, and its command line.
        .target(name: "TelemetryLog", dependencies: ["Telemetry", "CScan"]),
        .testTarget(
            name: "TelemetryLogTests",
            dependencies: ["TelemetryLog", "Telemetry", "CScan"],
            exclude: ["Corpus", "Fuzz/Fuzz.swift", "Fuzz/fuzz.sh", "Fuzz/tokens.txt"]
        ),
        .executableTarget(name: "agentlog", dependencies: ["TelemetryLog", "Telemetry"]),
        .testTarget(
            name: "agentlogTests",
            dependencies: ["agentlog", "TelemetryLog", "Telemetry"],
            exclude: [
                "check-independent.sh", "check_independent.py", "check-report.sh", "check_report.py",
                "check-terminal.sh", "check_bad_logs.py", "check_completions.py", "check_terminal.py", "check_top.py",
                "make-log.py", "pseudo_terminal.py",
            ]
        ),

        // The agent, which records itself.
        .systemLibrary(
            name: "CLlama",
            pkgConfig: "llama",
            providers: [.brew(["llama.cpp"]), .apt(["libllama-dev"])]
        ),
        // Without `pkgConfig`, for who uses only the other products isn't told to install it. The header is in the SDK of
        // macOS, and where the compiler looks by itself on Linux.
        .systemLibrary(name: "CCurl", providers: [.apt(["libcurl4-openssl-dev"])]),
        .target(name: "Agent", dependencies: ["Telemetry", "CLlama", "CCurl"]),
        .testTarget(
            name: "AgentTests",
            dependencies: ["Agent", "AgentTesting", "Telemetry", "TelemetryLog", "lesson12"],
            exclude: ["check-schemas.sh", "check_schemas.py"]
        ),

        // For tests of agents: ours, and those of who uses the package.
        .target(name: "AgentTesting", dependencies: ["Agent", "Telemetry"]),
        .testTarget(name: "AgentTestingTests", dependencies: ["AgentTesting", "Agent", "Telemetry"]),

        // The demonstration.
        .executableTarget(name: "lesson12", dependencies: ["Agent", "Telemetry"], exclude: ["golden.json"]),
        .testTarget(name: "lesson12Tests", dependencies: ["lesson12", "Telemetry"]),

        // Prints both sides of every ratio; not a product.
        .executableTarget(
            name: "benchmarks",
            dependencies: ["Agent", "Telemetry", "TelemetryLog", "CLlama"],
            exclude: ["Peers"]
        ),
    ],
    swiftLanguageModes: [.v6]
)

for target in package.targets where target.type != .system {
    var settings: [SwiftSetting] = [
        // https://github.com/swiftlang/swift-evolution/blob/main/proposals/0335-existential-any.md
        .enableUpcomingFeature("ExistentialAny"),
        // https://github.com/swiftlang/swift-evolution/blob/main/proposals/0409-access-level-on-imports.md
        .enableUpcomingFeature("InternalImportsByDefault"),
        // https://github.com/swiftlang/swift-evolution/blob/main/proposals/0444-member-import-visibility.md
        .enableUpcomingFeature("MemberImportVisibility"),
        // https://github.com/swiftlang/swift-evolution/blob/main/proposals/0461-async-function-isolation.md
        .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
        // https://github.com/swiftlang/swift-evolution/blob/main/proposals/0470-isolated-conformances.md
        .enableUpcomingFeature("InferIsolatedConformances"),
    ]
    // Continuous integration sets it: who uses the package isn't stopped by a newer compiler's warnings.
    if Context.environment["STRICT_WARNINGS"] != nil { settings.append(.treatAllWarnings(as: .error)) }
    target.swiftSettings = settings
}
