import Foundation
import Testing

/// The reader that checks the demonstration's log must itself find what is wrong.
@Suite(.blocking) struct LogReportTests {
    private static let root =
        #"{"span_id":"00000000000000b1","trace_id":"000000000000000000000000000000a1","#
        + #""event_type":"agent_run","name":"n","timestamp":"2026-01-15T10:30:00.123456Z","duration_ms":1523.45}"#
    private static let child =
        #"{"span_id":"00000000000000b2","trace_id":"000000000000000000000000000000a1","#
        + #""parent_span_id":"00000000000000b1","event_type":"tool_call","name":"n","#
        + #""timestamp":"2026-01-15T10:30:00.123456Z","duration_ms":0.165,"#
        + #""data":{"tool":"n","arguments":{"a":42},"result":294}}"#

    private func violations(in text: String) throws -> [String] {
        let folder = try Folder()
        return try LogReport(of: folder.file("log.jsonl", text).path, in: folder).violations
    }

    @Test func `a good log has no violations`() throws {
        #expect(try violations(in: "\(Self.child)\n\(Self.root)\n") == [])
    }

    @Test(
        arguments: [
            (#""result":294}}"#, #""result":294}"#, "line 1: "),
            (#""result":294"#, #""result":NaN"#, "NaN is not JSON"),
            (#","result":294"#, "", "tool_call has no result"), (#""tool":"n""#, #""tool":7"#, "tool_call: tool is"),
            (#""arguments":{"a":42}"#, #""arguments":{"a":1,"a":2}"#, "a key stands twice"),
            (#""data":{"tool""#, #""note":1,"data":{"tool""#, "keys ["), ("tool_call", "toolcall", "event_type"),
            (#""parent_span_id":"00000000000000b1","#, "", "2 roots"),
            ("b1\",\"event", "b9\",\"event", "its parent is not"),
            ("b2\"", "B2\"", "is no id"), ("00000000000000b2", "0000000000000000", "is no id"),
            ("00000000000000b2", "00000000000000b1", "a span_id stands twice"),
            ("000000a1\",\"parent", "000000a2\",\"parent", "more than one trace"), ("0.165", "0.1654", "duration_ms"),
            ("0.165", "1e3", "duration_ms"), ("0.165", "-1", "duration_ms"), ("0.165", "\"1\"", "duration_ms"),
            ("123456Z\",\"duration_ms\":0", "123Z\",\"duration_ms\":0", "timestamp"),
            ("123456Z\",\"duration_ms\":0", "123456+00:00\",\"duration_ms\":0", "timestamp"),
            ("30:00.123456Z\",\"duration_ms\":0", "29:00.123456Z\",\"duration_ms\":0", "began before its parent"),
        ]
    )
    func `what breaks the schema is found`(_ part: String, _ replacement: String, _ violation: String) throws {
        let line = Self.child.replacing(part, with: replacement, maxReplacements: 1)
        try #require(line != Self.child)
        let found = try violations(in: "\(line)\n\(Self.root)\n")
        #expect(found.contains { $0.contains(violation) }, "\(found)")
    }

    @Test func `a last line without an end is found`() throws {
        #expect(try violations(in: "\(Self.child)\n\(Self.root)").contains("the last line has no end"))
    }
}
