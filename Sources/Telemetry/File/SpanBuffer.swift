import Synchronization

/// Lines on their way to the log, in memory that outlives the process: a file beside the log, mapped.
///
/// The buffer has two halves. Spans are appended to one while the writer empties the other. A line counts as soon as
/// `used` says so, and what `used` says is in the kernel's hands at that moment: `kill -9` doesn't take it away. The
/// file's lock tells whether its owner lives: the kernel gives it back when a process ends, however it ends.
///
/// Before a half is written to the log, the header says which bytes go to which place; afterwards, that they are
/// through. Whoever takes over from a dead process so knows where to look for what it may have written already.
///
/// `@unchecked Sendable`: the half that is being filled is changed only under its sink's monitor, the one that is being
/// emptied only by who holds the log's lock, and the header's fields, which both see, are atomic.
final class SpanBuffer: @unchecked Sendable {
    private struct Half: ~Copyable {
        /// How many bytes of the half are whole lines.
        let used = Atomic<UInt64>(0)
        /// How many of these have reached the log.
        let written = Atomic<UInt64>(0)
        /// The half with the lower number was filled first.
        let order = Atomic<UInt64>(0)
    }

    private struct Header: ~Copyable {
        let magic = Atomic<UInt64>(0)
        let halfSize = Atomic<UInt64>(0)
        let first = Half()
        let second = Half()
        /// What is being written: 0 or the half's number plus 1, up to which byte, to which file, behind which byte.
        let writing = Atomic<UInt64>(0)
        let writingEnd = Atomic<UInt64>(0)
        let device = Atomic<UInt64>(0)
        let inode = Atomic<UInt64>(0)
        let offset = Atomic<UInt64>(0)
    }

    /// `SPANBUF1`: the number changes with the layout, so that no version misreads another's file.
    private static let magic: UInt64 = 0x5350_414E_4255_4631
    private static let headerSize = 4096

    /// How many bytes of lines each half has room for.
    let halfSize: Int
    /// The file's path; `nil` for memory that doesn't outlive the process.
    let path: String?

    private let memory: UnsafeMutableRawBufferPointer
    private let header: UnsafeMutablePointer<Header>
    private let file: System.File?
    private let identity: System.FileIdentity?

    /// A new buffer in a file of its own at `path`, of which this process is the owner.
    init(creating path: String, halfSize: Int) throws(SystemError) {
        let size = Self.headerSize + 2 * halfSize
        let file = try System.File(path, makingNew: true)
        do throws(SystemError) {
            guard try file.tryLock() else { throw .wouldBlock }
            try file.allocate(size)
            memory = try file.map(size)
            identity = try file.status.identity
        } catch {
            System.removeFile(path)
            throw error
        }
        self.file = consume file
        self.path = path
        self.halfSize = halfSize
        header = memory.baseAddress.unsafelyUnwrapped.bindMemory(to: Header.self, capacity: 1)
        header.initialize(to: Header())
        header.pointee.halfSize.store(UInt64(halfSize), ordering: .relaxed)
        header.pointee.magic.store(Self.magic, ordering: .releasing)
    }

    /// Whether the file is still at its path.
    ///
    /// Somebody who took it for a dead process's, in the moment before it was locked, has removed it.
    var isInPlace: Bool {
        path.flatMap { System.status(of: $0, followingLinks: false) }?.identity == identity
    }

    /// A buffer in memory only, for logs beside which no file can or may be.
    init(halfSize: Int) {
        memory = .allocate(byteCount: Self.headerSize + 2 * halfSize, alignment: Self.headerSize)
        file = nil
        identity = nil
        path = nil
        self.halfSize = halfSize
        header = memory.baseAddress.unsafelyUnwrapped.bindMemory(to: Header.self, capacity: 1)
        header.initialize(to: Header())
    }

