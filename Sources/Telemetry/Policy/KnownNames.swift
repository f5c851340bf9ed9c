import Synchronization

/// Names that were found to be neither secret nor in need of escapes: models and tools are few, come again and again,
/// and need not be looked through each time.
///
/// The first names that come have a place; when it is taken, others go without. Any number of threads may look and add at
/// once.
///
/// `@unchecked Sendable`: the table's places are atomic, and what they lead to isn't changed before ``deallocate()``.
struct KnownNames: @unchecked Sendable {
    /// The most bytes of a name.
    static let longest = 64

    /// A span's type and name as a line has them, up to where its time begins:
    /// `"llm_call","name":"my-model","timestamp":"`.
    struct Entry {
        /// They come first, so that their address is the entry's.
        fileprivate let bytes: (SIMD64<UInt8>, SIMD64<UInt8>)
        fileprivate let count: Int
        /// Where the name begins, with its quote, and how many bytes it has without.
        fileprivate let nameStart: Int
        fileprivate let nameCount: Int
        fileprivate let digest: TextDigest
        fileprivate let type: EventType.Slot

        fileprivate init(_ type: EventType, _ slot: EventType.Slot, _ name: UnsafeRawBufferPointer) {
            var bytes = (SIMD64<UInt8>(), SIMD64<UInt8>())
            (nameStart, count) = withUnsafeMutableBytes(of: &bytes) { bytes in
                let start = bytes.baseAddress.unsafelyUnwrapped
                var cursor = ByteCursor(start)
                cursor.put(UInt8(ascii: "\""))
                type.rawValue.withBytes { cursor.put($0) }
                cursor.put("\",\"name\":")
                let nameStart = cursor.next - start
                cursor.put(UInt8(ascii: "\""))
                cursor.put(name)
                cursor.put("\",\"timestamp\":\"")
                return (nameStart, cursor.next - start)
            }
            self.bytes = bytes
            nameCount = name.count
            digest = TextDigest(name)
            self.type = slot
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
    private static func place(of digest: TextDigest, _ type: EventType.Slot) -> Int {
        (Int(digest.hash ^ digest.hash >> 8) &+ type.rawValue &* 29) & (capacity - 1)
    }

    /// The name of a span of one of the package's own types, if it is known.
    @inline(__always)
    func find(_ type: EventType.Slot, _ name: UnsafeRawBufferPointer) -> UnsafePointer<Entry>? {
        let digest = TextDigest(name)
        var place = Self.place(of: digest, type)
        for _ in 0..<Self.tries {
            guard let entry = table[place].load(ordering: .acquiring) else { return nil }
            if entry.pointee.type == type, entry.pointee.digest == digest, entry.hasRest(of: name) {
                return entry
            }
            place = (place + 1) & (Self.capacity - 1)
        }
        return nil
    }

    /// Makes a name known, if there is a place for it.
    @inline(never)
    func add(_ type: EventType, _ name: UnsafeRawBufferPointer) {
        guard let slot = type.slot, name.count <= Self.longest else { return }
        let entry = UnsafeMutablePointer<Entry>.allocate(capacity: 1)
        entry.initialize(to: Entry(type, slot, name))
        var place = Self.place(of: entry.pointee.digest, slot)
        for _ in 0..<Self.tries {
            let (isFree, other) = table[place].compareExchange(
                expected: nil,
                desired: UnsafePointer(entry),
                ordering: .acquiringAndReleasing
            )
            if isFree { return }
            if let other, other.pointee.type == slot, other.isName(name) { break }
            place = (place + 1) & (Self.capacity - 1)
        }
        entry.deallocate()
    }
}

// Of the pointer: what a structure of this size is asked, it is copied for.
extension UnsafePointer<KnownNames.Entry> {
    /// Whether the text is this name.
    @inline(__always)
    func isName(_ text: UnsafeRawBufferPointer) -> Bool { pointee.digest == TextDigest(text) && hasRest(of: text) }

    /// Whether the name is this one, if their digests are the same.
    @inline(__always)
    fileprivate func hasRest(of name: UnsafeRawBufferPointer) -> Bool {
        pointee.nameCount <= TextDigest.longestExact || hasBytes(of: name)
    }

    @inline(never)
    private func hasBytes(of name: UnsafeRawBufferPointer) -> Bool {
        let start = UnsafeRawPointer(self) + pointee.nameStart + 1
        return UnsafeRawBufferPointer(start: start, count: pointee.nameCount).elementsEqual(name)
    }
}

extension ByteCursor {
    /// Puts a span's type and name, and what comes before its time; it touches 112 bytes.
    @inline(__always)
    mutating func put(labelOf known: UnsafePointer<KnownNames.Entry>) {
        put(UnsafeRawBufferPointer(start: known, count: 112), counting: known.pointee.count)
    }

    /// Puts a known name between quotes; it touches 66 bytes.
    @inline(__always)
    mutating func put(nameOf known: UnsafePointer<KnownNames.Entry>) {
        let name = UnsafeRawPointer(known) + known.pointee.nameStart
        put(UnsafeRawBufferPointer(start: name, count: 66), counting: known.pointee.nameCount + 1)
        put(UInt8(ascii: "\""))
    }
}
