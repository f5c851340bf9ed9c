internal import Telemetry

/// Finds the lines of a trace, or of a span, by the beginning of its id: it hops from line to line, and reads only those
/// that fit.
struct LineFinder: BlockConsumer, ~Copyable {
    /// Which id is looked for.
    enum Target { case trace, span }

    /// The most different ids that are told when several fit.
    private static let mostCandidates = 10

    private let target: Target
    private let prefix: [UInt8]
    private let head: UInt64
    private let mask: UInt64
    /// The whole lines that fit, with their places; those of one id only, once it is clear that several fit.
    private(set) var lines: [(place: LinePlace, id: [UInt8], bytes: [UInt8])] = []
    /// The different ids that fit, as far as they were counted.
    private(set) var candidates: Set<[UInt8]> = []

    /// - Parameter prefix: Lower-case hexadecimal digits.
    init(_ target: Target, prefix: [UInt8]) {
        self.target = target
        self.prefix = prefix
        let count = min(8, prefix.count)
        mask = count == 8 ? .max : (1 << UInt64(count * 8)) - 1
        head = prefix.prefix(8).enumerated().reduce(0) { $0 | UInt64($1.element) << UInt64($1.offset * 8) }
    }

    mutating func take(_ start: UnsafePointer<UInt8>, count: Int, at place: LinePlace, block: Int) -> Int {
        var line = start
        let end = start + count
        let idPlace = target == .trace ? FixedStart.traceID : FixedStart.spanID
        while line < end {
            // Where our own beginning is whole, no line ends within it.
            let isOurs = end - line > 85 && FixedStart.matches(line)
            let skipped = isOurs ? FixedStart.length : 0
            let lineEnd = Platform.find(0x0A, from: line + skipped, count: end - line - skipped) ?? end
            if isOurs {
                if (JSONScanner.word(line + idPlace) ^ head) & mask == 0, hasPrefix(line + idPlace) {
                    keep(line, lineEnd, id: line + idPlace, place, offset: line - start)
                }
            } else if lineEnd > line {
                takeOther(line, lineEnd, place, offset: line - start)
            }
            line = lineEnd + 1
        }
        return 0
    }

    private func hasPrefix(_ id: UnsafePointer<UInt8>) -> Bool {
        for index in min(8, prefix.count)..<max(8, prefix.count) where index < prefix.count {
            guard id[index] == prefix[index] else { return false }
        }
        return true
    }

    /// A line with another beginning than ours has.
    private mutating func takeOther(
        _ start: UnsafePointer<UInt8>,
        _ end: UnsafePointer<UInt8>,
        _ place: LinePlace,
        offset: Int
    ) {
        guard let span = LineFields.span(UnsafeRawBufferPointer(start: start, count: end - start)) else { return }
        var id = Array((target == .trace ? span.traceID.description : span.id.description).utf8)
        guard id.starts(with: prefix) else { return }
        id.withUnsafeMutableBufferPointer { digits in
            guard let base = digits.baseAddress else { return }
            keep(start, end, id: base, place, offset: offset)
        }
    }

    private mutating func keep(
        _ start: UnsafePointer<UInt8>,
        _ end: UnsafePointer<UInt8>,
        id: UnsafePointer<UInt8>,
        _ place: LinePlace,
        offset: Int
    ) {
        let id = Array(UnsafeBufferPointer(start: id, count: target == .trace ? 32 : 16))
        if candidates.count <= Self.mostCandidates { candidates.insert(id) }
        // Of an ambiguous prefix only the first line of each id is kept, to show what they are.
        if candidates.count > 1, !candidates.contains(id) || lines.contains(where: { $0.id == id }) { return }
        lines.append(
            (
                LinePlace(file: place.file, offset: place.offset + offset), id,
                Array(UnsafeBufferPointer(start: start, count: end - start))
            )
        )
    }
}

extension LineFields {
    /// A line as a value, whatever its form; `nil` if it isn't a span.
    static func span(_ bytes: UnsafeRawBufferPointer) -> Span? { try? Span(line: RawSpan(_unsafeBytes: bytes)) }
}
