// What a layout consists of.

internal import CScan

extension cscan_bytes {
    static let length = 32

    /// - Parameter counts: Whether the byte at a place counts; those beyond the text don't.
    init(_ bytes: some Collection<UInt8>, counts: (Int) -> Bool = { _ in true }) {
        self.init()
        withUnsafeMutableBytes(of: &self) { room in
            for (place, byte) in bytes.enumerated() where counts(place) {
                (room[place], room[Self.length + place]) = (byte, 0xFF)
            }
        }
    }
}

extension cscan_step {
    /// - Parameters:
    ///   - kind: What is read before the text.
    ///   - target: Where it goes in `LineFields`, in bytes.
    ///   - constant: What else the kind wants.
    ///   - text: Up to `cscan_bytes.length` bytes.
    init(_ kind: cscan_kind, target: Int, constant: Int, text: some Collection<UInt8>) {
        self.init()
        bytes = cscan_bytes(text)
        // No value is known yet: what isn't in the mask is never found.
        usual = (1, 1)
        length = UInt32(text.count)
        self.constant = UInt32(constant)
        self.target = UInt16(target)
        self.kind = kind
    }
}

extension cscan_kind {
    /// Whether it is a value's whose changes are counted.
    var mayBeConstant: Bool {
        switch self {
        case CSCAN_INTEGER, CSCAN_NUMBER, CSCAN_IGNORED_STRING, CSCAN_DURATION: true
        default: false
        }
    }
}

extension LineLayout {
    /// Where a stored property stands in `LineFields`, in bytes.
    static func place(of field: PartialKeyPath<LineFields>) -> Int {
        guard let place = MemoryLayout<LineFields>.offset(of: field) else {
            preconditionFailure("TelemetryLog: \(field) is not stored.")
        }
        return place
    }

    /// How lines begin: up to the first value whose length differs from line to line.
    struct Head {
        /// The longest one; it ends within `LineLayouts.reach`.
        static let mostBytes = 7 * cscan_bytes.length

        /// Eight bytes of a line, and where they stand.
        typealias Probe = (offset: Int, word: UInt64)

        var length = 0
        /// Where ids and the timestamp stand in it; 0 where they don't.
        var spanID = 0
        var traceID = 0
        var parentID = 0
        var timestamp = 0
        /// Of the event type, and of the name, where they are: other layouts are likely to have others.
        var type: Probe = (0, 0)
        var name: Probe = (0, 0)

        /// Whether a byte is one of a value that is read, and not compared.
        func isValue(_ place: Int) -> Bool {
            [(spanID, 16), (traceID, 32), (parentID, 16), (timestamp, 27)].contains { start, count in
                start > 0 && (start..<start + count).contains(place)
            }
        }

        /// The same for who reads.
        func layout(
            _ bytes: UnsafePointer<cscan_bytes>,
            _ count: Int,
            _ steps: UnsafeMutablePointer<cscan_step>
        ) -> cscan_layout {
            let target = { (field: PartialKeyPath<LineFields>) in UInt16(LineLayout.place(of: field)) }
            return cscan_layout(
                head: bytes,
                head_blocks: count,
                head_length: length,
                steps: steps,
                span_id: UInt16(spanID),
                trace_id: UInt16(traceID),
                parent_id: UInt16(parentID),
                timestamp: UInt16(timestamp),
                span_target: target(\.spanKey),
                high_target: target(\.traceHigh),
                low_target: target(\.traceLow),
                parent_target: target(\.parentID),
                timestamp_target: target(\.timestamp)
            )
        }
    }
}
