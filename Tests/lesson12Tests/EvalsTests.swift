import Foundation
import Testing

/// The golden cases on the default model, and what `evals` does when it can't run.
@Suite(.blocking) struct EvalsTests {
    private let folder: Folder

    init() throws { folder = try Folder() }

    private func evals(_ arguments: String...) throws -> Output {
        try Program.run(Program.lesson12, ["evals"] + arguments, in: folder)
    }

    private static let golden = URL(fileURLWithPath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        .appendingPathComponent("Sources/lesson12/golden.json").path

    @Test(
        arguments: [
            (["--datset"], "--datset: unknown argument. See evals --help."),
            (["--group"], "--group: a name must follow."),
            (["--dataset", "none.json"], "none.json: no such file. Run it in the package's folder, or pass --dataset"),
            (["--dataset", golden, "--group", "nope"], "\(golden): nope: no such group. There are: structured,"),
            (["--dataset", golden, "--case", "nope"], "\(golden): nope: no such case."),
            (["--dataset", golden], "models/SmolLM2-135M-Instruct.Q4_1.gguf: no such file."),
        ] as [([String], String)]
    )
    func `what can't run has status 2 and says why`(_ arguments: [String], _ message: String) throws {
        let output = try Program.run(Program.lesson12, ["evals"] + arguments, in: folder)
        #expect(output.status == 2 && output.stdout.isEmpty)
        #expect(output.stderr.hasPrefix("lesson12: \(message)"), "\(output.stderr)")
    }

    @Test func `a dataset with a mistake is named with the place`() throws {
        try folder.file(
            "d.json",
            #"{"groups": [{"name": "g", "task": "memory", "threshold": 1, "cases": [{"id": "c"}]}]}"#
        )
        let output = try evals("--dataset", "d.json")
        #expect(output.status == 2 && output.stderr.hasPrefix("lesson12: d.json: g/c: "), "\(output.stderr)")
    }

    @Test func `help tells the exit status`() throws {
        let output = try evals("--help")
        #expect(output.status == 0 && output.stdout.contains("Exit status: 0"))
    }

    @Test func `A case runs on the default model, and the log has its span`() throws {
        let output = try evals(
            "--dataset",
            Self.golden,
            "--model",
            Program.model,
            "--group",
            "memory",
            "--case",
            "name"
        )
        #expect(output.status == 0 && output.stdout.contains("EVAL SUMMARY"), "\(output)")
        let log = try String(contentsOf: folder.url.appendingPathComponent("agent_telemetry.jsonl"), encoding: .utf8)
        let lines = log.split(separator: "\n").filter { $0.contains(#""event_type":"eval""#) }
        #expect(lines.count == 1 && lines[0].contains(#""name":"memory/name""#) && lines[0].contains(#""score":1"#))
    }

    @Test func `below the threshold the status is 1`() throws {
        let text = #"""
            {"groups": [{"name": "g", "task": "routing", "threshold": 1, "choices": ["a"],
              "cases": [{"id": "c", "input": "a?", "expected": "b"}]}]}
            """#
        try folder.file("d.json", text)
        let output = try evals("--dataset", "d.json", "--model", Program.model, "--json")
        #expect(output.status == 1 && output.stdout.hasPrefix(#"{"passed":false,"#), "\(output)")
    }
}
