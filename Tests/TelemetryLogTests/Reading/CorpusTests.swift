import Foundation
import Telemetry
import Testing

@testable import TelemetryLog

/// Logs that the fuzzer began with, and those in which it found something wrong; see `Fuzz/fuzz.sh`.
@Suite struct CorpusTests {
    private static let folder = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../Corpus")

    private static let logs = try! FileManager.default.contentsOfDirectory(atPath: folder.path()).sorted()

    @Test(arguments: logs) func `the fast ways read what the plain one does`(name: String) throws {
        let bytes = Array(try Data(contentsOf: Self.folder.appending(path: name)))
        for line in bytes.split(separator: 0x0A) {
            #expect(Agreement.ofFields(Array(line)) == nil)
            #expect(Agreement.ofOTLP(Array(line)) == nil)
        }
        let folder = try Folder()
        // As it is, and with its beginning at the end of a block.
        let blank = [UInt8](repeating: 0x20, count: BlockSize.bytes - 51) + [0x0A]
        for log in [bytes, blank + bytes] {
            let path = try folder.write("log.jsonl", Data(log))
            for threads in 1...2 {
                #expect(try PlainReading(log).difference(from: LogReader([path], threads: threads)) == nil)
            }
        }
    }

    @Test func `what the plain way reads otherwise is told`() throws {
        let folder = try Folder()
        let path = try folder.write("log.jsonl", lines(try makeSpan(1, ms: 1)))
        let reader = LogReader([path])
        #expect(try PlainReading(Array(lines(try makeSpan(1, ms: 1)).utf8)).difference(from: reader) == nil)
        #expect(try PlainReading(Array(lines(try makeSpan(1, ms: 2)).utf8)).difference(from: reader) == "other spans")
        #expect(try PlainReading([]).difference(from: reader) == "1 lines for 0")
    }
}
