extension LogFile {
    /// Brings to the log what processes that died left in their buffers beside it; under the lock.
    ///
    /// Each line gets there once: who died in the middle of writing had noted what it was writing, and where to. Who
    /// dies in the middle of taking over leaves such a note, too.
    mutating func takeOver() {
        // Without the lock, nothing may be cut off: the next who opens the log will do it.
        guard isLocked, let status = try? status else { return }
        let owners = SpanBuffer.trustedOwners(besideLogOf: status.owner)
        let buffers = SpanBuffer.paths(beside: path).compactMap { SpanBuffer(adopting: $0, ofAny: owners) }
        // First what was being written, which cuts off the line that a death left without an end.
        for buffer in buffers {
            guard let write = buffer.interruptedWrite else { continue }
            buffer.didWrite(write.half, bytesWritten(of: write.bytes, to: write.file, at: write.offset))
        }
        for buffer in buffers where buffer.halves.allSatisfy({ takeOver(buffer, $0) == nil }) { buffer.remove() }
    }

    /// Brings a half's lines to the log.
    ///
    /// A buffer whose machine lost its power may hold anything: what is no line becomes one of type `torn_line`.
    private mutating func takeOver(_ buffer: SpanBuffer, _ half: Int) -> SystemError? {
        while true {
            let pending = buffer.pending(half)
            guard !pending.isEmpty else { return nil }
            let good = Self.wholeLines(of: pending)
            if good > 0 {
                if let error = drain(buffer, half, nil, first: good) { return error }
            } else {
                let end = pending.firstIndex(of: lineEnd).map { $0 + 1 } ?? pending.count
                if let error = appendTorn(pending[..<min(end, Self.longestRepair)], count: end) { return error }
                buffer.didWrite(half, end)
            }
        }
    }

    /// How many bytes of `lines`, from the first on, are lines as they should be.
    private static func wholeLines(of lines: UnsafeRawBufferPointer) -> Int {
        var start = 0
        while let end = lines[start...].firstIndex(of: lineEnd) {
            let line = UnsafeRawBufferPointer(rebasing: lines[start..<end])
            guard case .object? = try? JSONValue(parsing: line) else { break }
            start = end + 1
        }
        return start
    }

    /// How many bytes of `lines` are in this log, or in one that it was before, from `offset` on, as far as they are
    /// whole lines.
    ///
    /// A last line that isn't is cut off.
    ///
    /// - Parameter offset: Where a writer that died since was about to write the lines.
    private func bytesWritten(
        of lines: UnsafeRawBufferPointer,
        to file: System.FileIdentity,
        at offset: Int
    ) -> Int {
        if file == identity { return Self.bytesWritten(of: lines, to: self.file, at: offset) }
        // Whoever renamed it, ourselves or `logrotate`, most likely left it in the same folder.
        for path in RotatedLogs(path: path).neighbours
        where System.status(of: path, followingLinks: false)?.identity == file {
            guard let old = try? System.File(path, makingNew: false) else { continue }
            return Self.bytesWritten(of: lines, to: old, at: offset)
        }
        return 0
    }

    private static func bytesWritten(
        of lines: UnsafeRawBufferPointer,
        to file: borrowing System.File,
        at offset: Int
    ) -> Int {
        // A line begins with its span's id, which no other line has.
        let mark = UnsafeRawBufferPointer(rebasing: lines.prefix(40))
        // Programs that don't know our lock may have come between: look a little further, too.
        let slack = 1 << 20
        let found = UnsafeMutableRawBufferPointer.allocate(byteCount: lines.count + slack, alignment: 16)
        defer { found.deallocate() }
        var count = 0
        while count < found.count {
            let rest = UnsafeMutableRawBufferPointer(rebasing: found[count...])
            guard let read = try? file.read(into: rest, at: offset + count), read > 0 else { break }
            count += read
        }
        guard count >= mark.count else {
            // Not even the first line's beginning is there whole; what is there of it has no end.
            if count > 0, UnsafeRawBufferPointer(found)[..<count].elementsEqual(lines[..<count]) {
                try? file.truncate(to: offset)
            }
            return 0
        }
        var start = 0
        while start + mark.count > count || !found[start..<start + mark.count].elementsEqual(mark) {
            guard let end = found[start..<count].firstIndex(of: lineEnd) else { return 0 }
            start = end + 1
        }
        var same = 0
        while same < lines.count, start + same < count, found[start + same] == lines[same] { same += 1 }
        let whole = lines[..<same].lastIndex(of: lineEnd).map { $0 + 1 } ?? 0
        if same > whole, start + same == count, (try? file.status.size) == offset + count {
            try? file.truncate(to: offset + start + whole)
        }
        return whole
    }
}

extension SpanBuffer {
    /// The paths of the buffers that lie beside a log, of living and dead processes.
    static func paths(beside log: String) -> [String] {
        let (folder, prefix) = place(beside: log)
        return System.names(in: folder).filter { isName($0, prefix) }.sorted().map { "\(folder)/\($0)" }
    }

    /// Whose buffers are brought to a log that belongs to `owner`: that user's, and our own.
    ///
    /// In a folder that all may write to, such as `/tmp`, a stranger could put lines into our log by a buffer of theirs;
    /// and end our program, by cutting the file off while it is mapped.
    static func trustedOwners(besideLogOf owner: UInt32) -> [UInt32] { [owner, System.user] }

    /// Whether a file's name is one of ours: `.LOG.PID-ID.spans`.
    ///
    /// `.LOG.` alone is how the names for a log `LOG.jsonl` begin, too.
    private static func isName(_ name: String, _ prefix: String) -> Bool {
        guard name.hasPrefix(prefix), name.hasSuffix(ending) else { return false }
        let parts = name.dropFirst(prefix.count).dropLast(ending.count).utf8.split(
            separator: UInt8(ascii: "-"),
            omittingEmptySubsequences: false
        )
        guard parts.count == 2, !parts[0].isEmpty, parts[1].count == 16 else { return false }
        let digits = UInt8(ascii: "0")...UInt8(ascii: "9")
        let letters = UInt8(ascii: "a")...UInt8(ascii: "f")
        return parts[0].allSatisfy(digits.contains) && parts[1].allSatisfy { digits ~= $0 || letters ~= $0 }
    }

    /// A path beside a log that no other buffer has: hidden, with the process's id for people who look.
    private static func newPath(beside log: String) -> String {
        let (folder, prefix) = place(beside: log)
        return "\(folder)/\(prefix)\(System.processID)-\(RandomIdentifiers().nextSpanID())\(ending)"
    }

    /// A new buffer beside a log; `nil` where none can be made.
    static func beside(_ log: String, halfSize: Int) -> SpanBuffer? {
        for _ in 0..<3 {
            do throws(SystemError) {
                let buffer = try SpanBuffer(creating: newPath(beside: log), halfSize: halfSize)
                if buffer.isInPlace { return buffer }
            } catch {
                // Unless somebody took it for a dead process's, trying again would only fill a disk that is full.
                guard error == .wouldBlock else { return nil }
            }
        }
        return nil
    }

    private static let ending = ".spans"

    private static func place(beside log: String) -> (folder: String, prefix: String) {
        guard let slash = log.lastIndex(of: "/") else { return (".", ".\(log).") }
        return (String(log[..<slash]), ".\(log[log.index(after: slash)...]).")
    }
}

private let lineEnd = UInt8(ascii: "\n")
