import Foundation
import Testing

@testable import Telemetry

struct SpanLineTests {
    static let id = SpanID(bits: 0xA)!
    static let trace = TraceID(high: 0xB, low: 0xC)!
    static let time = Timestamp(microseconds: 1_768_473_000_123_456)

    @Test func `a line has schema 1's keys in schema 1's order`() {
        let span = Span(
            id: Self.id,
            traceID: Self.trace,
            parentID: SpanID(bits: 0xD),
            eventType: .llmCall,
            name: "a model",
            timestamp: Self.time,
            duration: .microseconds(1_523_450),
            data: ["prompt_length": 256, "success": true],
            error: "timeout"
        )
        #expect(
            span.description == #"{"span_id":"000000000000000a","trace_id":"000000000000000b000000000000000c","#
                + #""parent_span_id":"000000000000000d","event_type":"llm_call","name":"a model","#
                + #""timestamp":"2026-01-15T10:30:00.123456Z","duration_ms":1523.45,"#
                + #""data":{"prompt_length":256,"success":true},"error":"timeout"}"#
        )
    }

    @Test func `absent keys are left out`() {
        let span = Span(id: Self.id, traceID: Self.trace, eventType: "x", timestamp: Self.time)
        #expect(
            span.description == #"{"span_id":"000000000000000a","trace_id":"000000000000000b000000000000000c","#
                + #""event_type":"x","timestamp":"2026-01-15T10:30:00.123456Z"}"#
        )
    }

    @Test(
        arguments: [
            (.zero, "0"), (.milliseconds(1), "1"), (.microseconds(1), "0.001"), (.microseconds(10), "0.01"),
            (.microseconds(1500), "1.5"), (.nanoseconds(499), "0"), (.nanoseconds(500), "0.001"),
            (.nanoseconds(1499), "0.001"), (.nanoseconds(1500), "0.002"), (.nanoseconds(999_999_500), "1000"),
            (.seconds(3600), "3600000"), (.milliseconds(-5), "0"), (.nanoseconds(-1), "0"),
            (.seconds(9_223_372_036_854), "18446744073709.552"),
            (.seconds(9_223_372_036_854) + .milliseconds(999), "18446744073709.552"),
            (.seconds(Int64.max), "18446744073709.552"),
        ] as [(Duration, String)]
    )
    func `a duration has milliseconds with at most three decimals`(duration: Duration, text: String) {
        let span = Span(id: Self.id, traceID: Self.trace, eventType: "x", timestamp: Self.time, duration: duration)
        #expect(span.description.hasSuffix("\"duration_ms\":\(text)}"))
    }

    @Test(arguments: 0..<5 as Range<UInt64>)
    func `a span is read back from its line`(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        for _ in 0..<100 {
            let span = generator.span()
            #expect(try Span(line: span.description) == span)
            #expect(try Span(line: Substring(span.description)) == span)
        }
    }

    @Test func `keys that schema 1 doesn't know are ignored, and null is absence`() throws {
        let span = try Span(
            line: """
                {"schema":2,"error":null,"name":null,"data":null,"duration_ms":null,"parent_span_id":null,
                "timestamp":"2026-01-15T11:30:00.1234561+01:00","event_type":"x","zzz":{"a":[]},
                "trace_id":"0000000000000000000000000000000C","span_id":"000000000000000A"}
                """
        )
        #expect(
            span
                == Span(id: Self.id, traceID: TraceID(high: 0, low: 0xC)!, eventType: "x", timestamp: Self.time)
        )
    }

    @Test(
        arguments: [
            ("span_id", "1"), ("span_id", "\"0000000000000000\""), ("span_id", "\"a1b2c3d4\""), ("span_id", "null"),
            ("trace_id", "{}"), ("trace_id", "\"no-trace\""), ("trace_id", "null"), ("parent_span_id", "\"\""),
            ("event_type", "1"), ("event_type", "null"), ("timestamp", "\"yesterday\""), ("timestamp", "1768473000"),
            ("timestamp", "null"), ("duration_ms", "\"1\""), ("duration_ms", "-1"), ("duration_ms", "1e300"),
            ("duration_ms", "true"), ("data", "[]"), ("data", "\"text\""), ("error", "{}"), ("name", "1"),
        ]
    )
    func `a wrong value is an error that names its key`(key: String, value: String) throws {
        let whole = Span(
            id: Self.id,
            traceID: Self.trace,
            parentID: Self.id,
            eventType: "x",
            name: "n",
            timestamp: Self.time,
            duration: .zero,
            data: ["a": 1],
            error: "e"
        )
        var line = try #require(try JSONValue(parsing: whole.description).object)
        try #require(line[key] as JSONValue? != nil)
        line[key] = try JSONValue(parsing: value)
        let error = #expect(throws: JSONError.self) { try Span(line: line.description) }
        #expect(error?.reason.hasPrefix(key + ":") == true)
    }

    @Test(arguments: ["", "[]", "1", "null", "{", "{}", "not JSON"])
    func `what isn't a span is an error`(line: String) {
        #expect(throws: JSONError.self) { try Span(line: line) }
    }

    @Test(arguments: ["span_id", "trace_id", "event_type", "timestamp", "error", "data"])
    func `a line with one of its keys twice is an error that names it`(key: String) {
        let start = #"{"span_id":"00000000000000a1","trace_id":"000000000000000000000000000000b1","event_type":"x","#
        let line = start + #""timestamp":"2026-01-15T10:30:00Z","error":null,"data":{"a":1,"a":2},"x":1,"x":2"#
        #expect((try? Span(line: line + "}"))?.data == ["a": 2])
        // With an escape in it, it is the same key.
        for written in [key, "\\u00" + String(key.utf8.first ?? 0, radix: 16) + key.dropFirst()] {
            let error = #expect(throws: JSONError.self) { try Span(line: line + ",\"\(written)\":null}") }
            #expect(error?.reason == "\(key): stands twice")
        }
    }

    @Test func `a span failed if it says so`() {
        var span = Span(id: Self.id, traceID: Self.trace, eventType: "x", timestamp: Self.time)
        #expect(!span.isFailure)
        span.data["success"] = true
        #expect(!span.isFailure)
        span.data["success"] = false
        #expect(span.isFailure)
        span.data["success"] = nil
        span.error = ""
        #expect(span.isFailure)
    }
}

extension SeededGenerator {
    fileprivate mutating func span() -> Span {
        Span(
            id: SpanID(bits: next() | 1)!,
            traceID: TraceID(high: next(), low: next() | 1)!,
            parentID: Bool.random(using: &self) ? SpanID(bits: next() | 1) : nil,
            eventType: EventType(rawValue: text(atMost: 10)),
            name: Bool.random(using: &self) ? text(atMost: 10) : nil,
            timestamp: Timestamp(
                microseconds: .random(in: -1_000_000_000_000_000...9_000_000_000_000_000, using: &self)
            ),
            duration: Bool.random(using: &self)
                ? .microseconds(Int64.random(in: 0...1_000_000_000_000, using: &self)) : nil,
            data: JSONObject((0..<3).map { ("\($0)" + text(atMost: 5), .string(text(atMost: 30))) }),
            error: Bool.random(using: &self) ? text(atMost: 30) : nil
        )
    }
}
