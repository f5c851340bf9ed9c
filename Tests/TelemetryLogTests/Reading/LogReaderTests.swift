import Foundation
import Telemetry
import Testing

@testable import TelemetryLog

@Suite struct LogReaderTests {
    @Test func `keys that need escapes are read, and known keys with needless ones too`() throws {
        let folder = try Folder()
        let line =
            #"{"span_id":"00000000000000a1","trace_id":"000000000000000000000000000000b1","event_type":"llm_call","#
        let data = #""timestamp":"2026-01-15T10:30:00Z","data":{"a\"\u202e":1,"mod\u0065l":"m"}}"#
        let reader = LogReader([try folder.write("log.jsonl", line + data + "\n")])
        let summary = try reader.summary()
        #expect(summary.spans == 1 && summary.report.badLineCount == 0 && summary.rows[0].parts.first?.name == "m")
    }

    private let folder: Folder
    init() throws { folder = try Folder() }

    private func read(_ paths: String..., threads: Int = 1) throws -> (spans: [Span], report: ReadingReport) {
        var spans: [Span] = []
        var reader = LogReader(paths)
        reader.threads = threads
        let report = try reader.forEachSpan { spans.append($0) }
        return (spans, report)
    }

    @Test func `spans come in the order of the log`() throws {
        let spans = [try makeSpan(1, ms: 1), try makeSpan(2, .toolCall, "calculator", error: "no"), try makeSpan(3)]
        let log = try folder.write("log.jsonl", lines(spans[0], spans[1], spans[2]))
        let (found, report) = try read(log)
        #expect(found == spans)
        #expect(report.lines == 3 && report.badLineCount == 0 && report.tornLines == 0)
    }

    @Test func `what waits in a buffer beside the log is read, and counts once`() throws {
        let log = try folder.write("log.jsonl", "")
        let options = FileSinkOptions(writeInterval: .seconds(60))
        let telemetry = Telemetry(sink: try FileSink(path: log, options: options))
        for place in 0..<10 { telemetry.log("x", name: "\(place)") }
        #expect(try Data(contentsOf: URL(filePath: log)).isEmpty)
        #expect(try read(log).spans.map(\.name) == (0..<10).map { "\($0)" })
        telemetry.flush()
        #expect(try read(log).spans.map(\.name) == (0..<10).map { "\($0)" })
    }

