import Foundation
import Telemetry
import Testing

@testable import Agent

/// What servers, proxies and networks do to HTTP itself.
@Suite(.endsIfStuck) struct TransportTests {
    typealias Script = [FaultServer.Step]

    private static let head = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n"
    private static let answer = Script.piece("fi") + Script.piece("ne") + Script.end()

    // MARK: Broken off

    @Test(arguments: [
        "H", "HTTP/1.1", "HTTP/1.1 200 OK\r\n", "HTTP/1.1 200 OK\r\nContent-Ty", head, "HTTP/1.1 100 Continue\r\n\r\n",
        "\(head)Transfer-Encoding: chunked\r\n\r\n", "\(head)Transfer-Encoding: chunked\r\n\r\n5\r\nda",
        "\(head)Transfer-Encoding: chunked\r\n\r\nnonsense", "\(head)Content-Length: 1000\r\n\r\n: hello\n",
        "\(head)Content-Length: 5\r\n\r\n\(answer)",
    ])
    func `an answer that is broken off is asked for again, wherever it was`(_ text: String) async throws {
        let bench = try RemoteBench([[.text(text)], [.text(text), .reset], .answer("fine")])
        #expect(try await bench.generate().text == "fine")
        #expect(bench.server.requests.count == 3)
        #expect(bench.spans(.httpRequest).map { $0.error != nil } == [true, true, false])
    }

    @Test(arguments: [
        ("Transfer-Encoding: chunked", "1000\r\n"), ("Transfer-Encoding: chunked", "41\r\n"),
        ("Content-Length: 1000", ""),
    ])
    func `what came before the break is kept`(_ field: String, _ start: String) async throws {
        let bench = try RemoteBench([[.text("\(Self.head)\(field)\r\n\r\n\(start)\(Script.piece("part"))")]])
        let error = try await bench.failure()
        #expect(error.code == .connectionLost || error.code == .malformedResponse, "\(error)")
        #expect(bench.server.requests.count == 1 || error.partialText == nil)
    }

    // MARK: Not HTTP

    @Test(arguments: [
        Array("SSH-2.0-OpenSSH_9.2\r\n".utf8), Array("220 mail ESMTP\r\n".utf8), Array("HTTP/1.1 abc OK\r\n\r\n".utf8),
        // HTTP/2's settings, as a server sends them that knows nothing else; a TLS alert; nothing in particular.
        [0, 0, 0, 4, 0, 0, 0, 0, 0], [0x15, 3, 1, 0, 2, 2, 0x0A], Array(repeating: 0xFF, count: 500),
    ])
    func `what isn't HTTP is told apart, and not tried again`(_ bytes: [UInt8]) async throws {
        let bench = try RemoteBench([[.send(bytes)]])
        let error = try await bench.failure()
        #expect(error.code == .malformedResponse && error.message.contains("isn't proper HTTP"), "\(error)")
        #expect(bench.server.requests.count == 1)
    }

    @Test(arguments: ["X-Filler: \(String(repeating: "x", count: 1000))\r\n", String(repeating: "x", count: 1000)])
    func `an endless head is cut`(_ filler: String) async throws {
        let bench = try RemoteBench([[.text("HTTP/1.1 200 OK\r\n"), .flood(Array(filler.utf8))]])
        let error = try await bench.failure()
        #expect(error.code == .malformedResponse && error.message.contains("its head"), "\(error)")
        while bench.server.closedByClient == 0 { try await Task.sleep(for: .milliseconds(5)) }
    }

    // MARK: Odd, but right

    private static let size = String(answer.utf8.count, radix: 16)

    @Test(arguments: [
        // What comes first is no answer yet, the names of fields have no case, and trailers say nothing.
        "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: a\r\n\r\n\(head)Connection: close\r\n\r\n\(answer)",
        "HTTP/1.0 200\r\ncontent-TYPE:Text/Event-Stream;charset=utf-8\r\n\r\n\(answer)",
        "\(head)Transfer-Encoding: chunked\r\n\r\n\(size);x=y\r\n\(answer)\r\n0\r\nA: b\r\n\r\n",
    ])
    func `HTTP is read as it is written`(_ text: String) async throws {
        let bench = try RemoteBench([Array(text.utf8).map { .send([$0]) }])
        #expect(try await bench.generate().text == "fine")
    }

    @Test func `what is compressed unasked is decoded`() async throws {
        // data: {"choices":[{"delta":{"content":"fine"},"finish_reason":"stop"}]} and two line breaks, by gzip.
        let compressed = try #require(Data(base64Encoded: Self.compressed))
        let head = "\(Self.head)Content-Encoding: gzip\r\nContent-Length: \(compressed.count)\r\n\r\n"
        let bench = try RemoteBench([[.text(head), .send(Array(compressed))]])
        #expect(try await bench.generate().text == "fine")
        #expect(bench.server.requests.first?.field("accept-encoding") == "identity")
    }

    private static let compressed = """
        H4sIAAAAAAACA0tJLEm0UqhWSs7Iz0xOLVayiq5WSknNKUlUsgIK5ueVpOaV\
        KFkppWXmpSrV6oDozOKM+KLUxOL8PKB4cUl+gVJtbC0XFwBkl6e7SQAAAA==
        """

