internal import Telemetry

/// A form that other programs read.
public enum ExportFormat: String, Sendable, Hashable, CaseIterable {
    /// Comma-separated values, one line a span.
    case csv
    /// OTLP/JSON lines; see ``OTLP``.
    case otlp
    /// The Trace Event Format, for ui.perfetto.dev.
    case perfetto
}

extension LogReader {
    /// Writes the spans that fit in another form.
    ///
    /// Comma-separated values and OTLP are written while the log is read, in bounded memory. For Perfetto all spans that
    /// fit are held at once.
    ///
    /// - Parameters:
    ///   - format: The form to write.
    ///   - filter: Which spans to write.
    ///   - prefix: Only the trace whose id begins so.
    ///   - write: Takes what was written, piece by piece.
    /// - Returns: How many spans were written.
    /// - Throws: ``LogError`` when there is no such trace, or a file can't be read.
    public func export(
        _ format: ExportFormat,
        matching filter: LogFilter = LogFilter(),
        trace prefix: String? = nil,
        write: (String) -> Void
    ) throws(LogError) -> Int {
        try withoutActuallyEscaping(write) { (write) throws(LogError) in
            var exporter = Exporter(format: format, write: write)
            if let prefix {
                let trace = try trace(prefix)
                let ofUser = filter.user.map { user in trace.spans.contains { $0.data["user_id"] == user } } ?? true
                var rest = filter
                rest.user = nil
                for node in trace.nodes where ofUser && !node.isUnfinished && rest.contains(node.span) {
                    exporter.take(node.span)
                }
            } else {
                let matcher = try matcher(filter)
                var one = self
                one.threads = 1
                if format == .otlp {
                    let lines = try one.read { OTLPExporter(matcher, write: write) }.consumers
                    lines[0].finish()
                    return lines[0].count
                }
                _ = try one.read { MatchingSpans(matcher: matcher) { exporter.take($0) } }
            }
            exporter.finish()
            return exporter.count
        }
    }
}

/// The spans of lines that fit.
private struct MatchingSpans: LineConsumer {
    let matcher: LineMatcher
    let body: (Span) -> Void

    func take(_ line: inout LineFields, at place: LinePlace) {
        if matcher.fits(line), let span = line.span { body(span) }
    }
}

private struct Exporter {
    let format: ExportFormat
    let write: (String) -> Void
    private(set) var count = 0

    static let pieceBytes = 64 << 10
    static let spansPerLine = 200

    private var piece = ""
    private var spansInLine = 0
    private var traces: [TraceID: [Span]] = [:]
    private var order: [TraceID] = []

    init(format: ExportFormat, write: @escaping (String) -> Void) {
        self.format = format
        self.write = write
        if format == .csv { piece = CSV.header }
        if format == .perfetto { piece = Perfetto.start }
    }

    mutating func take(_ span: Span) {
        count += 1
        switch format {
        case .csv: piece += CSV.row(span)
        case .otlp:
            piece += spansInLine == 0 ? OTLP.lineStart : ","
            piece += OTLP.span(span)
            spansInLine += 1
            if spansInLine == Self.spansPerLine { endLine() }
        case .perfetto:
            if traces[span.traceID] == nil { order.append(span.traceID) }
            traces[span.traceID, default: []].append(span)
        }
        flush(from: Self.pieceBytes)
    }

    private mutating func endLine() {
        piece += OTLP.lineEnd
        spansInLine = 0
    }

    private mutating func flush(from bytes: Int) {
        guard piece.utf8.count >= bytes, !piece.isEmpty else { return }
        write(piece)
        piece = ""
    }

    mutating func finish() {
        if spansInLine > 0 { endLine() }
        if format == .perfetto {
            for (number, id) in order.enumerated() {
                guard let trace = Trace(traces[id] ?? []) else { continue }
                if number > 0 { piece += ",\n" }
                piece += Perfetto.events(trace, process: number + 1)
                flush(from: Self.pieceBytes)
            }
            piece += Perfetto.end
        }
        flush(from: 0)
    }
}

/// Writes lines as OTLP while they are read; a class, because its bytes aren't copied.
private final class OTLPExporter: LineConsumer {
    static let readsData = true
    private let matcher: LineMatcher
    private let write: (String) -> Void
    private(set) var count = 0
    private var writer = OTLPWriter()

    init(_ matcher: LineMatcher, write: @escaping (String) -> Void) {
        self.matcher = matcher
        self.write = write
    }

    func take(_ line: inout LineFields, at place: LinePlace) {
        guard matcher.fits(line) else { return }
        let isFirst = count % Exporter.spansPerLine == 0
        if isFirst { writer.output.append(OTLP.lineStart) } else { writer.output.append(0x2C) }
        if !writer.write(line), let span = line.span { writer.output.append(OTLP.span(span)) }
        count += 1
        if count % Exporter.spansPerLine == 0 { writer.output.append(OTLP.lineEnd) }
        if writer.output.count >= Exporter.pieceBytes { flush() }
    }

    func finish() {
        if count % Exporter.spansPerLine != 0 { writer.output.append(OTLP.lineEnd) }
        flush()
    }

    private func flush() {
        guard writer.output.count > 0 else { return }
        write(writer.output.text)
        writer.output.truncate(to: 0)
    }
}
