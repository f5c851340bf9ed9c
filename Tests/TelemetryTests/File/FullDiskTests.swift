import Foundation
import Telemetry
import Testing

/// A disk without room, or whose owner lets a file grow no further.
@Suite(.blocking, .serialized) struct FullDiskTests {
    private static func options(_ mode: FileSinkOptions.Mode) -> FileSinkOptions {
        FileSinkOptions(mode: mode, bufferBytes: 16 << 10, writeInterval: .milliseconds(5))
    }

    #if os(Linux)
    /// A file system of 256 KiB in memory, mounted on a folder; `nil` where that isn't permitted.
    private final class SmallDisk {
        let folder: TemporaryFolder

        init?() throws {
            folder = try TemporaryFolder()
            let arguments = ["-t", "tmpfs", "-o", "size=256k", "tmpfs", folder.path]
            guard (try? run("mount", arguments))?.status == 0 else { return nil }
        }

        deinit { _ = try? run("umount", ["-l", folder.path]) }

        /// Leaves so many pages of 4 KiB free.
        func fill(leaving pages: Int) throws {
            let descriptor = open(folder.file("filler"), O_WRONLY | O_CREAT | O_APPEND, 0o600)
            try #require(descriptor >= 0)
            defer { close(descriptor) }
            let page = [UInt8](repeating: 0, count: 4096)
            while write(descriptor, page, page.count) == page.count {}
            try #require(
                ftruncate(descriptor, off_t(max(0, try FileStatus(folder.file("filler")).size / 4096 - pages) * 4096))
                    == 0
            )
        }

