import Testing

@testable import Telemetry

/// A tail sampler with what it emitted, and lines that are real spans.
private struct Harness: ~Copyable {
    var sampler: TailSampler
    var emitted: [Span] = []
    var now: UInt64 = 1_000_000_000
    private var nextID: UInt64 = 1

    init(_ rules: Sampling.Tail) { sampler = TailSampler(rules) }

    static func trace(_ number: UInt64) -> TraceID { TraceID(high: number, low: .max)! }

    @discardableResult
    mutating func add(
        _ trace: UInt64,
        root: Bool = false,
        isLast: Bool? = nil,
        start: Bool = false,
        failure: Bool = false,
        duration: Duration? = .milliseconds(1),
        name: String = "a"
    ) -> SpanID {
        let id = SpanID(bits: nextID)!
        nextID += 1
        let span = Span(
            id: id,
            traceID: Self.trace(trace),
            parentID: root ? nil : SpanID(bits: 99),
            eventType: "x",
            name: name,
            timestamp: Timestamp(microseconds: 0),
            duration: duration,
            error: failure ? "no" : nil
        )
        var all: [Span] = []
        Array((span.description + "\n").utf8).withUnsafeBytes { line in
            sampler.add(
                line,
                trace: span.traceID,
                traits: SpanTraits(rawValue: (root ? 1 : 0) | (failure ? 2 : 0) | (start ? 4 : 0)),
                isLast: isLast ?? root,
                duration: duration,
                now: now
            ) { take($0, $1, &all) }
        }
        emitted += all
        return id
    }

    mutating func end(_ trace: UInt64) {
        var all: [Span] = []
        sampler.end(Self.trace(trace)) { take($0, $1, &all) }
        emitted += all
    }

    mutating func flush() {
        var all: [Span] = []
        sampler.flush { take($0, $1, &all) }
        emitted += all
    }

    mutating func expire() {
        var all: [Span] = []
        sampler.expire(now: now) { take($0, $1, &all) }
        emitted += all
    }

    var emittedTraces: [UInt64] { emitted.map(\.traceID.high) }
}

/// One line, and its own traits.
private func take(_ line: UnsafeRawBufferPointer, _ traits: SpanTraits, _ all: inout [Span]) {
    #expect(line.last == UInt8(ascii: "\n") && line.count { $0 == UInt8(ascii: "\n") } == 1)
    guard let span = try? Span(line: String(decoding: line.dropLast(), as: UTF8.self)) else {
        Issue.record("No span")
        return
    }
    #expect(traits.contains(.failure) == span.isFailure)
    #expect(traits.contains(.root) == (span.parentID == nil))
    all.append(span)
}

struct TailSamplerTests {
    @Test func `only traces that failed are kept, whole and in order`() {
        var harness = Harness(Sampling.failuresOnly.tail!)
        var expected: [SpanID] = []
        harness.add(1)
        expected.append(harness.add(2, failure: true))
        harness.add(1)
        expected.append(harness.add(2))
        #expect(harness.emitted.isEmpty)
        harness.add(1, root: true)
        expected.append(harness.add(2, root: true))
        #expect(harness.emitted.map(\.id) == expected)
        #expect(harness.sampler.sampledOutTraces == 1)
        #expect(harness.sampler.sampledOutSpans == 3)
        #expect(harness.sampler.undecided == 0)
        #expect(harness.sampler.bytes == 0)
        #expect(harness.sampler.forced == 0)
    }

    @Test func `a failed root is a failure`() {
        var harness = Harness(Sampling.Tail())
        harness.add(1)
        harness.add(1, root: true, failure: true)
        #expect(harness.emittedTraces == [1, 1])
    }

    @Test func `slow traces are kept`() {
        var harness = Harness(Sampling.Tail(slowerThan: .seconds(1)))
        harness.add(1, duration: .seconds(5))
        harness.add(1, root: true, duration: .seconds(1))
        harness.add(2, root: true, duration: .milliseconds(1001))
        harness.add(3, root: true, duration: nil)
        #expect(harness.emittedTraces == [2])
    }

    @Test func `a rule of one's own sees all spans of the trace`() {
        var harness = Harness(Sampling.Tail(keeps: { spans in spans.count == 3 && spans[1].name == "b" }))
        for trace in [1, 2] as [UInt64] {
            harness.add(trace)
            harness.add(trace, name: trace == 1 ? "b" : "c")
            harness.add(trace, root: true)
        }
        #expect(harness.emittedTraces == [1, 1, 1])
    }

    @Test func `a share of the rest is kept by trace id`() {
        var kept = 0
        var sampler = TailSampler(Sampling.Tail(otherwise: 0.25))
        var generator = SeededGenerator(seed: 3)
        for _ in 0..<8000 {
            let id = TraceID(high: 1, low: generator.next())!
            var isEmitted = false
            Array("{}\n".utf8).withUnsafeBytes {
                sampler.add($0, trace: id, traits: .root, isLast: true, duration: nil, now: 1) { _, _ in
                    isEmitted = true
                }
            }
            #expect(isEmitted == Sampling.keeps(id, ratio: 0.25))
            kept += isEmitted ? 1 : 0
        }
        #expect((1800...2200).contains(kept))
        #expect(sampler.sampledOutTraces == 8000 - kept)
    }

