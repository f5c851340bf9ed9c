import Foundation
import Telemetry
import Testing

/// Devices and FIFOs that take nothing, or not yet: nobody waits for them longer than was agreed.
@Suite(.blocking, .endsIfStuck) struct SlowReaderTests {
    let folder: TemporaryFolder
    let fifo: String
    let reader: FileHandle

    init() throws {
        folder = try TemporaryFolder()
        fifo = folder.file("fifo")
        try makeFIFO(fifo)
        reader = try openReader(fifo)
    }

    private func sink(_ whenFull: FileSinkOptions.Backpressure, _ mode: FileSinkOptions.Mode) throws -> FileSink {
        let options = FileSinkOptions(
            mode: mode,
            bufferBytes: 16 << 10,
            writeInterval: .milliseconds(5),
            whenFull: whenFull
        )
        return try FileSink(path: fifo, options: options)
    }

    /// What the FIFO holds, and what comes while `body` runs.
    private func read(while body: @Sendable @escaping () -> Void) throws -> [Span] {
        let isOver = DispatchSemaphore(value: 0)
        Thread.detachNewThread {
            body()
            isOver.signal()
        }
        var text: [UInt8] = []
        var block = [UInt8](repeating: 0, count: 65536)
        var hasEnded = false
        while true {
            let count = Foundation.read(reader.fileDescriptor, &block, block.count)
            if count > 0 { text += block[..<count] } else if hasEnded { break } else { usleep(1000) }
            if !hasEnded { hasEnded = isOver.wait(timeout: .now()) == .success }
        }
        let lines = text.split(separator: UInt8(ascii: "\n"))
        return try lines.map { try Span(line: String(decoding: $0, as: UTF8.self)) }
    }

    @Test(arguments: [FileSinkOptions.Mode.synchronous, .buffered])
    func `who never waits drops what a reader doesn't take, and counts it`(_ mode: FileSinkOptions.Mode) throws {
        let sink = try sink(.drop, mode)
        let telemetry = Telemetry(sink: sink)
        let start = Date()
        for place in 0..<2000 { telemetry.log("x", name: "\(place)") }
        #expect(Date().timeIntervalSince(start) < 20)
        let dropped = sink.drops
        #expect(dropped.bufferFull > 0)
        #expect(dropped.bufferFull == dropped.total)
        if mode == .buffered { #expect(telemetry.flush(timeout: .milliseconds(50)) == .timedOut) }
        let spans = try read { telemetry.close() }
        #expect(spans.count { $0.eventType == "x" } == 2000 - dropped.total)
        if mode == .buffered {
            let reports = spans.filter { $0.eventType == .spansDropped }
            #expect(reports.compactMap { $0.data["count"] as Int? }.reduce(0, +) == dropped.total)
        }
    }

    @Test(arguments: [FileSinkOptions.Mode.synchronous, .buffered])
    func `of those who wait, only the first one waits in vain`(_ mode: FileSinkOptions.Mode) throws {
        let sink = try sink(.wait(atMost: .milliseconds(300)), mode)
        let telemetry = Telemetry(sink: sink)
        let start = Date()
        DispatchQueue.concurrentPerform(iterations: 4) { _ in
            for _ in 0..<500 { telemetry.log("x") }
        }
        let time = Date().timeIntervalSince(start)
        #expect(time > 0.25)
        #expect(time < 20)  // One wait for each line would be 500 seconds.
        let spans = try read { telemetry.close() }
        #expect(spans.count { $0.eventType == "x" } == 2000 - sink.drops.total)
        #expect(sink.drops.bufferFull == sink.drops.total)
    }

    @Test(arguments: [FileSinkOptions.Mode.synchronous, .buffered])
    func `for a reader that reads, even slowly, nothing is lost, and long lines stay whole`(
        _ mode: FileSinkOptions.Mode
    ) throws {
        let sink = try sink(.wait(atMost: .patience), mode)
        let telemetry = Telemetry(sink: sink)
        let spans = try read {
            for place in 0..<300 {
                let text = JSONValue.string(String(repeating: "x", count: place * 97 % 14_000))
                telemetry.log("x", name: "\(place)", data: ["text": text])
            }
            telemetry.close()
        }
        #expect(Set(spans.compactMap(\.name)) == Set((0..<300).map { "\($0)" }))
        #expect(spans.count == 300)
        #expect(sink.drops.total == 0)
    }

    @Test func `closing while nobody reads ends in bounded time, and counts the lines that were left`() throws {
        let sink = try sink(.drop, .buffered)
        let telemetry = Telemetry(sink: sink)
        for _ in 0..<2000 { telemetry.log("x") }
        let start = Date()
        telemetry.close()
        #expect(Date().timeIntervalSince(start) < 20)
        let spans = try read {}
        #expect(spans.count { $0.eventType == "x" } == 2000 - sink.drops.total)
    }

    @Test func `a program whose log is a FIFO that nobody reads exits by itself`() throws {
        for end in ["exit", "return"] {
            let probe = try Probe([fifo, "1", "--count", "1500", "--when-full", "drop", "--end", end])
            #expect(try probe.wait().status == 0)
        }
    }

    #if os(Linux)
    @Test(.enabled(if: Device.areSafe), arguments: Device.allCases, [FileSinkOptions.Mode.synchronous, .buffered])
    func `a device is written to, and neither changed nor given neighbours`(
        device: Device,
        _ mode: FileSinkOptions.Mode
    ) throws {
        let path = try device.path(in: folder)
        let before = try FileStatus(path)
        let neighbours = try FileManager.default.contentsOfDirectory(atPath: folder.path)
        let sink = try FileSink(path: path, options: FileSinkOptions(mode: mode, rotation: Rotation(maxBytes: 100)))
        let telemetry = Telemetry(sink: sink)
        for _ in 0..<10 { telemetry.log("x") }
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == neighbours)
        if device == .full {
            guard case .failed(let reason) = telemetry.flush(timeout: .patience) else {
                Issue.record("Delivered to a full device")
                return
            }
            #expect(reason.contains("No space left on device"))
        } else {
            #expect(telemetry.flush(timeout: .patience) == .delivered)
        }
        telemetry.close()
        #expect(sink.drops.writeFailed == (device == .full ? 10 : 0))
        #expect(try FileStatus(path) == before)
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == neighbours)
    }
    #endif

    @Test(arguments: [FileSinkOptions.Mode.synchronous, .buffered])
    func `a link that leads nowhere yet leads to the log then`(_ mode: FileSinkOptions.Mode) throws {
        let (link, target) = (folder.file("link"), folder.file("target"))
        try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: target)
        let telemetry = Telemetry(sink: try FileSink(path: link, options: FileSinkOptions(mode: mode)))
        telemetry.log("x")
        telemetry.close()
        #expect(try FileStatus(link).kind == FileStatus.link)
        #expect(try lines(of: target).count == 1)
        #expect(try Set(FileManager.default.contentsOfDirectory(atPath: folder.path)) == ["fifo", "link", "target"])
    }
}
