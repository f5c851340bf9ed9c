extension LogFile {
    /// Brings to the log what processes that died left in their buffers beside it; under the lock.
    ///
    /// Each line gets there once: who died in the middle of writing had noted what it was writing, and where to. Who
    /// dies in the middle of taking over leaves such a note, too.
    mutating func takeOver() {
        let buffers = SpanBuffer.paths(beside: path).compactMap { SpanBuffer(adopting: $0) }
        // First what was being written, which cuts off the line that a death left without an end.
        for buffer in buffers {
            guard let write = buffer.interruptedWrite else { continue }
            let rotated = RotatedLogs(path: path).paths
            let count = bytesWritten(of: write.bytes, to: write.file, at: write.offset, rotated: rotated)
            buffer.didWrite(write.half, count)
        }
        for buffer in buffers where buffer.halves.allSatisfy({ drain(buffer, $0, nil) == nil }) { buffer.remove() }
    }
}

extension SpanBuffer {
    /// The paths of the buffers that lie beside a log, of living and dead processes.
    static func paths(beside log: String) -> [String] {
        let (folder, prefix) = place(beside: log)
        return System.names(in: folder).filter { $0.hasPrefix(prefix) && $0.hasSuffix(ending) }.sorted()
            .map { "\(folder)/\($0)" }
    }

    /// A path beside a log that no other buffer has: hidden, with the process's id for people who look.
    private static func newPath(beside log: String) -> String {
        let (folder, prefix) = place(beside: log)
        return "\(folder)/\(prefix)\(System.processID)-\(RandomIdentifiers().nextSpanID())\(ending)"
    }

    /// A new buffer beside a log; `nil` where none can be made.
    static func beside(_ log: String, halfSize: Int) -> SpanBuffer? {
        for _ in 0..<3 {
            guard let buffer = try? SpanBuffer(creating: newPath(beside: log), halfSize: halfSize) else { continue }
            if buffer.isInPlace { return buffer }
        }
        return nil
    }

    private static let ending = ".spans"

    private static func place(beside log: String) -> (folder: String, prefix: String) {
        guard let slash = log.lastIndex(of: "/") else { return (".", ".\(log).") }
        return (String(log[..<slash]), ".\(log[log.index(after: slash)...]).")
    }
}

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
        return SpanBuffer.paths(beside: log).flatMap { SpanBuffer.lines(in: $0) }
    }
}

extension SpanBuffer {
    /// The whole lines of the buffer at `path` that have not reached the log.
    fileprivate static func lines(in path: String) -> [UInt8] {
        guard let buffer = SpanBuffer(reading: path) else { return [] }
        return buffer.halves.flatMap { half in
            let pending = Array(buffer.pending(half))
            // A living process may be emptying and filling the half again while we look: what is not whole is left out.
            let end = pending.lastIndex(of: UInt8(ascii: "\n")).map { $0 + 1 } ?? 0
            return pending[..<end]
        }
    }
}
