import Foundation
import Telemetry
import Testing

/// Flushing, closing, clearing and exiting, by several threads at once.
@Suite(.blocking, .endsIfStuck) struct FlushAndCloseTests {
    let folder: TemporaryFolder
    let path: String

    init() throws {
        folder = try TemporaryFolder()
        path = folder.file()
    }

    private func sink(interval: Duration = .milliseconds(1), buffer: Int = 16 << 10) throws -> FileSink {
        let options = FileSinkOptions(
            bufferBytes: buffer,
            writeInterval: interval,
            whenFull: .wait(atMost: .patience)
        )
        return try FileSink(path: path, options: options)
    }

    private func buffers() throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: folder.path).filter { $0.hasSuffix(".spans") }
    }

    @Test func `the buffer's file is for its owner alone, and goes when the log is closed`() throws {
        let telemetry = Telemetry(sink: try sink())
        let buffer = try #require(try buffers().first)
        #expect(buffer.hasPrefix("."))
        #expect(try FileStatus(folder.file(buffer)).permissions == 0o600)
        telemetry.log("x")
        telemetry.close()
        #expect(try buffers().isEmpty)
        #expect(try lines(of: path).count == 1)
    }

    @Test func `a line reaches the log by itself, as soon as the interval is over`() throws {
        let telemetry = try Telemetry(logFile: path)
        telemetry.log("x")
        try waitUntil { try !bytes(of: path).isEmpty }
        #expect(try lines(of: path).count == 1)
        telemetry.close()
    }

    @Test func `lines that fill half of the buffer don't wait for the interval`() throws {
        let sink = try sink(interval: .seconds(3600), buffer: 64 << 10)
        let telemetry = Telemetry(sink: sink)
        var recorded = 0
        // The kernel may show the file while half a write is in it.
        try waitUntil {
            telemetry.log("x", data: ["text": .string(String(repeating: "x", count: 500))])
            recorded += 1
            return try FileStatus(path).size > 8 << 10
        }
        // What fits in the buffer's other half came while the thread was on its way.
        #expect(recorded > 20)
        telemetry.close()
        #expect(try lines(of: path).count == recorded)
    }

    @Test func `a sink that is let go of closes itself`() throws {
        do {
            let telemetry = Telemetry(sink: try sink(interval: .seconds(60)))
            for _ in 0..<10 { telemetry.log("x") }
        }
        #expect(try lines(of: path).count == 10)
        #expect(try buffers().isEmpty)
    }

    @Test func `flushing brings to the log what would have waited, and says so`() throws {
        let telemetry = Telemetry(sink: try sink(interval: .seconds(60)))
        #expect(telemetry.flush(timeout: .patience) == .delivered)
        for count in 1...20 {
            telemetry.log("x")
            #expect(telemetry.flush(timeout: .patience) == .delivered)
            #expect(try lines(of: path).count == count)
        }
        telemetry.close()
        #expect(telemetry.flush(timeout: .patience) == .delivered)
    }

    @Test func `after closing, lines are counted; closing, flushing and clearing again do nothing`() throws {
        let sink = try sink()
        let telemetry = Telemetry(sink: sink)
        telemetry.log("x")
        telemetry.close()
        for _ in 0..<3 { telemetry.log("x") }
        sink.close()
        sink.clear()
        #expect(telemetry.flush() == .failed("3 spans were dropped"))
        #expect(sink.drops.closed == 3)
        #expect(sink.drops.total == 3)
        #expect(try lines(of: path).count == 1)
    }

    @Test func `what 100 threads record is there once, and each thread's lines in their order`() throws {
        let sink = try sink()
        let telemetry = Telemetry(sink: sink)
        inThreads(100) { thread in
            for place in 0..<50 { telemetry.log("x", name: "\(thread).\(place)") }
        }
        telemetry.close()
        let names = try lines(of: path).map { try #require(try Span(line: $0).name) }
        #expect(names.count == 5000)
        for thread in 0..<100 {
            #expect(names.filter { $0.hasPrefix("\(thread).") } == (0..<50).map { "\(thread).\($0)" })
        }
        #expect(sink.drops.total == 0)
    }

    @Test func `what is recorded while others flush and close is in the log or counted`() throws {
        var before = 0
        for _ in 0..<20 {
            let sink = try sink()
            inThreads(8) { thread in
                for place in 0..<100 {
                    "{\"thread\":\(thread),\"place\":\(place)}\n".utf8Span { sink.write($0, traits: []) }
                    if place % 25 == thread { _ = sink.flush(timeout: .seconds(5)) }
                    if place == 50 + 6 * thread, thread > 5 { sink.close() }
                }
            }
            sink.close()
            // Lines that say how many were dropped don't count.
            let written = try lines(of: path).count { $0.contains("\"thread\"") }
            #expect(written - before + sink.drops.total == 800)
            before = written
            #expect(sink.drops.closed == sink.drops.total)
            #expect(try buffers().isEmpty)
        }
    }

    @Test func `what is recorded while others clear is whole, and none of what comes after the last clear is lost`()
        throws
    {
        let sink = try sink()
        inThreads(6) { thread in
            for place in 0..<400 {
                "{\"thread\":\(thread),\"place\":\(place)}\n".utf8Span { sink.write($0, traits: []) }
                if thread < 2, place < 300, place % 7 == 0 { sink.clear() }
            }
        }
        #expect(sink.flush(timeout: .patience) == .delivered)
        let values = try lines(of: path).map { try JSONValue(parsing: $0) }
        // Each thread's lines since the last clear are there without a gap, up to its last one.
        for thread in 0..<6 {
            let places = values.filter { $0["thread"]?.integer == thread }.compactMap { $0["place"]?.integer }
            #expect(places == Array(400 - places.count..<400))
        }
        #expect(sink.drops.total == 0)
        sink.close()
    }

    @Test func `opening and closing many times leaves neither descriptors nor files open`() throws {
        #if os(Linux)
        func descriptors() throws -> Int {
            try FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd").filter { name in
                let target = try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/fd/\(name)")
                return target?.hasPrefix(folder.path) ?? false
            }.count
        }
        for _ in 0..<50 {
            let sink = try FileSink(
                path: path,
                options: FileSinkOptions(bufferBytes: 16 << 10, rotation: Rotation(maxBytes: 200, maxFiles: 3))
            )
            let telemetry = Telemetry(sink: sink)
            for _ in 0..<5 { telemetry.log("x") }
            telemetry.close()
            // The closed buffer's, as long as the sink is there; the thread that wrote may still be about to end.
            try waitUntil { try descriptors() <= 1 }
        }
        try waitUntil { try descriptors() == 0 }
        #endif
    }
}

extension String {
    /// Calls `body` with the text's bytes.
    fileprivate func utf8Span(_ body: (RawSpan) -> Void) {
        let bytes = Array(utf8)
        body(bytes.span.bytes)
    }
}

/// Runs `body` in so many threads at once, more than there are cores.
private func inThreads(_ count: Int, _ body: @escaping @Sendable (Int) -> Void) {
    let group = DispatchGroup()
    for number in 0..<count {
        group.enter()
        Thread.detachNewThread {
            body(number)
            group.leave()
        }
    }
    group.wait()
}
