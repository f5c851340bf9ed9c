import Foundation
import Testing

@testable import Telemetry

/// Buffers that dead processes left, with what can be wrong with them.
@Suite(.blocking, .serialized) struct LeftBehindTests {
    let folder: TemporaryFolder
    let path: String

    init() throws {
        folder = try TemporaryFolder()
        path = folder.file()
    }

    /// Leaves the buffer of a process that was killed after it had recorded spans with these names; returns its path.
    ///
    /// A copy of a living recorder's buffer is the same: nobody holds its lock.
    @discardableResult
    private func leaveBuffer(_ names: [String], as name: String = ".log.jsonl.1-00000000000000aa.spans") throws
        -> String
    {
        let living = try TemporaryFolder()
        let options = FileSinkOptions(bufferBytes: 16 << 10, writeInterval: .seconds(600))
        let telemetry = Telemetry(sink: try FileSink(path: living.file(), options: options))
        for name in names { telemetry.log("x", name: name) }
        let buffer = try #require(SpanBuffer.paths(beside: living.file()).first)
        try FileManager.default.copyItem(atPath: buffer, toPath: folder.file(name))
        return folder.file(name)
    }

    private func recorded() throws -> [String] { try lines(of: path).compactMap { try Span(line: $0).name } }
    private func waiting() -> Int { WaitingLines.beside(path).count { $0 == 0x0A } }

    @Test func `a process's number may have been given to another since, even to this one`() throws {
        let own = ".log.jsonl.\(ProcessInfo.processInfo.processIdentifier)-00000000000000aa.spans"
        try leaveBuffer(["a", "b"], as: own)
        try leaveBuffer(["c"], as: ".log.jsonl.1-00000000000000bb.spans")
        let living = try Telemetry(logFile: path)
        living.log("x", name: "d")
        // Who opens the log next takes what the dead have left, and nothing from who lives.
        try FileSink(path: path).close()
        living.close()
        #expect(try recorded().sorted() == ["a", "b", "c", "d"])
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["log.jsonl"])
    }

    @Test func `what several processes left is taken over by several at once, once`() async throws {
        for place in 0..<8 {
            try leaveBuffer((0..<20).map { "\(place).\($0)" }, as: ".log.jsonl.\(place)-00000000000000aa.spans")
        }
        await withTaskGroup(of: Void.self) { group in
            for _ in 0..<8 { group.addTask { [path] in try? FileSink(path: path).close() } }
        }
        let expected = (0..<8).flatMap { place in (0..<20).map { "\(place).\($0)" } }
        #expect(try recorded().sorted() == expected.sorted())
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["log.jsonl"])
    }

    @Test(arguments: 0..<30 as Range<UInt64>)
    func `whatever the machine's death made of a buffer's lines, the log has whole lines only`(seed: UInt64) throws {
        let buffer = try leaveBuffer((0..<40).map(String.init))
        var generator = SeededGenerator(seed: seed)
        var bytes = try bytes(of: buffer)
        // Pages that never reached the disk, and bytes that are others: line ends, quotes, anything.
        let first = 4096
        for _ in 0..<Int.random(in: 1...6, using: &generator) {
            let place = Int.random(in: first..<first + 6000, using: &generator)
            let end = place + Int.random(in: 1...600, using: &generator)
            let byte = [0, 0x0A, 0x22, 0xFF, UInt8.random(in: 0...255, using: &generator)].randomElement(
                using: &generator
            )!
            for index in place..<end { bytes[index] = byte }
        }
        try Data(bytes).write(to: URL(filePath: buffer))
        let telemetry = try Telemetry(logFile: path)
        telemetry.log("x", name: "next")
        telemetry.close()
        let spans = try lines(of: path).map { try Span(line: $0) }
        #expect(spans.last?.name == "next")
        #expect(spans.allSatisfy { ["x", .tornLine].contains($0.eventType) })
        #expect(Set(spans.map(\.id)).count == spans.count)
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["log.jsonl"])
    }

    @Test(.enabled(if: geteuid() == 0, "only root can give files away"), arguments: [true, false])
    func `a stranger's buffer is neither read nor touched, unless the log is the stranger's`(ownsLog: Bool) throws {
        let buffer = try leaveBuffer(["a"])
        _ = try folder.file(holding: [])
        try #require(chown(buffer, 65_534, 65_534) == 0)
        if ownsLog { try #require(chown(path, 65_534, 65_534) == 0) }
        #expect(waiting() == (ownsLog ? 1 : 0))
        let before = try bytes(of: buffer)
        try FileSink(path: path).close()
        #expect(try recorded() == (ownsLog ? ["a"] : []))
        if !ownsLog { #expect(try bytes(of: buffer) == before) }
        #expect(FileManager.default.fileExists(atPath: buffer) == !ownsLog)
    }

    @Test func `a link called like a buffer is neither followed nor removed`() throws {
        let elsewhere = try leaveBuffer(["a"], as: "elsewhere")
        let link = folder.file(".log.jsonl.1-00000000000000aa.spans")
        try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: elsewhere)
        let before = try bytes(of: elsewhere)
        #expect(waiting() == 0)
        try FileSink(path: path).close()
        #expect(try recorded() == [])
        #expect(try bytes(of: elsewhere) == before)
        #expect(try FileStatus(link).kind == FileStatus.link)
    }

    #if os(Linux)
    private static let canForbid = geteuid() != 0 || hasChattr

    @Test(.enabled(if: canForbid, "needs chattr where it is run by root"), arguments: ["abort", "kill"])
    func `where no buffer can be made beside the log, what has ended is in the log`(end: String) throws {
        _ = try folder.file(holding: [])
        try withoutChanges(in: folder.path) {
            let probe = try Probe([path, "3"] + (end == "abort" ? ["--count", "100", "--end", "abort"] : []))
            let acknowledged = end == "kill" ? try probe.kill(onceItSpeaks: true, after: 100_000) : try probe.wait().ids
            let ids = try lines(of: path).map { try Span(line: $0).id.description }
            #expect(Set(ids).count == ids.count)
            #expect(Set(acknowledged).isSubset(of: ids))
            if end == "abort" { #expect(acknowledged.count == 300) }
        }
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["log.jsonl"])
    }

    @Test(.enabled(if: canForbid, "needs chattr where it is run by root"))
    func `where nothing can be renamed, a log that should be rotated grows, and loses nothing`() throws {
        _ = try folder.file(holding: [])
        try withoutChanges(in: folder.path) {
            let (ids, status) = try Probe([path, "2", "--count", "100", "--rotate", "5000"]).wait()
            #expect(status == 0)
            #expect(try lines(of: path).map { try Span(line: $0).id.description }.sorted() == ids.sorted())
        }
    }
    #endif
}
