import Telemetry
import Testing

@testable import TelemetryLog

@Suite struct LineFieldsTests {
    private let start = #"{"span_id":"00f067aa0ba902b7","trace_id":"4bf92f3577b34da6a3ce929d0e0e4736","#

    private func fields(of line: String, isTaken: Bool = true) -> Bool {
        withFields(Array(line.utf8)) { ($0 != nil) == isTaken }
    }

    @Test func `every line that the recorder writes is read the fast way`() throws {
        var generator = SeededGenerator(state: 1)
        for round in 0..<300 {
            let span = try sample(round, &generator)
            let line = Array("\(span)".utf8)
            #expect(fields(of: "\(span)"), "\(span)")
            #expect(Agreement.ofFields(line) == nil, "\(span)")
        }
    }

    @Test(arguments: [
        #"{"error":nul}"#, #"{"error":null,"error":"x"}"#, #"{"span_id":null}"#, #"{"name":7}"#, #"{"duration_ms":-1}"#,
        #"{"duration_ms":1e300}"#, #"{"duration_ms":01}"#,
        #"{"timestamp":"2026-02-30T10:30:00.123456Z"}"#, #"{"timestamp":"yesterday"}"#, #"{"data":[]}"#,
        #"{"data":{"a":1,}}"#, #"{"data":{"a":[1 2]}}"#, #"{"data":{"a":tru}}"#, #"{"data":{"a":"\x"}}"#,
        #"{"data":{"a":"\u12"}}"#, "{\"data\":{\"a\":\"\u{1}\"}}", #"{"data":{"a":1.}}"#, #"{"data":{"a":-}}"#,
    ]) func `what is doubtful is left to the general parser`(part: String) {
        let end = #","event_type":"x","timestamp":"2026-01-15T10:30:00.123456Z"}"#
        let line = start + part.dropFirst().dropLast() + end
        #expect(fields(of: line, isTaken: false), "\(line)")
    }

    @Test(arguments: ["error", "name", "duration_ms", "data", "parent_span_id"]) func `null is read as an absent key`(
        key: String
    ) {
        let line = start + "\"\(key)\":null,\"event_type\":\"x\",\"timestamp\":\"2026-01-15T10:30:00.123456Z\"}"
        #expect(fields(of: line) && Agreement.ofFields(Array(line.utf8)) == nil)
    }

    @Test func `another order of keys and whitespace make no difference`() {
        let line = """
            { "timestamp" : "2026-01-15T11:30:00+01:00", "data": {"tokens": [1, {"a": null}], "attempt": 2},
            """.trimmingSuffix() + #" "duration_ms": 1.5, "event_type": "llm_call", "unknown": [{}, [], ""],"#
            + #" "trace_id": "4bf92f3577b34da6a3ce929d0e0e4736", "span_id": "00f067aa0ba902b7" }"#
        #expect(fields(of: line))
        #expect(Agreement.ofFields(Array(line.utf8)) == nil)
        withFields(Array(line.utf8)) { fields in
            #expect(fields?.timestamp == 1_768_473_000_000_000)
            #expect(fields?.duration == 1500 && fields?.attempt == 2)
        }
    }

    @Test func `whatever happens to a line, both parsers agree`() throws {
        var generator = SeededGenerator(state: 2)
        let alphabet = Array("{}[]\",:\\u0019.eE+-tfn \r\t\u{0}é\u{7F}".utf8) + [0xFF, 0xC0, 0xED, 0xF4]
        for round in 0..<20_000 {
            var line = Array("\(try sample(round, &generator))".utf8)
            for _ in 0..<Int.random(in: 1...3, using: &generator) {
                let place = Int.random(in: 0..<line.count, using: &generator)
                switch Int.random(in: 0..<5, using: &generator) {
                case 0: line[place] = alphabet.randomElement(using: &generator) ?? 0
                case 1: line.insert(alphabet.randomElement(using: &generator) ?? 0, at: place)
                case 2: line.remove(at: place)
                case 3: line.removeSubrange(place..<min(line.count - 1, place + 20))
                default:
                    let other = Int.random(in: 0..<line.count, using: &generator)
                    line.insert(contentsOf: line[min(place, other)..<max(place, other)].prefix(40), at: place)
                }
            }
            line.removeAll { $0 == 0x0A }
            #expect(Agreement.ofFields(line) == nil, "\(String(decoding: line, as: UTF8.self))")
        }
    }

    private func sample(_ round: Int, _ generator: inout SeededGenerator) throws -> Span {
        let texts = [
            "plain", "a \"quoted\" \\ one", "Zürich 🦉\u{202E}", "line\nend\t\u{1B}[31m", "", "12345678\"", "\u{E9}",
        ]
        func text() -> String { texts.randomElement(using: &generator) ?? "" }
        var data: JSONObject = [:]
        let values: [(String, JSONValue)] = [
            ("model", .string(text())), ("tool", .string(text())), ("attempt", .integer(round % 4)),
            ("prompt_tokens", .integer(round * 7)), ("completion_tokens", .number(1.5)), ("cached_tokens", -3),
            ("success", .bool(round % 3 > 0)), ("status", "running"), ("user_id", .string(text())),
            ("arguments", ["a": [1, 2.5e-9, nil, true, ["b": "c"]], "d": [:]]), ("model", 7),
            ("prompt", .string(text())),
        ]
        for (key, value) in values where Bool.random(using: &generator) { data[key] = value }
        return try makeSpan(
            UInt64.random(in: 1 ... .max, using: &generator),
            trace: UInt64.random(in: 1...0xFFFF_FFFF, using: &generator),
            parent: Bool.random(using: &generator) ? UInt64.random(in: 1 ... .max, using: &generator) : nil,
            EventType(rawValue: text()),
            Bool.random(using: &generator) ? text() : nil,
            at: Double(round) * 86_400_000.123,
            ms: Bool.random(using: &generator) ? Double(round) * 1.001 : nil,
            data: data,
            error: Bool.random(using: &generator) ? text() : nil
        )
    }
}

extension String {
    fileprivate func trimmingSuffix() -> String { replacingNewlines() }
    private func replacingNewlines() -> String { String(map { $0 == "\n" ? " " : $0 }) }
}
