internal import Synchronization

/// Memory for a block, with room behind it that may be read.
struct BlockBuffer: ~Copyable {
    private(set) var base: UnsafeMutablePointer<UInt8>
    private(set) var capacity: Int

    init(capacity: Int) {
        self.capacity = capacity
        base = Self.allocate(capacity)
    }

    deinit { base.deallocate() }

    /// How many bytes beyond a block may be read.
    static let padding = 64

    private static func allocate(_ capacity: Int) -> UnsafeMutablePointer<UInt8> {
        // What is aligned to pages is copied faster.
        let bytes = UnsafeMutableRawPointer.allocate(byteCount: capacity + padding, alignment: 4096)
        return bytes.bindMemory(to: UInt8.self, capacity: capacity + padding)
    }

    /// Makes room for `capacity` bytes; the first `count` stay.
    mutating func grow(to capacity: Int, keeping count: Int) {
        guard capacity > self.capacity else { return }
        let larger = Self.allocate(capacity)
        larger.update(from: base, count: count)
        base.deallocate()
        base = larger
        self.capacity = capacity
    }

    /// Gives memory beyond `capacity` back; the contents are gone.
    mutating func shrink(to capacity: Int) {
        guard self.capacity > capacity else { return }
        base.deallocate()
        base = Self.allocate(capacity)
        self.capacity = capacity
    }

    func room(from offset: Int, count: Int) -> UnsafeMutableRawBufferPointer {
        UnsafeMutableRawBufferPointer(start: base + offset, count: count)
    }

    /// Ends what is read at `count`: whatever scans there, stops.
    func terminate(at count: Int) { (base + count).update(repeating: 0x0A, count: Self.padding) }
}

/// How much is read at once.
enum BlockSize {
    /// It stays in a processor's second cache.
    static let bytes = 256 << 10
    /// Of a mapped file: giving memory back costs a call, and an interruption of the other threads.
    static let mapped = 8 << 20
    /// The smallest file that it is worth while to map.
    static let leastMapped = 4 << 20
    /// How much of a mapped file is read at once.
    ///
    /// Each of the threads has some blocks to do, so that they end at about the same time.
    static func mapped(of size: Int, threads: Int) -> Int {
        min(mapped, max(bytes, size / (threads * 8) & ~(bytes - 1)))
    }
    /// The longest line that is read.
    static let longestLine = 256 << 20
}
