import Telemetry
import Testing

@testable import TelemetryLog

@Suite struct ExportTests {
    private let folder: Folder
    init() throws { folder = try Folder() }

    private func export(_ format: ExportFormat, _ spans: Span..., matching filter: LogFilter = LogFilter()) throws
        -> String
    {
        let log = try folder.write("log.jsonl", spans.map { "\($0)\n" }.joined())
        var text = ""
        let count = try LogReader([log]).export(format, matching: filter) { text += $0 }
        #expect(count <= spans.count)
        return text
    }

    @Test func `cells are quoted, and no text is a formula`() throws {
        let span = try makeSpan(
            1,
            .toolCall,
            "=SUM(A1)",
            ms: 1.5,
            data: ["tool": "a,\"b\"", "user_id": "@x", "attempt": 2],
            error: "two\nlines"
        )
        let rows = try export(.csv, span).split(separator: "\r\n")
        #expect(rows.count == 2 && rows[0].hasPrefix("span_id,trace_id,"))
        let start =
            "0000000000000001,00000001000000000000000000000001,,tool_call,'=SUM(A1),2026-01-15T10:30:00.000000Z,1.5,true,"
        let end = ##""two\#nlines",,"a,""b""",2,,,,'@x,,"{""tool"":""a,\""b\"""",""user_id"":""@x"",""attempt"":2}""##
        let expected = start + end.replacing("\\#n", with: "\n")
        #expect(rows[1] == expected)
    }

    @Test func `OTLP has ids, times, kinds, attributes and states as the protocol wants them`() throws {
        let call = try makeSpan(
            2,
            parent: 1,
            .llmCall,
            "m",
            ms: 2,
            data: ["model": "m", "prompt_tokens": 7, "finish_reason": "stop", "temperature": 0.5, "mine": [1, nil]],
            error: "no"
        )
        let lines = try export(.otlp, call, try makeSpan(1, .agentRun, data: ["user_id": "ada"])).split(separator: "\n")
        #expect(lines.count == 1)
        let json = try JSONValue(parsing: lines[0])
        let spans = try #require(json["resourceSpans"]?[0]?["scopeSpans"]?[0]?["spans"]?.array)
        #expect(spans.count == 2 && spans[0]["parentSpanId"] == "0000000000000001" && spans[0]["kind"] == 3)
        #expect(spans[0]["name"] == "chat m" && spans[0]["status"] == ["code": 2, "message": "no"])
        #expect(
            spans[0]["startTimeUnixNano"] == "1768473000000000000"
                && spans[0]["endTimeUnixNano"] == "1768473000002000000"
        )
        let attributes = try #require(spans[0]["attributes"]?.array)
        func value(_ key: String) -> JSONValue? { attributes.first { $0["key"]?.string == key }?["value"] }
        #expect(value("gen_ai.request.model") == ["stringValue": "m"])
        #expect(value("gen_ai.usage.input_tokens") == ["intValue": "7"])
        #expect(value("gen_ai.response.finish_reasons") == ["arrayValue": ["values": [["stringValue": "stop"]]]])
        #expect(value("gen_ai.request.temperature") == ["doubleValue": 0.5])
        #expect(value("agent_telemetry.mine") == ["arrayValue": ["values": [["intValue": "1"], [:]]]])
        #expect(spans[1]["status"] == nil && spans[1]["parentSpanId"] == nil)
    }

    @Test func `slices of a lane nest or don't overlap`() throws {
        var generator = SeededGenerator(state: 3)
        for _ in 0..<50 {
            var spans = [try makeSpan(1, .agentRun, at: 0, ms: 1000)]
            for id in 2...60 as ClosedRange<UInt64> {
                let at = Double(Int.random(in: 0...900, using: &generator))
                let parent = UInt64.random(in: 1..<id, using: &generator)
                let ms = Double(Int.random(in: 0...400, using: &generator))
                spans.append(try makeSpan(id, parent: parent, at: at, ms: ms))
            }
            let trace = try #require(Trace(spans))
            let lanes = Perfetto.lanes(trace)
            for a in trace.nodes.indices {
                for b in trace.nodes.indices where a < b && lanes[a] == lanes[b] {
                    let (x, y) = (trace.nodes[a].interval, trace.nodes[b].interval)
                    let isApart = x.upperBound <= y.lowerBound || y.upperBound <= x.lowerBound
                    let isWithin = x.lowerBound <= y.lowerBound && y.upperBound <= x.upperBound
                    #expect(isApart || isWithin || (y.lowerBound <= x.lowerBound && x.upperBound <= y.upperBound))
                }
            }
        }
    }

    @Test func `a Perfetto file is JSON with slices, instants and counters`() throws {
        let text = try export(
            .perfetto,
            try makeSpan(1, .agentRun, "run", ms: 10),
            try makeSpan(2, parent: 1, ms: 5, data: ["prompt_tokens": 3, "completion_tokens": 4]),
            try makeSpan(3, parent: 1, .toolRequest),
            try makeSpan(4, trace: 2, ms: 5)
        )
        let events = try #require(try JSONValue(parsing: text)["traceEvents"]?.array)
        #expect(events.compactMap { $0["ph"]?.string }.sorted() == ["C", "M", "M", "X", "X", "X", "i"])
        #expect(Set(events.compactMap { $0["pid"]?.integer }) == [1, 2])
        #expect(events.first { $0["ph"] == "C" }?["args"] == ["prompt": 3, "completion": 4])
        #expect(events.first { $0["name"] == "run" }?["dur"] == 10_000)
    }

    @Test func `only what fits is written`() throws {
        var filter = LogFilter()
        filter.isFailed = true
        let text = try export(.csv, try makeSpan(1), try makeSpan(2, error: "no"), matching: filter)
        #expect(text.split(separator: "\r\n").count == 2 && text.contains("0000000000000002"))
        #expect(try export(.otlp) == "" && (try JSONValue(parsing: export(.perfetto))["traceEvents"] == []))
    }
}
