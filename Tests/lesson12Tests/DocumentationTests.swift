import Foundation
import Testing

extension NewcomerTests {
    /// The programs in README.md and in the articles, built and run as a user would.
    @Suite struct DocumentationTests {
        /// The documentation's programs, one package in all.
        private static let built = Result { try build(DocumentedProgram.all) }

        @Test(.endsIfStuck)
        func `every Swift program in the documentation builds without warnings, as a user's would`() throws {
            let output = try Self.built.get()
            #expect(output.status == 0, "\(output.stdout)\n\(output.stderr)")
        }

        @Test(.endsIfStuck)
        func `it runs, too, in the order of its page, and prints what the page shows`() throws {
            try #require(try Self.built.get().status == 0)
            for (page, programs) in Dictionary(grouping: try DocumentedProgram.all, by: \.page) {
                let folder = try Folder()
                try FileManager.default.createSymbolicLink(
                    at: folder.url.appendingPathComponent("models"),
                    withDestinationURL: Program.package.appendingPathComponent("models")
                )
                if page.hasSuffix("Log") { try folder.file("agent_telemetry.jsonl", SampleLog.text) }
                for program in programs {
                    let output = try Program.run(Self.folder.appendingPathComponent("debug/\(program)"), [], in: folder)
                    #expect(output.status == 0 && output.stderr.isEmpty, "\(program): \(output)")
                    let missing = DocumentedProgram.missing(from: output.stdout, of: program.output ?? "")
                    #expect(missing.isEmpty, "\(program) doesn't print \(missing), but:\n\(output.stdout)")
                }
            }
        }

        @Test(arguments: [
            ("record one call", "YourFirstTracePage1", "withSpan(.llmCall"),
            ("record one call that was measured", "YourFirstTracePage2", "logLLMCall("),
            ("nest two spans", "YourFirstTracePage3", "withSpan(\"ranking\")"),
            ("two concurrent children", "YourFirstTracePage4", "async let"),
            ("add a user's id", "YourFirstTracePage4", "userID:"),
            ("read metrics", "YourFirstTracePage6", "telemetry.metrics"),
            ("print the summary", "YourFirstTracePage2", "printSummary()"),
            ("filter a trace", "ReadingTheLogPage1", "LogFilter("),
            ("write a tool", "WritingAToolPage1", ": Tool {"),
            ("ask for a struct", "StructuredOutputPage1", "generate(Answer.self"),
            ("stream tokens", "AgentPage2", "reply(to: \"What is a trace?\") { piece in"),
        ])
        func `a newcomer's likely first program is in the documentation`(
            task: String,
            name: String,
            part: String
        ) throws {
            let program = try #require(try DocumentedProgram.all.first { $0.name == name })
            #expect(program.text.contains(part), "\(name) doesn't show how to \(task)")
        }

        @Test func `the README shows what the demonstration prints`() throws {
            let readme = try String(contentsOf: Program.package.appendingPathComponent("README.md"), encoding: .utf8)
            let block = try #require(readme.firstMatch(of: /(?m)^```text\n((?s:.*?))^```$/)).1
            // What the model says in words is its own affair: on another processor it may be a little different.
            let shown = block.split(separator: "\n").filter { !$0.contains(#"{"answer":"#) && !$0.hasSuffix(" Ada.") }
            let printed = try Demo.first.output.stdout
            let missing = DocumentedProgram.missing(from: printed, of: shown.joined(separator: "\n"))
            #expect(missing.isEmpty, "lesson12 doesn't print \(missing)")
        }

        @Test func `every link to a file leads to one`() throws {
            let pages = ["README.md", "models/README.md"].map { Program.package.appendingPathComponent($0) }
            let links = try pages.flatMap { page in
                try String(contentsOf: page, encoding: .utf8).matches(of: /\]\((?!https?:)([^)#]+)\)/).map { link in
                    page.deletingLastPathComponent().appendingPathComponent(String(link.1))
                }
            }
            #expect(links.count >= 8)
            for link in links { #expect(FileManager.default.fileExists(atPath: link.path), "\(link.path)") }
        }

        @Test func `a block is a program unless it describes a package`() {
            let text = """
                ```swift
                import A

                a()
                ```

                ```text
                1 of 2
                ```
                ```sh
                import B
                ```
                ```swift
                import PackageDescription
                ```
                ```swift
                import C
                ```

                """
            let programs = DocumentedProgram.programs(in: text, of: "X")
            #expect(programs.map(\.name) == ["XPage1", "XPage2"])
            #expect(programs.map(\.text) == ["import A\n\na()\n", "import C\n"])
            #expect(programs.map(\.output) == ["1 of 2\n", nil])
            #expect(DocumentedProgram.programs(in: "no blocks\n", of: "X").isEmpty)
        }

        @Test(arguments: [
            ("took 2.5ms\n└─ a b8257719 x\n", "took 20us\n…\n├─ a 39d1be13   x\n", []),
            ("at 2026-01-15T10:30:00.1Z: 7\n", "at 2025-12-01T09:00:00.2Z: 12\n", []),
            ("one\ntwo\n", "one\nthree\n", ["three"]),
            ("tool_call a 5ms\n", "tool_call b 5ms\n", ["tool_call b N"]),
            ("anything\n", "", []),
        ])
        func `what is shown may differ in numbers, ids and space, and in nothing else`(
            printed: String,
            shown: String,
            missing: [String]
        ) {
            #expect(DocumentedProgram.missing(from: printed, of: shown) == Set(missing))
        }

        @Test func `the README and every library's landing page have a program`() throws {
            let names = Set(try DocumentedProgram.all.map(\.name))
            for page in ["README", "Telemetry", "TelemetryLog", "Agent", "AgentTesting"] {
                #expect(names.contains("\(page)Page1"), "\(page).md has no ```swift block")
            }
        }

        /// Beside this package's own build, so that it stays quick from the second time on; the examples' is the same.
        private static let folder = Program.package.appendingPathComponent(".build/examples")

        private static func build(_ programs: [DocumentedProgram]) throws -> Output {
            let package = try Folder(at: Program.package.appendingPathComponent(".build/documentation"))
            var targets: [String] = []
            for program in programs {
                try package.file("Sources/\(program)/main.swift", program.text)
                let products = program.products
                    .map { #".product(name: "\#($0)", package: "\#(Program.package.lastPathComponent)")"# }
                targets.append(
                    """
                    .executableTarget(
                        name: "\(program)",
                        dependencies: [\(products.joined(separator: ", "))],
                        swiftSettings: [.treatAllWarnings(as: .error)]
                    ),
                    """
                )
            }
            try package.file(
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
            let build = [
                "swift", "build", "--package-path", package.url.path, "--scratch-path", folder.path,
                "--disable-index-store", "-Xswiftc", "-gnone",
            ]
            return try Program.run("nice", build, in: package)
        }
    }
}
