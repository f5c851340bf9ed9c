import Foundation
import Telemetry
import Testing

/// A last line whose writer died in the middle of it.
struct RepairTests {
    let folder: TemporaryFolder
    static let whole =
        #"{"span_id":"000000000000000a","trace_id":"0000000000000000000000000000000b","#
        + #""event_type":"x","timestamp":"2026-01-15T10:30:00.123456Z"}"#

    init() throws { folder = try TemporaryFolder() }

    /// The lines after a log with these bytes was opened and a span recorded; all must be spans.
    private func repaired(_ bytes: some Sequence<UInt8>) throws -> (lines: [String], spans: [Span]) {
        let path = try folder.file(holding: bytes)
        try Telemetry(synchronous: path).log("next")
        let lines = try lines(of: path)
        let spans = try lines.map { try Span(line: $0) }
        #expect(spans.last?.eventType == "next")
        return (lines, spans)
    }

    @Test(arguments: [0, 1, 2, 5])
    func `a fragment becomes a line that holds its text`(before: Int) throws {
        let earlier = String(repeating: Self.whole + "\n", count: before)
        for length in [1, 2, 10, 50, Self.whole.utf8.count - 1] {
            let fragment = String(Self.whole.prefix(length))
            let (lines, spans) = try repaired((earlier + fragment).utf8)
            #expect(lines.count == before + 2)
            #expect(lines.prefix(before).allSatisfy { $0 == Self.whole })
            let torn = spans[before]
            #expect(torn.eventType == "torn_line")
            #expect(torn.data == ["bytes": .integer(length), "text": .string(fragment)])
            #expect(torn.isFailure)
        }
    }

    @Test(arguments: [0, 3])
    func `a whole line without its end gets it`(before: Int) throws {
        let (lines, _) = try repaired((String(repeating: Self.whole + "\n", count: before) + Self.whole).utf8)
        #expect(lines.count == before + 2)
        #expect(lines.dropLast().allSatisfy { $0 == Self.whole })
    }

    @Test func `a log that ends well is left as it is`() throws {
        let (lines, _) = try repaired((Self.whole + "\n").utf8)
        #expect(lines.count == 2)
        #expect(lines.first == Self.whole)
        #expect(try repaired([]).lines.count == 1)
    }

    @Test func `repairing is done once`() throws {
        let path = try folder.file(holding: Array((Self.whole + "\n{\"span").utf8))
        _ = try Telemetry(synchronous: path)
        let once = try bytes(of: path)
        _ = try Telemetry(synchronous: path)
        #expect(try bytes(of: path) == once)
        #expect(try lines(of: path).count == 2)
    }

    @Test(arguments: [70_000, 2 << 20, 3_000_000, 5_000_000], [false, true])
    func `a huge fragment is cut, and what remains is marked`(length: Int, afterLine: Bool) throws {
        let fragment = "{\"data\":\"" + String(repeating: "x", count: length - 9)
        let (lines, spans) = try repaired(((afterLine ? Self.whole + "\n" : "") + fragment).utf8)
        #expect(lines.count == (afterLine ? 3 : 2))
        let torn = try #require(spans.dropLast().last)
        #expect(torn.eventType == "torn_line")
        #expect((torn.data["bytes"] as Int?) == length)
        let text = try #require(torn.data["text"] as String?)
        #expect(text.hasPrefix("{\"data\":\"xxxx"))
        #expect(text.contains("…[+"))
    }

    @Test(arguments: [[0xFF, 0xFE], [0x7B, 0xE2, 0x82], [0x7B, 0x22, 0xC3], [0x00, 0x1B, 0x5B, 0x9B]] as [[UInt8]])
    func `a fragment that isn't UTF-8 becomes a valid line`(fragment: [UInt8]) throws {
        let (lines, spans) = try repaired(Array((Self.whole + "\n").utf8) + fragment)
        #expect(lines.count == 3)
        #expect((spans[1].data["bytes"] as Int?) == fragment.count)
        #expect((spans[1].data["text"] as String?) == String(decoding: fragment, as: UTF8.self))
    }

    @Test func `a character torn by the end of the file's last read is no trouble`() throws {
        let fragment = Array(("{\"data\":\"" + String(repeating: "€", count: 100_000)).utf8.dropLast())
        let (_, spans) = try repaired(fragment)
        #expect((spans.first?.data["bytes"] as Int?) == fragment.count)
    }

    @Test func `what a program that doesn't know us left torn is kept, whoever else writes`() throws {
        let path = folder.file()
        let other = try Telemetry(synchronous: path)
        other.log("first")
        let handle = try #require(FileHandle(forWritingAtPath: path))
        try handle.seekToEnd()
        try handle.write(contentsOf: Data("{\"half a li".utf8))
        let telemetry = try Telemetry(synchronous: path)
        telemetry.log("second")
        other.log("third")
        let spans = try lines(of: path).map { try Span(line: $0) }
        #expect(spans.map(\.eventType) == ["first", .tornLine, "second", "third"])
        #expect(spans[1].data["text"] == "{\"half a li")
    }

    @Test func `whoever keeps the log locked doesn't keep us from recording`() throws {
        let path = try folder.file(holding: Array((Self.whole + "\n").utf8))
        let lock = try lockExclusively(path)
        let telemetry = try Telemetry(synchronous: path)
        telemetry.log("x")
        #expect(try lines(of: path).count == 2)
        try lock.close()
    }
}
