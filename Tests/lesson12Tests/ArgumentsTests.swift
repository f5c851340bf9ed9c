import Foundation
import Testing

/// What the demonstration does when it can't run: one line that says what to do, and nothing else.
@Suite(.blocking) struct ArgumentsTests {
    private let folder: Folder

    init() throws { folder = try Folder() }

    private func lesson12(_ arguments: String...) throws -> Output {
        try Program.run(Program.lesson12, arguments, in: folder)
    }

    /// Checks that it failed with one line on standard error, and returns that line.
    private func failure(
        _ output: Output,
        sourceLocation: SourceLocation = #_sourceLocation
    ) throws -> String {
        #expect(output.status == 1 && output.stdout.isEmpty, "\(output)", sourceLocation: sourceLocation)
        let lines = output.stderr.split(separator: "\n", omittingEmptySubsequences: false)
        try #require(lines.count == 2 && lines[1].isEmpty, "\(output)", sourceLocation: sourceLocation)
        #expect(lines[0].hasPrefix("lesson12: "), sourceLocation: sourceLocation)
        return String(lines[0].dropFirst("lesson12: ".count))
    }

    @Test(arguments: [["--help"], ["-h"], ["--model", "none.gguf", "--help"]])
    func `help is what was asked for`(_ arguments: [String]) throws {
        let output = try Program.run(Program.lesson12, arguments, in: folder)
        #expect(output.status == 0 && output.stderr.isEmpty)
        for wanted in [
            "Usage: lesson12", "--model PATH", "--server URL", "OPENAI_API_KEY", "--log PATH", "--help",
            "agent_telemetry.jsonl",
        ] {
            #expect(output.stdout.contains(wanted))
        }
        #expect(output.stdout.split(separator: "\n").allSatisfy { $0.count <= 80 || $0.contains("default:") })
    }

    @Test(
        arguments: [
            (["--modle", "x.gguf"], "--modle: unknown argument. See --help."),
            (["x.gguf"], "x.gguf: unknown argument."),
            (["--model"], "--model: a path must follow. See --help."), (["--log="], "--log: a path must follow."),
            (["--server"], "--server: a URL must follow. See --help."),
            (
                ["--server", "127.0.0.1:8080"],
                "127.0.0.1:8080: has no scheme that we know. Write http://127.0.0.1:8080."
            ),
            (["--server", "http://a:secret@b/v1"], "http://b/v1: a URL with a user or password"),
            (["--model", ""], "--model: a path must follow."), (["-"], "-: unknown argument."),
            (["--"], "--: unknown argument."), ([""], ": unknown argument."),
            (["--help=yes"], "--help=yes: unknown argument."), (["--no\nsuch"], "--no such: unknown argument."),
        ] as [([String], String)]
    )
    func `a mistaken argument`(_ arguments: [String], _ message: String) throws {
        let line = try failure(Program.run(Program.lesson12, arguments, in: folder))
        #expect(line.hasPrefix(message), "\(line)")
    }

    @Test func `a missing model`() throws {
        let line = try failure(lesson12())
        #expect(
            line == "models/SmolLM2-135M-Instruct.Q4_1.gguf: no such file. "
                + "Run models/setup.sh to get the default model, or pass the path of another one. "
                + "With lesson12, that is --model PATH."
        )
        #expect(try failure(lesson12("--model=none.gguf")).hasPrefix("none.gguf: no such file. Run models/setup.sh"))
    }

    @Test(
        arguments: [
            ("", "the file is empty"), ("Once upon a time", "not in the GGUF format"),
            ("GGU", "not in the GGUF format"),
            ("GGUF", "model.gguf: "), ("GGUF\u{3}\0\0\0\u{1}\0\0\0\0\0\0\0", "model.gguf: "),
        ]
    )
    func `a model that is none`(_ content: String, _ reason: String) throws {
        let model = try folder.file("model.gguf", content)
        let line = try failure(lesson12("--model", model.path))
        #expect(line.hasPrefix(model.path) && line.contains(reason), "\(line)")
        #expect(line.contains("models/setup.sh"), "no remedy: \(line)")
    }

    @Test func `a model that was cut off`() throws {
        let start = try FileHandle(forReadingFrom: URL(fileURLWithPath: Program.model)).read(upToCount: 8 << 20)
        try #require(start).write(to: folder.url.appendingPathComponent("cut.gguf"))
        let line = try failure(lesson12("--model", "cut.gguf"))
        #expect(line.hasPrefix("cut.gguf: "), "\(line)")
    }

    @Test func `a folder as a model`() throws {
        #expect(try failure(lesson12("--model", ".")).hasPrefix(".: is a directory."))
    }

    @Test(
        arguments: [
            ("none/log.jsonl", "none/log.jsonl: there is no folder none. Make it, or choose another path for the log."),
            (".", ".: this is a folder. Name a file in it, or choose another path for the log."),
            ("file/log.jsonl", "file/log.jsonl: a part of this path is a file, not a folder. Correct it, or choose"),
        ]
    )
    func `a log that can't be`(_ path: String, _ message: String) throws {
        try folder.file("file")
        let line = try failure(lesson12("--model", Program.model, "--log", path))
        #expect(line.hasPrefix(message), "\(line)")
        #expect(!FileManager.default.fileExists(atPath: folder.path("none")))
    }

    @Test(arguments: ["{\"span_id\":\"last\"}\n", "{\"span_id\":\"last\"}\n{\"torn", ""])
    func `without a model, the last run's log stays as it is`(_ content: String) throws {
        let log = try folder.file("agent_telemetry.jsonl", content)
        try FileManager.default.setAttributes([.posixPermissions: 0o644], ofItemAtPath: log.path)
        _ = try failure(lesson12())
        #expect(try String(contentsOf: log, encoding: .utf8) == content)
        let attributes = try FileManager.default.attributesOfItem(atPath: log.path)
        #expect(attributes[.posixPermissions] as? NSNumber == 0o644)
    }

    @Test func `without a model, no log is made`() throws {
        _ = try failure(lesson12("--log", "new.jsonl"))
        #expect(!FileManager.default.fileExists(atPath: folder.path("new.jsonl")))
    }
}
