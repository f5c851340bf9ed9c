/// Bytes that grow at the end: what a record is encoded into, kept and used again for the next one.
struct ByteBuffer: ~Copyable {
    private var base: UnsafeMutableRawPointer
    private(set) var capacity: Int
    private(set) var count = 0
    private var ownsMemory = true

    init(capacity: Int = 1024) {
        precondition(capacity > 0)
        base = .allocate(byteCount: capacity, alignment: 16)
        self.capacity = capacity
    }

    /// A buffer that begins in `memory`, which must outlive it, and moves to the heap when that is full.
    init(_ memory: UnsafeMutableRawBufferPointer) {
        base = memory.baseAddress.unsafelyUnwrapped
        capacity = memory.count
        ownsMemory = false
    }

    deinit {
        if ownsMemory { base.deallocate() }
    }

    /// Goes on in `memory`, which must outlive the buffer and have room for what there is.
    mutating func move(to memory: UnsafeMutableRawBufferPointer) {
        precondition(memory.count >= count)
        let start = memory.baseAddress.unsafelyUnwrapped
        start.copyMemory(from: base, byteCount: count)
        if ownsMemory { base.deallocate() }
        base = start
        capacity = memory.count
        ownsMemory = false
    }

    /// What was appended so far; valid until the next change.
    var bytes: UnsafeRawBufferPointer { UnsafeRawBufferPointer(start: base, count: count) }

    /// The bytes as text.
    var text: String { String(decoding: bytes, as: UTF8.self) }

    /// Forgets everything from `count` on, and keeps the memory.
    mutating func truncate(to count: Int = 0) {
        precondition(count <= self.count)
        self.count = count
    }

    /// Makes room for `additional` bytes more.
    @inline(__always)
    mutating func reserve(_ additional: Int) {
        if capacity - count < additional { grow(additional) }
    }

    @inline(never)
    private mutating func grow(_ additional: Int) {
        let larger = max(capacity * 2, count + additional)
        let moved = UnsafeMutableRawPointer.allocate(byteCount: larger, alignment: 16)
        moved.copyMemory(from: base, byteCount: count)
        if ownsMemory { base.deallocate() }
        base = moved
        ownsMemory = true
        capacity = larger
    }

    @inline(__always)
    mutating func append(_ byte: UInt8) {
        reserve(1)
        base.storeBytes(of: byte, toByteOffset: count, as: UInt8.self)
        count += 1
    }

    @inline(__always)
    mutating func append(_ other: UnsafeRawBufferPointer) {
        guard let start = other.baseAddress else { return }
        reserve(other.count)
        (base + count).copyMemory(from: start, byteCount: other.count)
        count += other.count
    }

    /// Appends what `write` puts, which may touch `most` bytes.
    @inline(__always)
    mutating func append(atMost most: Int, _ write: (inout ByteCursor) -> Void) {
        reserve(most)
        var cursor = ByteCursor(base + count)
        write(&cursor)
        count = UnsafeRawPointer(cursor.next) - UnsafeRawPointer(base)
        assert(count <= capacity)
    }

    /// Appends what `write` puts at `out`, which it moves to the end of that.
    @inline(__always)
    mutating func append<Result>(
        _ write: (_ out: inout UnsafeMutableRawPointer, _ end: UnsafeMutableRawPointer) -> Result
    ) -> Result {
        var out = base + count
        let result = write(&out, base + capacity)
        count = UnsafeRawPointer(out) - UnsafeRawPointer(base)
        assert(count <= capacity)
        return result
    }

    @inline(__always)
    mutating func append(_ literal: StaticString) {
        append(UnsafeRawBufferPointer(start: literal.utf8Start, count: literal.utf8CodeUnitCount))
    }

    mutating func append(_ text: String) { text.withBytes { append($0) } }

    /// Lower-case hexadecimal digits, with leading zeros.
    mutating func appendHex(_ value: UInt64) { append(atMost: 16) { $0.put(hex: value) } }

    /// Decimal digits.
    mutating func appendDigits(_ value: UInt64) { append(atMost: 24) { $0.put(digits: value) } }
}
