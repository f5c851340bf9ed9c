import Foundation
import Telemetry
import Testing

@testable import TelemetryLog

/// Logs that are mapped, which those of a few megabytes or more are.
@Suite struct MappedLogTests {
    private let folder: Folder
    init() throws { folder = try Folder() }

    /// A log of some 6 MB; now and then with a line that isn't a span, or one that is longer than a block.
    private func log(isMixed: Bool) throws -> String {
        var bytes: [UInt8] = []
        let text = JSONValue.string(String(repeating: "x", count: 600))
        for id in 1...9000 as ClosedRange<UInt64> {
            bytes +=
                "\(try makeSpan(id, trace: 1 + id / 10, .llmCall, "m", at: Double(id), ms: 1, data: ["prompt": text]))\n"
                .utf8
            guard isMixed, id % 1000 == 0 else { continue }
            let long = JSONValue.string(String(repeating: "y", count: Int(id) * 300))
            bytes += "bad\n\(try makeSpan(1_000_000 + id, data: ["prompt": long]))\n".utf8
        }
        #expect(bytes.count > BlockSize.leastMapped + 2 * BlockSize.mapped(of: bytes.count, threads: 1))
        return try folder.write("log.jsonl", Data(bytes))
    }

    private func reader(_ log: String, isMapped: Bool, threads: Int = 1) -> LogReader {
        var reader = LogReader([log], threads: threads)
        reader.mapsFiles = isMapped
        return reader
    }

    @Test(arguments: [1, 2, 3]) func `a mapped log says what one that is read says`(threads: Int) throws {
        let log = try log(isMixed: true)
        let mapped = reader(log, isMapped: true, threads: threads)
        let read = reader(log, isMapped: false)
        #expect(try mapped.summary() == read.summary())
        #expect(try mapped.check() == read.check())
        let id = "\(try makeSpan(1, trace: 500).traceID)"
        let spans = try mapped.trace(id).spans
        #expect(try spans == read.trace(id).spans && spans.count == 10)
        var counts: [Int] = []
        for reader in [mapped, read] {
            var bytes = 0
            _ = try reader.export(.otlp) { bytes += $0.utf8.count }
            counts.append(bytes)
        }
        #expect(counts[0] == counts[1] && counts[0] > 1_000_000)
    }

    @Test(arguments: [100_000, 300_000, 1 << 20]) func `one that shrinks while it is read ends earlier`(size: Int)
        throws
    {
        let log = try log(isMixed: false)
        var count = 0
        let report = try reader(log, isMapped: true).forEachSpan { _ in
            count += 1
            if count == 1 { #expect(truncate(log, off_t(size)) == 0) }
        }
        #expect(count >= 1 && count < 9000)
        #expect(report.badLineCount == 0)
    }

    #if canImport(Glibc)
    @Test(.blocking) func `a fault that is none of ours ends the program as ever`() async {
        await #expect(processExitsWith: .signal(SIGBUS)) {
            // Without the runtime's own handler, which writes a report first.
            signal(SIGBUS, SIG_DFL)
            let tests = try MappedLogTests()
            _ = try tests.reader(tests.log(isMixed: false), isMapped: true).summary()
            let path = try tests.folder.write("other", Data(repeating: 1, count: 8192))
            let descriptor = open(path, O_RDWR)
            let memory = mmap(nil, 8192, PROT_READ, MAP_SHARED, descriptor, 0)
            ftruncate(descriptor, 0)
            print(memory!.load(fromByteOffset: 4096, as: UInt8.self))
        }
    }
    #endif
}
