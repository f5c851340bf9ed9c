/// The most recent lines, in a ring of bytes: memory is bounded whatever the lines hold, and keeping one is a copy.
struct RecentSpans: ~Copyable {
    /// A line's length stands before it.
    private static let header = 4

    private let ring: UnsafeMutableRawBufferPointer
    /// The place of the oldest line.
    private var head = 0
    /// How many bytes the lines take, with their lengths.
    private var used = 0
    private(set) var count = 0

    /// Keeps as many lines as fit in `capacity` bytes.
    init(capacity: Int) {
        ring = .allocate(byteCount: max(0, capacity), alignment: 16)
    }

    deinit { ring.deallocate() }

    /// Keeps the line, and forgets the oldest ones that it takes the place of.
    ///
    /// A line longer than the ring isn't kept.
    mutating func append(_ line: UnsafeRawBufferPointer) {
        let needed = Self.header + line.count
        guard needed <= ring.count, let start = ring.baseAddress, let bytes = line.baseAddress else { return }
        while used &+ needed > ring.count { removeFirst() }
        count &+= 1
        var length = UInt32(truncatingIfNeeded: line.count)
        let place = wrapped(head &+ used)
        if place &+ needed <= ring.count {
            start.storeBytes(of: length, toByteOffset: place, as: UInt32.self)
            (start + place + Self.header).copyMemory(from: bytes, byteCount: line.count)
            used &+= needed
            return
        }
        withUnsafeMutableBytes(of: &length) { write(UnsafeRawBufferPointer($0)) }
        write(line)
    }

    mutating func removeAll() {
        used = 0
        count = 0
    }

    /// Calls `body` with each line, oldest first, after skipping the first `skipped` ones.
    func forEach(skipping skipped: Int = 0, _ body: (UnsafeRawBufferPointer) -> Void) {
        var line = ByteBuffer()
        var place = head
        for number in 0..<count {
            let length = length(at: place)
            if number >= skipped {
                line.truncate()
                read(length, at: wrapped(place + Self.header), into: &line)
                body(line.bytes)
            }
            place = wrapped(place + Self.header + length)
        }
    }

    @inline(__always)
    private mutating func removeFirst() {
        let size = Self.header &+ length(at: head)
        head = wrapped(head &+ size)
        used &-= size
        count &-= 1
    }

    /// The place for a position that is at most one round ahead: a comparison costs less than a division.
    @inline(__always)
    private func wrapped(_ position: Int) -> Int { position >= ring.count ? position - ring.count : position }

    @inline(__always)
    private func length(at place: Int) -> Int {
        if place &+ Self.header <= ring.count, let start = ring.baseAddress {
            return Int(start.loadUnaligned(fromByteOffset: place, as: UInt32.self))
        }
        return dividedLength(at: place)
    }

    /// A length whose bytes stand partly at the ring's end, and partly at its beginning.
    private func dividedLength(at place: Int) -> Int {
        var length: UInt32 = 0
        withUnsafeMutableBytes(of: &length) { bytes in
            for offset in 0..<Self.header { bytes[offset] = ring[wrapped(place + offset)] }
        }
        return Int(length)
    }

    private mutating func write(_ bytes: UnsafeRawBufferPointer) {
        let place = wrapped(head + used)
        let first = min(bytes.count, ring.count - place)
        UnsafeMutableRawBufferPointer(rebasing: ring[place..<place + first])
            .copyMemory(from: UnsafeRawBufferPointer(rebasing: bytes[..<first]))
        if first < bytes.count {
            UnsafeMutableRawBufferPointer(rebasing: ring[..<(bytes.count - first)])
                .copyMemory(from: UnsafeRawBufferPointer(rebasing: bytes[first...]))
        }
        used += bytes.count
    }

    private func read(_ length: Int, at place: Int, into line: inout ByteBuffer) {
        let first = min(length, ring.count - place)
        line.append(UnsafeRawBufferPointer(rebasing: ring[place..<place + first]))
        line.append(UnsafeRawBufferPointer(rebasing: ring[..<(length - first)]))
    }
}
