import Foundation
import Synchronization

#if canImport(Glibc)
import Glibc
private let streamSocket = Int32(SOCK_STREAM.rawValue)
private let noSignal = Int32(MSG_NOSIGNAL)
#else
import Darwin
private let streamSocket = SOCK_STREAM
private let noSignal: Int32 = 0
#endif

/// A TCP server on loopback that does to each connection what the test's script says: one script a connection.
final class FaultServer: Sendable {
    enum Step: Sendable {
        case send([UInt8])
        /// Waits until the client has closed the connection.
        case awaitClose
        /// Closes with a reset instead of an orderly end.
        case reset
        /// Sends this again and again until the client has closed the connection.
        case flood([UInt8])
        /// The same, but 50 times a second.
        case trickle([UInt8])
        /// Waits for another request on this connection.
        case awaitRequest

        static func text(_ text: String) -> Step { .send(Array(text.utf8)) }
    }

    struct Request: Sendable {
        var head: String
        var body: String

        func field(_ name: String) -> String? {
            head.split(separator: "\r\n").first { $0.lowercased().hasPrefix(name + ":") }
                .map { $0.dropFirst(name.count + 1).trimmingCharacters(in: .whitespaces) }
        }
    }

    let port: Int
    private let listener: Int32
    private let scripts: Mutex<[[Step]]>
    private let seen = Mutex<[Request]>([])
    private let closed = Mutex(0)
    private let hasStopped = Atomic(false)
    private let heldBack = Atomic(false)

    var requests: [Request] { seen.withLock { $0 } }
    /// How many connections the client closed before the script did.
    var closedByClient: Int { closed.withLock { $0 } }
    /// Whether a client once didn't take for a while what was sent.
    var wasHeldBack: Bool { heldBack.load(ordering: .relaxed) }
    var baseURL: String { "http://127.0.0.1:\(port)/v1" }

    init(_ scripts: [[Step]]) throws {
        self.scripts = Mutex(scripts)
        let (descriptor, port) = try bindToLoopback()
        guard listen(descriptor, 128) == 0 else { throw POSIXError(.EADDRNOTAVAIL) }
        listener = descriptor
        self.port = port
        Thread.detachNewThread { [weak self] in
            while true {
                let connection = accept(descriptor, nil, nil)
                guard connection >= 0 else { break }
                guard let self else {
                    close(connection)
                    break
                }
                Thread.detachNewThread { self.serve(connection) }
            }
            // Closed by who waits on it: its number may be another server's as soon as it is free.
            close(descriptor)
        }
    }

    /// Takes no more connections.
    func stop() {
        // Once: after that, the number may be another socket's.
        if !hasStopped.exchange(true, ordering: .relaxed) { shutdown(listener, Int32(SHUT_RDWR)) }
    }
    deinit { stop() }

    private func serve(_ connection: Int32) {
        defer { close(connection) }
        var patience = timeval(tv_sec: 0, tv_usec: 300_000)
        setsockopt(connection, SOL_SOCKET, SO_SNDTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
        guard read(connection) else { return }
        for step in scripts.withLock({ $0.isEmpty ? [] : $0.removeFirst() }) {
            switch step {
            case .send(let bytes): _ = write(bytes, to: connection)
            case .flood(let bytes):
                while write(bytes, to: connection) {}
                closed.withLock { $0 += 1 }
            case .trickle(let bytes):
                while write(bytes, to: connection) { usleep(20_000) }
                closed.withLock { $0 += 1 }
            case .awaitRequest:
                guard read(connection) else { return }
            case .awaitClose:
                var byte: UInt8 = 0
                while recv(connection, &byte, 1, 0) > 0 {}
                closed.withLock { $0 += 1 }
            case .reset:
                var option = linger(l_onoff: 1, l_linger: 0)
                setsockopt(connection, SOL_SOCKET, SO_LINGER, &option, socklen_t(MemoryLayout<linger>.size))
                return
            }
        }
        // An orderly end, with what the client still sends read first: a close would reset the connection otherwise.
        shutdown(connection, Int32(SHUT_WR))
        var byte: UInt8 = 0
        while recv(connection, &byte, 1, 0) > 0 {}
    }

    private func write(_ bytes: [UInt8], to connection: Int32) -> Bool {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { send(connection, $0.baseAddress, $0.count, noSignal) }
            if count < 0, errno == EAGAIN {
                heldBack.store(true, ordering: .relaxed)
                continue
            }
            guard count > 0 else { return false }
            rest = rest.dropFirst(count)
        }
        return true
    }

    /// Notes a request, if one comes.
    private func read(_ connection: Int32) -> Bool {
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            let count = recv(connection, &buffer, buffer.count, 0)
            guard count > 0 else { return false }
            bytes.append(contentsOf: buffer[..<count])
            guard let end = bytes.firstRange(of: Array("\r\n\r\n".utf8)) else { continue }
            let request = Request(
                head: String(decoding: bytes[..<end.lowerBound], as: UTF8.self),
                body: String(decoding: bytes[end.upperBound...], as: UTF8.self)
            )
            if bytes.count - end.upperBound >= Int(request.field("content-length") ?? "0") ?? 0 {
                seen.withLock { $0.append(request) }
                return true
            }
        }
    }
}

/// A port on loopback on which nothing listens, and which nobody else gets as long as this is there.
struct ClosedPort: ~Copyable {
    let number: Int
    private let descriptor: Int32

    init() throws { (descriptor, number) = try bindToLoopback() }
    deinit { close(descriptor) }
}

/// A socket with a port of its own on loopback.
private func bindToLoopback() throws -> (descriptor: Int32, port: Int) {
    let descriptor = socket(AF_INET, streamSocket, 0)
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    let bound = withUnsafeMutablePointer(to: &address) { pointer in
        pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
            bind(descriptor, address, length) == 0 && getsockname(descriptor, address, &length) == 0
        }
    }
    guard bound else { throw POSIXError(.EADDRNOTAVAIL) }
    return (descriptor, Int(UInt16(bigEndian: address.sin_port)))
}

extension [FaultServer.Step] {
    static let streamHead = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n"

    /// A status with a body.
    static func status(_ status: String, _ fields: String = "", body: String = "") -> Self {
        [.text("HTTP/1.1 \(status)\r\nContent-Length: \(body.utf8.count)\r\nConnection: close\r\n\(fields)\r\n\(body)")]
    }

    /// A stream of exactly this text.
    static func stream(_ text: String) -> Self { [.text(streamHead + text)] }

    /// A stream of this text after which the connection stays open.
    static func keptAlive(_ text: String) -> Self {
        let head = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nContent-Length: \(text.utf8.count)\r\n\r\n"
        return [.text(head + text)]
    }

    /// A whole answer in these pieces.
    static func answer(_ pieces: String..., reason: String = "stop", usage: String = usage) -> Self {
        stream(pieces.map(piece).joined() + end(reason) + "data: \(usage)\n\ndata: [DONE]\n\n")
    }

    static let usage =
        #"{"choices":[],"usage":{"prompt_tokens":12,"completion_tokens":3,"prompt_tokens_details":{"cached_tokens":5}}}"#

    static func piece(_ text: String) -> String {
        "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"\(text)\"},\"finish_reason\":null}],\"usage\":null}\n\n"
    }

    static func end(_ reason: String = "stop") -> String {
        "data: {\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"\(reason)\"}]}\n\n"
    }
}