    @Test func `a bad line is reported with its file, number and reason, and the rest is read`() throws {
        let good = "\(try makeSpan(1))"
        let deep = #"{"a":"# + String(repeating: "[", count: 10_000) + String(repeating: "]", count: 10_000) + "}"
        let negative = good.replacingOccurrences(of: "}", with: #","duration_ms":-4}"#)
        let text = ["\u{FEFF}" + good, "", "not json", deep, negative, "\(try makeSpan(2))\r", "{}", "\0\0\0", "[1]"]
        let log = try folder.write("log.jsonl", Data(text.joined(separator: "\n").utf8) + Data([10, 34, 0xFF, 34, 10]))
        let (found, report) = try read(log)
        #expect(found.map(\.id.bits) == [1, 2])
        #expect(report.badLineCount == 7 && report.lines == 9)
        #expect(report.badLines.map(\.line) == [3, 4, 5, 7, 8, 9, 10])
        #expect(report.badLines.allSatisfy { $0.file == log })
        #expect(report.badLines[0].description == "\(log):3: invalid JSON at byte 0: expected null")
        #expect(report.badLines[1].reason.contains("nested more than 128 deep"))
        #expect(report.badLines[2].reason.contains("duration_ms: expected a number of milliseconds, 0 or more"))
        #expect(report.badLines[3].reason.contains("span_id"))
        #expect(report.badLines[6].reason.contains("not UTF-8"))
    }

    @Test func `a line that ends within what looks like our beginning ends there`() throws {
        let span = "\(try makeSpan(1))"
        let damaged = span.prefix(20) + "\n" + span.dropFirst(21)
        let log = try folder.write("log.jsonl", damaged + "\n\(span)\nnot a span\n")
        let (found, report) = try read(log)
        #expect(found.count == 1 && report.lines == 4 && report.badLines.map(\.line) == [1, 2, 4])
    }

    @Test func `a torn last line is skipped and counted`() throws {
        let whole = "\(try makeSpan(1))\n"
        for cut in [1, 20, 100, whole.utf8.count - 2] {
            let log = try folder.write("log.jsonl", whole + "\(try makeSpan(2))".prefix(cut))
            let (found, report) = try read(log)
            #expect(found.count == 1 && report.tornLines == 1 && report.badLineCount == 0)
        }
        let ended = try folder.write("log.jsonl", whole + "\(try makeSpan(2))")
        #expect(try read(ended).spans.count == 2)
    }

    @Test func `a span counts once, and a finished one beats the record of its beginning`() throws {
        let began = try makeSpan(1, data: ["a": 1, "status": "running"])
        let ended = try makeSpan(1, ms: 5, data: ["a": 1])
        let open = try makeSpan(2, data: ["status": "running"])
        for text in [lines(began, ended, open, ended), lines(ended, began, open, open)] {
            let (found, report) = try read(try folder.write("log.jsonl", text))
            #expect(found == [ended])
            #expect(report.unfinished == 1)
        }
    }

    @Test func `a torn line doesn't hide the whole one that was written later`() throws {
        let span = try makeSpan(1, ms: 1)
        let log = try folder.write("log.jsonl", "\(span)".prefix(120) + "\n" + lines(span))
        let (found, report) = try read(log)
        #expect(found == [span] && report.badLineCount == 1 && report.duplicates == 0)
    }

    @Test func `the parts of a rotated log are read from old to new`() throws {
        try folder.write("log.20260115T103000.123456Z.jsonl", lines(try makeSpan(2)))
        try folder.write("log.20260115T093000.999999Z.jsonl", lines(try makeSpan(1)))
        try folder.write("log.notes.jsonl", "not a part")
        try folder.write("other.20260115T093000.999999Z.jsonl", "nor this")
        let log = try folder.write("log.jsonl", lines(try makeSpan(3)))
        #expect(try read(log).spans.map(\.id.bits) == [1, 2, 3])
        #expect(LogFiles.inOrder([log, log]).count == 3)
    }

    @Test(arguments: [1, 2, 3]) func `long lines and many blocks are read whole by any number of threads`(
        threads: Int
    ) throws {
        var text = ""
        var generator = SeededGenerator(state: UInt64(threads))
        for id in 1...9000 as ClosedRange<UInt64> {
            let length = id % 1000 == 0 ? 900_000 : Int.random(in: 0..<700, using: &generator)
            text += "\(try makeSpan(id, ms: 1, data: ["prompt": .string(String(repeating: "x", count: length))]))\n"
            if id % 500 == 0 { text += "bad\n" }
        }
        let log = try folder.write("log.jsonl", text)
        var reader = LogReader([log])
        reader.threads = threads
        let (consumers, report, _) = try reader.read { IDConsumer() }
        #expect(consumers.map(\.ids.count).reduce(0, +) == 9000)
        #expect(Set(consumers.flatMap(\.ids)) == Set(1...9000))
        #expect(report.badLines.map(\.line) == (1...18).map { $0 * 501 })
        #expect(report.bytes == text.utf8.count)
    }

    private struct IDConsumer: LineConsumer {
        var ids: [UInt64] = []
        mutating func take(_ line: inout LineFields, at place: LinePlace) { ids.append(line.spanID) }
    }

    @Test func `a line of 50 MB is read, and one without an end is torn`() throws {
        let halves = "\(try makeSpan(1, data: ["prompt": "-"]))".split(separator: "-\"", maxSplits: 1)
        let long = Data("\(halves[0])".utf8) + Data(repeating: 0x78, count: 50 << 20) + Data("\"\(halves[1])".utf8)
        let log = try folder.write("log.jsonl", long + Data("\n\(try makeSpan(2))\n".utf8))
        #expect(try read(log).spans.map(\.id.bits) == [1, 2])
        let torn = try folder.write("torn.jsonl", long.dropLast(3))
        #expect(try read(torn).report.tornLines == 1)
    }

    @Test func `an empty file has no spans`() throws {
        let (found, report) = try read(try folder.write("log.jsonl", ""))
        #expect(found.isEmpty && report.lines == 0 && report.tornLines == 0)
    }

    @Test func `what can't be read is named, with what to do`() throws {
        #expect(throws: LogError(.notAFile, "\(folder.path): this is a folder. Name the log in it with --log FILE.")) {
            try read(folder.path)
        }
        let missing = folder.path + "/none.jsonl"
        let error = #expect(throws: LogError.self) { try read(missing) }
        #expect(error?.code == .noSuchFile && error?.message.hasPrefix("\(missing): no such file.") == true)
    }

    @Test func `a FIFO is read to its end`() async throws {
        let fifo = folder.path + "/fifo"
        #expect(mkfifo(fifo, 0o600) == 0)
        let text = (1...5000 as ClosedRange<UInt64>).map { id in "\(try! makeSpan(id, ms: 2))\n" }.joined()
        let writer = Thread {
            let handle = FileHandle(forWritingAtPath: fifo)
            // In pieces that don't end with lines.
            var rest = Data(text.utf8)
            while !rest.isEmpty {
                handle?.write(rest.prefix(70_001))
                rest = Data(rest.dropFirst(70_001))
            }
            try? handle?.close()
        }
        writer.start()
        let (found, report) = try read(fifo)
        #expect(found.map(\.id.bits) == Array(1...5000))
        #expect(report.badLineCount == 0)
    }

    @Test func `a file that shrinks while it is read ends earlier`() throws {
        let text = (1...20_000 as ClosedRange<UInt64>).map { id in "\(try! makeSpan(id, ms: 2))\n" }.joined()
        let log = try folder.write("log.jsonl", text)
        var count = 0
        let reader = LogReader([log])
        let report = try reader.forEachSpan { _ in
            count += 1
            if count == 1 { #expect(truncate(log, 300_000) == 0) }
        }
        #expect(count > 1000 && count < 20_000)
        #expect(report.badLineCount == 0)
    }
}
