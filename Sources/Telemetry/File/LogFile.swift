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

    private(set) var file: System.File
    private(set) var identity: System.FileIdentity
    private(set) var isLocked = false
    /// Whether somebody kept the lock when it was last wanted.
    private var isLockKept = false
    /// Whether lines are forced to the disk at times, and whether there are some that haven't been.
    private let isDurable: Bool
    private var hasUnforced = false
    /// Whether the file may be new, and its folder not forced to the disk since.
    private var hasUnforcedName = true
    /// The rest of a line, the beginning of which went to a device or FIFO that then took no more.
    var unfinished: [UInt8] = []

    /// - Parameter isDurable: Whether lines that are in a file when it is set aside are forced to the disk then.
    init(path: String, isDurable: Bool = false) throws(SystemError) {
        let file = try System.File(appendingTo: path)
        let status = try file.status
        guard status.kind != .directory else { throw .isDirectory }
        self.isDurable = isDurable
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
        if isDurable { try? synchronize() }
        file = current
        identity = status.identity
        isLocked = false
        hasUnforcedName = true
    }

    // MARK: Appending

    /// The file's size; 0 for what has none.
    var size: Int { (try? file.status.size) ?? 0 }

    /// Appends lines, under the lock, as far as there is room for whole ones.
    ///
    /// - Returns: How many bytes are in the file now, and why there aren't more.
    ///
    /// - Parameter patience: How long a device or FIFO that takes nothing is waited for.
    mutating func append(
        _ lines: UnsafeRawBufferPointer,
        _ patience: Duration = .zero
    ) -> (written: Int, error: SystemError?) {
        guard isRegular else { return appendToStream(lines, patience) }
        hasUnforced = true
        let (written, error) = file.append(lines)
        guard error != nil, written > 0 else { return (written, error) }
        let whole = lines[..<written].lastIndex(of: lineEnd).map { $0 + 1 } ?? 0
        cutOff(UnsafeRawBufferPointer(rebasing: lines[whole..<written]))
        return (whole, error)
    }

    /// Cuts off the part of a line that we wrote last, if it is what the file ends with.
    ///
    /// It isn't when somebody who didn't get the lock came between.
    private func cutOff(_ part: UnsafeRawBufferPointer) {
        let end = size
        guard !part.isEmpty, end >= part.count else { return }
        if let found = try? bytes(at: end - part.count, count: part.count), !found.elementsEqual(part) { return }
        try? file.truncate(to: end - part.count)
    }

    // MARK: Buffers

    /// How long a device or FIFO that takes nothing is waited for before the threads that record are looked after.
    private static let pause = Duration.milliseconds(20)

    /// Writes what a buffer's half still has to the log, under the lock, and says so in the buffer.
    ///
    /// - Parameter count: How many bytes of that, if not all.
    mutating func drain(
        _ buffer: SpanBuffer,
        _ half: Int,
        _ rotation: Rotation?,
        first count: Int = .max
    ) -> SystemError? {
        var rest = count
        while true {
            let pending = UnsafeRawBufferPointer(rebasing: buffer.pending(half).prefix(rest))
            guard !pending.isEmpty else { return nil }
            do throws(SystemError) {
                try repairLastLine()
                try prepare(for: pending.firstIndex(of: lineEnd).map { $0 + 1 } ?? pending.count, rotation)
            } catch { return error }
            let lines = prefix(of: pending, within: rotation)
            if isRegular { buffer.willWrite(half, lines.count, to: identity, at: size) }
            let (written, error) = append(lines, Self.pause)
            buffer.didWrite(half, written)
            rest -= written
            if let error { return error }
        }
    }

    var status: System.FileStatus {
        get throws(SystemError) { try file.status }
    }

    /// Forces what was appended to the disk, if it is on one.
    mutating func synchronize() throws(SystemError) {
        guard isRegular, hasUnforced else { return }
        try file.synchronize()
        hasUnforced = false
        // Bytes without a name are no log.
        if hasUnforcedName { try System.synchronizeFolder(of: path) }
        hasUnforcedName = false
    }

    /// Empties the file, if it is a regular one; under the lock.
    func clear() throws(SystemError) {
        if isLocked { try file.truncate(to: 0) }
    }
}

private let lineEnd = UInt8(ascii: "\n")
