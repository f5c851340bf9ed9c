import Telemetry
import Testing

@testable import TelemetryLog

@Suite struct OTLPWriterTests {
    private static let members = [
        #""model":"m\\\"\n""#, #""arguments":{"a":[1,-2.5,null,true,{"b":"c\\\"d"}],"e":{}}"#, #""result":[]"#,
        #""result":"plain""#, #""finish_reason":"stop""#, #""finish_reason":["a"]"#, #""x":null"#, #""n":-0"#,
        #""big":123456789012345678901"#, #""tiny":1e-9"#, #""u":"\u0041\ud83e\udd89""#, #""k\u0065y":1"#,
        #""success":false"#, #""success":true"#, #""zürich":"🦉""#, #""o":{"a":1,"a":2}"#, #""o": { "a" : [ ] } "#,
        #""temperature":0.50"#, #""prompt_tokens":7"#, #""":"""#, #""user_id":"a\/b""#,
    ]

    @Test func `a line's bytes become what its values would`() throws {
        var generator = SeededGenerator(state: 5)
        var count = 0
        for round in 0..<5000 {
            let chosen = (0..<Int.random(in: 0...6, using: &generator))
                .compactMap { _ in Self.members.randomElement(using: &generator) }
            let type = ["llm_call", "tool_call", "agent_run", "memory", "", "a\\\"b"].randomElement(using: &generator)
            let name = ["", ",\"name\":\"\"", ",\"name\":\"n\\tm\""].randomElement(using: &generator)
            let error = round % 3 == 0 ? ",\"error\":\"went \\\"wrong\\\"\"" : ""
            let line = Array(
                (#"{"span_id":"00f067aa0ba902b7","trace_id":"4bf92f3577b34da6a3ce929d0e0e4736","event_type":""#
                    + "\(type ?? "")\"\(name ?? ""),\"timestamp\":\"2026-01-15T10:30:00.123456Z\",\"duration_ms\":1.5,"
                    + "\"data\":{\(chosen.joined(separator: ","))}\(error)}")
                    .utf8
            )
            #expect(Agreement.ofOTLP(line) == nil, "\(String(decoding: line, as: UTF8.self))")
            if (Agreement.otlp(line) ?? nil) != nil { count += 1 }
        }
        // Most of them don't need the general way.
        #expect(count > 1500)
    }

    @Test func `whatever happens to a line, both ways agree`() throws {
        var generator = SeededGenerator(state: 6)
        let alphabet = Array("{}[]\",:\\u0019.eE+-tfn \t".utf8)
        for _ in 0..<5000 {
            let data = Self.members.shuffled(using: &generator).prefix(8).joined(separator: ",")
            var line = Array(
                (#"{"span_id":"00f067aa0ba902b7","trace_id":"4bf92f3577b34da6a3ce929d0e0e4736","event_type":"llm_call","#
                    + "\"timestamp\":\"2026-01-15T10:30:00.123456Z\",\"data\":{\(data)},\"error\":\"no\"}").utf8
            )
            let place = Int.random(in: 130..<line.count, using: &generator)
            if Bool.random(using: &generator) { line.remove(at: place) }
            line.insert(alphabet.randomElement(using: &generator) ?? 0, at: place)
            #expect(Agreement.ofOTLP(line) == nil, "\(String(decoding: line, as: UTF8.self))")
        }
    }

    @Test(arguments: [#""o":{"a":1,"a":2}"#, #""u":"\u0041""#, #""big":123456789012345678901"#, #""n":-0"#])
    func `what needs values is left to the general way`(member: String) {
        let line =
            #"{"span_id":"00f067aa0ba902b7","trace_id":"4bf92f3577b34da6a3ce929d0e0e4736","event_type":"x","#
            + "\"timestamp\":\"2026-01-15T10:30:00.123456Z\",\"data\":{\(member)}}"
        #expect(Agreement.otlp(Array(line.utf8)) == .some(nil))
    }
}
