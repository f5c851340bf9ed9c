/// What processes have recorded that is not in the log yet, for readers.
///
/// Nothing is changed.
package enum WaitingLines {
    /// The whole lines that wait in the buffers beside the log at `path`, of living and dead processes, each with its
    /// line end.
    ///
    /// A line that is written to the log in this moment may be in both: readers count a span's id once.
    package static func beside(_ path: String) -> [UInt8] {
        let log = System.resolved(path) ?? path
        let owners = SpanBuffer.trustedOwners(besideLogOf: System.status(of: log)?.owner ?? System.user)
        return SpanBuffer.paths(beside: log).flatMap { SpanBuffer.lines(in: $0, ofAny: owners) }
    }
}

extension SpanBuffer {
    /// The whole lines of the buffer at `path` that have not reached the log.
    fileprivate static func lines(in path: String, ofAny owners: [UInt32]) -> [UInt8] {
        guard let buffer = SpanBuffer(reading: path, ofAny: owners) else { return [] }
        return buffer.halves.flatMap { half in
            let pending = Array(buffer.pending(half))
            let end = pending.lastIndex(of: UInt8(ascii: "\n")).map { $0 + 1 } ?? 0
            return pending[..<end]
        }
    }
}
