// A log that is a device or a FIFO, which can be neither cut nor read again.

extension LogFile {
    /// Appends lines to what can't be cut: a line that was begun is finished before anything else.
    ///
    /// Small groups of lines go in one piece, and so aren't mixed with those of other processes.
    mutating func appendToStream(
        _ lines: UnsafeRawBufferPointer,
        _ patience: Duration
    ) -> (written: Int, error: SystemError?) {
        let deadline = System.monotonicNanoseconds() + min(patience.wholeNanoseconds, 1 << 60)
        var done = 0
        while true {
            var error = finishLine()
            if error == nil, done < lines.count {
                let group = firstLines(of: lines[done...])
                var written: Int
                (written, error) = file.append(group)
                if written > 0, written < group.count, group[written - 1] != lineEnd {
                    let end = group[written...].firstIndex(of: lineEnd).map { $0 + 1 } ?? group.count
                    unfinished = Array(group[written..<end])
                    written = end
                }
                done += written
            }
            if error == nil, done == lines.count { return (done, nil) }
            let now = System.monotonicNanoseconds()
            let rest = Duration.nanoseconds(deadline > now ? Int64(clamping: deadline - now) : 0)
            if error == nil || error == .wouldBlock && rest > .zero && file.waitUntilWritable(atMost: rest) { continue }
            return (done, done == lines.count ? nil : error)
        }
    }

    private mutating func finishLine() -> SystemError? {
        guard !unfinished.isEmpty else { return nil }
        let (written, error) = unfinished.withUnsafeBytes { file.append($0) }
        unfinished.removeFirst(written)
        return error
    }

    /// As many lines as go in one piece, or one that is longer.
    private func firstLines(of lines: Slice<UnsafeRawBufferPointer>) -> UnsafeRawBufferPointer {
        guard lines.count > System.bytesInOnePiece else { return UnsafeRawBufferPointer(rebasing: lines) }
        let last = lines.prefix(System.bytesInOnePiece).lastIndex(of: lineEnd) ?? lines.firstIndex(of: lineEnd)
        return UnsafeRawBufferPointer(rebasing: lines[...(last ?? lines.endIndex - 1)])
    }
}

private let lineEnd = UInt8(ascii: "\n")
