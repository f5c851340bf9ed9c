// swift-tools-version: 6.2
import PackageDescription

let package = Package(
    name: "TelemetryOnly",
    platforms: [.macOS(.v15)],
    dependencies: [.package(name: "swift-agent-telemetry", path: "../..")],
    targets: [
        .executableTarget(
            name: "TelemetryOnly",
            dependencies: [
                .product(name: "Telemetry", package: "swift-agent-telemetry")
            ]
        )
    ]
)
