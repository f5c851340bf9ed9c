/// Reads a GGUF file's little-endian values, or `nil` at the end.
struct GGUFReader {
    // Types of values that are told apart.
    static let unsigned: UInt32 = 4
    static let float: UInt32 = 6
    static let string: UInt32 = 8
    static let array: UInt32 = 9

    let bytes: UnsafeRawBufferPointer
    var place = 0

    init(bytes: UnsafeRawBufferPointer) { self.bytes = bytes }

    mutating func skip(_ count: UInt64) -> Bool {
        guard count <= UInt64(bytes.count - place) else { return false }
        place += Int(count)
        return true
    }

    mutating func integer<Value: FixedWidthInteger>(_: Value.Type) -> Value? {
        let start = place
        guard skip(UInt64(MemoryLayout<Value>.size)) else { return nil }
        return Value(littleEndian: bytes.loadUnaligned(fromByteOffset: start, as: Value.self))
    }

    mutating func string() -> UnsafeRawBufferPointer? {
        guard let count = integer(UInt64.self) else { return nil }
        let start = place
        guard skip(count) else { return nil }
        return UnsafeRawBufferPointer(rebasing: bytes[start..<place])
    }

    /// How many bytes a number of that type has; `nil` for strings, arrays and unknown types.
    private func size(of type: UInt32) -> UInt64? {
        switch type {
        case 0, 1, 7: 1
        case 2, 3: 2
        case 4, 5, 6: 4
        case 10, 11, 12: 8
        default: nil
        }
    }

    mutating func skipValue(_ type: UInt32) -> Bool {
        if type == Self.string { return string() != nil }
        return size(of: type).map { skip($0) } ?? false
    }

    mutating func skipElements(_ type: UInt32, _ count: UInt64) -> Bool {
        if let size = size(of: type) {
            let (total, overflow) = count.multipliedReportingOverflow(by: size)
            return !overflow && skip(total)
        }
        guard type == Self.string else { return false }
        for _ in 0..<count {
            guard string() != nil else { return false }
        }
        return true
    }

    /// A string as llama.cpp sees it, up to a NUL.
    private mutating func terminatedString() -> UnsafeRawBufferPointer? {
        guard let string = string() else { return nil }
        var end = 0
        while end < string.count, string[end] != 0 { end += 1 }
        return UnsafeRawBufferPointer(rebasing: string[..<end])
    }

    /// The first two equal strings of an array that begins here; empty ones don't count.
    mutating func duplicate(in count: Int) -> (first: Int, second: Int)? {
        // An open hash table of places; a Set takes ten times as long in builds for debugging.
        var capacity = 1024
        while capacity < count * 2 { capacity *= 2 }
        return withUnsafeTemporaryAllocation(of: Int32.self, capacity: capacity) { table in
            table.initialize(repeating: -1)
            var strings: [UnsafeRawBufferPointer] = []
            strings.reserveCapacity(count)
            for index in 0..<count {
                guard let string = terminatedString() else { return nil }
                strings.append(string)
                if string.isEmpty { continue }
                // FNV-1a; each byte's influence reaches the low bits by the last shift.
                var hash: UInt64 = 0xCBF2_9CE4_8422_2325
                var offset = 0
                while offset < string.count {
                    hash = (hash ^ UInt64(string[offset])) &* 0x100_0000_01B3
                    offset += 1
                }
                var slot = Int(truncatingIfNeeded: hash ^ hash >> 32) & (capacity - 1)
                while table[slot] >= 0 {
                    let other = strings[Int(table[slot])]
                    if other.count == string.count, other.elementsEqual(string) { return (Int(table[slot]), index) }
                    slot = (slot + 1) & (capacity - 1)
                }
                table[slot] = Int32(index)
            }
            return nil
        }
    }
}