    @Test func `bytes that aren't UTF-8 become replacement characters`() async throws {
        let (before, after) = (#"data: {"choices":[{"delta":{"content":"a"#, #"b"},"finish_reason":"stop"}]}"# + "\n\n")
        let bytes = Array(before.utf8) + [0xFF, 0xC3] + Array(after.utf8)
        let fields = Array("X-Odd: ".utf8) + [0xFF, 0xFE] + Array("\r\n\r\n".utf8)
        let bench = try RemoteBench([[.text(Self.head), .send(fields), .send(bytes)]])
        #expect(try await bench.generate().text == "a\u{FFFD}\u{FFFD}b")
    }

    // MARK: Time

    #if os(Linux)
    @Test func `a server that accepts no connection runs into the timeout connect, which is recorded`() async throws {
        let listener = try FullListener()
        let timeouts = RemoteTimeouts(connect: .milliseconds(300))
        let bench = try RemoteBench(
            [],
            configuration: .init(retries: .never, timeouts: timeouts),
            baseURL: listener.baseURL
        )
        let error = try await bench.failure()
        #expect(error.code == .timedOut && error.message.contains("no connection within 0.3 seconds"), "\(error)")
        #expect(bench.spans(.httpRequest).map { $0.error?.contains("timeout connect") } == [true])
    }

    @Test func `the total comes first where it is shorter, and cancelling doesn't wait for a connection`() async throws
    {
        let listener = try FullListener()
        let bench = try RemoteBench(
            [],
            configuration: .init(timeouts: RemoteTimeouts(total: .milliseconds(300))),
            baseURL: listener.baseURL
        )
        let error = try await bench.failure()
        #expect(error.code == .timedOut && error.message.contains("timeout total"), "\(error)")

        let patient = try RemoteBench([], baseURL: listener.baseURL)
        let task = Task { try await patient.generate() }
        task.cancel()
        await #expect(throws: CancellationError.self) { try await task.value }
    }
    #endif

    @Test func `a server that never comes to an end runs into the total`() async throws {
        let bench = try RemoteBench(
            [.stream(Script.piece("a ")) + [.trickle(Array(": still here\n\n".utf8))]],
            configuration: .init(timeouts: RemoteTimeouts(idle: .seconds(30), total: .seconds(1)))
        )
        let error = try await bench.failure()
        #expect(error.code == .timedOut && error.message.contains("timeout total"), "\(error)")
        while bench.server.closedByClient == 0 { try await Task.sleep(for: .milliseconds(5)) }
    }

    // MARK: Flow

    @Test(.blocking)
    func `a server is held back while nobody takes what it sends, and isn't late for that`() async throws {
        let piece = Script.piece(String(repeating: "x", count: 1 << 14))
        let count = 2048
        let stream = Script.stream("") + Array(repeating: .text(piece), count: count) + [.text(Script.end())]
        let timeouts = RemoteTimeouts(idle: .seconds(10))
        let bench = try RemoteBench([stream], configuration: .init(timeouts: timeouts))
        let (model, server, pieces) = (bench.model, bench.server, bench.pieces)
        let answer = try await model.generate([.user("Why?")], options: .init(maxTokens: 1 << 20)) { piece in
            guard pieces.all.isEmpty else { return }
            pieces.append("")
            while !server.wasHeldBack { usleep(1000) }
            // Longer than a server may be silent.
            sleep(11)
        }
        #expect(server.wasHeldBack && answer.text.utf8.count == count << 14)
    }

    @Test func `a connection is used again, and one that was closed since is made anew without a retry`() async throws {
        let kept = Script.keptAlive(Self.answer + "data: [DONE]\n\n")
        let bench = try RemoteBench([kept + [.awaitRequest] + kept, kept])
        for _ in 0..<3 { #expect(try await bench.generate().text == "fine") }
        #expect(bench.server.requests.count >= 3 && bench.spans(.httpRequest).count == 3)
    }

    @Test func `connections are closed with their model`() async throws {
        let kept = Script.keptAlive(Self.answer + "data: [DONE]\n\n")
        let server = try FaultServer([kept + [.awaitClose]])
        do {
            let model = try OpenAICompatibleModel(baseURL: server.baseURL)
            #expect(try await model.generate([.user("Why?")]).text == "fine")
        }
        while server.closedByClient == 0 { try await Task.sleep(for: .milliseconds(5)) }
    }
}

#if os(Linux)
/// A port on loopback whose connections are never accepted, and whose queue of them is full.
private struct FullListener: ~Copyable {
    private let listener: Int32
    private var clients: [Int32] = []
    let baseURL: String

    init() throws {
        listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let listener = listener
        let clients = try withUnsafeMutablePointer(to: &address) { pointer in
            try pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                guard bind(listener, address, length) == 0, listen(listener, 0) == 0,
                    getsockname(listener, address, &length) == 0
                else { throw POSIXError(.EADDRNOTAVAIL) }
                return (0..<8).map { _ in
                    let client = socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_NONBLOCK.rawValue), 0)
                    _ = connect(client, address, length)
                    return client
                }
            }
        }
        self.clients = clients
        baseURL = "http://127.0.0.1:\(UInt16(bigEndian: address.sin_port))/v1"
    }

    deinit { for descriptor in clients + [listener] { close(descriptor) } }
}
#endif
