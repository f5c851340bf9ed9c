import Synchronization

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
        var dropped = 0
        var isClosed = false
    }

    private let state = Mutex(State())

    /// A sink that has received nothing yet.
    public init() {}

    /// The lines received so far, without line ends.
    public var lines: [String] { state.withLock { $0.lines } }

    /// The spans received so far, in the order in which they ended.
    public var spans: [Span] { lines.compactMap { try? Span(line: $0) } }

    /// Keeps the line.
    public func write(_ line: RawSpan) {
        var text = line.withUnsafeBytes { String(decoding: $0, as: UTF8.self) }
        if text.last == "\n" { text.removeLast() }
        state.withLock {
            if $0.isClosed { $0.dropped += 1 } else { $0.lines.append(text) }
        }
    }

    /// Everything is in memory already: tells whether anything came after closing.
    public func flush(timeout: Duration) -> FlushResult {
        let dropped = droppedSpans
        return dropped == 0 ? .delivered : .failed(dropped: dropped)
    }

    /// From now on, what is written is counted as dropped.
    public func close() { state.withLock { $0.isClosed = true } }

    /// Forgets what was received.
    public func clear() { state.withLock { $0.lines.removeAll() } }

    /// How many spans came after closing.
    public var droppedSpans: Int { state.withLock { $0.dropped } }
}