    /// The buffer that a dead process left at `path`; `nil` if its process lives, or it is no buffer.
    ///
    /// What a process left that died while it made its buffer has no lines, and is removed.
    ///
    /// - Parameter owners: Whose buffers are taken; others aren't touched.
    init?(adopting path: String, ofAny owners: [UInt32]) {
        guard System.status(of: path, followingLinks: false)?.kind == .regular,
            let file = try? System.File(path, makingNew: false), (try? file.tryLock()) == true,
            let status = try? file.status, status.names > 0, owners.contains(status.owner)
        else { return nil }
        guard status.size > Self.headerSize, let memory = try? file.map(status.size) else {
            if status.size <= Self.headerSize { System.removeFile(path) }
            return nil
        }
        let header = memory.baseAddress.unsafelyUnwrapped.bindMemory(to: Header.self, capacity: 1)
        let halfSize = header.pointee.halfSize.load(ordering: .relaxed)
        let magic = header.pointee.magic.load(ordering: .acquiring)
        guard magic == Self.magic, status.size == Self.headerSize + 2 * Int(min(halfSize, 1 << 30)) else {
            System.unmap(memory)
            if magic == 0 { System.removeFile(path) }
            return nil
        }
        self.memory = memory
        self.header = header
        identity = status.identity
        self.halfSize = Int(halfSize)
        self.path = path
        self.file = consume file
    }

