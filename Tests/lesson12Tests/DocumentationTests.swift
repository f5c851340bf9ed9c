import Foundation
import Testing

/// The programs in README.md and in the articles, built as a user would build them.
@Suite(.blocking) struct DocumentationTests {
    @Test(.timeLimit(.minutes(10)))
    func `every Swift program in the documentation builds, without warnings, in a package that depends on this one`()
        throws
    {
        // Beside this package's own build, so that it stays quick from the second time on.
        let folder = try Folder(at: Program.package.appendingPathComponent(".build/documentation"))
        var targets: [String] = []
        for (name, program) in try Self.programs() {
            try folder.file("Sources/\(name)/main.swift", program)
            let products = ["Telemetry", "TelemetryLog", "Agent", "AgentTesting"]
                .filter { program.contains("import \($0)\n") }
                .map { #".product(name: "\#($0)", package: "\#(Program.package.lastPathComponent)")"# }
            targets.append(
                """
                .executableTarget(
                    name: "\(name)",
                    dependencies: [\(products.joined(separator: ", "))],
                    swiftSettings: [.treatAllWarnings(as: .error)]
                ),
                """
            )
        }
        try folder.file(
            "Package.swift",
            """
            // swift-tools-version: 6.2
            // SwiftPM plans anew when this text changes; of files that the package below got since, it wouldn't know.
            // \(Date.now)
            import PackageDescription

            let package = Package(
                name: "documentation",
                platforms: [.macOS(.v15)],
                dependencies: [.package(path: "\(Program.package.path)")],
                targets: [
            \(targets.joined(separator: "\n"))
                ]
            )
            """
        )
        let build = ["build", "--package-path", folder.url.path, "--disable-index-store", "-Xswiftc", "-gnone"]
        let output = try Program.run("swift", build, in: folder)
        #expect(output.status == 0, "\(output.stdout)\n\(output.stderr)")
    }

    @Test func `a block is a program unless it is a part of a package's description`() {
        let text = """
            ```swift
            import A

            a()
            ```
            ```sh
            import B
            ```
            ```swift
            // Package.swift
            .package(url: "…", from: "1.0.0"),
            ```
            ```swift
            import C
            ```
            """
        #expect(Self.programs(in: text) == ["import A\n\na()\n", "import C\n"])
        #expect(Self.programs(in: "no blocks\n").isEmpty)
    }

    @Test func `the README and every library's landing page have a program`() throws {
        let names = Set(try Self.programs().map { $0.name })
        for page in ["README", "Telemetry", "TelemetryLog", "Agent", "AgentTesting"] {
            #expect(names.contains("\(page)Page1"), "\(page).md has no ```swift block")
        }
    }

    /// All programs, each with a name that says where it stands: `YourFirstTracePage2` is the second of its page.
    private static func programs() throws -> [(name: String, text: String)] {
        let sources = Program.package.appendingPathComponent("Sources")
        var pages = [Program.package.appendingPathComponent("README.md")]
        for path in try FileManager.default.subpathsOfDirectory(atPath: sources.path).sorted()
        where path.contains(".docc/") && path.hasSuffix(".md") {
            pages.append(sources.appendingPathComponent(path))
        }
        return try pages.flatMap { page in
            let name = page.deletingPathExtension().lastPathComponent
            return try programs(in: String(contentsOf: page, encoding: .utf8)).enumerated()
                .map { (name: "\(name)Page\($0.offset + 1)", text: $0.element) }
        }
    }

    /// The text's ```` ```swift ```` blocks, except for excerpts of a `Package.swift`.
    private static func programs(in text: String) -> [String] {
        text.matches(of: /(?m)^```swift\n((?s:.*?))^```$/).map { String($0.1) }
            .filter { !$0.contains("// Package.swift") && !$0.contains(".package(") }
    }
}
