import Foundation
import Telemetry
import Testing

/// Paths that can't be a log.
struct PathTests {
    let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private func error(_ path: String) throws -> TelemetryError {
        try #require(throws: TelemetryError.self) { try Telemetry(synchronous: path) }
    }

    @Test func `a missing folder is named, and is to be made`() throws {
        let error = try error(folder.file("missing/log.jsonl"))
        #expect(error.code == .noSuchFolder)
        #expect(
            error.description == "\(folder.file("missing/log.jsonl")): there is no folder \(folder.file("missing")). "
                + "Make it, or choose another path for the log."
        )
    }

    @Test(arguments: ["", "/", "/new/"])
    func `a folder is no log`(suffix: String) throws {
        let path = folder.path + suffix
        let error = try error(path)
        if suffix != "/new/" { #expect(error.code == .notAFile) }
        #expect(error.message.hasPrefix(path + ": "))
        #expect(error.message.contains("choose another path"))
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path).isEmpty)
    }

    @Test func `the empty path is no log`() throws {
        let error = try error("")
        #expect(error.message.contains("path is empty"))
        #expect(error.message.contains("choose another path"))
    }

    @Test func `a path through a file says so`() throws {
        let path = try folder.file("file", holding: [1]) + "/log.jsonl"
        let error = try error(path)
        #expect(error.code == .noSuchFolder)
        #expect(error.message.hasPrefix(path + ": "))
        #expect(error.message.contains("a file, not a folder"))
        #expect(try bytes(of: folder.file("file")) == [1])
    }

    @Test func `a FIFO that nobody reads is an error, not a wait`() throws {
        let path = folder.file("fifo")
        try makeFIFO(path)
        let error = try error(path)
        #expect(error.code == .notAFile)
        #expect(error.message.contains("\(path): nobody reads this FIFO. Start its reader first"))
        #expect(try FileStatus(path).kind == FileStatus.fifo)
    }

    @Test func `a path that contains a NUL leads nowhere else`() throws {
        let error = try error(folder.file("a\0b"))
        #expect(error.message.contains("NUL"))
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path).isEmpty)
    }

    @Test func `a name that is too long, and a link in a circle, are errors that name the path`() throws {
        #expect(try error(folder.file(String(repeating: "x", count: 300))).message.contains("File name too long"))
        let circle = folder.file("circle")
        try FileManager.default.createSymbolicLink(atPath: circle, withDestinationPath: circle)
        #expect(try error(circle).message.hasPrefix(circle + ": "))
    }

    @Test func `a file name in any script is a log`() throws {
        let path = folder.file("журнал 🛫 \"'$(x).jsonl")
        try Telemetry(synchronous: path).log("x")
        #expect(try lines(of: path).count == 1)
    }
}
