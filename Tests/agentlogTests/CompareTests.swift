import Foundation
import Telemetry
import Testing

@testable import agentlog

@Suite struct CompareTests {
    private let log: SampleLog
    init() throws { log = try SampleLog() }

    @Test func `two logs are compared`() throws {
        let other = try SampleLog()
        let run = agentlog("compare", log.path, other.path)
        #expect(run.code == 0 && run.output.contains("llm_call") && run.output.contains("tokens out"))
        for line in run.output.split(separator: "\n") { #expect(line.count <= 80, "\(line)") }
        let rows = try #require(agentlog("compare", log.path, other.path, "--json").json["rows"]?.array)
        let calls = try #require(rows.first { $0["event_type"] == "llm_call" && $0["name"] == .null })
        #expect(calls["errors"]?["before"]?.number == 0.5 && calls["errors"]?["is_sure"] == false)
        #expect(calls["count"] == ["before": 2, "after": 2])
    }

    @Test func `what only one has stands on as many lines as it needs`() throws {
        let other = try SampleLog()
        let text = try String(contentsOfFile: other.path, encoding: .utf8)
        let names = (0..<20).map { "tool \($0) with a name" }
        let lines = names.enumerated().map { number, name in
            #"{"span_id":"00000000000000\#(number + 10)","trace_id":"4bf92f3577b34da6a3ce929d0e0e4736","#
                + #""event_type":"tool_call","name":"\#(name)","timestamp":"2026-01-15T10:30:00Z","duration_ms":1}"#
        }
        try Data((text + lines.joined(separator: "\n") + "\n").utf8).write(to: URL(filePath: other.path))
        let run = agentlog("compare", log.path, other.path)
        for line in run.output.split(separator: "\n") { #expect(line.count <= 80, "\(line)") }
        for name in names { #expect(run.output.contains("tool_call \(name)"), "\(name)") }
    }

    @Test func `two parts of one log are compared`() {
        let json = agentlog("compare", "--after", "2200-01-01", "--log", log.path, "--json").json
        #expect(json["rows"]?.array?.isEmpty == true && json["only_before"]?.array?.isEmpty == false)
    }

    @Test(arguments: [
        ([], "compare: name two logs, or a time with --before or --after."),
        (["one"], "compare: name two logs, or a time with --before or --after."),
        (["a", "b", "--after", "1h"], "compare: two logs and a time are too much. Give either."),
    ]) func `what can't be compared is said`(words: [String], message: String) {
        let run = run(["compare"] + words)
        #expect(run.code == 2 && run.errors == "agentlog: \(message)\n")
    }
}
