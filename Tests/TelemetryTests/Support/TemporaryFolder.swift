import Foundation
import Testing

/// A folder of a test's own, which goes when the value goes.
final class TemporaryFolder: Sendable {
    let path: String

    init() throws {
        // As the kernel has it: without a second slash.
        let path = FileManager.default.temporaryDirectory.path + "/telemetry-tests-" + UUID().uuidString
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        self.path = path
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    /// The path of a file in the folder, which this doesn't make.
    func file(_ name: String = "log.jsonl") -> String { path + "/" + name }

    /// Makes a file with these bytes, and returns its path.
    func file(_ name: String = "log.jsonl", holding bytes: some Sequence<UInt8>) throws -> String {
        let path = file(name)
        try Data(bytes).write(to: URL(fileURLWithPath: path))
        return path
    }
}

/// All bytes of the file at `path`.
func bytes(of path: String) throws -> [UInt8] { try [UInt8](Data(contentsOf: URL(fileURLWithPath: path))) }

/// The lines of the file at `path`, all of which must have an end.
func lines(of path: String) throws -> [String] {
    let text = try #require(String(validating: try bytes(of: path), as: UTF8.self))
    if text.isEmpty { return [] }
    try #require(text.utf8.last == UInt8(ascii: "\n"))
    return text.utf8.dropLast().split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
        .map { String(Substring($0)) }
}
