import Foundation
import Telemetry
import Testing

/// A running `recorder-probe`.
final class Probe {
    private let process = Process()
    private let output = Pipe()
    private var text = Data()

    init(_ arguments: [String]) throws {
        let bundle = URL(filePath: CommandLine.arguments[0]).deletingLastPathComponent()
        process.executableURL = bundle.appending(path: "recorder-probe")
        process.arguments = arguments
        process.standardOutput = output
        process.standardError = FileHandle.nullDevice
        try process.run()
    }

    /// Kills it after a time that begins now, or once it has said something; returns the ids that it had acknowledged.
    func kill(onceItSpeaks: Bool = false, after microseconds: UInt32 = 0) throws -> [String] {
        if onceItSpeaks { text = try output.fileHandleForReading.read(upToCount: 64) ?? Data() }
        usleep(microseconds)
        // The pipe is smaller than what it writes: it may wait for us, and be killed waiting.
        Foundation.kill(process.processIdentifier, SIGKILL)
        return try wait().ids
    }

    /// Waits for its end; returns what it said, line by line, and its exit status.
    func wait() throws -> (ids: [String], status: Int32) {
        text += try output.fileHandleForReading.readToEnd() ?? Data()
        let text = String(decoding: text, as: UTF8.self)
        process.waitUntilExit()
        // The last line may have been cut off with the process.
        let whole = text.lastIndex(of: "\n").map { text[..<$0] } ?? ""
        return (whole.split(separator: "\n").map(String.init), process.terminationStatus)
    }
}

/// Opens the log in a folder, which takes over what is left in buffers, and reads all the files that it has become.
///
/// - Returns: The ids of the spans that `recorder-probe` recorded, each of which must stand once, and the other spans.
func recordedSpans(
    in folder: TemporaryFolder,
    sourceLocation: SourceLocation = #_sourceLocation
) throws -> (ids: Set<String>, others: [Span]) {
    try FileSink(path: folder.file()).close()
    var ids: Set<String> = []
    var others: [Span] = []
    for file in try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted() where !file.hasPrefix(".") {
        for line in try lines(of: folder.file(file)) {
            let span = try Span(line: line)
            if span.eventType == "probe" {
                #expect(
                    ids.insert(span.id.description).inserted,
                    "\(span.id) stands twice",
                    sourceLocation: sourceLocation
                )
            } else {
                others.append(span)
            }
        }
    }
    return (ids, others)
}
