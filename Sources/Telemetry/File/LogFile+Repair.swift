extension LogFile {
    /// Makes a last line without an end, which nobody will complete, a valid one that holds its text; under the lock.
    mutating func repairLastLine() throws(SystemError) {
        // What we may not read can't be looked at, and is left as it is.
        while isLocked, let size = try? sizeIfTorn() {
            let (start, text) = try lastLine(endingAt: size)
            let isWhole = text.count == size - start && text.withUnsafeBytes { (try? JSONValue(parsing: $0)) != nil }
            // A program without our lock may have been put off in the middle of its line, for seconds on a busy machine.
            // Cutting would have to wait for its turn, too, and then take all that was written meanwhile.
            file.waitForWrites()
            guard self.size == size else { continue }
            if isWhole { _ = file.append(lineEndBytes) } else { try keep(text, from: start, to: size) }
            return
        }
    }

    /// Puts a line that holds a torn one's text in its place.
    private mutating func keep(_ text: [UInt8], from start: Int, to size: Int) throws(SystemError) {
        do throws(SystemError) {
            try file.truncate(to: start)
        } catch {
            // A file that may only grow: the line is spoiled, but no other is.
            _ = file.append(lineEndBytes)
            return
        }
        guard let error = appendTorn(text, count: size - start) else { return }
        // No room: it is put back, until there is.
        if text.count == size - start { _ = text.withUnsafeBytes { file.append($0) } }
        throw error
    }

    /// Appends a line that holds the text of one that is no line; returns why it couldn't.
    mutating func appendTorn(_ text: some Collection<UInt8>, count: Int) -> SystemError? {
        let torn = Span(
            id: RandomIdentifiers().nextSpanID(),
            traceID: RandomIdentifiers().nextTraceID(),
            eventType: .tornLine,
            timestamp: SystemTimeSource().wallTime(),
            data: ["bytes": .integer(count), "text": .string(String(decoding: text, as: UTF8.self))],
            error: "a writer died, or the disk was full, in the middle of this line"
        )
        return torn.withLine(policy: .standard) { append($0).error }
    }

    /// The most of a torn line that is kept.
    static let longestRepair = 2 << 20

    /// The file's size, if it ends in part of a line that nobody is writing.
    ///
    /// A line that a program without our lock writes just now is visible in parts: only an end that stays is torn.
    private func sizeIfTorn() throws(SystemError) -> Int? {
        let first = size
        guard first > 0, try lastByte(endingAt: first) != lineEnd else { return nil }
        var stable = first
        for _ in 0..<20 {
            System.sleep(.milliseconds(20))
            let size = size
            guard size > 0, try lastByte(endingAt: size) != lineEnd else { return nil }
            if size == stable { return size }
            stable = size
        }
        return nil
    }

    private func lastByte(endingAt end: Int) throws(SystemError) -> UInt8? {
        var byte: UInt8 = 0
        let result = withUnsafeMutableBytes(of: &byte) { buffer in
            Result { () throws(SystemError) in try file.read(into: buffer, at: end - 1) }
        }
        return try result.get() == 1 ? byte : nil
    }

    /// Where the last line begins of a file that has `end` bytes, and its first bytes.
    private func lastLine(endingAt end: Int) throws(SystemError) -> (start: Int, bytes: [UInt8]) {
        var start = end
        while start > 0 {
            let size = min(64 << 10, start)
            start -= size
            let block = try bytes(at: start, count: size)
            guard let lineEnd = block.lastIndex(of: lineEnd) else { continue }
            start += lineEnd + 1
            break
        }
        return (start, try bytes(at: start, count: min(end - start, Self.longestRepair)))
    }

    func bytes(at offset: Int, count: Int) throws(SystemError) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: count)
        let result = bytes.withUnsafeMutableBytes { buffer in
            Result { () throws(SystemError) in
                var filled = 0
                while filled < count {
                    let rest = UnsafeMutableRawBufferPointer(rebasing: buffer[filled...])
                    let read = try file.read(into: rest, at: offset + filled)
                    guard read > 0 else { throw .interrupted }  // The file shrinks while it is read.
                    filled += read
                }
            }
        }
        try result.get()
        return bytes
    }
}

private let lineEnd = UInt8(ascii: "\n")

private var lineEndBytes: UnsafeRawBufferPointer {
    UnsafeRawBufferPointer(start: ("\n" as StaticString).utf8Start, count: 1)
}
