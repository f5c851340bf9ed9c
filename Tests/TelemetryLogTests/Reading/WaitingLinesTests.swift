import Foundation
import Telemetry
import Testing

@testable import TelemetryLog

/// What a process had recorded when it died, before it was in the log.
@Suite struct WaitingLinesTests {
    private let folder: Folder
    private let log: String

    /// The log of a process that died: as many of its spans as asked for are in the log, all of them in its buffer.
    ///
    /// A copy of a living process's files is what a dead one leaves: nobody holds the copied buffer's lock.
    init() throws {
        folder = try Folder()
        log = folder.path + "/log.jsonl"
        let living = try Folder()
        let options = FileSinkOptions(writeInterval: .seconds(600))
        let telemetry = Telemetry(
            sink: try FileSink(path: living.path + "/log.jsonl", options: options),
            configuration: .init(recordsStarts: true)
        )
        telemetry.withTrace("question", userID: "ada") { _ in
            telemetry.logLLMCall(model: "m", promptLength: 3, responseLength: 4, duration: .milliseconds(5))
            telemetry.logToolCall("search", duration: .milliseconds(2), error: "no network")
        }
        let hanging = telemetry.startSpan("hangs")
        for name in try FileManager.default.contentsOfDirectory(atPath: living.path) {
            try FileManager.default.copyItem(atPath: "\(living.path)/\(name)", toPath: "\(folder.path)/\(name)")
        }
        hanging.end()
    }

    private func buffers() throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: folder.path).filter { $0.hasSuffix(".spans") }
    }

    /// The log as every reader sees it.
    private func expectOnce() throws {
        let reader = LogReader([log], threads: 2)
        var types: [EventType] = []
        let report = try reader.forEachSpan { types.append($0.eventType) }
        #expect(types == [.llmCall, .toolCall, .agentRun])
        #expect(report.unfinished == 1 && report.badLineCount == 0 && report.tornLines == 0)
        #expect(try reader.check().badLineCount == 0)
        let summary = try reader.summary()
        #expect(summary.spans == 3 && summary.traces == 1 && summary.failures.count == 1)
        let traces = try reader.traces()
        #expect(traces.traces.map(\.spans).sorted() == [0, 3] || traces.traces.map(\.spans) == [3])
        let id = try #require(traces.traces.first { $0.spans == 3 }).id
        #expect(try reader.trace(id.description).nodes.count == 3)
        #expect(try reader.failures().groups.map(\.count) == [1])
        let latest = try reader.latest(10)
        #expect(latest.count == 3)
        #expect(try reader.span(latest[0].id.description).span == latest[0])
        #expect(try reader.report { _ in }.spans == 3)
        for format in ExportFormat.allCases {
            var text = ""
            _ = try reader.export(format) { text += $0 }
            #expect(text.components(separatedBy: "no network").count >= 2, "\(format)")
        }
        var follower = try LogFollower(log, isFromStart: true)
        var followed: [EventType] = []
        for _ in 0..<2 { try follower.next { followed.append((try? $0.get().eventType) ?? "bad") } }
        #expect(followed == [.agentRun, .llmCall, .toolCall, .agentRun, "hangs"])
    }

    @Test func `every reader has what a dead process left, once, before and after a recorder has taken it over`() throws
    {
        #expect(try Data(contentsOf: URL(filePath: log)).isEmpty)
        #expect(try buffers().count == 1)
        try expectOnce()
        #expect(try buffers().count == 1)
        try FileSink(path: log).close()
        #expect(try buffers().isEmpty)
        try expectOnce()
    }

    @Test(arguments: [1, 2, 3]) func `what a dead process had written already counts once`(written: Int) throws {
        let waiting = WaitingLines.beside(log).split(separator: 0x0A, omittingEmptySubsequences: true)
        // It died between writing some of its lines and saying so.
        try folder.write("log.jsonl", Data(waiting.prefix(written).joined(separator: [0x0A]) + [0x0A]))
        try expectOnce()
    }

    @Test func `who follows gets what a process left that dies meanwhile, and not again when it is taken over`() throws
    {
        let other = try Folder()
        let path = other.path + "/log.jsonl"
        var follower = try LogFollower(path)
        func names() throws -> [String] {
            var types: [String] = []
            try follower.next { types.append((try? $0.get().eventType.rawValue) ?? "bad") }
            return types
        }
        #expect(try names() == [])
        for name in try FileManager.default.contentsOfDirectory(atPath: folder.path) {
            try FileManager.default.copyItem(atPath: "\(folder.path)/\(name)", toPath: "\(other.path)/\(name)")
        }
        #expect(try names() == ["agent_run", "llm_call", "tool_call", "agent_run", "hangs"])
        let telemetry = try Telemetry(logFile: path)
        telemetry.log("next")
        #expect(try names() == ["next"])
        telemetry.close()
        #expect(try names() == [])
        // What waits already when the following begins is no news.
        var late = try LogFollower(log)
        try FileSink(path: log).close()
        var count = 0
        try late.next { _ in count += 1 }
        #expect(count == 0)
    }

    @Test(arguments: [1, 2]) func `a log that is set aside while its parts are read isn't missed`(threads: Int) throws {
        let other = try Folder()
        let path = other.path + "/log.jsonl"
        try other.write("log.20260115T093000.999999Z.jsonl", lines(try makeSpan(1, ms: 1)))
        try other.write("log.jsonl", lines(try makeSpan(2, ms: 1)))
        var reader = LogReader([path], threads: threads)
        let aside = other.path + "/log.20260115T103000.123456Z.jsonl"
        reader.onProgress = { _ in
            guard !FileManager.default.fileExists(atPath: aside) else { return }
            try? FileManager.default.moveItem(atPath: path, toPath: aside)
            try? Data().write(to: URL(filePath: path))
        }
        #expect(try reader.summary().spans == 2)
        #expect(try reader.summary().spans == 1)
        #expect(try LogReader([path]).summary().spans == 2)
    }

    @Test(arguments: [1, 2]) func `what leaves the buffer for the log while this is read is there, once`(threads: Int)
        throws
    {
        let other = try Folder()
        let path = other.path + "/log.jsonl"
        try other.write("log.jsonl", (1...5000 as ClosedRange<UInt64>).map { "\(try! makeSpan($0, ms: 1))\n" }.joined())
        let options = FileSinkOptions(writeInterval: .seconds(600))
        let telemetry = Telemetry(sink: try FileSink(path: path, options: options))
        for _ in 0..<10 { telemetry.log("waits") }
        var reader = LogReader([path], threads: threads)
        // The first block has been read; how long the log was is settled.
        reader.onProgress = { _ in telemetry.flush() }
        let summary = try reader.summary()
        #expect(summary.spans == 5010)
    }
}
