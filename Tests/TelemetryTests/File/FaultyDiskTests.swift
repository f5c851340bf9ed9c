import Foundation
import Telemetry
import Testing

#if os(Linux)
/// Disks that fail at times, seen from a program of its own: `recorder-probe` puts its own `write` and `fsync` before
/// the C library's.
@Suite(.blocking, .serialized, .endsIfStuck) struct FaultyDiskTests {
    let folder: TemporaryFolder
    let path: String

    init() throws {
        folder = try TemporaryFolder()
        path = folder.file()
    }

    @Test(arguments: [1, 2, 3], [[], ["--rotate", "20000"], ["--sync"]])
    func `whatever part of its writes fails, each line is there once or counted, and none is torn`(
        seed: Int,
        _ options: [String]
    ) throws {
        let probe = try Probe([path, "3", "--count", "400", "--write-faults", "\(seed)"] + options)
        let (said, status) = try probe.wait()
        #expect(status == 0)
        let counts = try #require(said.last { $0.hasPrefix("drops ") }).split(separator: " ").compactMap { Int($0) }
        let acknowledged = Set(said.filter { !$0.hasPrefix("drops ") })
        let (ids, others) = try recordedSpans(in: folder)
        #expect(acknowledged.count == 1200)
        #expect(ids.isSubset(of: acknowledged))
        #expect(ids.count == 1200 - counts.reduce(0, +))
        #expect(others.allSatisfy { $0.eventType == .spansDropped })
        if options != ["--sync"] { #expect(counts[2] == 0) }
    }

    @Test(arguments: [[], ["--sync"]])
    func `a line that another program is in the middle of is left to it, and so is what it writes next`(
        options: [String]
    ) throws {
        // Its beginning stays as it is for as long as one looks, for the kernel has put the program off.
        try Data("{\"one\":1}\n{\"two\":".utf8).write(to: URL(filePath: path))
        let rest = "2}\n{\"three\":3}\n"
        let probe = try Probe([path, "1", "--count", "3", "--end", "close", "--write-under-way", rest] + options)
        let ids = try probe.wait().ids
        #expect(ids.count == 3)
        let lines = try lines(of: path)
        #expect(lines.prefix(3) == ["{\"one\":1}", "{\"two\":2}", "{\"three\":3}"])
        #expect(try lines.dropFirst(3).map { try Span(line: $0).id.description } == ids)
    }

    @Test(arguments: ["exit", "return"], [[], ["--sync"]])
    func `a program whose disk hangs for ever exits by itself`(end: String, _ options: [String]) throws {
        // In synchronous mode it hangs where it records: nothing else was asked for. So it records nothing.
        let count = options.isEmpty ? "30" : "0"
        let start = Date()
        let stuck = ["--write-faults", "stuck", "--when-full", "1000"]
        let probe = try Probe([path, "2", "--count", count, "--end", end] + stuck + options)
        #expect(try probe.wait().status == 0)
        // A second is what it gives the disk.
        #expect(Date().timeIntervalSince(start) < 30)
    }

    @Test func `a program whose disk hangs, and whose buffer is full, goes on recording and exits`() throws {
        let probe = try Probe([
            path, "2", "--count", "500", "--end", "exit", "--write-faults", "stuck", "--when-full", "100",
        ])
        #expect(try probe.wait().status == 0)
    }

    @Test func `what can be lost with the power is what the durability says`() throws {
        func synchronizations(_ durability: String, _ options: [String] = []) throws -> Int {
            let probe = try Probe([path, "2", "--count", "50", "--durability", durability] + options)
            let said = try probe.wait().ids
            return try #require(said.last.flatMap { Int($0.dropFirst("synchronizations ".count)) })
        }
        // Two threads may have one forcing in common, but each line waits for one that began after it was written.
        // Once, the folder is forced, too: it has the new file's name.
        #expect((51...101).contains(try synchronizations("always")))
        #expect(try synchronizations("always", ["--sync"]) == 101)
        // The probe's spans are all roots.
        #expect((51...101).contains(try synchronizations("root")))
        #expect((0...2).contains(try synchronizations("3600000")))
        #expect(try synchronizations("0", ["--interval", "1"]) > 0)
        #expect(try synchronizations("always", ["--rotate", "2000"]) >= 50)
    }

    @Test(arguments: [[], ["--sync"], ["--failures-only"], ["--sync", "--failures-only"]])
    func `each durability forces what it says, before the span's end returns`(_ options: [String]) throws {
        func record(_ durability: String) throws -> (forced: Int, late: Int) {
            try? FileManager.default.removeItem(atPath: path)
            let said = try Probe([path, "traces", "--durability", durability] + options).wait().ids
            let figures = try #require(said.last).split(separator: " ").compactMap { Int($0) }
            try #require(figures.count == 2)
            return (figures[0], figures[1])
        }
        // Ten roots and twenty failures of seventy spans; and once the folder, which has the new file's name.
        #expect(try record("always") == (71, 0))
        #expect(try record("root") == (31, 0))
        #expect(try record("never").forced == 0)
        #expect(try record("3600000").forced <= 2)
    }

    @Test func `exiting decides the traces that wait for tail sampling`() throws {
        let probe = try Probe([path, "traces", "--failures-only"])
        #expect(try probe.wait().status == 0)
        // A machine that is stuck for the second that the exit waits leaves them in the buffer, decided all the same.
        try FileSink(path: path).close()
        let spans = try lines(of: path).map { try Span(line: $0) }
        #expect(spans.suffix(2).map(\.eventType) == ["y", "z"])
        #expect(spans.count == 72)
    }

    @Test(arguments: [[], ["--rotate", "5000"], ["--sync"]])
    func `forked children neither spoil nor double their parent's lines, and have ids of their own`(
        _ options: [String]
    ) throws {
        // Many, as a child that is made while the writing thread works in the Swift runtime would stand still.
        let (said, status) = try Probe([path, "1", "--count", "50", "--fork", "40"] + options).wait()
        #expect(status == 0)
        #expect(said.count == 40 + 40 * 20 + 200 + 50)
        #expect(Set(said).count == said.count)
        let (ids, others) = try recordedSpans(in: folder)
        #expect(ids == Set(said))
        #expect(others.isEmpty)
    }

    @Test func `a parent whose forked children have exited is still safe from kill -9`() throws {
        let (said, _) = try Probe([path, "1", "--count", "50", "--fork", "3", "--end", "abort"]).wait()
        #expect(try recordedSpans(in: folder).ids == Set(said))
        let names = try FileManager.default.contentsOfDirectory(atPath: folder.path)
        #expect(names == ["log.jsonl"])
    }

    @Test func `an open recorder that nobody uses takes less than a hundredth of a core`() throws {
        let said = try Probe([path, "idle"]).wait().ids
        #expect(try #require(said.last.flatMap(Double.init)) < 0.01)
    }
}
#endif
