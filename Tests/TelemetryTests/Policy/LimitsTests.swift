import Foundation
import Telemetry
import Testing

struct LimitsTests {
    /// The line that data makes under limits.
    private func line(
        _ data: JSONObject,
        type: EventType = "x",
        name: String? = nil,
        error: String? = nil,
        limits: Limits = Limits()
    ) throws -> String {
        let recorder = DeterministicRecorder(limits: limits)
        recorder.telemetry.startTrace(userID: "ann")
        recorder.telemetry.log(type, name: name, data: data, error: error)
        let line = try #require(recorder.sink.lines.first)
        #expect(recorder.telemetry.recentSpans() == recorder.sink.spans)
        #expect(recorder.sink.spans.count == 1)
        return line
    }

    @Test func `a megabyte is cut, and what remains is marked`() throws {
        let text = String(repeating: "0123456789", count: 100_000)
        let span = try Span(line: line(["text": .string(text), "after": 1]))
        let cut = try #require(span.data["text"] as String?)
        #expect(cut == text.prefix(16 << 10) + "…[+\(1_000_000 - 16 << 10) bytes]")
        #expect((span.data["after"] as Int?) == 1)
    }

    @Test func `a text as long as allowed is whole`() throws {
        let text = String(repeating: "é", count: 8 << 10)
        #expect(try (Span(line: line(["text": .string(text)])).data["text"] as String?) == text)
    }

    @Test(arguments: [1, 2, 63, 64, 65, 100, 1000])
    func `what is nested too deeply is cut, and marked`(levels: Int) throws {
        var value: JSONValue = "core"
        for level in 0..<levels { value = level % 2 == 0 ? [value] : ["a": value] }
        let line = try line(["value": value])
        #expect(line.contains("core") == (levels <= 64))
        #expect(line.contains("…[nested too deeply]") == (levels > 64))
    }

    @Test(arguments: [1, 64, 126, 127, 512, 10_000, .max])
    func `however deep nesting is allowed, the line can be read back`(depth: Int) throws {
        var value: JSONValue = "core"
        for _ in 0..<1000 { value = [value] }
        _ = try line(["value": value], limits: Limits(depth: depth))
    }

    static let hostile: [(String, JSONObject, String?, String?)] = {
        let huge = String(repeating: "\0", count: 100_000)
        let manyMembers = JSONObject(
            (0..<10_000).map { ("key number \($0)", JSONValue.string("a value of some length")) }
        )
        return [
            ("a huge text", ["a": .string(huge)], nil, nil),
            ("many huge texts", JSONObject((0..<20).map { ("\($0)", .string(huge)) }), nil, nil),
            ("ten thousand members", manyMembers, nil, nil),
            (
                "ten thousand members within one", ["a": .object(manyMembers), "b": .array([.object(manyMembers)])],
                nil, nil
            ),
            ("a huge error", [:], nil, huge),
            ("a huge name", [:], huge, nil),
            ("a huge key", [huge: 1, huge + "2": [huge: .string(huge)]], nil, nil),
            ("everything", ["a": .string(huge), "b": .object(manyMembers), huge: .string(huge)], huge, huge),
            ("a long array", ["a": .array(Array(repeating: 1.2345678, count: 150_000))], nil, nil),
            (
                "bidirectional controls", ["a": .string(String(repeating: "\u{202E}", count: 100_000))], "\u{202E}",
                "\u{202E}"
            ),
        ]
    }()

    @Test(arguments: hostile.indices, [4 << 10, 64 << 10, 1 << 20])
    func `no line is longer than its bound`(place: Int, bound: Int) throws {
        let (_, data, name, error) = Self.hostile[place]
        for fieldBytes in [16 << 10, .max] {
            let type = EventType(rawValue: name ?? "x")
            let line = try line(
                data,
                type: type,
                name: name,
                error: error,
                limits: Limits(fieldBytes: fieldBytes, lineBytes: bound)
            )
            #expect(line.utf8.count < bound)
            if error != nil { #expect(try Span(line: line).error != nil) }
        }
    }

    @Test func `members that went are counted in a last one`() throws {
        let data = JSONObject((0..<10_000).map { ("key number \($0)", JSONValue.string("a value of some length")) })
        let read = try Span(line: line(data, limits: Limits(lineBytes: 64 << 10))).data
        let kept = read.count - 2  // Without the user and the count.
        #expect(kept > 1000)
        #expect(read.keys.last == "truncated")
        #expect((read["truncated"] as Int?) == 10_000 - kept)
        #expect(read.keys.dropFirst().prefix(kept).elementsEqual((0..<kept).map { "key number \($0)" }))
    }

    @Test func `a member that is too long leaves room for the next ones`() throws {
        let data: JSONObject = [
            "first": 1, "long": .array(Array(repeating: "some text", count: 10_000)), "last": 2,
        ]
        let read = try Span(line: line(data, limits: Limits(lineBytes: 4 << 10))).data
        #expect(read == ["user_id": "ann", "first": 1, "last": 2, "truncated": 1])
    }

    @Test func `a model call keeps to the bound, however much room its model's name leaves for the rest`() throws {
        let recorder = DeterministicRecorder(limits: Limits(lineBytes: 4 << 10))
        for length in stride(from: 0, to: 4000, by: 13) {
            recorder.telemetry.logLLMCall(
                model: String(repeating: "m", count: length),
                promptLength: 1_000_000,
                responseLength: .max,
                duration: .seconds(1),
                promptTokens: 12_345,
                cachedTokens: .min,
                completionTokens: 0
            )
        }
        for line in recorder.sink.lines {
            #expect(line.utf8.count < 4 << 10)
            let data = try Span(line: line).data
            let omitted = (data["truncated"] as Int?) ?? 0
            #expect(data.count + omitted == (omitted > 0 ? 9 : 8), "\(line)")
            #expect(omitted > 0 || (data["response_length"] as Int?) == .max)
        }
    }

    @Test func `a member of the program's own that is called truncated stands once`() throws {
        let data: JSONObject = ["truncated": "mine", "long": .array(Array(repeating: "some text", count: 10_000))]
        let line = try line(data, limits: Limits(lineBytes: 4 << 10))
        #expect(line.components(separatedBy: "\"truncated\":").count == 2)
    }

    @Test func `limits that make no sense are brought to ones that do`() throws {
        var limits = Limits(fieldBytes: -1, depth: -1, lineBytes: -1)
        #expect(limits == Limits(fieldBytes: 0, depth: 1, lineBytes: 4 << 10))
        limits.fieldBytes = .min
        limits.depth = .min
        limits.lineBytes = .min
        #expect(limits == Limits(fieldBytes: 0, depth: 1, lineBytes: 4 << 10))
        let read = try Span(line: line(["a": "text", "b": [[1]]], name: "name", error: "error", limits: limits))
        #expect(read.error == "…[+5 bytes]")
        #expect(read.name == "…[+4 bytes]")
    }

    @Test(arguments: [Double.nan, .infinity, -.infinity])
    func `numbers that JSON hasn't are written as texts`(number: Double) throws {
        let read = try Span(line: line(["a": .number(number)])).data
        #expect(["NaN", "Infinity", "-Infinity"].contains(read["a"] as String?))
    }
}
