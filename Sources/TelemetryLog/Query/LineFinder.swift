internal import CScan
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
    private let scan: LineScan
    /// The prefix's first digits, which other lines don't have.
    private let id: cscan_id
    /// The spans that fit, with their lines' places; the first one of each id, once it is clear that several fit.
    private(set) var found: [(place: LinePlace, id: [UInt8], span: Span)] = []
    /// The different ids that fit, as far as they were counted.
    private(set) var candidates: Set<[UInt8]> = []

    /// Whether a block wasn't what the file has.
    private(set) var hasFault = false

    /// - Parameter prefix: Lower-case hexadecimal digits.
    init(_ target: Target, prefix: [UInt8], scan: LineScan = .best) {
        self.target = target
        self.prefix = prefix
        self.scan = scan
        let count = min(8, prefix.count)
        id = cscan_id(
            place: target == .trace ? FixedStart.traceID : FixedStart.spanID,
            digits: prefix.prefix(8).enumerated().reduce(0) { $0 | UInt64($1.element) << UInt64($1.offset * 8) },
            mask: count == 8 ? .max : (1 << UInt64(count * 8)) - 1
        )
    }

    var wantsMore: Bool { !hasFault }

    mutating func beginAnew() -> Bool {
        hasFault = true
        return true
    }

    mutating func take(_ start: UnsafePointer<UInt8>, count: Int, at place: LinePlace, block: Int) -> Int {
        var offset = 0
        while true {
            offset = scan.skip(start, from: offset, count: count, id)
            guard offset < count else { return 0 }
            let line = start + offset
            let lineEnd = Platform.find(0x0A, from: line, count: count - offset) ?? start + count
            if lineEnd > line { take(line, lineEnd, place, offset: offset) }
            offset += lineEnd - line + 1
        }
    }

    /// Reads a line, and keeps its span if the id fits.
    private mutating func take(
        _ start: UnsafePointer<UInt8>,
        _ end: UnsafePointer<UInt8>,
        _ place: LinePlace,
        offset: Int
    ) {
        // Of so many ids, each with its first span, no more is told.
        guard candidates.count <= Self.mostCandidates else { return }
        let mark = place.offset + offset == 0 ? ByteOrderMark.length(start, count: end - start) : 0
        let line = UnsafeRawBufferPointer(start: start + mark, count: end - start - mark)
        guard let span = LineFields.span(line) else { return }
        let id = Array((target == .trace ? span.traceID.description : span.id.description).utf8)
        guard id.starts(with: prefix) else { return }
        candidates.insert(id)
        // Of an ambiguous prefix only the first span of each id is kept, to show what they are.
        if candidates.count > 1, found.contains(where: { $0.id == id }) { return }
        found.append((LinePlace(file: place.file, offset: place.offset + offset), id, span))
    }
}

extension LineFields {
    /// A line as a value, whatever its form; `nil` if it isn't a span.
    static func span(_ bytes: UnsafeRawBufferPointer) -> Span? { try? Span(line: RawSpan(_unsafeBytes: bytes)) }
}
