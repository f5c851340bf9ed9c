import Foundation
import Telemetry
import Testing

@testable import Agent

@Suite(.endsIfStuck) struct RemoteFaultTests {
    typealias Script = [FaultServer.Step]
    typealias Configuration = OpenAICompatibleModel.Configuration

    // MARK: Sent again

    @Test(arguments: [
        Script.status("500 Oh"), .status("502 Bad"), .status("503 Busy"), .status("429 Slow"), .status("408 Late"),
        [], [.reset], .stream(""), .stream(": waiting\n\n"),
        .stream("data: {\"error\":{\"code\":503,\"message\":\"Loading model\"}}\n\n"),
    ])
    func `what may pass is sent again before the first piece`(_ fault: Script) async throws {
        let bench = try RemoteBench([fault, fault, .answer("fine")])
        #expect(try await bench.generate().text == "fine")
        #expect(bench.server.requests.count == 3)
        // Half of 0.5 and of 1 s.
        #expect(bench.waits.all == [.milliseconds(250), .milliseconds(500)])
    }

    @Test func `attempts end, and the error says how many there were`() async throws {
        let bench = try RemoteBench(Array(repeating: .status("500 Oh", body: "broken"), count: 9))
        let error = try await bench.failure()
        #expect(
            error.code == .serverFailed
                && error.message.hasSuffix("500 Internal Server Error: broken (after 4 attempts)")
        )
        #expect(bench.server.requests.count == 4 && bench.spans(.httpRequest).count == 4)
        #expect(bench.spans(.httpRequest).allSatisfy { $0.error != nil })
    }

    @Test(arguments: [
        ("7", 7.0), ("Sun, 06 Nov 1994 08:49:37 GMT", 37), ("Sunday, 06-Nov-94 08:49:37 GMT", 37),
        ("Sun Nov  6 08:49:37 1994", 37), ("Sun, 06 Nov 1994 08:00:00 GMT", 0), ("soon", 0),
    ])
    func `Retry-After is honoured, as seconds and as a date`(_ value: String, _ seconds: Double) async throws {
        // 1994-11-06 08:49:00 UTC
        let bench = try RemoteBench(
            [.status("429 Slow", "Retry-After: \(value)\r\n"), .answer("a")],
            now: Date(timeIntervalSince1970: 784_111_740)
        )
        _ = try await bench.generate()
        #expect(bench.waits.all == [.seconds(seconds) + .milliseconds(250)])
    }

    @Test func `who is asked to wait too long doesn't wait`() async throws {
        let bench = try RemoteBench([.status("429 Slow", "Retry-After: 3600\r\n", body: "quota")])
        let error = try await bench.failure()
        #expect(error.code == .rateLimited && error.message.contains("wait 3600.0 s"))
        #expect(bench.waits.all.isEmpty)
        #expect(bench.spans(.httpRequest).first?.data["retry_after_ms"] as JSONValue? == 3_600_000)
    }

    @Test func `waits grow up to their limit, and lie where chance puts them`() {
        let policy = RetryPolicy(maxAttempts: 9, baseDelay: .seconds(1), maxDelay: .seconds(5), maxTime: .seconds(60))
        let waits = (1...9).map { policy.delay(after: $0, elapsed: .zero, retryAfter: nil, jitter: 1) }
        #expect(waits == [1, 2, 4, 5, 5, 5, 5, 5, nil].map { $0.map { .seconds($0) } })
        #expect(policy.delay(after: 1, elapsed: .zero, retryAfter: nil, jitter: 0) == .zero)
        #expect(policy.delay(after: 1, elapsed: .seconds(60), retryAfter: nil, jitter: 1) == nil)
    }

    // MARK: Not sent again

    @Test(arguments: [
        ("400 Bad Request", ModelError.Code.requestRejected), ("401 Unauthorized", .unauthorized),
        ("403 Forbidden", .unauthorized), ("404 Not Found", .requestRejected),
        ("422 Unprocessable Content", .requestRejected), ("501 Not Implemented", .serverFailed),
    ])
    func `what won't pass is not sent again`(_ status: String, _ code: ModelError.Code) async throws {
        let bench = try RemoteBench([.status(status, body: #"{"error":{"message":"because"}}"#)])
        let error = try await bench.failure()
        #expect(error.code == code && error.message.contains("\(status): because"))
        #expect(error.message.hasPrefix("http://127.0.0.1:\(bench.server.port)/v1/chat/completions: "))
        #expect(bench.server.requests.count == 1 && bench.waits.all.isEmpty)
    }

    @Test func `a prompt that is too long is told apart`() async throws {
        let body = #"{"error":{"code":400,"message":"too long","type":"exceed_context_size_error"}}"#
        #expect(try await RemoteBench([.status("400 Bad", body: body)]).failure().code == .promptTooLong)
    }

    @Test(arguments: ["301 Moved", "302 Found", "307 Elsewhere", "308 Elsewhere"])
    func `redirects are not followed`(_ status: String) async throws {
        let other = try RemoteBench([.answer("no")])
        let place = "http://user:secret@127.0.0.1:\(other.server.port)/v1?token=secret"
        let bench = try RemoteBench([.status(status, "Location: \(place)\r\n")])
        let error = try await bench.failure()
        #expect(error.code == .requestRejected && error.message.contains("127.0.0.1:\(other.server.port)/v1"))
        #expect(!error.message.contains("secret") && other.server.requests.isEmpty)
    }

    // MARK: Amid the answer

    @Test(arguments: [
        (Script.stream(Script.piece("par") + Script.piece("tial")), ModelError.Code.connectionLost),
        (.stream(Script.piece("par") + Script.piece("tial")) + [.reset], .connectionLost),
        (.stream(Script.piece("par") + Script.piece("tial") + "data: {\"cho\n\n"), .malformedResponse),
        (.stream(Script.piece("par") + Script.piece("tial") + "data: [DONE]\n\n"), .malformedResponse),
        (.stream(Script.piece("partial") + Script.end("tool_calls")), .generationFailed),
        (.stream(Script.piece("partial") + "data: {\"error\":{\"code\":500,\"message\":\"oh\"}}\n\n"), .serverFailed),
        (.stream(Script.piece("partial") + "data: " + String(repeating: "x", count: 1 << 20)), .malformedResponse),
    ])
    func `a fault amid the answer keeps the text so far, and isn't tried again`(
        _ script: Script,
        _ code: ModelError.Code
    ) async throws {
        let bench = try RemoteBench([script])
        let error = try await bench.failure()
        #expect(error.code == code, "\(error)")
        // A reset may overtake what was sent before it.
        if error.partialText != nil || !script.contains(where: { if case .reset = $0 { true } else { false } }) {
            #expect(error.partialText == "partial" && bench.pieces.all.joined() == "partial")
            #expect(bench.server.requests.count == 1)
            #expect(bench.spans(.llmCall).first?.data["response"] as JSONValue? == "partial")
        }
    }

    @Test func `an answer that has its finish reason is whole without [DONE]`() async throws {
        let bench = try RemoteBench([.stream(Script.piece("whole") + Script.end())])
        #expect(try await bench.generate().text == "whole")
    }

    @Test(arguments: [
        ("text/html", "<html><body>Sign in\u{1B}[31m</body></html>"), ("application/json", #"{"error":"not here"}"#),
    ])
    func `what isn't a stream is shown in short, harmlessly`(_ type: String, _ body: String) async throws {
        let bench = try RemoteBench([.status("200 OK", "Content-Type: \(type)\r\n", body: body)])
        let error = try await bench.failure()
        #expect(error.code == .malformedResponse && error.message.contains(type) && !error.message.contains("\u{1B}"))
        #expect(error.message.contains(type == "text/html" ? "Sign in\\u{1B}" : "not here"))
    }

    @Test func `a refusal is an error`() async throws {
        let script = Script.stream("data: {\"choices\":[{\"delta\":{\"refusal\":\"I won't\"}}]}\n\n")
        let error = try await RemoteBench([script]).failure()
        #expect(error.code == .refused && error.message.contains("I won't"))
    }

    // MARK: Bounds

    @Test func `an endless error body is cut`() async throws {
        let head = "HTTP/1.1 400 Bad\r\nConnection: close\r\n\r\n"
        let bench = try RemoteBench([[.text(head), .flood(Array(repeating: 0x78, count: 1 << 16))]])
        let error = try await bench.failure()
        #expect(error.code == .requestRejected && error.message.count < 700)
        while bench.server.closedByClient == 0 { try await Task.sleep(for: .milliseconds(5)) }
    }

    @Test func `an endless answer is cut`() async throws {
        let flood = Array(String(repeating: Script.piece("ab"), count: 100).utf8)
        let bench = try RemoteBench([.stream("") + [.flood(flood)]])
        let error = try await bench.failure(GenerationOptions(maxTokens: 1))
        #expect(error.code == .malformedResponse && error.message.contains("too many for its tokens"))
        while bench.server.closedByClient == 0 { try await Task.sleep(for: .milliseconds(5)) }
    }

    @Test func `a server that is silent runs into the timeout of its phase`() async throws {
        let retries = RetryPolicy.never
        let first = RemoteTimeouts(firstByte: .milliseconds(300))
        var error = try await RemoteBench([[.awaitClose]], configuration: .init(retries: retries, timeouts: first))
            .failure()
        #expect(error.code == .timedOut && error.message.contains("firstByte"), "\(error)")

        let idle = RemoteTimeouts(idle: .milliseconds(700))
        let script = Script.stream(Script.piece("so ") + Script.piece("far")) + [.awaitClose]
        let bench = try RemoteBench([script], configuration: .init(timeouts: idle))
        error = try await bench.failure()
        #expect(error.code == .timedOut && error.message.contains("idle") && error.partialText == "so far", "\(error)")
        while bench.server.closedByClient == 0 { try await Task.sleep(for: .milliseconds(5)) }

        let total = RemoteTimeouts(total: .milliseconds(300))
        error = try await RemoteBench([[.awaitClose]], configuration: .init(timeouts: total)).failure()
        #expect(error.code == .timedOut && error.message.contains("total"), "\(error)")
    }

    @Test func `where nothing listens, the error says what to start`() async throws {
        let port = try ClosedPort()
        let bench = try RemoteBench([], baseURL: "http://127.0.0.1:\(port.number)/v1")
        let error = try await bench.failure()
        #expect(error.code == .serverUnreachable, "\(error)")
        #expect(error.message.contains("llama-server -m MODEL.gguf --port \(port.number)"))
        #expect(bench.spans(.httpRequest).count == 4)
    }
}
