import Foundation
import Telemetry
import Testing

/// A log that somebody removes, renames, locks away or replaces while it is recorded to.
@Suite(.blocking, .serialized) struct MovedLogTests {
    let folder: TemporaryFolder
    let path: String

    init() throws {
        folder = try TemporaryFolder()
        path = folder.file()
    }

    private func recorder(_ mode: FileSinkOptions.Mode = .buffered) throws -> Telemetry {
        let options = FileSinkOptions(mode: mode, bufferBytes: 16 << 10, writeInterval: .milliseconds(1))
        return Telemetry(sink: try FileSink(path: path, options: options))
    }

    private func names(in path: String) throws -> [String] {
        try lines(of: path).map { try #require(try Span(line: $0).name) }
    }

    @Test(arguments: [FileSinkOptions.Mode.synchronous, .buffered])
    func `after the log was removed, what comes next is in a new one`(_ mode: FileSinkOptions.Mode) throws {
        let telemetry = try recorder(mode)
        telemetry.log("x", name: "gone")
        #expect(telemetry.flush(timeout: .patience) == .delivered)
        try FileManager.default.removeItem(atPath: path)
        telemetry.log("x", name: "kept")
        #expect(telemetry.flush(timeout: .patience) == .delivered)
        #expect(try names(in: path) == ["kept"])
        #expect(try FileStatus(path).permissions == 0o600)
    }

    @Test(arguments: [FileSinkOptions.Mode.synchronous, .buffered])
    func `after the log was renamed, what comes next is in a new one`(_ mode: FileSinkOptions.Mode) throws {
        let telemetry = try recorder(mode)
        telemetry.log("x", name: "first")
        telemetry.flush(timeout: .patience)
        try FileManager.default.moveItem(atPath: path, toPath: folder.file("moved"))
        telemetry.log("x", name: "second")
        telemetry.close()
        #expect(try names(in: folder.file("moved")) == ["first"])
        #expect(try names(in: path) == ["second"])
    }

    @Test func `a log that was replaced by a folder goes on where it is, or waits, and comes back`() throws {
        let telemetry = try recorder()
        telemetry.log("x", name: "gone")
        telemetry.flush(timeout: .patience)
        try FileManager.default.removeItem(atPath: path)
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: false)
        telemetry.log("x", name: "waits")
        guard case .failed(let reason) = telemetry.flush(timeout: .patience) else {
            Issue.record("Delivered to a folder")
            return
        }
        #expect(reason.contains("Is a directory"))
        #expect(reason.contains("bytes wait to be written"))
        #expect(telemetry.metrics.droppedSpans == 0)
        try FileManager.default.removeItem(atPath: path)
        #expect(telemetry.flush(timeout: .patience) == .delivered)
        #expect(try names(in: path) == ["waits"])
    }

    @Test func `when the whole folder goes and comes back, recording goes on`() throws {
        let telemetry = try recorder()
        telemetry.log("x", name: "gone")
        telemetry.flush(timeout: .patience)
        try FileManager.default.removeItem(atPath: folder.path)
        telemetry.log("x", name: "kept")
        guard case .failed = telemetry.flush(timeout: .patience) else {
            Issue.record("Delivered to nowhere")
            return
        }
        try FileManager.default.createDirectory(atPath: folder.path, withIntermediateDirectories: false)
        #expect(telemetry.flush(timeout: .patience) == .delivered)
        telemetry.close()
        #expect(try names(in: path) == ["kept"])
    }

