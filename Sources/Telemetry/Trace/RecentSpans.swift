/// The most recent lines, in a ring of bytes: memory is bounded whatever the lines hold, and keeping one is a copy.
struct RecentSpans: ~Copyable {
    /// What stands before a line.
    private struct Header: BitwiseCopyable {
        var moment: UInt64
        var length: Int
    }

    /// How many bytes stand before a line.
    static let header = MemoryLayout<Header>.size

    private var ring: UnsafeMutableRawBufferPointer
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
    ///
    /// - Parameter moment: When the line's span ended, by a clock that never goes back.
    @inline(__always)
    mutating func append(_ line: UnsafeRawBufferPointer, at moment: UInt64 = 0) {
        let needed = Self.header &+ line.count
        guard needed <= ring.count, let start = ring.baseAddress, let bytes = line.baseAddress else { return }
        while used &+ needed > ring.count { removeFirst() }
        count &+= 1
        let header = Header(moment: moment, length: line.count)
        let place = wrapped(head &+ used)
        guard place &+ needed <= ring.count else { return write(header, line) }
        (start + place).storeBytes(of: header, as: Header.self)
        (start + place + Self.header).copyMemory(from: bytes, byteCount: line.count)
        used &+= needed
    }

    /// Where the next line will stand.
    var end: UnsafeMutableRawPointer? { ring.baseAddress.map { $0 + (wrapped(head &+ used) &+ Self.header) } }

    /// Makes the ring one of so many bytes, and keeps the latest lines that fit.
    mutating func resize(to capacity: Int) {
        var new = RecentSpans(capacity: capacity)
        forEach { new.append($0, at: $1) }
        self = new
    }

    mutating func removeAll() {
        used = 0
        count = 0
    }

    /// Calls `body` with each line and its moment, oldest first.
    func forEach(_ body: (UnsafeRawBufferPointer, UInt64) -> Void) {
        var line = ByteBuffer()
        var place = head
        for _ in 0..<count {
            let header = header(at: place)
            line.truncate()
            read(header.length, at: wrapped(place + Self.header), into: &line)
            body(line.bytes, header.moment)
            place = wrapped(place + Self.header + header.length)
        }
    }

    @inline(__always)
    private mutating func removeFirst() {
        let size = Self.header &+ header(at: head).length
        head = wrapped(head &+ size)
        used &-= size
        count &-= 1
    }

    /// The place for a position that is at most one round ahead: a comparison costs less than a division.
    @inline(__always)
    private func wrapped(_ position: Int) -> Int { position >= ring.count ? position - ring.count : position }

    @inline(__always)
    private func header(at place: Int) -> Header {
        if place &+ Self.header <= ring.count, let start = ring.baseAddress {
            return (start + place).loadUnaligned(as: Header.self)
        }
        return dividedHeader(at: place)
    }

    /// A header whose bytes stand partly at the ring's end, and partly at its beginning.
    private func dividedHeader(at place: Int) -> Header {
        var header = Header(moment: 0, length: 0)
        withUnsafeMutableBytes(of: &header) { bytes in
            for offset in 0..<Self.header { bytes[offset] = ring[wrapped(place + offset)] }
        }
        return header
    }

    /// A line that doesn't fit before the ring's end.
    @inline(never)
    private mutating func write(_ header: Header, _ line: UnsafeRawBufferPointer) {
        withUnsafeBytes(of: header) { write($0) }
        write(line)
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
