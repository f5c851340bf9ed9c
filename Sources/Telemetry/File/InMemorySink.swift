/// Keeps spans in memory, for tests: yours of an agent, or ours of the recorder.
///
/// For example:
/// ```swift
/// let sink = InMemorySink()
/// let telemetry = Telemetry(sink: sink)
/// telemetry.logDecision(choices: ["search", "answer"], selected: "answer")
/// #expect(sink.spans.map(\.eventType) == [.decision])
/// ```
public final class InMemorySink: SpanSink {
    private struct State {
        var lines: [String] = []
        var drops = DropCounts()
        var isClosed = false
    }

    private let state = Monitor(State())

    /// A sink that has received nothing yet.
    public init() {}

    /// The lines received so far, without line ends.
    public var lines: [String] { state.withLock { $0.lines } }

    /// The spans received so far, in the order in which they ended.
    public var spans: [Span] { lines.compactMap { try? Span(line: $0) } }

    /// Keeps the line.
    public func write(_ line: RawSpan, traits: SpanTraits) {
        var text = line.withUnsafeBytes { String(decoding: $0, as: UTF8.self) }
        if text.last == "\n" { text.removeLast() }
        state.withLock {
            if $0.isClosed { $0.drops.closed += 1 } else { $0.lines.append(text) }
        }
    }

    /// Tells whether something was dropped; everything else is in memory already.
    public func flush(timeout: Duration) -> FlushResult { drops.reason.map(FlushResult.failed) ?? .delivered }

    /// From now on, what is written is counted as dropped.
    public func close() { state.withLock { $0.isClosed = true } }

    /// Forgets what was received.
    public func clear() { state.withLock { $0.lines.removeAll() } }

    /// How many spans came after closing.
    public var drops: DropCounts { state.withLock { $0.drops } }
}
