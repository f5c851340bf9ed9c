import Synchronization

/// Names that were found to be neither secret nor in need of escapes: models and tools are few, come again and again,
/// and need not be looked through each time.
///
/// The first names that come have a place; when it is taken, others go without. Any number of threads may look and add at once.
///
/// `@unchecked Sendable`: the table's places are atomic, and what they lead to isn't changed before ``deallocate()``.
struct KnownNames: @unchecked Sendable {
    /// The most bytes of a name.
    static let longest = 64

    /// A name, at the beginning of 64 bytes.
    struct Entry {
        /// They come first, so that their address is the entry's.
        fileprivate let bytes: (SIMD16<UInt8>, SIMD16<UInt8>, SIMD16<UInt8>, SIMD16<UInt8>)
        fileprivate let digest: TextDigest
        fileprivate let count: Int

        fileprivate init(_ name: UnsafeRawBufferPointer, _ digest: TextDigest) {
            self.digest = digest
            count = name.count
            var bytes = (SIMD16<UInt8>(), SIMD16<UInt8>(), SIMD16<UInt8>(), SIMD16<UInt8>())
            withUnsafeMutableBytes(of: &bytes) { $0.copyMemory(from: name) }
            self.bytes = bytes
        }
    }

    private static let capacity = 256
    private static let tries = 4

    private let table: UnsafeMutablePointer<Atomic<UnsafePointer<Entry>?>>

    init() {
        table = .allocate(capacity: Self.capacity)
        for place in 0..<Self.capacity { (table + place).initialize(to: Atomic(nil)) }
    }

    /// Gives the memory back; nobody may look any more.
    func deallocate() {
        for place in 0..<Self.capacity { table[place].load(ordering: .acquiring)?.deallocate() }
        table.deinitialize(count: Self.capacity)
        table.deallocate()
    }

    @inline(__always)
    private static func place(of digest: TextDigest) -> Int {
        Int(digest.hash ^ digest.hash >> 8) & (capacity - 1)
    }

    /// The name, if it is known.
    @inline(__always)
    func find(_ name: UnsafeRawBufferPointer) -> UnsafePointer<Entry>? {
        let digest = TextDigest(name)
        var place = Self.place(of: digest)
        for _ in 0..<Self.tries {
            guard let entry = table[place].load(ordering: .acquiring) else { return nil }
            if entry.pointee.digest == digest, entry.pointee.hasRest(of: name) { return entry }
            place = (place + 1) & (Self.capacity - 1)
        }
        return nil
    }

    /// Makes a name known, if there is a place for it.
    @inline(never)
    func add(_ name: UnsafeRawBufferPointer) {
        guard name.count <= Self.longest else { return }
        let digest = TextDigest(name)
        let entry = UnsafeMutablePointer<Entry>.allocate(capacity: 1)
        entry.initialize(to: Entry(name, digest))
        var place = Self.place(of: digest)
        for _ in 0..<Self.tries {
            let (isFree, other) = table[place].compareExchange(
                expected: nil,
                desired: UnsafePointer(entry),
                ordering: .acquiringAndReleasing
            )
            if isFree { return }
            if let other, other.pointee.digest == digest, other.pointee.hasRest(of: name) { break }
            place = (place + 1) & (Self.capacity - 1)
        }
        entry.deallocate()
    }
}

extension KnownNames.Entry {
    /// Whether the text is this name.
    @inline(__always)
    func isSame(_ text: UnsafeRawBufferPointer) -> Bool { digest == TextDigest(text) && hasRest(of: text) }

    /// Whether the name is this one, if their digests are the same.
    @inline(__always)
    fileprivate func hasRest(of name: UnsafeRawBufferPointer) -> Bool {
        count <= TextDigest.longestExact || hasBytes(of: name)
    }

    @inline(never)
    private func hasBytes(of name: UnsafeRawBufferPointer) -> Bool {
        withUnsafeBytes(of: bytes) { $0.prefix(count).elementsEqual(name) }
    }
}

extension ByteCursor {
    /// Puts a known name between quotes; it touches 66 bytes.
    @inline(__always)
    mutating func put(_ name: UnsafePointer<KnownNames.Entry>) {
        put(UInt8(ascii: "\""))
        put(UnsafeRawBufferPointer(start: name, count: 64), counting: name.pointee.count)
        put(UInt8(ascii: "\""))
    }
}