    @Test func `who closes while the log can't be written leaves the lines to the next who opens it`() throws {
        let first = try recorder()
        first.log("x", name: "gone")
        first.flush()
        try FileManager.default.removeItem(atPath: path)
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: false)
        for place in 0..<5 { first.log("x", name: "\(place)") }
        first.close()
        guard case .failed(let reason) = first.flush(timeout: .patience) else {
            Issue.record("Delivered to a folder")
            return
        }
        #expect(reason.contains("bytes wait to be written"))
        try FileManager.default.removeItem(atPath: path)
        // The first one still lives, in this process; but it's closed.
        try recorder().close()
        #expect(try names(in: path) == (0..<5).map { "\($0)" })
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["log.jsonl"])
        withExtendedLifetime(first) {}
    }

    @Test(arguments: [FileSinkOptions.Mode.synchronous, .buffered])
    func `a log that loses its permission to be written goes on, as it is open`(_ mode: FileSinkOptions.Mode) throws {
        let telemetry = try recorder(mode)
        telemetry.log("x", name: "before")
        telemetry.flush(timeout: .patience)
        try FileManager.default.setAttributes([.posixPermissions: 0o400], ofItemAtPath: path)
        telemetry.log("x", name: "after")
        #expect(telemetry.flush(timeout: .patience) == .delivered)
        telemetry.close()
        #expect(try names(in: path) == ["before", "after"])
        #expect(try FileStatus(path).permissions == 0o400)
    }

    #if os(Linux)
    @Test(.enabled(if: hasChattr, "chattr needs root and a file system that knows it"))
    func `while the log is read-only, lines wait, and are there afterwards`() throws {
        let telemetry = try recorder()
        telemetry.log("x", name: "before")
        telemetry.flush(timeout: .patience)
        #expect(try run("chattr", ["+i", path]).status == 0)
        telemetry.log("x", name: "meanwhile")
        let result = telemetry.flush()
        #expect(try run("chattr", ["-i", path]).status == 0)
        guard case .failed(let reason) = result else {
            Issue.record("Delivered to a file that can't be changed")
            return
        }
        #expect(reason.contains("not permitted"))
        telemetry.log("x", name: "after")
        #expect(telemetry.flush(timeout: .patience) == .delivered)
        #expect(try names(in: path) == ["before", "meanwhile", "after"])
    }

    @Test(.enabled(if: hasChattr, "chattr needs root and a file system that knows it"))
    func `a log that may only grow is a log, its last line's repair included`() throws {
        _ = try folder.file(holding: Array("{\"half".utf8))
        #expect(try run("chattr", ["+a", path]).status == 0)
        let telemetry = try? recorder()
        for place in 0..<50 { telemetry?.log("x", name: "\(place)") }
        telemetry?.close()
        #expect(try run("chattr", ["-a", path]).status == 0)
        let read = try lines(of: path)
        #expect(read.first == "{\"half")
        #expect(try read.dropFirst().map { try Span(line: $0).name } == (0..<50).map { "\($0)" })
    }
    #endif

    @Test func `the buffers of a log whose name begins alike are left alone`() throws {
        let probe = try Probe([folder.file("log.jsonl.more"), "1", "--interval", "10000"])
        let acknowledged = try probe.kill(onceItSpeaks: true)
        #expect(!acknowledged.isEmpty)
        try recorder().close()
        #expect(try bytes(of: path).isEmpty)
        try FileSink(path: folder.file("log.jsonl.more")).close()
        let ids = try lines(of: folder.file("log.jsonl.more")).map { try Span(line: $0).id.description }
        #expect(Set(acknowledged).isSubset(of: ids))
    }

    @Test func `files of others that are called like buffers are left alone`() throws {
        let names = [".log.jsonl.notes.spans", ".log.jsonl.12-xyz.spans", ".log.jsonl.spans", ".log.jsonl.-.spans"]
        for name in names { _ = try folder.file(name, holding: []) }
        try makeFIFO(folder.file(".log.jsonl.12-0123456789abcdef.spans"))
        try recorder().close()
        for name in names { #expect(try bytes(of: folder.file(name)).isEmpty) }
        #expect(try FileStatus(folder.file(".log.jsonl.12-0123456789abcdef.spans")).kind == FileStatus.fifo)
    }
}
