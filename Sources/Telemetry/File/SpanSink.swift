/// Where finished spans go: a file, memory, a service.
///
/// A recorder calls its sink from whichever thread ends a span, several at once. A sink must be quick, must not throw
/// or trap, and must not call the recorder: what it can't keep, it counts as dropped.
public protocol SpanSink: Sendable {
    /// Takes one finished span.
    ///
    /// - Parameters:
    ///   - line: The span as the log has it (schema 1), with the line end, valid only during the call. `Span(line:)`
    ///     reads it.
    ///   - traits: What a sink may want to know without reading the line.
    func write(_ line: RawSpan, traits: SpanTraits)

    /// Hands on what is still buffered, and waits until that is done, but at most `timeout`.
    func flush(timeout: Duration) -> FlushResult

    /// Hands on what is still buffered and gives resources back.
    ///
    /// What is written later is counted as dropped. Closing again does nothing.
    func close()

    /// Removes all that was written, as far as it is the sink's to remove.
    func clear()

    /// How many spans the sink could not keep, and why.
    var drops: DropCounts { get }
}

/// What a sink may want to know of a span without reading its line.
public struct SpanTraits: OptionSet, Sendable, Hashable {
    /// The bits.
    public let rawValue: UInt8
    /// Traits with these bits.
    public init(rawValue: UInt8) { self.rawValue = rawValue }

    /// The span has no parent: with it, its trace is complete.
    public static let root = SpanTraits(rawValue: 1)
    /// The operation failed.
    public static let failure = SpanTraits(rawValue: 2)
    /// The span has only begun: the line is the record of that, and the finished span's will follow.
    public static let start = SpanTraits(rawValue: 4)
}

/// What came of a flush.
public enum FlushResult: Sendable, Hashable {
    /// All that was recorded before the flush has reached its destination.
    case delivered
    /// Some of it has not, for this reason. What can still be written later, will be.
    case failed(String)
    /// The time was over before everything had reached its destination.
    case timedOut
}

/// How many spans were dropped, by cause.
public struct DropCounts: Sendable, Hashable {
    /// The buffer was full, because spans came faster than they could be written.
    public var bufferFull = 0
    /// The destination took nothing: the disk was full, or failed.
    public var writeFailed = 0
    /// The sink had been closed.
    public var closed = 0

    /// Nothing dropped.
    public init() {}

    /// How many spans were dropped in all.
    public var total: Int { bufferFull + writeFailed + closed }

    /// Why a flush didn't deliver everything, if spans were dropped.
    var reason: String? {
        switch total {
        case 0: nil
        case 1: "1 span was dropped"
        default: "\(total) spans were dropped"
        }
    }

    /// The causes that occurred, with their counts, for people.
    var causes: String {
        let causes = [(bufferFull, "buffer full"), (writeFailed, "not writable"), (closed, "closed")]
        return causes.filter { $0.0 > 0 }.map { "\($1) \($0)" }.joined(separator: ", ")
    }

    static func + (a: DropCounts, b: DropCounts) -> DropCounts {
        var sum = a
        sum.bufferFull += b.bufferFull
        sum.writeFailed += b.writeFailed
        sum.closed += b.closed
        return sum
    }

    static func - (a: DropCounts, b: DropCounts) -> DropCounts {
        var rest = a
        rest.bufferFull -= b.bufferFull
        rest.writeFailed -= b.writeFailed
        rest.closed -= b.closed
        return rest
    }

    /// The causes that occurred, with their counts.
    public var json: JSONObject {
        var json: JSONObject = [:]
        if bufferFull > 0 { json["buffer_full"] = bufferFull }
        if writeFailed > 0 { json["write_failed"] = writeFailed }
        if closed > 0 { json["closed"] = closed }
        return json
    }
}

extension EventType {
    /// Spans were dropped before this line; its data says how many, and why.
    public static let spansDropped = EventType(rawValue: "spans_dropped")
    /// What the last line of a log was whose writer died in the middle of it.
    public static let tornLine = EventType(rawValue: "torn_line")
}
