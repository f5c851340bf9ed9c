import Foundation
import Testing

@testable import Agent

private let key = "sk-lesson-9d41f7"

private struct Output {
    var status: Int32
    var text: String
    var errors: String
    var log: String
}

/// Runs the lesson in an environment with a key and nothing of the machine's proxies.
private func lesson(_ arguments: String..., environment: [String: String] = [:]) async throws -> Output {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("lesson-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let files = ["out", "errors"].map { folder.appendingPathComponent($0) }
    for file in files { try Data().write(to: file) }
    let process = Process()
    process.executableURL = URL(fileURLWithPath: CommandLine.arguments[0]).deletingLastPathComponent()
        .appendingPathComponent("lesson12")
    process.arguments = arguments
    process.currentDirectoryURL = folder
    process.environment = ["OPENAI_API_KEY": key].merging(environment) { $1 }
    process.standardInput = FileHandle.nullDevice
    process.standardOutput = try FileHandle(forWritingTo: files[0])
    process.standardError = try FileHandle(forWritingTo: files[1])
    try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Void, any Error>) in
        process.terminationHandler = { _ in continuation.resume() }
        do { try process.run() } catch { continuation.resume(throwing: error) }
    }
    func text(_ name: String) -> String {
        (try? String(contentsOf: folder.appendingPathComponent(name), encoding: .utf8)) ?? ""
    }
    return Output(
        status: process.terminationStatus,
        text: text("out"),
        errors: text("errors"),
        log: text("agent_telemetry.jsonl")
    )
}

// Of the same suite, so that it takes turns with the server's other tests.
extension LlamaServerTests {
    @Test func `the lesson works on a llama-server, and the log has its requests and not the key`() async throws {
        let server = try await LlamaServer.shared
        let output = try await lesson("--server", server.baseURL, environment: ["OPENAI_API_KEY": LlamaServer.key])
        #expect(output.status == 0 && output.errors.isEmpty, "\(output)")
        for wanted in [
            "Structured   What is Python?", "calculator {", "LLM Calls:      3\n", "http_request",
        ] {
            #expect(output.text.contains(wanted), "\(wanted) is missing in \(output.text)")
        }
        // It knows the name from the result of a lookup alone.
        #expect(output.text.contains(/What is my name\?\n {13}.*Ada/), "\(output.text)")
        #expect(output.log.split(separator: "\n").filter { $0.contains(#""event_type":"http_request""#) }.count >= 3)
        #expect(!(output.text + output.errors + output.log).contains(LlamaServer.key))
    }
}

/// `lesson12 --server`, as it is called.
@Suite(.endsIfStuck) struct LessonOnServerTests {
    @Test func `what goes wrong at a server is one line, is in the log, and doesn't show the key`() async throws {
        let server = try FaultServer([.status("401 Unauthorized", body: "wrong key: \(key)")])
        let output = try await lesson("--server", server.baseURL, "--model", "tiny")
        #expect(output.status == 1 && output.errors.split(separator: "\n").count == 1, "\(output)")
        #expect(output.errors.contains("401 Unauthorized: wrong key: [API key]. Check the key. (trace "), "\(output)")
        #expect(server.requests.first?.field("authorization") == "Bearer \(key)")
        #expect(server.requests.first?.body.contains(#""model":"tiny""#) == true)
        #expect(output.log.contains(#""event_type":"http_request""#))
        #expect(!(output.text + output.errors + output.log).contains(key))
    }

    @Test func `requests go through the environment's proxy, which doesn't get the key of an encrypted one`()
        async throws
    {
        let proxy = try FaultServer(Array(repeating: .status("403 Forbidden", body: "not through me"), count: 9))
        let address = "http://somebody:hunter2@127.0.0.1:\(proxy.port)"
        let plain = try await lesson("--server", "http://model.invalid/v1", environment: ["http_proxy": address])
        #expect(plain.status == 1 && plain.errors.contains("403 Forbidden: not through me"), "\(plain)")
        let count = proxy.requests.count
        #expect(count == 1)
        #expect(proxy.requests.first?.head.hasPrefix("POST http://model.invalid/v1/chat/completions ") == true)

        let secure = try await lesson("--server", "https://model.invalid/v1", environment: ["https_proxy": address])
        #expect(secure.status == 1 && secure.errors.contains("the proxy answers 403"), "\(secure)")
        for request in proxy.requests.dropFirst(count) {
            #expect(request.head.hasPrefix("CONNECT model.invalid:443 ") && request.field("authorization") == nil)
        }
        #expect(proxy.requests.count > count && !(secure.errors + secure.log + plain.log).contains("hunter2"))

        let server = try FaultServer([.status("400 Bad Request")])
        let direct = ["http_proxy": address, "no_proxy": "127.0.0.1"]
        _ = try await lesson("--server", server.baseURL, environment: direct)
        #expect(server.requests.count == 1)
    }
}
