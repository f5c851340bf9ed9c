import Foundation
import Telemetry
import Testing

@testable import TelemetryLog

/// Logs with bytes changed at random: whatever comes of it, every question has an answer or a typed error.
///
/// `AGENTLOG_MUTATIONS` says how many logs are tried, 60 unless told otherwise; `AGENTLOG_SEED` which. `Fuzz/fuzz.sh` goes on
/// for as long as one likes, led by what code it reaches.
@Suite struct MutationTests {
    /// What is put in somewhere: tokens of JSON, of our lines, and bytes that are none.
    private static let pieces: [[UInt8]] =
        [
            "\"", "\\", "{", "}", "[", "]", ",", ":", "\n", "\r\n", "\\u0000", "\\ud800", "\\u202e", "null", "-1",
            "1e999",
            "-0.0", "9223372036854775808", "\"status\":\"running\",", "\"duration_ms\":-5,",
            "\"parent_span_id\":\"0000000000000001\",",
            "0001-01-01T00:00:00Z", "9999-12-31T23:59:60Z", "\u{FEFF}", "\u{202E}", "</script>",
            "\"attempt\":9223372036854775807,",
        ].map { Array($0.utf8) } + [[0], [0xFF], [0xC0, 0x80], [0xED, 0xA0, 0x80], [0x1B, 0x5B]]

    private func seedLog() throws -> [UInt8] {
        Array(
            lines(
                try makeSpan(
                    2,
                    parent: 1,
                    .llmCall,
                    "m",
                    at: 0,
                    ms: 20,
                    data: ["model": "m", "attempt": 1, "prompt_tokens": 7],
                    error: "no"
                ),
                try makeSpan(
                    3,
                    parent: 1,
                    .llmCall,
                    "m",
                    at: 20,
                    ms: 30,
                    data: ["model": "m", "attempt": 2, "response": "é\n\"x\""]
                ),
                try makeSpan(
                    4,
                    parent: 1,
                    .toolCall,
                    "t",
                    at: 50,
                    ms: 1,
                    data: ["tool": "t", "arguments": ["a": [1, 2.5, nil]]]
                ),
                try makeSpan(5, parent: 1, .init(rawValue: "note"), at: 60, data: ["status": "running"]),
                try makeSpan(1, .agentRun, "run", at: 0, ms: 70, data: ["user_id": "u", "session_id": "s"])
            ).utf8
        )
    }

    private func mutated(_ log: [UInt8], _ generator: inout SeededGenerator) -> [UInt8] {
        var log = log
        for _ in 0..<Int.random(in: 1...6, using: &generator) where !log.isEmpty {
            let place = Int.random(in: 0..<log.count, using: &generator)
            let end = min(log.count, place + Int.random(in: 1...40, using: &generator))
            switch Int.random(in: 0..<6, using: &generator) {
            case 0: log[place] = UInt8.random(in: 0...255, using: &generator)
            case 1: log.removeSubrange(place..<end)
            case 2: log.insert(contentsOf: Self.pieces.randomElement(using: &generator) ?? [], at: place)
            case 3: log.insert(contentsOf: log[place..<end], at: Int.random(in: 0...log.count, using: &generator))
            case 4: log.removeSubrange(place...)
            default: log[place] ^= 1 << UInt8.random(in: 0..<8, using: &generator)
            }
        }
        return log
    }

    @Test func `changed bytes are read or reported, and no question crashes or hangs`() throws {
        let environment = ProcessInfo.processInfo.environment
        let count = environment["AGENTLOG_MUTATIONS"].flatMap { Int($0) } ?? 60
        var generator = SeededGenerator(state: environment["AGENTLOG_SEED"].flatMap { UInt64($0) } ?? 1)
        let folder = try Folder()
        let seed = try seedLog()
        var log = seed
        for round in 0..<count {
            log = mutated(round % 8 == 0 ? seed : log, &generator)
            let path = try folder.write("log.jsonl", Data(log))
            let reader = LogReader([path], threads: 1 + round % 2)
            let report = try reader.check()
            let summary = try reader.summary()
            // Both readings see the same lines.
            #expect(
                summary.report.badLineCount == report.badLineCount && report.lines >= summary.spans,
                "round \(round)"
            )
            var spans = 0
            try reader.forEachSpan { _ in spans += 1 }
            let listed = try reader.traces()
            #expect(listed.traces.reduce(0) { $0 + $1.spans } <= spans, "round \(round)")
            var texts = [summary.text(), ListText.traces(listed.traces, total: listed.total), report.text()]
            for trace in listed.traces.prefix(3) {
                let trace = try reader.trace(trace.id.description)
                #expect(trace.outline.count == trace.nodes.count, "round \(round)")
                texts += [trace.text(isFull: true), trace.json.description]
            }
            texts.append(ListText.failures(try reader.failures().groups))
            for format in ExportFormat.allCases { _ = try reader.export(format) { _ in } }
            #expect(try reader.report { _ in }.spans == summary.spans, "round \(round)")
            for text in texts {
                let harmful = text.unicodeScalars.contains {
                    $0 != "\n" && ($0.properties.generalCategory == .control || $0 == "\u{202E}")
                }
                #expect(!harmful, "round \(round)")
            }
        }
    }
}
