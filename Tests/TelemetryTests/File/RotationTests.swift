import Foundation
import Synchronization
import Testing

@testable import Telemetry

/// New files at a size, an hour or a day; and how many of the old ones stay.
@Suite(.blocking) struct RotationTests {
    let folder: TemporaryFolder
    let path: String

    init() throws {
        folder = try TemporaryFolder()
        path = folder.file()
    }

    private func recorder(_ rotation: Rotation, mode: FileSinkOptions.Mode = .synchronous) throws -> Telemetry {
        let options = FileSinkOptions(
            mode: mode,
            bufferBytes: 16 << 10,
            writeInterval: .milliseconds(1),
            whenFull: .wait(atMost: .patience),
            rotation: rotation
        )
        return Telemetry(sink: try FileSink(path: path, options: options))
    }

    /// The log's files, those that were set aside first, in the order of their names.
    private func files() throws -> [String] {
        let names = try FileManager.default.contentsOfDirectory(atPath: folder.path).filter { !$0.hasPrefix(".") }
        return names.filter { $0 != "log.jsonl" }.sorted() + names.filter { $0 == "log.jsonl" }
    }

    private func recordedNames() throws -> [String] {
        try files().flatMap { try lines(of: folder.file($0)) }.map { try #require(try Span(line: $0).name) }
    }

    @Test(arguments: [FileSinkOptions.Mode.synchronous, .buffered])
    func `no file is larger than it may be, and the names' order is the lines'`(_ mode: FileSinkOptions.Mode) throws {
        let telemetry = try recorder(Rotation(maxBytes: 2000), mode: mode)
        for place in 0..<200 { telemetry.log("x", name: "\(place)") }
        telemetry.close()
        let files = try files()
        #expect(files.count > 10)
        for file in files {
            #expect(try FileStatus(folder.file(file)).size <= 2000)
            #expect(try FileStatus(folder.file(file)).permissions == 0o600)
            #expect(file.wholeMatch(of: /log(\.\d{8}T\d{6}\.\d{6}Z)?\.jsonl/) != nil)
        }
        #expect(try recordedNames() == (0..<200).map { "\($0)" })
    }

    @Test(arguments: [FileSinkOptions.Mode.synchronous, .buffered])
    func `a line that is longer than a file may be gets one of its own`(_ mode: FileSinkOptions.Mode) throws {
        let telemetry = try recorder(Rotation(maxBytes: 500), mode: mode)
        let long = JSONValue.string(String(repeating: "x", count: 5000))
        for place in 0..<6 { telemetry.log("x", name: "\(place)", data: place % 2 == 0 ? [:] : ["long": long]) }
        telemetry.close()
        #expect(try recordedNames() == (0..<6).map { "\($0)" })
        for file in try files() where try FileStatus(folder.file(file)).size > 500 {
            #expect(try lines(of: folder.file(file)).count == 1)
        }
    }

    @Test(arguments: [(Rotation.Period.hour, 3600.0), (.day, 86_400)])
    func `a new hour or day begins a new file, and the same one doesn't`(period: Rotation.Period, length: Double) throws
    {
        let telemetry = try recorder(Rotation(period: period))
        telemetry.log("x", name: "earlier")
        // The time of its last line decides, so that a program that was off for long begins a new file, too.
        try setLastWrite(Date(timeIntervalSinceNow: -length))
        telemetry.log("x", name: "now")
        telemetry.log("x", name: "still now")
        #expect(try recordedNames() == ["earlier", "now", "still now"])
        #expect(try lines(of: path).count <= 2)
        #expect(try files().count >= 2)  // And 3, if the hour ended just now.
    }

    @Test(arguments: [
        ("2026-01-15T10:00:00.000000Z", "2026-01-15T10:59:59.999999Z", false, false),
        ("2026-01-15T10:59:59.999999Z", "2026-01-15T11:00:00.000000Z", true, false),
        ("2026-01-15T00:00:00.000000Z", "2026-01-15T23:59:59.999999Z", true, false),
        ("2026-01-15T23:59:59.999999Z", "2026-01-16T00:00:00.000000Z", true, true),
        ("2026-01-15T10:30:00.000000Z", "2026-01-16T10:30:00.000000Z", true, true),
        ("2026-01-15T10:30:00.000000Z", "2026-01-15T09:30:00.000000Z", true, false),
        ("2024-02-29T23:59:59.000000Z", "2024-03-01T00:00:00.000000Z", true, true),
        ("1969-12-31T23:59:59.000000Z", "1970-01-01T00:00:00.000000Z", true, true),
    ])
    func `an hour and a day end where UTC's do`(written: String, now: String, isNewHour: Bool, isNewDay: Bool) throws {
        let (written, now) = (try #require(Timestamp(written)), try #require(Timestamp(now)))
        for (period, isNew) in [(Rotation.Period.hour, isNewHour), (.day, isNewDay)] {
            let rotation = Rotation(period: period)
            #expect(rotation.isDue(size: 1, modified: written, adding: 1, at: now) == isNew)
            #expect(!rotation.isDue(size: 0, modified: written, adding: 1, at: now))
        }
    }

    private func setLastWrite(_ date: Date) throws {
        try FileManager.default.setAttributes([.modificationDate: date], ofItemAtPath: path)
    }

    @Test func `as many files stay as are to be kept, the latest ones`() throws {
        let telemetry = try recorder(Rotation(maxBytes: 1000, maxFiles: 3))
        for place in 0..<200 { telemetry.log("x", name: "\(place)") }
        #expect(try files().count == 3)
        let names = try recordedNames()
        #expect(names == (200 - names.count..<200).map { "\($0)" })
    }

    @Test func `as many bytes stay as are to be kept`() throws {
        let telemetry = try recorder(Rotation(maxBytes: 1000, maxTotalBytes: 5000))
        for place in 0..<200 { telemetry.log("x", name: "\(place)") }
        let sizes = try files().map { try FileStatus(folder.file($0)).size }
        #expect((4000...6000).contains(sizes.reduce(0, +)))
        #expect(try recordedNames().last == "199")
    }

    @Test func `names sort by time, even when the clock was set back`() throws {
        let ahead = "log.20990115T103000.999999Z.jsonl"
        _ = try folder.file(ahead, holding: Array("{}\n".utf8))
        let telemetry = try recorder(Rotation(maxBytes: 500))
        for place in 0..<20 { telemetry.log("x", name: "\(place)") }
        #expect(try files().first == ahead)
        #expect(
            try files().dropFirst().flatMap { try lines(of: folder.file($0)) }.map { try Span(line: $0).name }
                == (0..<20).map { "\($0)" }
        )
        #expect(try files().contains("log.20990115T103001.000000Z.jsonl"))
    }

    @Test func `a name from the end of time stops nothing`() throws {
        _ = try folder.file("log.99991231T235959.999999Z.jsonl", holding: Array("{}\n".utf8))
        let telemetry = try recorder(Rotation(maxBytes: 500))
        for _ in 0..<20 { telemetry.log("x") }
        telemetry.close()
        #expect(try files().count > 5)
    }

    @Test func `files of others stay, however much their names are like the log's`() throws {
        let others = [
            "log.jsonl.1", "log.20260115T103000.12345Z.jsonl", "log.old.jsonl", "log.20260115T103000.123456Z.jsonl.gz",
            "blog.20260115T103000.123456Z.jsonl", "log.2026011xT103000.123456Z.jsonl",
        ]
        for other in others { _ = try folder.file(other, holding: [1]) }
        let telemetry = try recorder(Rotation(maxBytes: 500, maxFiles: 1))
        for _ in 0..<50 { telemetry.log("x") }
        for other in others { #expect(try bytes(of: folder.file(other)) == [1]) }
        #expect(try files().count == others.count + 1)
    }

    @Test func `through a symbolic link nothing is renamed`() throws {
        let target = folder.file("target.jsonl")
        try FileManager.default.createSymbolicLink(atPath: path, withDestinationPath: target)
        let telemetry = try recorder(Rotation(maxBytes: 500))
        for _ in 0..<20 { telemetry.log("x") }
        #expect(try files() == ["target.jsonl", "log.jsonl"])
        #expect(try lines(of: target).count == 20)
        #expect(try FileStatus(path).kind == FileStatus.link)
    }

    @Test(arguments: [FileSinkOptions.Mode.synchronous, .buffered])
    func `of several threads, each line is there once, and each thread's are in their order`(
        _ mode: FileSinkOptions.Mode
    ) throws {
        let telemetry = try recorder(Rotation(maxBytes: 3000), mode: mode)
        DispatchQueue.concurrentPerform(iterations: 4) { thread in
            for place in 0..<500 { telemetry.log("x", name: "\(thread).\(place)") }
        }
        telemetry.close()
        let names = try recordedNames()
        for thread in 0..<4 {
            #expect(names.filter { $0.hasPrefix("\(thread).") } == (0..<500).map { "\(thread).\($0)" })
        }
        #expect(names.count == 2000)
        #expect(telemetry.metrics.droppedSpans == 0)
    }

    @Test(arguments: [(8000, 1000, []), (8000, 1000, ["--sync"]), (1_000_000, 5000, [])])
    func `of two processes that both rotate, each line is there once`(
        size: Int,
        count: Int,
        _ mode: [String]
    ) throws {
        let probes = try (0..<2).map { _ in
            try Probe([path, "2", "--count", "\(count)", "--rotate", "\(size)"] + mode)
        }
        var acknowledged: Set<String> = []
        for probe in probes {
            let (ids, status) = try probe.wait()
            #expect(status == 0)
            acknowledged.formUnion(ids)
        }
        #expect(acknowledged.count == 4 * count)
        #expect(try files().count >= 3)
        for file in try files() { #expect(try FileStatus(folder.file(file)).size <= size) }
        #expect(try recordedSpans(in: folder).ids == acknowledged)
    }

    /// What `logrotate` calls `copytruncate`.
    ///
    /// It can't be safe with any writer: what is written between its copying and its cutting is lost, and no writer can
    /// know. Who takes the log's lock meanwhile (`flock LOG …`) loses nothing.
    @Test(arguments: [true, false], [[], ["--sync"]])
    func `what is copied and cut off under our feet leaves whole lines, and under the lock all of them`(
        isLocked: Bool,
        _ mode: [String]
    ) throws {
        let isOver = Atomic(false)
        let copies = Mutex<[UInt8]>([])
        let hasEnded = DispatchSemaphore(value: 0)
        Thread.detachNewThread { [path] in
            while !isOver.load(ordering: .relaxed) {
                usleep(3000)
                let descriptor = open(path, O_RDWR)
                defer { close(descriptor) }
                // The log isn't there yet, or one of its writers is at work.
                if descriptor < 0 || isLocked && flock(descriptor, LOCK_EX | LOCK_NB) != 0 { continue }
                guard let text = try? bytes(of: path) else { continue }
                copies.withLock { $0 += text }
                ftruncate(descriptor, 0)
            }
            hasEnded.signal()
        }
        var ids: [String] = []
        // Until something was copied: a busy machine may not let us in while a program records, nor may the lock be free.
        repeat {
            let (said, status) = try Probe([path, "2", "--count", "1500"] + mode).wait()
            #expect(status == 0)
            ids += said
        } while copies.withLock { $0.isEmpty } && ids.count < 300_000
        isOver.store(true, ordering: .relaxed)
        hasEnded.wait()
        // Where the lines begin that came after the last cut, with no zeros before them.
        let rest = try lines(of: path).map { try Span(line: $0).id.description }
        #expect(Set(rest).isSubset(of: ids))
        guard isLocked else { return }
        let copied = try copies.withLock { $0 }.split(separator: 0x0A).map { line in
            try Span(line: String(decoding: line, as: UTF8.self)).id.description
        }
        #expect(!copied.isEmpty)
        #expect((copied + rest).sorted() == ids.sorted())
    }

    /// `logrotate`'s `create` and `nocreate`.
    @Test(arguments: [true, false], [[], ["--sync"]])
    func `what an outside logrotate renames under our feet loses and doubles nothing`(
        creates: Bool,
        _ mode: [String]
    ) throws {
        let rotator = Rotator(path, creates: creates)
        var ids: [String] = []
        repeat {
            let (said, status) = try Probe([path, "2", "--count", "1500"] + mode).wait()
            #expect(status == 0)
            ids += said
        } while rotator.count <= 3 && ids.count < 300_000
        #expect(rotator.stop() > 3)
        #expect(try recordedSpans(in: folder).ids == Set(ids))
    }

    @Test func `a folder at the log's place is never renamed, and recording goes on in the renamed file`() throws {
        let telemetry = try recorder(Rotation(maxBytes: 1000))
        telemetry.log("x", name: "0")
        let moved = folder.file("moved")
        try FileManager.default.moveItem(atPath: path, toPath: moved)
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: false)
        for place in 1..<20 { telemetry.log("x", name: "\(place)") }
        #expect(try lines(of: moved).count == 20)
        #expect(try Set(files()) == ["log.jsonl", "moved"])
        try FileManager.default.removeItem(atPath: path)
        for place in 20..<40 { telemetry.log("x", name: "\(place)") }
        #expect(try Set(recordedNames()) == Set((0..<40).map { "\($0)" }))
        #expect(telemetry.metrics.droppedSpans == 0)
    }
}

/// Does what `logrotate` does, again and again, in a thread of its own.
private final class Rotator: Sendable {
    private let isOver = Atomic(false)
    private let rotations = Atomic(0)
    private let hasEnded = DispatchSemaphore(value: 0)

    init(_ path: String, creates: Bool) {
        Thread.detachNewThread { [self] in
            while !isOver.load(ordering: .relaxed) {
                usleep(2000)
                var status = stat()
                guard stat(path, &status) == 0, status.st_size > 0 else { continue }
                let (number, _) = rotations.add(1, ordering: .relaxed)
                rename(path, path + ".\(number)")
                if creates { close(open(path, O_WRONLY | O_CREAT, 0o600)) }
            }
            hasEnded.signal()
        }
    }

    /// How many times it rotated so far.
    var count: Int { rotations.load(ordering: .relaxed) }

    /// Stops, and says how many times it rotated.
    func stop() -> Int {
        isOver.store(true, ordering: .relaxed)
        hasEnded.wait()
        return count
    }
}