    /// A copy of what waits in the buffer at `path` in this moment, whether its process lives or not; `nil` if it is none.
    ///
    /// A living process goes on meanwhile: of a half that it empties while it is copied nothing is there. Its lines are
    /// in the log by then.
    ///
    /// - Parameter owners: Whose buffers are read.
    init?(reading path: String, ofAny owners: [UInt32]) {
        guard let file = try? System.File(reading: path), let status = try? file.status,
            status.kind == .regular, owners.contains(status.owner), status.size > Self.headerSize,
            status.size <= 1 << 31
        else { return nil }
        let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: status.size, alignment: Self.headerSize)
        self.memory = memory
        header = memory.baseAddress.unsafelyUnwrapped.bindMemory(to: Header.self, capacity: 1)
        halfSize = (status.size - Self.headerSize) / 2
        self.path = nil
        self.file = nil
        identity = nil
        let page = UnsafeMutableRawBufferPointer(rebasing: memory[..<Self.headerSize])
        guard (try? file.read(into: page, at: 0)) == page.count,
            header.pointee.magic.load(ordering: .relaxed) == Self.magic,
            header.pointee.halfSize.load(ordering: .relaxed) == UInt64(halfSize)
        else { return nil }
        let before = [0, 1].map { (order: self[$0].pointee.order.load(ordering: .relaxed), used: used($0)) }
        for half in 0...1 where !copyPending(half, from: file) { return nil }
        guard (try? file.read(into: page, at: 0)) == page.count else { return nil }
        for half in 0...1 {
            let isSame = self[half].pointee.order.load(ordering: .relaxed) == before[half].order
            let used = isSame && used(half) >= before[half].used ? before[half].used : 0
            self[half].pointee.used.store(UInt64(used), ordering: .relaxed)
        }
    }

    /// Copies what a half of the buffer in `file` has; returns whether that could be read.
    private func copyPending(_ half: Int, from file: borrowing System.File) -> Bool {
        let used = used(half)
        let written = used - pending(half).count
        let start = base(of: half) - UnsafeMutableRawPointer(header)
        let room = UnsafeMutableRawBufferPointer(rebasing: memory[(start + written)..<(start + used)])
        return room.isEmpty || (try? file.read(into: room, at: start + written)) == room.count
    }

    deinit {
        if path == nil { memory.deallocate() } else { System.unmap(memory) }
    }

    /// Removes the file.
    ///
    /// What is still in the buffer goes with it.
    func remove() {
        if let path { System.removeFile(path) }
    }

    /// Leaves the file, with the lines that are still in it, to the next who opens the log.
    func release() { file?.unlock() }

    // MARK: Filling

    /// Appends a line to a half; returns whether there was room.
    @inline(__always)
    func append(_ line: UnsafeRawBufferPointer, to half: Int) -> Bool {
        let used = Int(truncatingIfNeeded: self[half].pointee.used.load(ordering: .relaxed))
        guard halfSize &- used >= line.count, let start = line.baseAddress else { return false }
        (base(of: half) + used).copyMemory(from: start, byteCount: line.count)
        self[half].pointee.used.store(UInt64(truncatingIfNeeded: used &+ line.count), ordering: .releasing)
        return true
    }

    /// Where the half that was begun last ends; other threads may append to it meanwhile.
    var end: UnsafeMutableRawPointer {
        let orders = (self[0].pointee.order.load(ordering: .relaxed), self[1].pointee.order.load(ordering: .relaxed))
        let half = orders.1 > orders.0 ? 1 : 0
        return base(of: half) + used(half)
    }

    /// How many bytes of lines a half has.
    @inline(__always)
    func used(_ half: Int) -> Int { min(halfSize, Int(clamping: self[half].pointee.used.load(ordering: .acquiring))) }

    /// Makes a half the one that is being filled.
    func begin(_ half: Int) {
        self[half].pointee.order.store(self[1 - half].pointee.order.load(ordering: .relaxed) + 1, ordering: .relaxed)
    }

    /// The halves, the one that was filled first coming first.
    var halves: [Int] {
        self[0].pointee.order.load(ordering: .relaxed) <= self[1].pointee.order.load(ordering: .relaxed)
            ? [0, 1] : [1, 0]
    }

    // MARK: Emptying

    /// The bytes of a half that have not reached the log.
    func pending(_ half: Int) -> UnsafeRawBufferPointer {
        let used = used(half)
        let written = min(used, Int(clamping: self[half].pointee.written.load(ordering: .relaxed)))
        return UnsafeRawBufferPointer(start: base(of: half) + written, count: used - written)
    }

    /// Says that the first so many pending bytes will be written to a file, behind its first `offset` bytes.
    func willWrite(_ half: Int, _ count: Int, to file: System.FileIdentity, at offset: Int) {
        header.pointee.writing.store(0, ordering: .releasing)
        let end = self[half].pointee.written.load(ordering: .relaxed) &+ UInt64(count)
        header.pointee.writingEnd.store(end, ordering: .relaxed)
        header.pointee.device.store(file.device, ordering: .relaxed)
        header.pointee.inode.store(file.inode, ordering: .relaxed)
        header.pointee.offset.store(UInt64(offset), ordering: .relaxed)
        header.pointee.writing.store(UInt64(half + 1), ordering: .releasing)
    }

    /// Says that so many of the pending bytes have reached the log.
    func didWrite(_ half: Int, _ count: Int) {
        self[half].pointee.written.wrappingAdd(UInt64(count), ordering: .releasing)
        header.pointee.writing.store(0, ordering: .releasing)
    }

    /// Makes room in a half all of which has reached the log, or is given up.
    func empty(_ half: Int) {
        // In this order: who finds `used` at 0 finds nothing pending, whatever `written` says.
        self[half].pointee.used.store(0, ordering: .releasing)
        self[half].pointee.written.store(0, ordering: .releasing)
    }

    /// What a dead owner was writing and may or may not have written: the half, the bytes, the file and the place.
    var interruptedWrite: (half: Int, bytes: UnsafeRawBufferPointer, file: System.FileIdentity, offset: Int)? {
        let writing = Int(clamping: header.pointee.writing.load(ordering: .acquiring))
        guard writing == 1 || writing == 2 else { return nil }
        let half = writing - 1
        let pending = pending(half)
        let end = Int(clamping: header.pointee.writingEnd.load(ordering: .relaxed))
        let count = min(pending.count, end - (used(half) - pending.count))
        guard count > 0 else { return nil }
        let file = System.FileIdentity(
            device: header.pointee.device.load(ordering: .relaxed),
            inode: header.pointee.inode.load(ordering: .relaxed)
        )
        let offset = Int(min(header.pointee.offset.load(ordering: .relaxed), 1 << 60))
        return (half, UnsafeRawBufferPointer(rebasing: pending[..<count]), file, offset)
    }

    @inline(__always)
    private func base(of half: Int) -> UnsafeMutableRawPointer {
        memory.baseAddress.unsafelyUnwrapped + Self.headerSize + half &* halfSize
    }

    /// The halves stand in the header one after the other.
    @inline(__always)
    private subscript(half: Int) -> UnsafeMutablePointer<Half> {
        let first = memory.baseAddress.unsafelyUnwrapped + 2 * MemoryLayout<UInt64>.size
        return first.assumingMemoryBound(to: Half.self) + half
    }
}
