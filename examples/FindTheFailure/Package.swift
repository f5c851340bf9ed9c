// swift-tools-version: 6.2
import PackageDescription

let package = Package(
    name: "FindTheFailure",
    platforms: [.macOS(.v15)],
    dependencies: [.package(name: "swift-agent-telemetry", path: "../..")],
    targets: [
        .executableTarget(
            name: "FindTheFailure",
            dependencies: [
                .product(name: "Agent", package: "swift-agent-telemetry"),
                .product(name: "TelemetryLog", package: "swift-agent-telemetry"),
                .product(name: "Telemetry", package: "swift-agent-telemetry"),
            ]
        )
    ]
)