        func makeRoom() throws { try FileManager.default.removeItem(atPath: folder.file("filler")) }
    }

    private static let hasMount = (try? SmallDisk()).flatMap { $0 } != nil

    @Test(.enabled(if: hasMount, "mounting needs root"))
    func `when the disk is full, lines wait, then are counted, and all that waited is there when there is room`() throws
    {
        let disk = try #require(try SmallDisk())
        let path = disk.folder.file()
        let sink = try FileSink(path: path, options: Self.options(.buffered))
        let telemetry = Telemetry(sink: sink)
        try disk.fill(leaving: 2)
        let start = Date()
        for place in 0..<400 { telemetry.log("x", name: "\(place)") }
        // It isn't waited for: a second for each line would be minutes.
        #expect(Date().timeIntervalSince(start) < 15)
        guard case .failed(let reason) = telemetry.flush(timeout: .patience) else {
            Issue.record("Delivered to a full disk")
            return
        }
        #expect(reason.contains("No space left on device"))
        let full = try lines(of: path)  // All of them whole.
        try #require(full.count < 100)
        let dropped = sink.drops
        #expect(dropped.total > 0)
        #expect(dropped.closed == 0)
        try disk.makeRoom()
        telemetry.flush(timeout: .patience)
        telemetry.log("y")
        telemetry.close()
        let spans = try lines(of: path).map { try Span(line: $0) }
        let names = spans.filter { $0.eventType == "x" }.compactMap(\.name)
        #expect(names.count == 400 - dropped.total)
        #expect(names == Set(names.compactMap(Int.init)).sorted().map(String.init))
        let reports = spans.filter { $0.eventType == .spansDropped }
        #expect(reports.compactMap { $0.data["count"] as Int? }.reduce(0, +) == dropped.total)
        #expect((reports.last?.data["total"] as Int?) == dropped.total)
        let causes = try #require(reports.last?.data["causes"] as JSONValue?)
        #expect(causes["write_failed"]?.integer ?? 0 == dropped.writeFailed)
        #expect(spans.contains { $0.eventType == "y" })
    }

    @Test(.enabled(if: hasMount, "mounting needs root"))
    func `without room for a buffer's file, the buffer is in memory, and nothing is left of the attempt`() throws {
        let disk = try #require(try SmallDisk())
        try disk.fill(leaving: 4)
        let sink = try FileSink(path: disk.folder.file(), options: FileSinkOptions(bufferBytes: 1 << 20))
        let telemetry = Telemetry(sink: sink)
        for _ in 0..<20 { telemetry.log("x") }
        #expect(try Set(FileManager.default.contentsOfDirectory(atPath: disk.folder.path)) == ["filler", "log.jsonl"])
        #expect(telemetry.flush(timeout: .patience) == .delivered)
        #expect(try lines(of: disk.folder.file()).count == 20)
        telemetry.close()
    }

    @Test(.enabled(if: hasMount, "mounting needs root"), arguments: [FileSinkOptions.Mode.synchronous, .buffered])
    func `a log whose last line is torn opens on a full disk, and is mended when there is room`(
        _ mode: FileSinkOptions.Mode
    ) throws {
        let disk = try #require(try SmallDisk())
        let path = disk.folder.file()
        // Its mended line has no room in the page that it fills.
        let torn = "{\"data\":\"" + String(repeating: "x", count: 4096 - 9)
        try Data(torn.utf8).write(to: URL(filePath: path))
        try disk.fill(leaving: 0)
        let sink = try FileSink(path: path, options: Self.options(mode))
        let telemetry = Telemetry(sink: sink)
        telemetry.log("x")
        guard case .failed(let reason) = telemetry.flush(timeout: .patience) else {
            Issue.record("Delivered to a full disk")
            return
        }
        #expect(reason.contains("No space left on device"))
        #expect(try String(decoding: bytes(of: path), as: UTF8.self) == torn)
        try disk.makeRoom()
        telemetry.log("y")
        telemetry.close()
        let spans = try lines(of: path).map { try Span(line: $0) }
        #expect(spans.first?.eventType == .tornLine)
        #expect(spans.first?.data["text"]?.string == torn)
        #expect(spans.contains { $0.eventType == "y" })
        #expect(spans.contains { $0.eventType == "x" } == (mode == .buffered))
        #expect(sink.drops.total == (mode == .buffered ? 0 : 1))
    }

    @Test(.enabled(if: hasMount, "mounting needs root"))
    func `lines in memory that no room came for are counted when the sink is closed`() throws {
        let disk = try #require(try SmallDisk())
        try disk.fill(leaving: 0)
        let sink = try FileSink(path: disk.folder.file(), options: Self.options(.buffered))
        let telemetry = Telemetry(sink: sink)
        for _ in 0..<20 { telemetry.log("x") }
        telemetry.close()
        #expect(sink.drops.writeFailed == 20)
        #expect(try bytes(of: disk.folder.file()).isEmpty)
    }
    #endif

    @Test func `a file that may not grow makes lines wait, and doesn't end the program`() async {
        await #expect(processExitsWith: .success) {
            let folder = try TemporaryFolder()
            let options = FileSinkOptions(bufferBytes: 16 << 10, writeInterval: .milliseconds(5))
            let sink = try FileSink(path: folder.file(), options: options)
            let telemetry = Telemetry(sink: sink)
            try limitFileSize(to: 10_000)
            for place in 0..<400 { telemetry.log("x", name: "\(place)") }
            guard case .failed(let reason) = telemetry.flush(timeout: .patience) else { fatalError("delivered") }
            #expect(reason.contains("File too large"))
            #expect(try lines(of: folder.file()).count < 100)
            let dropped = sink.drops.total
            #expect(dropped > 0)
            try limitFileSize(to: 1_000_000)
            telemetry.flush(timeout: .patience)
            telemetry.close()
            let spans = try lines(of: folder.file()).map { try Span(line: $0) }
            #expect(spans.count { $0.eventType == "x" } == 400 - dropped)
            let reported = spans.filter { $0.eventType == .spansDropped }.compactMap { $0.data["count"] as Int? }
            #expect(reported.reduce(0, +) == dropped)
        }
    }

    @Test func `a buffer's file that may not be made that large doesn't end the program`() async {
        await #expect(processExitsWith: .success) {
            let folder = try TemporaryFolder()
            try limitFileSize(to: 100_000)
            let telemetry = Telemetry(sink: try FileSink(path: folder.file()))
            telemetry.log("x")
            telemetry.close()
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["log.jsonl"])
            #expect(try lines(of: folder.file()).count == 1)
        }
    }
}
