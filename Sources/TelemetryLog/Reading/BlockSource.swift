internal import Synchronization

/// Memory for a block, with room behind it that may be read.
struct BlockBuffer: ~Copyable {
    private(set) var base: UnsafeMutablePointer<UInt8>
    private(set) var capacity: Int

    init(capacity: Int) {
        self.capacity = capacity
        base = .allocate(capacity: capacity + 64)
    }

    deinit { base.deallocate() }

    /// Makes room for `capacity` bytes; the first `count` stay.
    mutating func grow(to capacity: Int, keeping count: Int) {
        guard capacity > self.capacity else { return }
        let larger = UnsafeMutablePointer<UInt8>.allocate(capacity: capacity + 64)
        larger.update(from: base, count: count)
        base.deallocate()
        base = larger
        self.capacity = capacity
    }

    /// Gives memory beyond `capacity` back; the contents are gone.
    mutating func shrink(to capacity: Int) {
        guard self.capacity > capacity else { return }
        base.deallocate()
        base = .allocate(capacity: capacity + 64)
        self.capacity = capacity
    }

    func room(from offset: Int, count: Int) -> UnsafeMutableRawBufferPointer {
        UnsafeMutableRawBufferPointer(start: base + offset, count: count)
    }

    /// Ends what is read at `count`: whatever scans there, stops.
    func terminate(at count: Int) { (base + count).update(repeating: 0x0A, count: 64) }
}

/// How much is read at once: it stays in a processor's second cache.
enum BlockSize {
    static let bytes = 256 << 10
    /// The longest line that is read.
    static let longestLine = 256 << 20
}
