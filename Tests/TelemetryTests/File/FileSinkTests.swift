import Foundation
import Telemetry
import Testing

@Suite(.blocking) struct FileSinkTests {
    let folder: TemporaryFolder
    let path: String

    init() throws {
        folder = try TemporaryFolder()
        path = folder.file()
    }

    @Test func `each span is a line, on disk when its end returns`() throws {
        let telemetry = try Telemetry(synchronous: path)
        for count in 1...3 {
            telemetry.log("x", name: "\(count)")
            #expect(telemetry.flush(timeout: .patience) == .delivered)
            #expect(try lines(of: path).count == count)
        }
        #expect(try lines(of: path).map { try Span(line: $0).name } == ["1", "2", "3"])
        #expect(try lines(of: path).map { try Span(line: $0) } == telemetry.recentSpans())
    }

    @Test func `an existing file is appended to`() throws {
        let first = #"{"written":"earlier"}"#
        _ = try folder.file(holding: Array((first + "\n").utf8))
        try Telemetry(synchronous: path).log("x")
        try Telemetry(synchronous: path).log("y")
        let lines = try lines(of: path)
        #expect(lines.count == 3)
        #expect(lines.first == first)
        #expect(try lines.dropFirst().map { try Span(line: $0).eventType } == ["x", "y"])
    }

    @Test func `the log is for its owner alone, whatever the umask`() async {
        await #expect(processExitsWith: .success) {
            clearUmask()
            let folder = try TemporaryFolder()
            let telemetry = try Telemetry(synchronous: folder.file())
            telemetry.log("x")
            telemetry.clear()
            telemetry.log("x")
            #expect(try FileStatus(folder.file()).permissions == 0o600)
        }
    }

    @Test func `the permissions of a file that exists are left alone`() throws {
        _ = try folder.file(holding: [])
        try FileManager.default.setAttributes([.posixPermissions: 0o640], ofItemAtPath: path)
        try Telemetry(synchronous: path).log("x")
        #expect(try FileStatus(path).permissions == 0o640)
    }

    @Test func `clearing empties the file, and what comes next is its first line`() throws {
        let telemetry = try Telemetry(synchronous: path)
        for _ in 0..<10 { telemetry.log("x") }
        let before = try FileStatus(path)
        telemetry.clear()
        #expect(try bytes(of: path).isEmpty)
        telemetry.log("y")
        #expect(try lines(of: path).map { try Span(line: $0).eventType } == ["y"])
        #expect(try FileStatus(path).number == before.number)
    }

    @Test func `after closing, lines are dropped and counted, and the file stays as it was`() throws {
        let telemetry = try Telemetry(synchronous: path)
        telemetry.log("x")
        let before = try bytes(of: path)
        telemetry.close()
        telemetry.close()
        telemetry.log("x")
        telemetry.clear()
        #expect(try bytes(of: path) == before)
        telemetry.log("x")
        #expect(telemetry.metrics.droppedSpans == 1)
    }

    @Test func `a span whose end returned survives kill -9`() async throws {
        // The child, which captures nothing, knows its parent's number, and so the log's path.
        await #expect(processExitsWith: .signal(9)) {
            let path = NSTemporaryDirectory() + "/telemetry-tests-killed-\(parentProcess()).jsonl"
            let telemetry = try Telemetry(synchronous: path)
            telemetry.clear()
            for place in 0..<100 { telemetry.withSpan("x", name: "\(place)") { _ in } }
            killThisProcess()
        }
        let path = NSTemporaryDirectory() + "/telemetry-tests-killed-\(ProcessInfo.processInfo.processIdentifier).jsonl"
        defer { try? FileManager.default.removeItem(atPath: path) }
        #expect(try lines(of: path).map { try Span(line: $0).name } == (0..<100).map { "\($0)" })
    }

    @Test func `two recorders with one file write whole lines`() throws {
        let (one, other) = (try Telemetry(synchronous: path), try Telemetry(synchronous: path))
        for place in 0..<100 { (place % 2 == 0 ? one : other).log("x", name: "\(place)") }
        #expect(try lines(of: path).map { try Span(line: $0).name } == (0..<100).map { "\($0)" })
        one.clear()
        other.log("y")
        #expect(try lines(of: path).map { try Span(line: $0).eventType } == ["y"])
    }
}
