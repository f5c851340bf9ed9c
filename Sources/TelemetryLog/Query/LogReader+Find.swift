public import Telemetry

extension LogReader {
    /// The trace whose id begins with `prefix`.
    ///
    /// - Parameter prefix: One hexadecimal digit at least, in lower or upper case.
    /// - Throws: ``LogError`` when there is no such trace, when there are several (the message lists them), or when a file
    ///   can't be read.
    public func trace(_ prefix: String) throws(LogError) -> Trace {
        let lines = try find(.trace, prefix)
        return Trace(records: try Self.unique(lines, "trace", prefix))
    }

    /// The trace with this id, as `withTrace` and `startTrace` gave it, or as one of the log's answers has it.
    ///
    /// - Throws: ``LogError`` when there is no such trace, or when a file can't be read.
    public func trace(_ id: TraceID) throws(LogError) -> Trace { try trace(id.description) }

    /// The span whose id begins with `prefix`, and the trace that it belongs to.
    ///
    /// - Throws: ``LogError`` when there is no such span, when there are several (the message lists them), or when a file
    ///   can't be read.
    public func span(_ prefix: String) throws(LogError) -> (span: Span, isUnfinished: Bool) {
        let records = try Self.unique(try find(.span, prefix), "span", prefix)
        let record = records.first { !$0.isUnfinished } ?? records[0]
        return (record.span, record.isUnfinished)
    }

    private func find(_ target: LineFinder.Target, _ prefix: String) throws(LogError) -> [(id: [UInt8], span: Span)] {
        let what = target == .trace ? "trace" : "span"
        let digits = Array(prefix.lowercased().utf8)
        let longest = target == .trace ? 32 : 16
        guard (1...longest).contains(digits.count),
            digits.allSatisfy({ $0 &- 0x30 < 10 || $0 &- 0x61 < 6 })
        else {
            throw LogError(
                .invalidArgument,
                "'\(prefix)': not the beginning of a \(what)'s id, which has \(longest) hexadecimal digits. "
                    + "\(Self.whereToLook(what))."
            )
        }
        let finders = UnsafeMutableBufferPointer<LineFinder>.allocate(capacity: threads)
        for index in 0..<threads { finders.initializeElement(at: index, to: LineFinder(target, prefix: digits)) }
        defer {
            finders.deinitialize()
            finders.deallocate()
        }
        try readBlocks(finders)
        guard !finders.indices.contains(where: { finders[$0].hasFault }) else {
            // A file that shrinks and grows may do so again.
            var again = self
            again.mapsFiles = false
            return try again.find(target, prefix)
        }
        var found: [(place: LinePlace, id: [UInt8], span: Span)] = []
        for index in finders.indices { found += finders[index].found }
        return found.sorted { $0.place < $1.place }.map { ($0.id, $0.span) }
    }

    private static func whereToLook(_ what: String) -> String {
        what == "trace" ? "'agentlog traces' lists ids" : "'agentlog trace ID --full' shows those of a trace's spans"
    }

    /// The records of the only id that was found; the finished one of each span.
    private static func unique(
        _ lines: [(id: [UInt8], span: Span)],
        _ what: String,
        _ prefix: String
    ) throws(LogError) -> [Trace.Record] {
        guard let first = lines.first else {
            throw LogError(
                .notFound,
                "\(prefix): no \(what) of the log has an id that begins so. \(whereToLook(what)), "
                    + "or name another log with --log FILE."
            )
        }
        guard lines.allSatisfy({ $0.id == first.id }) else {
            var seen: Set<[UInt8]> = []
            let candidates = lines.filter { seen.insert($0.id).inserted }.prefix(10).map { line in
                let name = line.span.name.map { " \(Escaping.plain($0))" } ?? ""
                let id = String(decoding: line.id, as: UTF8.self)
                return "  \(id)  \(line.span.timestamp)  \(Escaping.plain(line.span.eventType.rawValue))\(name)\n"
            }
            throw LogError(
                .ambiguous,
                "\(prefix): several \(what)s have ids that begin so. Give more digits of one of these:\n"
                    + candidates.joined().dropLast()
            )
        }
        return Trace.Record.unique(lines.map(\.span))
    }
}
