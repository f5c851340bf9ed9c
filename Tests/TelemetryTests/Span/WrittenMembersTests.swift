import Testing

@testable import Telemetry

/// A span's data, however it was set, must read as if it had been given at once.
struct WrittenMembersTests {
    /// Two recorders with the same rules: one gets members one by one, the other one all together, in an object.
    private struct Pair {
        let sinks = (InMemorySink(), InMemorySink())
        let recorders: (Telemetry, Telemetry)

        init(_ change: (inout Telemetry.Configuration) -> Void = { _ in }) {
            func recorder(_ sink: InMemorySink) -> Telemetry {
                var configuration = Telemetry.Configuration.deterministic(clock: ManualTimeSource())
                change(&configuration)
                return Telemetry(sink: sink, configuration: configuration)
            }
            recorders = (recorder(sinks.0), recorder(sinks.1))
        }

        /// Whether both have recorded the same, up to now.
        func expectSame(_ location: SourceLocation = #_sourceLocation) {
            #expect(sinks.0.lines == sinks.1.lines, sourceLocation: location)
            #expect(recorders.0.summary == recorders.1.summary, sourceLocation: location)
            sinks.0.clear()
            sinks.1.clear()
        }
    }

    private static let rules: [@Sendable (inout Telemetry.Configuration) -> Void] = [
        { _ in },
        { $0.limits = Limits(fieldBytes: 12, lineBytes: 4096) },
        { $0.capture = .none },
        { $0.redaction = .none },
        { $0.redaction.secretKeys = ["model", "seed"] },
        { $0.redaction.replacement = { key, value in key == "seed" ? "a seed" : value } },
    ]

    private static let values: [JSONValue] = {
        var secrets = FakeSecrets(seed: 3)
        let secret = secrets.providerKeys()[5].secret
        let lengths = [1, 7, 8, 15, 16, 31, 32, 33, 64, 65, 200]
        return [
            0, 7, 42, 999, 1000, 123_456, -1, .integer(.max), .integer(.min), true, false, nil, "",
            0.5, -0.0, 36.6, -2.2250738585072014e-308, 1e16, 1e300,
            .number(.nan), .number(-.infinity), "SmolLM2-135M-Instruct", "a\"b", "a\nb", "café", "a\u{202E}b",
            .string(secret), [1, 2],
            ["a": 1],
        ] + lengths.map { .string(String(repeating: "n", count: $0)) }
    }()

    @Test(arguments: rules.indices)
    func `each value at each known key stands as it does in an object`(rule: Int) {
        let pair = Pair(Self.rules[rule])
        for key in KnownKeys.all.map({ "\($0.name)" }) + ["other", "api_key", "truncated"] {
            for value in Self.values {
                pair.recorders.0.withSpan(.llmCall, name: "m") { $0[key] = value }
                pair.recorders.1.withSpan(.llmCall, name: "m", data: [key: value]) { _ in }
            }
            pair.expectSame()
        }
    }

    @Test(arguments: rules.indices)
    func `members that are set, changed, removed and read in any order end as in an object`(rule: Int) {
        var generator = SeededGenerator(seed: UInt64(rule))
        let pair = Pair(Self.rules[rule])
        let keys = KnownKeys.all.prefix(24).map { "\($0.name)" } + ["prompt", "other", "truncated"]
        for _ in 0..<500 {
            var data: JSONObject = [:]
            // Few keys come again, many fill the memory.
            let few = keys.shuffled(using: &generator).prefix(Int.random(in: 1...keys.count, using: &generator))
            pair.recorders.0.withSpan(.llmCall, name: "m") { span in
                for _ in 0..<Int.random(in: 0...40, using: &generator) {
                    let key = few.randomElement(using: &generator) ?? ""
                    switch Int.random(in: 0..<10, using: &generator) {
                    case 0:
                        span[key] = nil as JSONValue?
                        data[key] = nil as JSONValue?
                    case 1: expectSame(span[key], data[key])
                    default:
                        let value = Self.values.randomElement(using: &generator) ?? nil
                        span[key] = value
                        data[key] = value
                    }
                }
                for key in keys where rule == 0 { expectSame(span[key], data[key]) }
            }
            pair.recorders.1.withSpan(.llmCall, name: "m", data: data) { _ in }
            pair.expectSame()
        }
    }

    /// NaN isn't the same as itself.
    private func expectSame(_ a: JSONValue?, _ b: JSONValue?) { #expect(a?.description == b?.description) }

    @Test func `what a member of a call says last is what the metrics count`() {
        let telemetry = DeterministicRecorder().telemetry
        telemetry.withSpan(.llmCall) { span in
            span["attempt"] = 3
            span["prompt_tokens"] = 100
            span["completion_tokens"] = 5
            span["success"] = false
        }
        telemetry.withSpan(.llmCall) { span in
            span["prompt_tokens"] = 100
            span["success"] = false
            span["attempt"] = 2
            span["prompt_tokens"] = 1
            span["success"] = true
            span["attempt"] = nil as Int?
        }
        let metrics = telemetry.metrics
        #expect(metrics.llmCalls == 2)
        #expect(metrics.llmFailures == 1)
        #expect(metrics.llmRetries == 1)
        #expect(metrics.promptTokens == 101)
        #expect(metrics.completionTokens == 5)
    }

    @Test func `the shortest line has room for all that is written behind the longest type, name and error`() throws {
        let sink = InMemorySink()
        let telemetry = Telemetry(sink: sink, configuration: .init(limits: Limits(lineBytes: 4096)))
        let long = String(repeating: "\u{1}", count: 5000)
        let keys = KnownKeys.all.filter { !$0.isContent }.map { "\($0.name)" }
        telemetry.withTrace { _ in
            telemetry.withSpan(EventType(rawValue: long), name: long) { span in
                for key in keys { span[key] = .min as Int }
                span.fail(long)
            }
        }
        let line = try #require(sink.lines.first)
        #expect(line.utf8.count < 4096)
        let data = try #require(sink.spans.first?.data)
        #expect(Array(data.keys.prefix(8)) == Array(keys.prefix(8)))
        #expect(data.keys.last == "truncated")
    }

    @Test func `after the end, what was written can be read`() {
        let span = DeterministicRecorder().telemetry.startSpan(.llmCall)
        span["model"] = "m"
        span["seed"] = 7
        span.end()
        span["seed"] = 8
        #expect((span["seed"] as Int?) == 7)
        #expect((span["model"] as String?) == "m")
        #expect((span["tool"] as String?) == nil)
    }

    @Test func `when eight tasks set a member each, the last value of each is written`() async {
        let recorder = DeterministicRecorder()
        let keys = KnownKeys.all.filter { !$0.isContent }.prefix(8).map { "\($0.name)" }
        for _ in 0..<50 {
            let span = recorder.telemetry.startSpan(.llmCall)
            await withTaskGroup { group in
                for key in keys { group.addTask { for place in 0..<20 { span[key] = place } } }
            }
            span.end()
        }
        for span in recorder.sink.spans {
            #expect(span.data == JSONObject(keys.map { ($0, 19) }))
        }
    }
}
