import Foundation
import Telemetry
import Testing

@testable import TelemetryLog

@Suite struct LogFollowerTests {
    private let folder: Folder
    init() throws { folder = try Folder() }

    private func append(_ text: String, to path: String) throws {
        let handle = try #require(FileHandle(forWritingAtPath: path))
        try handle.seekToEnd()
        try handle.write(contentsOf: Data(text.utf8))
        try handle.close()
    }

    private func ids(_ follower: inout LogFollower) throws -> [UInt64] {
        var ids: [UInt64] = []
        try follower.next { if case .success(let span) = $0 { ids.append(span.id.bits) } else { ids.append(0) } }
        return ids
    }

    @Test func `what is appended comes, and a torn line is waited for`() throws {
        let log = try folder.write("log.jsonl", lines(try makeSpan(1)))
        var follower = try LogFollower(log)
        #expect(try ids(&follower) == [])
        let line = "\(try makeSpan(2))"
        try append(lines(try makeSpan(3)) + line.prefix(50), to: log)
        #expect(try ids(&follower) == [3])
        try append(line.dropFirst(50) + "\nbad\n\n", to: log)
        #expect(try ids(&follower) == [2, 0])
        var all = try LogFollower(log, isFromStart: true)
        #expect(try ids(&all) == [1, 3, 2, 0])
    }

    @Test func `a log that is rotated, emptied or not there yet is followed`() throws {
        let log = folder.path + "/log.jsonl"
        var follower = try LogFollower(log)
        #expect(try ids(&follower) == [])
        try folder.write("log.jsonl", lines(try makeSpan(1)))
        #expect(try ids(&follower) == [1])
        try append(lines(try makeSpan(2)), to: log)
        try FileManager.default.moveItem(atPath: log, toPath: folder.path + "/log.20260115T103000.123456Z.jsonl")
        try folder.write("log.jsonl", lines(try makeSpan(3)))
        #expect(try ids(&follower) == [2, 3])
        #expect(truncate(log, 0) == 0)
        #expect(try ids(&follower) == [])
        try append(lines(try makeSpan(4)), to: log)
        #expect(try ids(&follower) == [4])
    }

    @Test func `no part is missed of a log that is rotated more than once`() throws {
        let log = try folder.write("log.jsonl", lines(try makeSpan(1)))
        try folder.write("log.20260115T093000.000000Z.jsonl", lines(try makeSpan(9)))
        var follower = try LogFollower(log)
        for (id, second) in zip(2...4 as ClosedRange<UInt64>, 0...) {
            try append(lines(try makeSpan(id)), to: log)
            let part = folder.path + "/log.20260115T10300\(second).000000Z.jsonl"
            try FileManager.default.moveItem(atPath: log, toPath: part)
            try folder.write("log.jsonl", "")
        }
        try append(lines(try makeSpan(5)), to: log)
        #expect(try ids(&follower) == [2, 3, 4, 5])
        #expect(try ids(&follower) == [])
    }

    @Test func `what can't be followed is named`() {
        #expect(throws: LogError.self) {
            _ = try LogFollower(folder.path)
        }
    }
}
