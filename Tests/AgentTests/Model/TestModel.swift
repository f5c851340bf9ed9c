import Foundation
import Synchronization

@testable import Agent

/// The model that models/setup.sh downloads, loaded once for all tests.
enum TestModel {
    static let path = URL(fileURLWithPath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().appendingPathComponent("models/SmolLM2-135M-Instruct.Q4_1.gguf").path

    // One thread: llama.cpp's threads spin at their barriers, and with fewer free cores than threads, as on a machine
    // that builds something else, two are a hundred times slower than one.
    private static let loading = Task { try await LlamaModel(path: path, contextSize: 1024, threads: 1) }

    /// The shared model; its absence is a failure, with what to do about it.
    static var shared: LlamaModel {
        get async throws {
            try require()
            return try await loading.value
        }
    }

    /// Throws when the model's file is not there.
    static func require() throws {
        guard FileManager.default.fileExists(atPath: path) else {
            throw ModelError(.modelNotFound, "\(path): no such file. These tests need it: run models/setup.sh")
        }
    }

    /// A directory that is removed when `body` is done.
    static func withDirectory<Result>(_ body: (URL) async throws -> Result) async throws -> Result {
        let directory = FileManager.default.temporaryDirectory.appendingPathComponent("llama-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: directory) }
        return try await body(directory)
    }
}

/// Values that callbacks collect, in the order in which they came.
final class Collected<Element: Sendable>: Sendable {
    private let values = Mutex<[Element]>([])

    var all: [Element] { values.withLock { $0 } }
    func append(_ value: Element) { values.withLock { $0.append(value) } }
}
