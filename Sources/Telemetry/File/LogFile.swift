/// The file that lines are appended to, by this process and others.
///
/// Who appends holds the file's lock meanwhile. Therefore whoever holds it knows that a last line without an end is a
/// dead writer's, and may cut it off; that what it just wrote may be taken back; and that a rotation under way
/// elsewhere is over. A path that leads to a device or a FIFO is written to, and otherwise left alone.
struct LogFile: ~Copyable {
    /// The log's path without symbolic links.
    let path: String
    /// Whether the path leads to a regular file, which may be locked, cut and renamed.
    let isRegular: Bool
    /// Whether the path was given as a symbolic link: then the file isn't renamed.
    let isLink: Bool

    private var file: System.File
    private var identity: System.FileIdentity
    private(set) var isLocked = false
    /// Whether somebody kept the lock when it was last wanted.
    private var isLockKept = false

    init(path: String) throws(SystemError) {
        let file = try System.File(appendingTo: path)
        let status = try file.status
        guard status.kind != .directory else { throw .isDirectory }
        file.setBlocking()
        isRegular = status.kind == .regular
        isLink = System.status(of: path, followingLinks: false)?.kind == .link
        identity = status.identity
        self.path = isRegular ? System.resolved(path) ?? path : path
        self.file = file
    }

    // MARK: The lock

    /// Takes the lock, and makes sure that it is the lock of the file that is at the path now.
    ///
    /// When the file was renamed or removed meanwhile, by a rotation of ours or of others, the one that is there now is
    /// opened, or made. While none can be, lines go on to the renamed file, where there is one.
    ///
    /// Who keeps the lock for long isn't a writer of ours. Then lines are appended without it, which the kernel keeps
    /// whole, and nothing is cut or renamed.
    mutating func lock() throws(SystemError) {
        guard isRegular, !isLocked else { return }
        for _ in 0..<(isLockKept ? 2 : Self.patience) {
            guard (try? file.tryLock()) ?? false else {
                System.sleep(.milliseconds(1))
                continue
            }
            isLockKept = false
            isLocked = true
            if System.status(of: path)?.identity == identity { return }
            do throws(SystemError) {
                try reopen()
            } catch {
                if try file.status.names > 0 { return }
                unlock()
                throw error
            }
        }
        isLockKept = true
        if System.status(of: path)?.identity != identity { try reopen() }
    }

    /// How many milliseconds to wait for others: a batch takes them less than one.
    private static let patience = 250

    mutating func unlock() {
        guard isLocked else { return }
        file.unlock()
        isLocked = false
    }

    /// Opens what is at the path now; the old file's lock goes with it.
    private mutating func reopen() throws(SystemError) {
        let current = try System.File(appendingTo: path)
        let status = try current.status
        guard status.kind == .regular else { throw status.kind == .directory ? .isDirectory : .invalid }
        file = current
        identity = status.identity
        isLocked = false
    }

    // MARK: Appending

    /// The file's size; 0 for what has none.
    var size: Int { (try? file.status.size) ?? 0 }

    /// Appends lines, under the lock, as far as there is room for whole ones.
    ///
    /// - Returns: How many bytes are in the file now, and why there aren't more.
    func append(_ lines: UnsafeRawBufferPointer) -> (written: Int, error: SystemError?) {
        let (written, error) = file.append(lines)
        guard isRegular, error != nil, written > 0, isLocked else { return (written, error) }
        let end = size
        let whole = lines[..<written].lastIndex(of: UInt8(ascii: "\n")).map { $0 + 1 } ?? 0
        do throws(SystemError) {
            if whole < written { try file.truncate(to: end - (written - whole)) }
            return (whole, error)
        } catch {
            return (written, error)
        }
    }

    /// Writes what a buffer's half still has to the log, under the lock, and says so in the buffer.
    mutating func drain(_ buffer: SpanBuffer, _ half: Int, _ rotation: Rotation?) -> SystemError? {
        while true {
            let pending = buffer.pending(half)
            guard !pending.isEmpty else { return nil }
            do throws(SystemError) {
                try repairLastLine()
                try prepare(for: 1, rotation)
            } catch { return error }
            let lines = prefix(of: pending, within: rotation)
            buffer.willWrite(half, lines.count, to: identity, at: size)
            let (written, error) = append(lines)
            buffer.didWrite(half, written)
            if let error { return error }
        }
    }

