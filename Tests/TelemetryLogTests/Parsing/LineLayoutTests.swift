import Foundation
import Telemetry
import Testing

@testable import TelemetryLog

/// What is read by a layout must be what the scanner reads.
///
/// `AGENTLOG_MUTATIONS` says how many times a thousand changed lines are tried, 20 unless told otherwise; `AGENTLOG_SEED`
/// which. In a release build, `AGENTLOG_MUTATIONS=3000` takes some seconds.
@Suite struct LineLayoutTests {
    private let start = #"{"span_id":"00f067aa0ba902b7","trace_id":"4bf92f3577b34da6a3ce929d0e0e4736","#
    private let end = #","timestamp":"2026-01-15T10:30:00.123456Z"}"#

    /// Whether a line that has one of the layouts has the same fields for the scanner; `nil` if it has none.
    private func agree(_ line: [UInt8], _ layouts: inout LineLayouts) -> Bool? {
        withPadding(line) { base in
            guard let fields = layouts.read(base)?.pointee else { return nil }
            // A newline within ends the line.
            return withFields(Array(line.prefix(fields.count))) { scanned in
                guard let scanned else { return false }
                return fields.base == base && base[fields.count] == 0x0A && Facts(fields) == Facts(scanned)
            }
        }
    }

    /// All that a line says.
    private struct Facts: Equatable {
        let ids: [UInt64]
        let numbers: [Int64]
        let flags: [Bool]
        let texts: [[UInt8]?]
        let escapes: [Bool]

        init(_ line: LineFields) {
            ids = [line.spanID, line.traceHigh, line.traceLow, line.parentID, line.eventTypeHash]
            numbers =
                [line.timestamp, line.duration]
                + [
                    line.promptTokens, line.cachedTokens, line.completionTokens, line.attempt, line.droppedCount,
                    Int(line.kind.rawValue),
                ].map { Int64($0) }
            flags = [line.saysFailure, line.isRunning]
            let slices = [line.eventType, line.name, line.data, line.error, line.model, line.tool, line.user]
            texts = slices.map { $0.isPresent ? [UInt8](line.bytes($0)) : nil }
            escapes = slices.map(\.hasEscape)
        }
    }

    private func learn(_ line: [UInt8], _ layouts: inout LineLayouts) {
        withPadding(line) { base in
            var fields = LineFields(base)
            if fields.scan(base, count: line.count) { layouts.learn(fields) }
        }
    }

    /// The same in each way that this processor has.
    private func isRead(_ line: String, after first: String, mostSpecific: Int = 0) -> Bool? {
        isRead(Array(line.utf8), after: Array(first.utf8), mostSpecific: mostSpecific)
    }

    private func isRead(_ line: [UInt8], after first: [UInt8], mostSpecific: Int = 0) -> Bool? {
        let answers = LineScan.all.map { scan in
            var layouts = LineLayouts(keepsData: true, mostSpecific: mostSpecific, scan: scan)
            learn(first, &layouts)
            return agree(line, &layouts)
        }
        #expect(Set(answers).count == 1, "\(String(decoding: line, as: UTF8.self))")
        return answers[0]
    }

