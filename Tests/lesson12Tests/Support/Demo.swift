import Foundation

/// Runs of the demonstration on the default model, made once for all tests.
struct Demo: Sendable {
    var output: Output
    /// The log's bytes after the run.
    var log: Data
    /// The log's permissions.
    var mode: Int
    /// What an independent reader makes of the log.
    var report: LogReport

    /// A folder in which the defaults lead to the default model, and to a log of the tests' own.
    private static let runs = Result {
        _ = try Program.model
        let folder = try Folder()
        try FileManager.default.createSymbolicLink(
            at: folder.url.appendingPathComponent("models"),
            withDestinationURL: Program.package.appendingPathComponent("models")
        )
        let first = try Demo(in: folder)
        return (first: first, second: try Demo(in: folder))
    }

    /// A run without arguments, where there was no log.
    static var first: Demo { get throws { try runs.get().first } }
    /// A run in the same folder, where the first one's log was.
    static var second: Demo { get throws { try runs.get().second } }

    /// One run more, in a folder of its own.
    static func again() throws -> Demo {
        let folder = try Folder()
        try FileManager.default.createSymbolicLink(
            at: folder.url.appendingPathComponent("models"),
            withDestinationURL: Program.package.appendingPathComponent("models")
        )
        return try Demo(in: folder)
    }

    private init(in folder: Folder) throws {
        output = try Program.run(Program.lesson12, [], in: folder)
        let path = folder.path("agent_telemetry.jsonl")
        guard FileManager.default.fileExists(atPath: path) else { throw TestFailure("there is no log: \(output)") }
        log = try Data(contentsOf: URL(fileURLWithPath: path))
        let attributes = try FileManager.default.attributesOfItem(atPath: path)
        mode = (attributes[.posixPermissions] as? NSNumber)?.intValue ?? 0
        report = try LogReport(of: path, in: folder)
    }
}