    var status: System.FileStatus {
        get throws(SystemError) { try file.status }
    }

    func synchronize() throws(SystemError) { try file.synchronize() }

    /// Empties the file, if it is a regular one; under the lock.
    func clear() throws(SystemError) {
        if isLocked { try file.truncate(to: 0) }
    }

    // MARK: What dead writers left

    /// How many bytes of `lines` are in this log, or in one that it was before, from `offset` on, as far as they are
    /// whole lines.
    ///
    /// A last line that isn't is cut off.
    ///
    /// - Parameter offset: Where a writer that died since was about to write the lines.
    mutating func bytesWritten(
        of lines: UnsafeRawBufferPointer,
        to file: System.FileIdentity,
        at offset: Int,
        rotated: [String]
    ) -> Int {
        if file == identity { return Self.bytesWritten(of: lines, to: self.file, at: offset) }
        for path in rotated where System.status(of: path, followingLinks: false)?.identity == file {
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
        let slack = 64 << 10
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
        while start + mark.count <= count, !found[start..<start + mark.count].elementsEqual(mark) { start += 1 }
        guard start + mark.count <= count else { return 0 }
        var same = 0
        while same < lines.count, start + same < count, found[start + same] == lines[same] { same += 1 }
        let whole = lines[..<same].lastIndex(of: UInt8(ascii: "\n")).map { $0 + 1 } ?? 0
        if same > whole, start + same == count, (try? file.status.size) == offset + count {
            try? file.truncate(to: offset + start + whole)
        }
        return whole
    }

    /// Makes a last line without an end, which nobody will complete, a valid one that holds its text; under the lock.
    mutating func repairLastLine() throws(SystemError) {
        guard isLocked, let size = try sizeIfTorn() else { return }
        let (start, text) = try lastLine(endingAt: size)
        if text.count == size - start, text.withUnsafeBytes({ (try? JSONValue(parsing: $0)) != nil }) {
            _ = file.append(lineEnd)
            return
        }
        let torn = Span(
            id: RandomIdentifiers().nextSpanID(),
            traceID: RandomIdentifiers().nextTraceID(),
            eventType: .tornLine,
            timestamp: SystemTimeSource().wallTime(),
            data: ["bytes": .integer(size - start), "text": .string(String(decoding: text, as: UTF8.self))],
            error: "a writer died, or the disk was full, in the middle of this line"
        )
        do throws(SystemError) {
            try file.truncate(to: start)
        } catch {
            // A file that may only grow: the line is spoiled, but no other is.
            _ = file.append(lineEnd)
            return
        }
        torn.withLine(policy: .standard) { _ = file.append($0) }
    }

    /// The most of a torn line that is kept.
    private static let longestRepair = 2 << 20

    /// The file's size, if it ends in part of a line that nobody is writing.
    ///
    /// A line that a program without our lock writes just now is visible in parts: only an end that stays is torn.
    private func sizeIfTorn() throws(SystemError) -> Int? {
        let first = size
        guard first > 0, try lastByte(endingAt: first) != UInt8(ascii: "\n") else { return nil }
        var stable = first
        for _ in 0..<20 {
            System.sleep(.milliseconds(20))
            let size = size
            guard size > 0, try lastByte(endingAt: size) != UInt8(ascii: "\n") else { return nil }
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
            guard let lineEnd = block.lastIndex(of: UInt8(ascii: "\n")) else { continue }
            start += lineEnd + 1
            break
        }
        return (start, try bytes(at: start, count: min(end - start, Self.longestRepair)))
    }

    private func bytes(at offset: Int, count: Int) throws(SystemError) -> [UInt8] {
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

private var lineEnd: UnsafeRawBufferPointer {
    UnsafeRawBufferPointer(start: ("\n" as StaticString).utf8Start, count: 1)
}
