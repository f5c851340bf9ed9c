import Telemetry
import Testing

@testable import TelemetryLog

@Suite struct TraceTests {
    /// A run of 1,000 ms: a call with two retries, two tools at the same time, and a gap of its own.
    private func sample() throws -> Trace {
        let spans = [
            try makeSpan(2, parent: 1, .llmCall, "m", at: 0, ms: 200, data: ["attempt": 1], error: "no"),
            try makeSpan(3, parent: 1, .llmCall, "m", at: 200, ms: 300, data: ["attempt": 2], error: "no"),
            try makeSpan(4, parent: 1, .llmCall, "m", at: 500, ms: 180, data: ["attempt": 3]),
            try makeSpan(5, parent: 1, .toolCall, "a", at: 700, ms: 200),
            try makeSpan(6, parent: 1, .toolCall, "b", at: 720, ms: 100),
            try makeSpan(7, parent: 5, .memory, "add", at: 750, ms: 50),
            try makeSpan(1, .agentRun, "run", at: 0, ms: 1000),
        ]
        return try #require(Trace(spans))
    }

    private func node(_ id: UInt64, _ trace: Trace) throws -> Trace.Node {
        try #require(trace.nodes.first { $0.span.id.bits == id })
    }

    @Test func `a trace has its spans in order, and prints as its tree`() throws {
        let trace = try sample()
        #expect(trace.spans.map(\.id.bits) == [1, 2, 3, 4, 5, 6, 7])
        #expect("\(trace)" == trace.text() && "\(trace)".hasPrefix("trace \(trace.id)"))
    }

    @Test func `self time is what no span within has`() throws {
        let trace = try sample()
        #expect(trace.duration == .milliseconds(1000) && trace.roots.count == 1)
        #expect(try node(1, trace).selfTime == .milliseconds(1000 - 680 - 200))
        #expect(try node(5, trace).selfTime == .milliseconds(150))
        #expect(try node(6, trace).selfTime == .milliseconds(100))
    }

    @Test func `the critical path explains all of the time, once`() throws {
        let trace = try sample()
        #expect(trace.nodes.reduce(.zero) { $0 + $1.criticalTime } == trace.duration)
        #expect(try node(6, trace).isCritical == false)
        #expect(try node(5, trace).criticalTime == .milliseconds(150))
        #expect(try node(1, trace).criticalTime == .milliseconds(120))
    }

    @Test func `the bottleneck is named with its share, calls and retries`() throws {
        let bottleneck = try #require(try sample().bottleneck)
        #expect(bottleneck.description == "68 % of 1.0 s in 3 llm_call, of which 2 were retries and 2 failed")
        #expect(bottleneck.count == 3 && bottleneck.retries == 2 && bottleneck.time == .milliseconds(680))
        let alone = try #require(Trace([try makeSpan(1, .plan, at: 0, ms: 5)])?.bottleneck)
        #expect(alone.description == "100 % of 5.0 ms in 1 plan")
        #expect(Trace([try makeSpan(1, .plan)])?.bottleneck == nil)
    }

    @Test func `retries stand under the first try of their call`() throws {
        let trace = try sample()
        let first = try node(2, trace)
        #expect(first.retries.map { trace.nodes[$0].span.id.bits } == [3, 4] && first.retryOf == nil)
        #expect(try node(4, trace).attempt == 3)
    }

    @Test func `what overlaps has lanes of its own`() throws {
        let trace = try sample()
        #expect(try node(5, trace).lane == 0 && node(6, trace).lane == 1 && node(4, trace).lane == 0)
    }

    @Test func `orphans are shown, and circles broken`() throws {
        let orphan = try #require(Trace([try makeSpan(1, parent: 99, at: 1, ms: 2), try makeSpan(2, parent: 1)]))
        #expect(orphan.nodes.count == 2 && orphan.roots.count == 1)
        #expect(try node(1, orphan).isOrphan && orphan.text().contains("(parent missing)"))
        let circle = [
            try makeSpan(1, parent: 2, at: 3), try makeSpan(2, parent: 3, at: 2), try makeSpan(3, parent: 1, at: 1),
            try makeSpan(4, parent: 4, at: 9), try makeSpan(5, parent: 3, at: 5),
        ]
        let trace = try #require(Trace(circle))
        #expect(trace.roots.map { trace.nodes[$0].span.id.bits } == [3, 4])
        #expect(trace.text().split(separator: "\n").count { $0.contains("llm_call") } == 6)
    }

    @Test func `ten thousand levels are drawn without exhausting the stack`() throws {
        var spans: [Span] = []
        for id in 1...10_000 as ClosedRange<UInt64> {
            spans.append(try makeSpan(id, parent: id > 1 ? id - 1 : nil, at: Double(id), ms: Double(20_000 - id)))
        }
        let trace = try #require(Trace(spans))
        #expect(trace.text().split(separator: "\n").count { $0.contains("llm_call") } == 10_001)
        #expect(trace.nodes.reduce(.zero) { $0 + $1.criticalTime } == trace.duration)
    }

    @Test func `a span that didn't end goes on as long as is known`() throws {
        let records = Trace.Record.unique([
            try makeSpan(1, .agentRun, at: 0, data: ["status": "running"]),
            try makeSpan(2, parent: 1, at: 10, data: ["status": "running"]), try makeSpan(2, parent: 1, at: 10, ms: 90),
        ])
        let trace = Trace(records: records)
        #expect(records.count == 2 && trace.duration == .milliseconds(100))
        #expect(try node(1, trace).isUnfinished && node(1, trace).duration == .milliseconds(100))
        #expect(try node(2, trace).isUnfinished == false)
        #expect(trace.text().contains("(unfinished)"))
    }
}
