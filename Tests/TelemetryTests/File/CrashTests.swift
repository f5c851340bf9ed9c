import Foundation
import Telemetry
import Testing

/// Processes that die while they record: `recorder-probe`, a program beside the tests, is killed at random moments.
@Suite(.serialized) struct CrashTests {
    let folder: TemporaryFolder
    let path: String

    init() throws {
        folder = try TemporaryFolder()
        path = folder.file()
    }

    @Test(arguments: ["", "--rotate 20000"])
    func `every span whose end returned is in the log once, however often its writers are killed`(
        _ options: String
    ) throws {
        var generator = SeededGenerator(seed: 12)
        var acknowledged: Set<String> = []
        for _ in 0..<100 {
            let probe = try Probe([path, "4"] + options.split(separator: " ").map(String.init))
            usleep(UInt32.random(in: 3_000...25_000, using: &generator))
            acknowledged.formUnion(try probe.kill())
        }
        let ids = try recordedIDs()
        #expect(acknowledged.count > 1000)
        #expect(acknowledged.isSubset(of: ids))
        #expect(try buffers().isEmpty)
    }

    @Test func `writers that are killed beside one that lives lose nothing, and take nothing from it`() throws {
        let survivor = try Probe([path, "2", "--count", "4000"])
        var acknowledged: Set<String> = []
        for _ in 0..<20 {
            let probe = try Probe([path, "2"])
            usleep(15_000)
            acknowledged.formUnion(try probe.kill())
        }
        acknowledged.formUnion(try survivor.wait().ids)
        #expect(acknowledged.isSubset(of: try recordedIDs()))
    }

    @Test(arguments: ["exit", "abort", "trap", "close"])
    func `nothing is lost at the process's end, whichever it is`(_ end: String) throws {
        let (ids, _) = try Probe([path, "4", "--count", "50", "--end", end]).wait()
        #expect(ids.count == 200)
        if end == "exit" || end == "close" {
            // These empty the buffer by themselves.
            #expect(try buffers().isEmpty)
            #expect(try lines(of: path).count == 200)
        }
        #expect(try recordedIDs() == Set(ids))
    }

    @Test func `a buffer that somebody damaged doesn't keep the log from opening`() throws {
        for place in 0..<50 {
            let probe = try Probe([path, "1"])
            usleep(8_000)
            _ = try probe.kill()
            var generator = SeededGenerator(seed: UInt64(place))
            for buffer in try buffers() {
                var bytes = try bytes(of: buffer)
                guard bytes.count >= 200 else { continue }
                for _ in 0..<4 {
                    bytes[Int.random(in: 0..<200, using: &generator)] = UInt8.random(in: 0...255, using: &generator)
                }
                try Data(bytes).write(to: URL(filePath: buffer))
            }
            let telemetry = try Telemetry(logFile: path)
            telemetry.log("after")
            telemetry.close()
            #expect(try lines(of: path).contains { $0.contains("\"after\"") })
            for buffer in try buffers() { try FileManager.default.removeItem(atPath: buffer) }
        }
    }

    /// Opens the log, which takes over what is left in buffers, and reads the ids of all its files.
    private func recordedIDs() throws -> Set<String> {
        let telemetry = try Telemetry(logFile: path)
        telemetry.close()
        var ids: Set<String> = []
        for file in try FileManager.default.contentsOfDirectory(atPath: folder.path) where !file.hasPrefix(".") {
            for line in try lines(of: folder.file(file)) {
                let span = try Span(line: line)
                guard span.eventType == "probe" else { continue }
                #expect(ids.insert(span.id.description).inserted, "\(span.id) stands twice")
            }
        }
        return ids
    }

    private func buffers() throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: folder.path).filter { $0.hasSuffix(".spans") }
            .map { folder.file($0) }
    }
}

/// A running `recorder-probe`.
private final class Probe {
    private let process = Process()
    private let output = Pipe()

    init(_ arguments: [String]) throws {
        let bundle = URL(filePath: CommandLine.arguments[0]).deletingLastPathComponent()
        process.executableURL = bundle.appending(path: "recorder-probe")
        process.arguments = arguments
        process.standardOutput = output
        process.standardError = FileHandle.nullDevice
        try process.run()
    }

    /// Kills it; returns the ids that it had acknowledged.
    func kill() throws -> [String] {
        // The pipe is smaller than what it writes: it may wait for us, and be killed waiting.
        Foundation.kill(process.processIdentifier, SIGKILL)
        return try wait().ids
    }

    func wait() throws -> (ids: [String], status: Int32) {
        let text = String(decoding: try output.fileHandleForReading.readToEnd() ?? Data(), as: UTF8.self)
        process.waitUntilExit()
        // The last line may have been cut off with the process.
        let whole = text.lastIndex(of: "\n").map { text[..<$0] } ?? ""
        return (whole.split(separator: "\n").map(String.init), process.terminationStatus)
    }
}
