/// Holds the lines of traces until it is known whether to keep them.
///
/// A trace is decided when its root ends, or who began it says that it has ended. Spans that end later follow the
/// decision, as long as it is remembered; but a failure that comes late turns a trace that was left out into one that is
/// kept from there on, if failures are.
///
/// Memory is bounded: when undecided traces take too many bytes, or wait too long, the oldest is decided by what is known
/// of it (kept if it has a failure, else by ratio), and counted as ``forced``.
struct TailSampler: ~Copyable {
    /// The lines of an undecided trace, one after the other, each with its line end.
    private struct Pending {
        var lines: [UInt8] = []
        /// Those of each line.
        var traits: [SpanTraits] = []
        var hasFailure = false
        /// The longest duration of a span without a parent.
        var longest: Duration?
        var began: UInt64
        /// Tells this trace from an earlier one of the same id in the order of arrival.
        var number: Int

        /// Calls `body` with each line and its traits.
        func forEach(_ body: Emit) {
            lines.withUnsafeBytes { bytes in
                var start = 0
                for traits in traits {
                    guard let end = bytes[start...].firstIndex(of: UInt8(ascii: "\n")) else { return }
                    body(UnsafeRawBufferPointer(rebasing: bytes[start...end]), traits)
                    start = end + 1
                }
            }
        }
    }

    /// How many decisions are remembered.
    static let remembered = 4096

    /// What an undecided trace takes beside its lines, in bytes, by and large.
    static let overhead = 160

    private let rules: Sampling.Tail
    private let maximumAge: UInt64
    private var process = Forks.generation
    private var pending: [TraceID: Pending] = [:]
    /// Undecided traces by arrival; those that were decided meanwhile are passed over.
    private var arrivals: [(trace: TraceID, number: Int)] = []
    private var firstArrival = 0
    private var nextNumber = 0
    private var decisions: [TraceID: Bool] = [:]
    /// The remembered decisions' traces, the oldest one at `oldestDecision`.
    private var decided: [TraceID] = []
    private var oldestDecision = 0

    /// How many bytes wait.
    private(set) var bytes = 0
    /// How many traces were left out.
    private(set) var sampledOutTraces = 0
    /// How many spans were left out, with their traces or later.
    private(set) var sampledOutSpans = 0
    /// How many traces were decided before their root ended, for want of memory or time.
    private(set) var forced = 0

    init(_ rules: Sampling.Tail) {
        self.rules = rules
        maximumAge = rules.maximumAge.wholeNanoseconds
    }

    /// How many traces are undecided.
    var undecided: Int { pending.count }

    /// Takes a finished span's line, and hands on what is to be kept.
    ///
    /// - Parameters:
    ///   - line: The line with its end.
    ///   - isLast: Whether the trace is complete with it.
    ///   - duration: How long the span took.
    ///   - now: Nanoseconds of a monotonic clock.
    ///   - emit: Gets the lines to keep, one by one; valid during the call.
    mutating func add(
        _ line: UnsafeRawBufferPointer,
        trace: TraceID,
        traits: SpanTraits,
        isLast: Bool,
        duration: Duration?,
        now: UInt64,
        emit: Emit
    ) {
        if let isKept = decisions[trace] {
            follow(isKept, line, trace, traits, emit)
        } else {
            wait(line, trace, traits, duration, now)
            if isLast { end(trace, emit: emit) }
        }
        expire(now: now, emit: emit)
    }

    /// Takes a kept line, and its traits.
    typealias Emit = (UnsafeRawBufferPointer, SpanTraits) -> Void

    /// Decides a trace that has ended, if it is undecided.
    mutating func end(_ trace: TraceID, emit: Emit) {
        guard let ended = remove(trace) else { return }
        var isKept = rules.keepsFailures && ended.hasFailure
        if !isKept, let limit = rules.slowerThan, let longest = ended.longest { isKept = longest > limit }
        if !isKept, let keeps = rules.keeps { isKept = keeps(Self.spans(ended)) }
        decide(trace, ended, isKept || Sampling.keeps(trace, ratio: rules.otherwise), emit)
    }

