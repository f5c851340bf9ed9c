import Telemetry

/// The scalars of a pattern as they are spelled within a JSON string, followed byte by byte to their classes.
///
/// Each has one spelling, that of `JSONValue.text`: an escape for those of ``escaped``, and otherwise its UTF-8.
struct SpelledScalars: Sendable {
    /// What a byte leads to.
    enum Step { case nothing, within(Int), scalar(class: Int) }

    /// The scalars that `JSONValue.text` escapes.
    static let escaped = ScalarSet([
        0...0x1F, 0x22...0x22, 0x5C...0x5C, 0x7F...0x9F, 0x61C...0x61C, 0x200E...0x200F, 0x2028...0x202E,
        0x2066...0x2069,
    ])

    /// The spelling of a scalar within a string.
    static func spelling(of scalar: Unicode.Scalar) -> Substring.UTF8View {
        JSONValue.string(String(scalar)).text.utf8.dropFirst().dropLast()[...]
    }

    /// 256 entries for each node: 0 for nothing, the number of another node, or the class *c* as *-c - 1*.
    private var table = [Int16](repeating: 0, count: 256)
    /// The classes to which the bytes behind each node lead.
    private(set) var classes = [ByteSet()]
    private var uniform: [Int: Int16] = [:]

    /// The node between two scalars is 0.
    init(_ scalars: ScalarClasses) {
        for byte in 0..<0x80 as Range<UInt32> where !Self.escaped.contains(byte) {
            set(0, UInt8(byte), Self.leaf(scalars.index(of: byte)))
        }
        for (leads, missing, minimum) in [(0xC2...0xDF, 1, 0x80), (0xE0...0xEF, 2, 0x800), (0xF0...0xF4, 3, 0x10000)] {
            for lead in leads {
                let bits = UInt32(lead & 0x3F >> missing)
                set(0, UInt8(lead), entry(bits, missing: missing, minimum: UInt32(minimum), scalars))
            }
        }
        for value in Self.escaped.ranges.joined() {
            let number = scalars.index(of: value)
            guard number >= 0, let scalar = Unicode.Scalar(value) else { continue }
            var node = 0
            let bytes = Self.spelling(of: scalar)
            for byte in bytes.dropLast() {
                var next = table[node << 8 | Int(byte)]
                if next == 0 {
                    next = add([Int16](repeating: 0, count: 256), ByteSet())
                    table[node << 8 | Int(byte)] = next
                }
                node = Int(next)
                classes[node].insert(UInt8(number))
            }
            if let last = bytes.last { table[node << 8 | Int(last)] = Self.leaf(number) }
        }
        uniform = [:]
    }

    /// What `byte` leads to from a node.
    func step(from node: Int, by byte: UInt8) -> Step {
        let entry = Int(table[node << 8 | Int(byte)])
        return entry == 0 ? .nothing : entry > 0 ? .within(entry) : .scalar(class: -entry - 1)
    }

    private static func leaf(_ number: Int) -> Int16 { number < 0 ? 0 : Int16(-number - 1) }

    private mutating func set(_ node: Int, _ byte: UInt8, _ entry: Int16) { table[node << 8 | Int(byte)] = entry }

    private mutating func add(_ children: [Int16], _ classes: ByteSet) -> Int16 {
        table += children
        self.classes.append(classes)
        return Int16(self.classes.count - 1)
    }

    /// What follows the first bits of a scalar, of which so many bytes of six bits are missing.
    private mutating func entry(
        _ bits: UInt32,
        missing: Int,
        minimum: UInt32,
        _ scalars: ScalarClasses
    ) -> Int16 {
        let shift = UInt32(6 * missing)
        let range = bits << shift...bits << shift + (1 << shift - 1)
        guard range.upperBound >= minimum else { return 0 }  // A longer form than need be.
        if missing == 0 { return Self.escaped.contains(bits) ? 0 : Self.leaf(scalars.index(of: bits)) }
        var key: Int?
        if range.lowerBound >= minimum, !Self.escaped.ranges.contains(where: { $0.overlaps(range) }),
            let number = scalars.index(ofAll: range)
        {
            if number < 0 { return 0 }
            key = number << 2 | missing
        }
        if let known = key.flatMap({ uniform[$0] }) { return known }
        var children = [Int16](repeating: 0, count: 256)
        var classes = ByteSet()
        for digit in 0..<64 as Range<UInt32> {
            let child = entry(bits << 6 | digit, missing: missing - 1, minimum: minimum, scalars)
            children[Int(0x80 | digit)] = child
            if child > 0 { classes.formUnion(self.classes[Int(child)]) }
            if child < 0 { classes.insert(UInt8(-child - 1)) }
        }
        guard !classes.isEmpty else { return 0 }
        let node = add(children, classes)
        if let key { uniform[key] = node }
        return node
    }
}
