/// The most recent lines, in a ring of bytes: memory is bounded whatever the lines hold, and keeping one is a copy.
struct RecentSpans: ~Copyable {
    /// A line's length stands before it.
    private static let header = 4

    private let ring: UnsafeMutableRawBufferPointer
    // Positions only grow; their remainders by the ring's size are the places.
    private var head = 0
    private var tail = 0
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
        guard needed <= ring.count else { return }
        while tail - head + needed > ring.count { removeFirst() }
        withUnsafeBytes(of: UInt32(line.count)) { write($0) }
        write(line)
        count += 1
    }

    mutating func removeAll() {
        head = tail
        count = 0
    }

    /// Calls `body` with each line, oldest first, after skipping the first `skipped` ones.
    func forEach(skipping skipped: Int = 0, _ body: (UnsafeRawBufferPointer) -> Void) {
        var line = ByteBuffer()
        var position = head
        for place in 0..<count {
            let length = length(at: position)
            if place >= skipped {
                line.truncate()
                read(length, at: position + Self.header, into: &line)
                body(line.bytes)
            }
            position += Self.header + length
        }
    }

    private mutating func removeFirst() {
        head += Self.header + length(at: head)
        count -= 1
    }

    private func length(at position: Int) -> Int {
        var length: UInt32 = 0
        withUnsafeMutableBytes(of: &length) { bytes in
            for place in 0..<Self.header { bytes[place] = ring[(position + place) % ring.count] }
        }
        return Int(length)
    }

    private mutating func write(_ bytes: UnsafeRawBufferPointer) {
        let place = tail % ring.count
        let first = min(bytes.count, ring.count - place)
        UnsafeMutableRawBufferPointer(rebasing: ring[place..<place + first])
            .copyMemory(from: UnsafeRawBufferPointer(rebasing: bytes[..<first]))
        UnsafeMutableRawBufferPointer(rebasing: ring[..<(bytes.count - first)])
            .copyMemory(from: UnsafeRawBufferPointer(rebasing: bytes[first...]))
        tail += bytes.count
    }

    private func read(_ length: Int, at position: Int, into line: inout ByteBuffer) {
        let place = position % ring.count
        let first = min(length, ring.count - place)
        line.append(UnsafeRawBufferPointer(rebasing: ring[place..<place + first]))
        line.append(UnsafeRawBufferPointer(rebasing: ring[..<(length - first)]))
    }
}
