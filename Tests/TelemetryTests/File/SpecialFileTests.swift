import Foundation
import Telemetry
import Testing

/// A path may lead to a device or a FIFO: those are written to, and never removed, renamed or cut.
@Suite(.blocking) struct SpecialFileTests {
    let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private func use(_ path: String) throws -> Telemetry {
        let telemetry = try Telemetry(synchronous: path)
        telemetry.log("x")
        telemetry.clear()
        telemetry.log("x")
        telemetry.flush(timeout: .patience)
        telemetry.close()
        return telemetry
    }

    #if os(Linux)
    @Test(.enabled(if: Device.areSafe), arguments: [Device.null, .zero])
    func `a device is written to and left as it is`(device: Device) throws {
        let path = try device.path(in: folder)
        let before = try FileStatus(path)
        #expect(before.kind == FileStatus.characterDevice)
        let telemetry = try use(path)
        #expect(try FileStatus(path) == before)
        #expect(telemetry.metrics.droppedSpans == 0)
        #expect(telemetry.recentSpans().count == 1)
    }

    @Test(.enabled(if: Device.areSafe)) func `a symbolic link to a device stays one`() throws {
        let link = folder.file("link")
        let path = try Device.null.path(in: folder)
        try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: path)
        let (before, device) = (try FileStatus(link), try FileStatus(path))
        _ = try use(link)
        #expect(try FileStatus(link) == before)
        #expect(try FileStatus(path) == device)
    }
    #endif

    @Test func `through a symbolic link, the file that it leads to is the log`() throws {
        let link = folder.file("link")
        try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: folder.file("target"))
        let before = try FileStatus(link)
        _ = try use(link)
        #expect(try FileStatus(link) == before)
        #expect(try FileStatus(folder.file("target")).kind == FileStatus.regular)
        #expect(try lines(of: folder.file("target")).count == 1)
    }

    @Test(arguments: [false, true])
    func `a FIFO gets the lines, and stays one`(throughLink: Bool) throws {
        let fifo = folder.file("fifo")
        try makeFIFO(fifo)
        var path = fifo
        if throughLink {
            path = folder.file("link")
            try FileManager.default.createSymbolicLink(atPath: path, withDestinationPath: fifo)
        }
        let reader = try openReader(fifo)
        let before = try FileStatus(path)
        let telemetry = try use(path)
        let text = String(decoding: try reader.readToEnd() ?? Data(), as: UTF8.self)
        let lines = text.split(separator: "\n")
        #expect(lines.count == 2)  // Clearing can't take back what was handed over.
        #expect(try lines.map { try Span(line: $0).eventType } == ["x", "x"])
        #expect(try FileStatus(path) == before)
        #expect(try FileStatus(fifo).kind == FileStatus.fifo)
        #expect(telemetry.metrics.droppedSpans == 0)
    }

    @Test func `a FIFO whose reader goes away drops lines, and doesn't end the program`() async {
        await #expect(processExitsWith: .success) {
            restoreBrokenPipeSignal()
            let folder = try TemporaryFolder()
            try makeFIFO(folder.file("fifo"))
            let reader = try openReader(folder.file("fifo"))
            let telemetry = try Telemetry(synchronous: folder.file("fifo"))
            telemetry.log("x")
            try reader.close()
            telemetry.log("x")
            telemetry.log("x")
            #expect(telemetry.metrics.droppedSpans == 2)
        }
    }

    #if os(Linux)
    @Test(.enabled(if: Device.areSafe)) func `on a full device every line is dropped and counted`() throws {
        let path = try Device.full.path(in: folder)
        let before = try FileStatus(path)
        let telemetry = try Telemetry(synchronous: path)
        for _ in 0..<3 { telemetry.log("x") }
        #expect(telemetry.metrics.droppedSpans == 3)
        #expect(telemetry.metrics.spans == 3)
        #expect(telemetry.flush() == .failed("\(path): No space left on device; 3 spans were dropped"))
        #expect(telemetry.summary.contains("Dropped:        3 (not in the log: not writable 3)"))
        #expect(telemetry.recentSpans().count == 3)
        telemetry.clear()
        #expect(telemetry.metrics.droppedSpans == 0)
        telemetry.close()
        #expect(try FileStatus(path) == before)
    }
    #endif

    @Test func `a file that may not grow drops lines, whole ones, and doesn't end the program`() async {
        await #expect(processExitsWith: .success) {
            let folder = try TemporaryFolder()
            let telemetry = try Telemetry(synchronous: folder.file())
            try limitFileSize(to: 10_000)
            for place in 0..<200 { telemetry.log("x", name: "\(place)") }
            let written = try lines(of: folder.file())
            #expect((20..<100).contains(written.count))
            #expect(try written.map { try Span(line: $0).name } == (0..<written.count).map { "\($0)" })
            #expect(telemetry.metrics.droppedSpans == 200 - written.count)
            try limitFileSize(to: 1_000_000)
            telemetry.log("y")
            let rest = try lines(of: folder.file()).dropFirst(written.count).map { try Span(line: $0) }
            #expect(rest.map(\.eventType) == ["y", .spansDropped])
            #expect(rest.last?.data["count"] == 200 - written.count)
        }
    }

    @Test func `where another writes too, a line that doesn't fit leaves nothing behind`() async {
        await #expect(processExitsWith: .success) {
            let folder = try TemporaryFolder()
            let telemetry = try Telemetry(synchronous: folder.file())
            let other = try Telemetry(synchronous: folder.file())
            try limitFileSize(to: 1000)
            for place in 0..<20 { telemetry.log("x", name: "\(place)") }
            try limitFileSize(to: 1_000_000)
            telemetry.log("y")
            other.log("z")
            let read = try lines(of: folder.file()).map { try Span(line: $0) }
            #expect(read.suffix(3).map(\.eventType) == ["y", .spansDropped, "z"])
            #expect(telemetry.metrics.droppedSpans == 20 - (read.count - 3))
        }
    }
}
