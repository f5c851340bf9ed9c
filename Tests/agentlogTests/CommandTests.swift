import Foundation
import Telemetry
import TelemetryLog
import Testing

@testable import agentlog

@Suite struct CommandTests {
    private let log: SampleLog
    init() throws { log = try SampleLog() }

    @Test func `the summary is what the program says without a command`() {
        let run = agentlog("--log", log.path)
        #expect(run.code == 0 && run.errors.isEmpty)
        #expect(run.output == agentlog("summary", "--log", log.path).output)
        for text in [
            "8 spans in 2 traces, 1 failed (50.0 %)", "llm_call", "50.0 %", "smol", "60 in (20.0 % cached), 9 out",
        ] {
            #expect(run.output.contains(text), "\(text) in \(run.output)")
        }
        for line in run.output.split(separator: "\n") { #expect(line.count <= 80, "\(line)") }
    }

    @Test func `JSON of the summary has the figures`() throws {
        let json = agentlog("summary", "--log", log.path, "--json").json
        #expect(json["spans"] == 8 && json["traces"] == 2 && json["failed_traces"] == 1)
        let calls = try #require(json["rows"]?.array?.first { $0["name"] == "llm_call" })
        #expect(calls["count"] == 2 && calls["failures"] == 1 && calls["retries"] == 1)
        #expect(calls["prompt_tokens"] == 60 && calls["cached_tokens"] == 12 && calls["completion_tokens"] == 9)
        #expect(calls["max_ms"] == 300 && calls["parts"]?[0]?["name"] == "smol")
        #expect(json["failures"]?.array?.count == 3)
        #expect(json["slowest_trace"]?["trace_id"]?.string?.count == 32)
    }

    @Test(arguments: [("model", ["smol"]), ("tool", ["calculator", "search"]), ("user", ["ada", "bob"])])
    func `figures can be grouped`(by grouping: String, names: [String]) throws {
        let json = agentlog("summary", "--by", grouping, "--log", log.path, "--json").json
        #expect(try #require(json["rows"]?.array).compactMap { $0["name"]?.string }.sorted() == names)
        if grouping == "user" {
            let ada = try #require(json["rows"]?.array?.first { $0["name"] == "ada" })
            #expect(ada["count"] == 1 && ada["retries"] == 1 && ada["completion_tokens"] == 9)
        }
    }

    @Test func `traces are listed, the newest first, and filtered`() {
        let all = agentlog("traces", "--log", log.path, "--json").json
        #expect(all["total"] == 2)
        #expect(all["traces"]?[1]?["trace_id"]?.string == log.trace.description)
        func ids(_ words: String...) -> [String] {
            run(["traces", "--log", log.path, "--json"] + words).json["traces"]?.array?
                .compactMap { $0["trace_id"]?.string } ?? []
        }
        let (first, failed) = (log.trace.description, log.failedTrace.description)
        #expect(ids("--user", "ada") == [first])
        #expect(ids("--user", "eve").isEmpty)
        #expect(ids("--event", "memory") == [first])
        #expect(ids("--grep", "127.0.0.1") == [failed])
        #expect(ids("--grep", "{\"tool\":\"calc") == [first])
        #expect(ids("--failed").count == 2)
        #expect(ids("--slower-than", "100ms") == [first])
        #expect(ids("--limit", "1") == [failed])
        #expect(ids("--since", "2200-01-01").isEmpty)
        #expect(ids("--until", "2200-01-01").count == 2)
        let text = agentlog("traces", "--log", log.path, "--limit", "1")
        #expect(text.output.contains(log.failedTrace.short) && text.output.contains("1 older one: --limit 2"))
    }

    @Test func `a trace is found by any unique beginning of its id, and drawn`() {
        for digits in [8, 20, 32] {
            let run = agentlog("trace", String(log.trace.description.prefix(digits)), "--log", log.path)
            #expect(run.code == 0)
            #expect(run.output.contains("✗ llm_call smol") && run.output.contains("↻ attempt 2"))
            #expect(run.output.contains("timed out after 300 ms") && run.output.contains("└─ memory add"))
            #expect(run.output.contains("llm_call, of which 1 was a retry and 1 failed"))
            // Its id may have these digits.
            #expect(!run.output.replacing(log.trace.description, with: "").contains("294"))
            for line in run.output.split(separator: "\n") { #expect(line.count <= 80, "\(line)") }
        }
        let full = agentlog("trace", log.trace.description.uppercased(), "--full", "--log", log.path)
        #expect(full.output.contains("the answer is 294"))
        let json = agentlog("trace", log.trace.short, "--log", log.path, "--json").json
        #expect(json["spans"]?.array?.count == 6 && json["bottleneck"]?["retries"] == 1)
    }

    @Test func `ids that don't fit are told from those that fit too often`() throws {
        let none = agentlog("trace", "0000000000", "--log", log.path)
        #expect(none.code == 1 && none.errors.contains("0000000000: no trace of the log has an id that begins so."))
        let wrong = agentlog("trace", "xyz", "--log", log.path)
        #expect(wrong.code == 2 && wrong.errors.contains("'xyz': not the beginning of a trace's id"))
        let text = """
            {"span_id":"0000000000000001","trace_id":"ab000000000000000000000000000001","event_type":"x","name":"one","timestamp":"2026-01-15T10:30:00Z"}
            {"timestamp":"2026-01-15T10:30:00Z", "span_id":"0000000000000002","trace_id":"ab000000000000000000000000000002","event_type":"y"}

            """
        let path = log.folder + "/two.jsonl"
        try Data(text.utf8).write(to: URL(fileURLWithPath: path))
        let both = agentlog("trace", "ab", "--log", path)
        #expect(both.code == 1 && both.errors.contains("several traces"))
        #expect(both.errors.contains("ab000000000000000000000000000001  2026-01-15T10:30:00.000000Z  x one"))
        #expect(both.errors.contains("ab000000000000000000000000000002"))
        #expect(agentlog("span", "0000000000000002", "--log", path, "--utc").output.contains("type    y"))
    }

    @Test func `failures are grouped by cause`() {
        let run = agentlog("failures", "--log", log.path)
        #expect(run.output.contains("3 failures with 3 causes"))
        #expect(run.output.contains("timed out after N ms") && run.output.contains("connection to N refused"))
        let json = agentlog("failures", "--event", "tool_call", "--log", log.path, "--json").json
        #expect(json["failures"]?.array?.count == 1)
        #expect(json["failures"]?[0]?["trace_id"]?.string == log.failedTrace.description)
        #expect(json["failures"]?[0]?["event_types"]?["tool_call"] == 1)
    }

    @Test func `a user's failures are those in the user's interactions`() throws {
        func causes(_ user: String) -> [String] {
            agentlog("failures", "--user", user, "--log", log.path, "--json").json["failures"]?.array?
                .compactMap { $0["example"]?.string }.sorted() ?? []
        }
        #expect(causes("ada") == ["timed out after 300 ms"])
        #expect(causes("bob") == ["connection to 127.0.0.1:80 refused", "gave up"] && causes("eve") == [])
        for format in ["--csv", "--otlp", "--perfetto"] {
            for words in [["--trace", log.trace.short], []] {
                let output = log.folder + "/output"
                let run = run(["export", format, "--user", "ada", "-o", output, "--json", "--log", log.path] + words)
                #expect(run.json["spans"] == 6, "\(format) \(run.errors)")
            }
        }
        #expect(agentlog("tail", "--user", "bob", "--log", log.path).output.split(separator: "\n").count == 2)
        let input = agentlog("failures", "--user", "ada", "--log", "-")
        #expect(input.code == 2 && input.errors.contains("Name a file with --log FILE"))
    }

    @Test func `what a log may have and shouldn't is shown in its trace`() throws {
        let id = "4bf92f3577b34da6a3ce929d0e0e4736"
        func line(_ span: Int, parent: Int?, _ rest: String) -> String {
            #"{"span_id":"000000000000000\#(span)","trace_id":"\#(id)","#
                + (parent.map { #""parent_span_id":"000000000000000\#($0)","# } ?? "")
                + #""event_type":"llm_call","timestamp":"2026-01-15T10:30:0\#(span).000000Z"\#(rest)}"# + "\n"
        }
        let running = #","data":{"status":"running"}"#
        let began = line(1, parent: nil, running)
        let ended = line(1, parent: nil, #","duration_ms":9000"#)
        let path = log.folder + "/log.jsonl"
        // Two parts: what began in the first one ends in the second; an orphan; twice the same; and a torn line.
        try Data((began + line(2, parent: 7, #","duration_ms":5"#)).utf8)
            .write(to: URL(filePath: log.folder + "/log.20260115T103000.000000Z.jsonl"))
        let second = line(2, parent: 7, #","duration_ms":5"#) + ended + began + line(3, parent: 1, running)
        try Data((second + ended.prefix(90)).utf8).write(to: URL(filePath: path))
        let text = agentlog("trace", "4b", "--log", path).output
        #expect(text.contains("3 spans, 1 unfinished, 1 without their parent"), "\(text)")
        #expect(text.contains("llm_call ∥2 (parent missing)") && text.contains("└─ llm_call (unfinished)"), "\(text)")
        let json = agentlog("trace", "4b", "--log", path, "--json").json
        #expect(json["spans"]?.array?.map { $0["is_orphan"] == true } == [false, true, false])
        #expect(json["spans"]?.array?.map { $0["is_unfinished"] == true } == [false, false, true])
        let summary = agentlog("--log", path).output
        #expect(summary.contains("log.jsonl and 1 more file\n"), "\(summary)")
        #expect(summary.contains("Missing  1 span unfinished, 1 line torn, 2 duplicates left out"), "\(summary)")
        let report = agentlog("check", "--log", path)
        #expect(report.code == 0 && report.output.contains("6 lines, all valid, 1 last line torn"), "\(report.output)")
        // Ids for the command span are shown where data is.
        #expect(agentlog("trace", "4b", "--full", "--log", path).output.contains("span 0000000000000002"))
    }

    @Test func `check exits with 1 and the reasons when a line is wrong`() throws {
        #expect(agentlog("check", "--log", log.path).output == "8 lines, all valid\n")
        let path = log.folder + "/bad.jsonl"
        try Data("{}\nnot\n\u{1B}[2J\n".utf8).write(to: URL(fileURLWithPath: path))
        let run = agentlog("check", "--log", path)
        #expect(run.code == 1)
        #expect(run.output.contains("\(path):1: ") && run.output.contains("span_id: expected 16"))
        #expect(run.output.contains("3 of 3 lines not valid"))
        let json = agentlog("check", "--log", path, "--json").json
        #expect(json["problems"]?[1]?["line"] == 2 && json["bad_lines"] == 3)
    }

    @Test func `nothing in a log acts on the terminal`() throws {
        let evil = "\u{1B}[2J\u{9B}31m\u{202E}\u{7}\n\r"
        let id = try #require(SpanID(bits: 7))
        let trace = try #require(TraceID(high: 7, low: 7))
        let span = Span(
            id: id,
            traceID: trace,
            eventType: EventType(rawValue: evil),
            name: evil,
            timestamp: Timestamp(microseconds: 0),
            duration: .seconds(1),
            data: [evil: .string(evil), "user_id": .string(evil), "model": .string(evil)],
            error: evil
        )
        let path = log.folder + "/evil.jsonl"
        let raw = "\(span)".replacingOccurrences(of: "\\u202e", with: "\u{202E}").replacingOccurrences(
            of: "\\u009b",
            with: "\u{9B}"
        )
        try Data((raw + "\n").utf8).write(to: URL(fileURLWithPath: path))
        for words in [
            ["summary"], ["traces"], ["trace", "0", "--full"], ["span", "0"], ["failures"],
            ["summary", "--by", "user"], ["export", "--csv"], ["export", "--otlp"], ["export", "--perfetto"],
        ] {
            let run = run(words + ["--log", path, "--color", "never"], isTerminal: true)
            #expect(run.code == 0)
            let harmful = run.output.unicodeScalars.filter { scalar in
                scalar != "\n" && (scalar.properties.generalCategory == .control || scalar == "\u{202E}")
            }
            #expect(harmful.isEmpty, "\(words)")
        }
    }

    @Test func `absurd values don't end the program`() throws {
        var text = ""
        let times = [
            "0000-01-01T00:00:00Z", "9999-12-31T23:59:59.999999Z", "1969-12-31T23:59:59Z", "2026-01-15T10:30:00Z",
        ]
        for (number, time) in times.enumerated() {
            for (place, duration) in ["0", "999999999999999", "0.0004", "1e14"].enumerated() {
                text += """
                    {"span_id":"00000000000000\(number + 1)\(place + 1)","trace_id":"000000000000000000000000000000ab",\
                    "parent_span_id":"00000000000000\(place + 1)\(number + 1)","event_type":"llm_call",\
                    "timestamp":"\(time)","duration_ms":\(duration),"data":{"prompt_tokens":9223372036854775807,\
                    "completion_tokens":999999999999999999,"attempt":-5,"model":[],"user_id":7,"success":false}}

                    """
            }
        }
        let path = log.folder + "/absurd.jsonl"
        try Data(text.utf8).write(to: URL(fileURLWithPath: path))
        #expect(agentlog("check", "--log", path).output == "16 lines, all valid\n")
        for words in [
            ["summary"], ["summary", "--by", "hour"], ["summary", "--by", "user"], ["traces"],
            ["trace", "0", "--full"],
            ["failures"], ["tail"], ["export", "--csv"], ["export", "--otlp"], ["export", "--perfetto"],
            ["span", "0000000000000011"],
        ] {
            for json in [[], ["--json"]] {
                let run = run(words + ["--log", path] + json)
                #expect(run.code == 0 && !run.output.isEmpty, "\(words) \(run.errors)")
                #expect(run.errors.isEmpty || words[0] == "export", "\(words) \(run.errors)")
            }
        }
    }
}
