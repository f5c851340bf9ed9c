import Foundation

/// A program in README.md or in an article, and what the page says that it prints.
struct DocumentedProgram: Sendable, CustomStringConvertible {
    /// The page's file name, without its extension.
    var page: String
    /// Where it stands among the page's programs, from 1.
    var number: Int
    var text: String
    /// The ```` ```text ```` block below it; `nil` where there is none.
    var output: String?

    /// The target that it becomes: `YourFirstTracePage2` is the second of its page.
    var name: String { "\(page)Page\(number)" }
    var description: String { name }

    /// The libraries that it imports.
    var products: [String] {
        ["Telemetry", "TelemetryLog", "Agent", "AgentTesting"].filter { text.contains("import \($0)\n") }
    }

    /// All of them, by page.
    static var all: [DocumentedProgram] {
        get throws {
            let sources = Program.package.appendingPathComponent("Sources")
            var pages = [Program.package.appendingPathComponent("README.md")]
            for path in try FileManager.default.subpathsOfDirectory(atPath: sources.path).sorted()
            where path.contains(".docc/") && path.hasSuffix(".md") {
                pages.append(sources.appendingPathComponent(path))
            }
            return try pages.flatMap { page in
                let name = page.deletingPathExtension().lastPathComponent
                return try programs(in: String(contentsOf: page, encoding: .utf8), of: name)
            }
        }
    }

    /// The text's ```` ```swift ```` blocks, except for a package's description.
    static func programs(in text: String, of page: String) -> [DocumentedProgram] {
        text.matches(of: /(?m)^```swift\n((?s:.*?))^```\n(?:\n```text\n((?s:.*?))^```\n)?/)
            .filter { !$0.1.contains("import PackageDescription") }
            .enumerated()
            .map { index, block in
                let output = block.2.map { String($0) }
                return DocumentedProgram(page: page, number: index + 1, text: String(block.1), output: output)
            }
    }

    /// What is shown, but was not printed; `…` stands for anything.
    static func missing(from printed: String, of shown: String) -> Set<String> {
        Set(shape(shown)).subtracting(shape(printed)).subtracting(["…"])
    }

    /// Lines without what differs from run to run: numbers, times, ids, and the space that follows from them.
    private static func shape(_ text: String) -> [String] {
        text
            .replacing(/\d{4}-\d\d-\d\d[T ][\d:.]+/, with: "N")
            .replacing(/\b(?:[0-9a-f]{32}|[0-9a-f]{16}|[0-9a-f]{8})\b|\d+(?:\.\d+)?(?:us|ms|s)?\b/, with: "N")
            .replacing(/[ │├└─█]+/, with: " ")
            .split(separator: "\n")
            .map { $0.trimmingCharacters(in: .whitespaces) }
    }
}
