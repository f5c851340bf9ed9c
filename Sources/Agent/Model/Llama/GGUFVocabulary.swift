/// What llama.cpp takes for granted in a GGUF file's vocabulary, and ends the process where it isn't so.
///
/// The format is described in ggml's `docs/gguf.md`. Only what is needed is read, each step with a check of bounds; what
/// llama.cpp checks itself, and says so, is left to it.
struct GGUFVocabulary {
    /// What is wrong with the vocabulary in the beginning of a file; `nil` if nothing is, or if that's for llama.cpp to say.
    ///
    /// - Complexity: Linear in the size of the metadata: a few milliseconds for 50,000 tokens.
    static func flaw(in file: UnsafeRawBufferPointer) -> String? {
        var reader = Reader(bytes: file)
        guard reader.skip(4), let version = reader.integer(UInt32.self), version >= 2,
            reader.integer(UInt64.self) != nil, let pairs = reader.integer(UInt64.self)
        else { return nil }
        var tokens: Elements?
        var others: [(name: String, array: Elements)] = []
        for _ in 0..<min(pairs, 100_000) {
            guard let key = reader.string(), let type = reader.integer(UInt32.self) else { return nil }
            guard type == Reader.array else {
                guard reader.skipValue(type) else { return nil }
                continue
            }
            guard let element = reader.integer(UInt32.self), let count = reader.integer(UInt64.self) else { return nil }
            let array = Elements(type: element, count: count, start: reader.place)
            guard reader.skipElements(element, count) else { return nil }
            let name = String(decoding: key, as: UTF8.self)
            switch name {
            case "tokenizer.ggml.tokens": tokens = array
            case "tokenizer.ggml.scores", "tokenizer.ggml.token_type": others.append((name, array))
            default: break
            }
        }
        guard let tokens, tokens.type == Reader.string else { return nil }
        for other in others where other.array.count < tokens.count {
            return "\(other.name) has \(other.array.count) values for \(tokens.count) tokens"
        }
        reader.place = tokens.start
        return reader.duplicate(in: Int(tokens.count)).map {
            "token \($0.second) has the same text as token \($0.first)"
        }
    }

    private struct Elements {
        var type: UInt32
        var count: UInt64
        var start: Int
    }
}

/// Reads little-endian values, or `nil` at the end.
private struct Reader {
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
