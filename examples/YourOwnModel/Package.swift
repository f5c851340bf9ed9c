// swift-tools-version: 6.2
import PackageDescription

let package = Package(
    name: "YourOwnModel",
    platforms: [.macOS(.v15)],
    dependencies: [.package(name: "swift-agent-telemetry", path: "../..")],
    targets: [
        .executableTarget(
            name: "YourOwnModel",
            dependencies: [
                .product(name: "Agent", package: "swift-agent-telemetry"),
                .product(name: "Telemetry", package: "swift-agent-telemetry"),
            ]
        )
    ]
)