    /// Decides the traces that have waited too long, as `add` does too: for when no spans come.
    mutating func expire(now: UInt64, emit: Emit) {
        while let (trace, began) = oldest() {
            let isOld = now > began && now - began > maximumAge
            guard isOld || bytes > rules.maximumBytes else { return }
            decideUnfinished(trace, emit)
        }
    }

    /// Decides all that is undecided: at the end of the process.
    mutating func flush(emit: Emit) {
        while let (trace, _) = oldest() { decideUnfinished(trace, emit) }
    }

    /// Forgets what waits, and what was counted.
    mutating func clear() {
        while let (trace, _) = oldest() { _ = remove(trace) }
        (sampledOutTraces, sampledOutSpans, forced) = (0, 0, 0)
    }

    /// In a forked child, forgets what was its parent's, who will decide it.
    mutating func noticeFork() {
        guard process != Forks.generation else { return }
        process = Forks.generation
        clear()
    }

    private mutating func wait(
        _ line: UnsafeRawBufferPointer,
        _ trace: TraceID,
        _ traits: SpanTraits,
        _ duration: Duration?,
        _ now: UInt64
    ) {
        if pending[trace] == nil {
            pending[trace] = Pending(began: now, number: nextNumber)
            forgetDecidedArrivals()
            arrivals.append((trace, nextNumber))
            nextNumber += 1
            bytes += Self.overhead
        }
        pending[trace]?.lines.append(contentsOf: line)
        pending[trace]?.traits.append(traits)
        if traits.contains(.failure) { pending[trace]?.hasFailure = true }
        if traits.contains(.root), let duration, duration > pending[trace]?.longest ?? .zero {
            pending[trace]?.longest = duration
        }
        bytes += line.count
    }

    /// Behind a trace that waits long, others come and go: their places are given back, in constant time a trace.
    private mutating func forgetDecidedArrivals() {
        guard arrivals.count > 2 * pending.count + 64 else { return }
        arrivals = arrivals[firstArrival...].filter { pending[$0.trace]?.number == $0.number }
        firstArrival = 0
    }

    private mutating func follow(
        _ isKept: Bool,
        _ line: UnsafeRawBufferPointer,
        _ trace: TraceID,
        _ traits: SpanTraits,
        _ emit: Emit
    ) {
        if isKept {
            emit(line, traits)
        } else if traits.contains(.failure), rules.keepsFailures {
            decisions[trace] = true
            emit(line, traits)
        } else if !traits.contains(.start) {
            sampledOutSpans += 1
        }
    }

    private mutating func decideUnfinished(_ trace: TraceID, _ emit: Emit) {
        guard let unfinished = remove(trace) else { return }
        forced += 1
        let isKept = rules.keepsFailures && unfinished.hasFailure
        decide(trace, unfinished, isKept || Sampling.keeps(trace, ratio: rules.otherwise), emit)
    }

    private mutating func decide(
        _ trace: TraceID,
        _ lines: Pending,
        _ isKept: Bool,
        _ emit: Emit
    ) {
        if isKept {
            lines.forEach(emit)
        } else {
            sampledOutTraces += 1
            sampledOutSpans += lines.traits.count { !$0.contains(.start) }
        }
        if decided.count < Self.remembered {
            decided.append(trace)
        } else {
            decisions[decided[oldestDecision]] = nil
            decided[oldestDecision] = trace
            oldestDecision = (oldestDecision + 1) % Self.remembered
        }
        decisions[trace] = isKept
    }

    private mutating func remove(_ trace: TraceID) -> Pending? {
        guard let removed = pending.removeValue(forKey: trace) else { return nil }
        bytes -= removed.lines.count + Self.overhead
        return removed
    }

    /// The undecided trace that has waited longest.
    private mutating func oldest() -> (trace: TraceID, began: UInt64)? {
        while firstArrival < arrivals.count {
            let (trace, number) = arrivals[firstArrival]
            if let waiting = pending[trace], waiting.number == number { return (trace, waiting.began) }
            firstArrival += 1
        }
        return nil
    }

    /// The finished spans of a trace.
    private static func spans(_ lines: Pending) -> [Span] {
        var spans: [Span] = []
        lines.forEach { line, traits in
            guard !traits.contains(.start), let json = try? JSONValue(parsing: line) else { return }
            if let span = try? Span(json: json) { spans.append(span) }
        }
        return spans
    }
}
