/// Where finished spans go: a file, memory, a service.
///
/// A recorder calls its sink from whichever thread ends a span, one call at a time, in the order in which spans end.
/// A sink must be quick, must not throw or trap, and must not call the recorder: what it can't keep, it counts as
/// dropped. A sink that serves several recorders has to be safe to call from several threads at once.
public protocol SpanSink: Sendable {
    /// Takes one finished span.
    ///
    /// - Parameter line: The span as the log has it (schema 1), with the line end, valid only during the call.
    ///   `Span(line:)` reads it.
    func write(_ line: RawSpan)

    /// Hands on what is still buffered, and waits until that is done, but at most `timeout`.
    func flush(timeout: Duration) -> FlushResult

    /// Hands on what is still buffered and gives resources back. What is written later is counted as dropped.
    /// Closing again does nothing.
    func close()

    /// Removes all that was written, as far as it is the sink's to remove.
    func clear()

    /// How many spans the sink could not keep.
    var droppedSpans: Int { get }
}

/// What came of a flush.
public enum FlushResult: Sendable, Hashable {
    /// All that was recorded before the flush has reached its destination.
    case delivered
    /// Spans were dropped: as many as given since the sink was opened.
    case failed(dropped: Int)
    /// The time was over before everything had reached its destination.
    case timedOut
}
