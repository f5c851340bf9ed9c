import Foundation
import Testing

/// The programs in README.md, built as a user would build them.
@Suite struct ReadmeTests {
    @Test(.timeLimit(.minutes(10)))
    func `every Swift program in the README builds, without warnings, in a package that depends on this one`() throws {
        let readme = Program.package.appendingPathComponent("README.md")
        let programs = Self.programs(in: try String(contentsOf: readme, encoding: .utf8))
        try #require(!programs.isEmpty, "\(readme.path) has no Swift program: a ```swift block that begins with import")

        // Beside this package's own build, so that it stays quick from the second time on.
        let folder = try Folder(at: Program.package.appendingPathComponent(".build/readme"))
        var targets: [String] = []
        for (place, program) in programs.enumerated() {
            let name = "snippet\(place + 1)"
            try folder.file("Sources/\(name)/main.swift", program)
            let products = ["Telemetry", "Agent"].filter { program.contains("import \($0)\n") }
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
                name: "readme",
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

    /// The text's ```` ```swift ```` blocks, except for excerpts of a `Package.swift`.
    private static func programs(in text: String) -> [String] {
        text.matches(of: /(?m)^```swift\n((?s:.*?))^```$/).map { String($0.1) }
            .filter { !$0.contains("// Package.swift") && !$0.contains(".package(") }
    }
}
