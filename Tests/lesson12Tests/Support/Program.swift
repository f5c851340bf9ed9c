import Foundation
import Testing

/// A finished program's exit status and what it said.
struct Output: Sendable {
    var status: Int32
    var stdout: String
    var stderr: String
}

/// Why a test can't do what it wants.
///
/// An error of our own: what `#require` throws fails only the first of the tests that share what it was thrown for.
struct TestFailure: Error, CustomStringConvertible {
    let description: String
    init(_ description: String) { self.description = description }
}

/// Programs that the tests run.
enum Program {
    /// The package's own folder.
    static let package = URL(fileURLWithPath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()

    /// The demonstration, as it was built with these tests: beside the bundle, or the program, that has them.
    static var lesson12: URL {
        get throws {
            var folders = [Bundle.main.bundleURL, URL(fileURLWithPath: CommandLine.arguments[0])]
            #if canImport(Darwin)
            folders.insert(Bundle(for: Marker.self).bundleURL, at: 0)
            #endif
            folders += folders.map { $0.deletingLastPathComponent() }
            let places = folders.map { $0.appendingPathComponent("lesson12") }
            let program = places.first {
                var isFolder = ObjCBool(false)
                return FileManager.default.fileExists(atPath: $0.path, isDirectory: &isFolder) && !isFolder.boolValue
            }
            guard let program else {
                throw TestFailure("lesson12: is at none of \(places.map(\.path)). Run: swift build --product lesson12")
            }
            return program
        }
    }

    /// The default model's path.
    static var model: String {
        get throws {
            let path = package.appendingPathComponent("models/SmolLM2-135M-Instruct.Q4_1.gguf").path
            guard FileManager.default.fileExists(atPath: path) else {
                throw TestFailure("\(path): no such file. These tests need it: run models/setup.sh")
            }
            return path
        }
    }

    #if canImport(Darwin)
    private final class Marker {}
    #endif

    /// Runs a program to its end, with nothing to read and no terminal.
    ///
    /// - Parameter folder: Where it runs, and where its output goes to files in the meantime: no pipe can fill up.
    static func run(_ program: URL, _ arguments: [String], in folder: Folder) throws -> Output {
        let process = Process()
        process.executableURL = program
        process.arguments = arguments
        process.currentDirectoryURL = folder.url
        process.environment = ProcessInfo.processInfo.environment.merging(["LLAMA_LOG": "0"]) { $1 }
        process.standardInput = FileHandle.nullDevice
        let name = ".\(UUID().uuidString)"
        let (stdout, stderr) = (try folder.file("\(name).stdout"), try folder.file("\(name).stderr"))
        defer { for file in [stdout, stderr] { try? FileManager.default.removeItem(at: file) } }
        process.standardOutput = try FileHandle(forWritingTo: stdout)
        process.standardError = try FileHandle(forWritingTo: stderr)
        try process.run()
        process.waitUntilExit()
        return Output(
            status: process.terminationStatus,
            stdout: String(decoding: try Data(contentsOf: stdout), as: UTF8.self),
            stderr: String(decoding: try Data(contentsOf: stderr), as: UTF8.self)
        )
    }

    /// Runs `swift` or another program in `PATH`.
    static func run(_ name: String, _ arguments: [String], in folder: Folder) throws -> Output {
        try run(URL(fileURLWithPath: "/usr/bin/env"), [name] + arguments, in: folder)
    }
}

/// A folder that tests write to.
final class Folder: Sendable {
    let url: URL
    private let isTemporary: Bool

    /// A folder of a test's own, which goes when the value goes.
    init() throws {
        url = FileManager.default.temporaryDirectory.appendingPathComponent("lesson12-\(UUID().uuidString)")
        isTemporary = true
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    }

    /// A folder that stays.
    init(at url: URL) throws {
        self.url = url
        isTemporary = false
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    }

    deinit { if isTemporary { try? FileManager.default.removeItem(at: url) } }

    /// Makes a file with that text, unless it has that text already, and the folders that lead to it.
    @discardableResult
    func file(_ name: String, _ text: String = "") throws -> URL {
        let (file, data) = (url.appendingPathComponent(name), Data(text.utf8))
        try FileManager.default.createDirectory(at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
        // A file that wasn't touched isn't built again.
        if (try? Data(contentsOf: file)) != data { try data.write(to: file) }
        return file
    }

    /// The path of a file in the folder.
    func path(_ name: String) -> String { url.appendingPathComponent(name).path }
}