    @Test func `a line like the one before is read by its layout`() throws {
        let first = try makeSpan(
            1,
            trace: 7,
            parent: 9,
            .llmCall,
            "m",
            at: 1,
            ms: 2.5,
            data: ["model": "m", "prompt_tokens": 7, "a": ["b": 1, "c": ["d": nil]], "success": true, "e": [1, 2]]
        )
        let other = try makeSpan(
            0xFFFF_FFFF_FFFF_FFFF,
            trace: 8,
            parent: 1,
            .llmCall,
            "Zürich \"🦉\"\n",
            at: 100_000,
            ms: 123_456,
            data: ["model": "x", "prompt_tokens": 1234, "a": ["other": [:]], "success": true, "e": []]
        )
        #expect(isRead("\(other)", after: "\(first)") == true)
        // A layout for one name and one model has them, and no others.
        #expect(isRead("\(other)", after: "\(first)", mostSpecific: 1) == nil)
        let sameNames = ("\(other)".replacing(#""x""#, with: #""m""#)).replacing(
            "\(JSONValue.string(other.name ?? ""))",
            with: #""m""#
        )
        #expect(isRead(sameNames, after: "\(first)", mostSpecific: 1) == true)
        // Another order of keys, and whitespace, are a layout too.
        let turned = { (span: Span) in
            #"{ "timestamp": "\#(span.timestamp)", "event_type": "llm_call", "data": \#(JSONValue.object(span.data)), "#
                + #""trace_id": "\#(span.traceID)", "span_id": "\#(span.id)" }"#
        }
        #expect(isRead(turned(other), after: turned(first)) == true)
    }

    @Test(arguments: [
        (#""data":{"model":"m"}"#, #""data":{"model":7}"#), (#""data":{"model":{}}"#, #""data":{"model":"m"}"#),
        (#""data":{"attempt":1}"#, #""data":{"attempt":1.5}"#), (#""data":{"attempt":1}"#, #""data":{"attempt":01}"#),
        (#""data":{"attempt":1}"#, #""data":{"attempt":-1}"#), (#""data":{"a":1}"#, #""data":{"a":1.}"#),
        (#""data":{"a":1}"#, #""data":{"a":1e}"#), (#""data":{"a":1}"#, #""data":{"a":}"#),
        (#""data":{"a":{"b":1}}"#, #""data":{"a":{"b":1]}"#), (#""data":{"success":{}}"#, #""data":{"success":false}"#),
        (#""name":"n""#, #""name":null"#), (#""name":"n""#, #""name":"n","name":"n""#),
        (#""name":"n""#, "\"name\":\"\t\""),
        (#""duration_ms":1.5"#, #""duration_ms":-1"#), (#""duration_ms":1.5"#, #""duration_ms":1.5.5"#),
        (#""data":{"status":"running"}"#, #""data":{"status":"running""#),
    ]) func `what a layout doesn't promise is left to the scanner`(first: String, other: String) {
        let type = #","event_type":"x""#
        for mostSpecific in 0...1 {
            let isSame = isRead(
                start + other + type + end,
                after: start + first + type + end,
                mostSpecific: mostSpecific
            )
            #expect(isSame == nil)
        }
    }

    @Test(arguments: [
        (#""data":{"a":{"b":1}}"#, #""data":{"a":7}"#), (#""data":{"a":1}"#, #""data":{"a":-1.5e-3}"#),
        (#""data":{"a":"1"}"#, #""data":{"a":"\ud83d\ude00"}"#),
        (#""duration_ms":1.5"#, #""duration_ms":12345678.123"#),
        (#""duration_ms":1"#, #""duration_ms":0.0005"#),
        (#""data":{"status":"running"}"#, #""data":{"status":"done"}"#),
        (#""data":{"attempt":1}"#, #""data":{"attempt":1234567}"#),
    ]) func `values of any length and form are the same for both`(first: String, other: String) {
        let type = #","event_type":"x""#
        for mostSpecific in 0...1 {
            let isSame = isRead(
                start + other + type + end,
                after: start + first + type + end,
                mostSpecific: mostSpecific
            )
            #expect(isSame ?? true)
        }
    }

    @Test func `times of every form are read, and no others`() {
        let times = [
            "2026-01-15T10:30:59.000000Z", "2026-01-31T23:59:59.999999Z", "2026-02-01T00:00:00.000000Z",
            "2024-02-29T12:00:00.000001Z", "2016-12-31T23:59:60.000000Z", "2026-01-15t10:30:00.123456z",
            "2026-01-15 10:30:00.123456Z", "2026-01-15T10:30:00.1+02:00", "2026-01-15T10:30:00.12-02:00",
            "1969-12-31T23:59:59.000000Z", "2026-02-30T10:30:00.000000Z", "2026-01-15T10:30:61.000000Z",
            "2026-01-15T10:30:0a.123456Z", "2026-01-15T10:30:00.12345:Z", "2026-01-15T10:30:00,123456Z",
        ]
        let turned = { (time: String) in
            Array(#"{"name":"n","timestamp":"\#(time)","event_type":"x",\#(self.start.dropFirst().dropLast())}"#.utf8)
        }
        let ours = { (time: String) in
            Array((self.start + #""event_type":"x","timestamp":"\#(time)","duration_ms":1}"#).utf8)
        }
        for make in [turned, ours] {
            for first in times.prefix(10) {
                for time in times {
                    let line = make(time)
                    // What the scanner takes is taken, if both are as long.
                    let isTime = withFields(line) { $0 != nil } && withFields(make(first)) { $0 != nil }
                    let isSame = isRead(line, after: make(first))
                    #expect(
                        isSame == (isTime && time.count == 27 && first.count == 27 ? true : nil),
                        "\(first) \(time)"
                    )
                }
            }
        }
    }

    @Test func `a text that isn't UTF-8 is refused every time that it comes`() {
        let line = { (text: [UInt8]) in
            Array((self.start + #""event_type":"x","data":{"a":""#).utf8) + text + Array((#""}"# + self.end).utf8)
        }
        for scan in LineScan.all {
            var layouts = LineLayouts(keepsData: true, scan: scan)
            learn(line(Array("é".utf8)), &layouts)
            for text: [UInt8] in [[0xC3], [0xC3, 0xA9], [0xFF], [0xC3, 0xA9], [0xFF]] {
                for _ in 0..<12 {
                    let isValid = text.count == 2
                    #expect(agree(line(text), &layouts) == (isValid ? true : nil), "\(scan.name) \(text)")
                }
            }
        }
    }

    @Test(arguments: [0, 48], 0..<LineScan.all.count)
    func `values that come again, and that change, are read`(mostSpecific: Int, variant: Int) {
        var layouts = LineLayouts(keepsData: true, mostSpecific: mostSpecific, scan: LineScan.all[variant])
        let texts = [
            "", "a", "multiply", "fifteen letters", "sixteen letters.", "é", #"\""#, "12345678901234567", "stop",
            "a\tb",
        ]
        let numbers = [
            "1", "12", "0.12", "1234567", "12345678", "-1", "0.5.5", "0.7e1", "0.1234567", "0.12345678", "1.5E", "00.5",
            "1e3", "01", "1.", "123456.125", "0.000000000001", "null",
        ]
        var (taken, all) = (0, 0)
        let durations = ["1", "0.12", "12345678.125", "0.12", "12345.5", "1e-3", "12345.5"]
        for round in 0..<4 {
            for (text, number) in zip(texts + texts, numbers + numbers) {
                let others =
                    round % 2 == 0 ? #""a":\#(number),"b":"\#(text)""# : #""b":"\#(text)","c":{"d":\#(number)}"#
                let line = Array(
                    (start
                        + #""event_type":"x","duration_ms":\#(durations[all / 4 % 7]),"data":{"attempt":\#(all % 3),\#(others)}"#
                        + end).utf8
                )
                // The same value twice, so that it is known, and once with another byte behind it.
                for bytes in [
                    line, line, Array((String(decoding: line, as: UTF8.self).replacing("\"}", with: "\"x}")).utf8),
                    line,
                ] {
                    all += 1
                    let isSame = agree(bytes, &layouts)
                    if isSame == nil { learn(bytes, &layouts) } else { taken += 1 }
                    #expect(isSame ?? true, "\(String(decoding: bytes, as: UTF8.self))")
                }
            }
        }
        #expect(taken > all / 4)
    }

    /// A line with up to two bytes that aren't what they were.
    private func changed(_ whole: [UInt8], _ generator: inout SeededGenerator) -> [UInt8] {
        let alphabet = Array("{}[]\",:\\u0019.eE+-tfn \r\t\u{0}é\u{7F}".utf8) + [0xFF, 0xC0, 0xED, 0x0A]
        var line = whole
        for _ in 0..<Int.random(in: 0...2, using: &generator) {
            let place = Int.random(in: 0..<line.count, using: &generator)
            switch Int.random(in: 0..<4, using: &generator) {
            case 0: line[place] = alphabet.randomElement(using: &generator) ?? 0
            case 1: line.insert(alphabet.randomElement(using: &generator) ?? 0, at: place)
            case 2: line.remove(at: place)
            default: line[place] ^= 1 << UInt8.random(in: 0..<8, using: &generator)
            }
        }
        return line
    }

    @Test(arguments: [0, 48], 0..<LineScan.all.count)
    func `values that hardly ever change are read, and so is what they change to`(mostSpecific: Int, variant: Int) {
        var layouts = LineLayouts(keepsData: true, mostSpecific: mostSpecific, scan: LineScan.all[variant])
        var generator = SeededGenerator(state: 11)
        var (taken, whole) = (0, 0)
        for round in 0..<20_000 {
            // One in a hundred has another value in one place; and what is constant for long, is another one later.
            func usual(_ text: String, _ other: String) -> String {
                Int.random(in: 0..<100, using: &generator) == 0 ? other : text
            }
            let line = Array(
                """
                \(start)"event_type":"llm_call","name":"n","timestamp":"2026-01-15T10:30:0\(round % 10).123456Z",\
                "duration_ms":\(usual("0.12", "17")),"data":{"model":"m","prompt_tokens":\(usual("30", "31")),\
                "cached_tokens":\(round / 7000),"completion_tokens":\(round % 977),"attempt":\(usual("1", "2")),\
                "success":true,"finish_reason":"\(usual("stop", "length"))","arguments":{"b":\(usual("7", "[7]")),\
                "operation":"\(usual("multiply", #"\u00e9"#))"},"result":\(usual("294", "null"))}}
                """.utf8
            )
            let isWhole = round < 100 || round % 4 > 0
            let bytes = isWhole ? line : changed(line, &generator)
            let isSame = agree(bytes, &layouts)
            if isSame == false { Issue.record("\(String(decoding: bytes, as: UTF8.self))") }
            if isSame == nil, withFields(bytes, { $0 != nil }) { learn(bytes, &layouts) }
            if isWhole { (taken, whole) = (taken + (isSame == nil ? 0 : 1), whole + 1) }
        }
        #expect(taken > whole * 9 / 10)
    }

    @Test(arguments: 0..<LineScan.all.count)
    func `whatever happens to a line, its layout and the scanner agree`(variant: Int) {
        let scan = LineScan.all[variant]
        let environment = ProcessInfo.processInfo.environment
        let count = 1000 * (environment["AGENTLOG_MUTATIONS"].flatMap { Int($0) } ?? 20)
        var generator = SeededGenerator(state: environment["AGENTLOG_SEED"].flatMap { UInt64($0) } ?? 3)
        let types = ["llm_call", "tool_call", "memory", "spans_dropped", "x"]
        let names = [#""n""#, #""Zürich \"""#, #""""#, "null"]
        let data = [
            #"{"model":"m","prompt_tokens":17,"attempt":2,"success":false}"#,
            #"{"tool":"t","arguments":{"a":1,"b":[]}}"#,
            #"{"status":"running","count":3,"user_id":"u"}"#,
            #"{"a":{"b":{"c":1.5e3}},"d":true,"response":"a \"b\" c"}"#, "{}",
        ]
        var layouts = LineLayouts(keepsData: true, scan: scan)
        var taken = 0
        for round in 0..<count {
            if round % 1000 == 0 {
                layouts = LineLayouts(keepsData: true, mostSpecific: [0, 4, 48][round / 1000 % 3], scan: scan)
            }
            func pick(_ texts: [String]) -> String { texts.randomElement(using: &generator) ?? "" }
            let middle =
                #""event_type":"\#(pick(types))","name":\#(pick(names)),"duration_ms":\#(round % 977).5,"data":"#
            let whole = Array((start + middle + pick(data) + end).utf8)
            let line = changed(whole, &generator)
            let isSame = agree(line, &layouts)
            if isSame == false { Issue.record("\(String(decoding: line, as: UTF8.self))") }
            if isSame == nil { learn(round % 3 == 0 ? line : whole, &layouts) } else { taken += 1 }
        }
        // Most changes are within values: it is layouts that were tried, not the lack of them.
        #expect(taken > count / 10)
    }
}
