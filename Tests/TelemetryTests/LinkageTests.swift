import Foundation
import Testing

/// What a program gets that depends on the `Telemetry` product alone.
@Suite(.blocking) struct LinkageTests {
    @Test(.endsIfStuck)
    func `a program that records one span builds without llama.cpp and links neither Foundation nor libcurl`() throws {
        let folder = try TemporaryFolder()
        let root = URL(fileURLWithPath: #filePath)
            .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        for made in ["consumer/Sources/consumer", "empty"] {
            try FileManager.default.createDirectory(atPath: folder.file(made), withIntermediateDirectories: true)
        }
        _ = try folder.file(
            "consumer/Package.swift",
            holding: """
                // swift-tools-version: 6.0
                import PackageDescription

                let package = Package(
                    name: "consumer",
                    platforms: [.macOS(.v15)],
                    dependencies: [.package(path: "\(root.path)")],
                    targets: [
                        .executableTarget(
                            name: "consumer",
                            dependencies: [.product(name: "Telemetry", package: "\(root.lastPathComponent)")]
                        )
                    ]
                )
                """.utf8
        )
        // An actor, too: its isolation must be preserved in packages that don't turn on our upcoming features.
        _ = try folder.file(
            "consumer/Sources/consumer/main.swift",
            holding: """
                import Telemetry

                actor Agent {
                    let telemetry: Telemetry
                    var calls = 0

                    init(telemetry: Telemetry) { self.telemetry = telemetry }

                    func answer() async {
                        await telemetry.withSpan(.llmCall, name: "a model") { span in
                            await Task.yield()
                            calls += 1
                            span["calls"] = calls
                        }
                    }
                }

                let telemetry = try Telemetry(logFile: CommandLine.arguments[1])
                await Agent(telemetry: telemetry).answer()
                telemetry.printSummary()
                """.utf8
        )
        let nowhere = ["PKG_CONFIG_PATH": folder.file("empty"), "PKG_CONFIG_LIBDIR": folder.file("empty")]
        // Where there is no pkg-config at all, llama.cpp isn't found either.
        #expect(try run("pkg-config", ["--exists", "llama"], environment: nowhere).status != 0)

        // Where the examples are built, too: what is compiled there, as it would be here, isn't compiled again.
        let scratch = root.appending(path: ".build/examples").path()
        let build = [
            "build", "--package-path", folder.file("consumer"), "--scratch-path", scratch, "--disable-index-store",
            "-Xswiftc", "-gnone",
        ]
        let built = try run("swift", build, environment: nowhere)
        try #require(built.status == 0, "\(built.text)")
        let program = scratch + "/debug/consumer"

        #if canImport(Darwin)
        let libraries = try run("otool", ["-L", program])
        #else
        let libraries = try run("ldd", [program])
        #endif
        try #require(libraries.status == 0, "\(libraries.text)")
        #expect(libraries.text.contains("swiftCore"))
        for unwanted in ["foundation", "llama", "ggml", "icu", "curl"] {
            #expect(!libraries.text.lowercased().contains(unwanted), "\(libraries.text)")
        }

        let ran = try run(program, [folder.file()])
        #expect(ran.status == 0, "\(ran.text)")
        #expect(ran.text.contains("LLM Calls:      1\n"))
        let read = try python(
            """
            import json, sys
            span, = [json.loads(line) for line in open(sys.argv[1])]
            print(span["event_type"], span["name"], span["data"])
            """,
            folder.file()
        )
        #expect(read == "llm_call a model {'calls': 1}")
    }
}