    @Test func `late spans follow the decision, and a late failure is kept`() {
        var harness = Harness(Sampling.Tail())
        harness.add(1, root: true)
        harness.add(2, root: true, failure: true)
        harness.add(1)
        harness.add(2)
        #expect(harness.emittedTraces == [2, 2])
        #expect(harness.sampler.sampledOutSpans == 2)
        harness.add(1, failure: true)
        harness.add(1)
        #expect(harness.emittedTraces == [2, 2, 1, 1])
        #expect(harness.sampler.undecided == 0)
    }

    @Test func `when memory is short the oldest trace is decided by what is known`() {
        var harness = Harness(Sampling.Tail(maximumBytes: 4000))
        harness.add(1, failure: true)
        for trace in 2..<200 as Range<UInt64> {
            harness.add(trace)
            #expect(harness.sampler.bytes <= 4000)
        }
        #expect(harness.emittedTraces == [1])
        #expect(harness.sampler.forced > 150)
        // What was decided stays so when the root ends.
        harness.add(1, root: true)
        harness.add(2, root: true)
        #expect(harness.emittedTraces == [1, 1])
    }

    @Test func `one giant trace doesn't stay`() {
        var harness = Harness(Sampling.Tail(maximumBytes: 0))
        for _ in 0..<100 { harness.add(1) }
        #expect(harness.sampler.bytes == 0)
        #expect(harness.sampler.forced == 1)
        #expect(harness.sampler.sampledOutSpans == 100)
    }

    @Test func `a trace that waits too long is decided by what is known`() {
        var harness = Harness(Sampling.Tail(maximumAge: .seconds(10)))
        harness.add(1, failure: true)
        harness.add(2)
        harness.now += 10_000_000_000
        harness.expire()
        #expect(harness.sampler.forced == 0)
        harness.now += 1
        harness.expire()
        #expect(harness.emittedTraces == [1])
        #expect(harness.sampler.forced == 2)
        #expect(harness.sampler.sampledOutTraces == 1)
    }

    @Test func `at the end all is decided`() {
        var harness = Harness(Sampling.Tail())
        for trace in 1...50 as ClosedRange<UInt64> { harness.add(trace, failure: trace % 5 == 0) }
        harness.flush()
        #expect(harness.emittedTraces == (1...10).map { $0 * 5 })
        #expect(harness.sampler.undecided == 0)
        #expect(harness.sampler.bytes == 0)
        harness.flush()
        #expect(harness.emitted.count == 10)
    }

    @Test func `a trace with several parentless spans is decided when it is said to have ended`() {
        var harness = Harness(Sampling.Tail(slowerThan: .seconds(1)))
        for trace in 1...3 as ClosedRange<UInt64> {
            harness.add(trace, root: true, isLast: false)
            harness.add(trace, root: true, isLast: false, duration: .milliseconds(trace == 2 ? 1001 : 1000))
            harness.add(trace, root: true, isLast: false, failure: trace == 3)
        }
        #expect(harness.emitted.isEmpty)
        for trace in 1...3 as ClosedRange<UInt64> { harness.end(trace) }
        #expect(harness.emittedTraces == [2, 2, 2, 3, 3, 3])
        #expect(harness.sampler.sampledOutTraces == 1 && harness.sampler.sampledOutSpans == 3)
        harness.end(3)
        harness.end(4)
        #expect(harness.emitted.count == 6)
    }

    @Test func `records of beginnings aren't counted, and no rule of one's own sees them`() {
        var harness = Harness(Sampling.Tail(keeps: { spans in spans.count != 2 }))
        for start in [true, false] { harness.add(1, start: start) }
        for start in [true, false] { harness.add(1, root: true, isLast: !start, start: start) }
        #expect(harness.emitted.isEmpty)
        #expect(harness.sampler.sampledOutSpans == 2)
        harness.add(1, start: true)
        harness.add(1)
        #expect(harness.sampler.sampledOutSpans == 3)
    }

    @Test func `what was cleared is neither emitted nor counted`() {
        var harness = Harness(Sampling.Tail())
        for trace in 1...5 as ClosedRange<UInt64> { harness.add(trace, root: trace == 5, failure: trace < 4) }
        harness.sampler.clear()
        harness.flush()
        #expect(harness.emitted.isEmpty)
        #expect(harness.sampler.bytes == 0 && harness.sampler.sampledOutSpans == 0)
    }

    @Test func `every span is either emitted or counted, whatever comes`() {
        var generator = SeededGenerator(seed: 11)
        var harness = Harness(Sampling.Tail(maximumBytes: 20_000, maximumAge: .milliseconds(50)))
        for _ in 0..<20_000 {
            let trace = UInt64.random(in: 1...6000, using: &generator)
            let isRoot = Int.random(in: 0..<4, using: &generator) == 0
            harness.add(trace, root: isRoot, failure: Int.random(in: 0..<50, using: &generator) == 0)
            harness.now += UInt64.random(in: 0...1_000_000, using: &generator)
        }
        harness.flush()
        #expect(harness.emitted.count + harness.sampler.sampledOutSpans == 20_000)
        #expect(Set(harness.emitted.map(\.id)).count == harness.emitted.count)
    }
}
