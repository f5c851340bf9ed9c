import Foundation
import Testing

@testable import Agent

/// Encrypted connections: to a server that isn't trusted, to one that is, and to one that is under another name.
@Suite(
    .blocking,
    .endsIfStuck,
    .enabled(if: TLSServer.isPossible, "there is no openssl to make a certificate with")
)
struct TLSTests {
    @Test func `a certificate that nobody vouches for ends the call, before the key is sent`() async throws {
        let server = try TLSServer()
        let bench = try RemoteBench([], baseURL: "https://localhost:\(server.port)/v1")
        let error = try await bench.failure()
        #expect(error.code == .serverUnreachable && error.message.contains("certificate"), "\(error)")
        #expect(bench.spans(.httpRequest).count == 1)
    }

    @Test func `SSL_CERT_FILE names whom to trust, and for which hosts`() async throws {
        let server = try TLSServer()
        let environment = ["SSL_CERT_FILE": server.certificate]
        let bench = try RemoteBench([], baseURL: "https://localhost:\(server.port)/v1", environment: environment)
        #expect(try await bench.generate().text == "fine")
        let other = try RemoteBench([], baseURL: "https://127.0.0.1:\(server.port)/v1", environment: environment)
        let error = try await other.failure()
        #expect(error.code == .serverUnreachable && error.message.contains("no secure connection: SSL"), "\(error)")
        let wrong = try RemoteBench(
            [],
            baseURL: "https://localhost:\(server.port)/v1",
            environment: ["SSL_CERT_FILE": "/nowhere/certificates.pem"]
        )
        #expect(try await wrong.failure().message.contains("/nowhere/certificates.pem"))
    }
}

/// A server of one answer on loopback, for `localhost` only, with a certificate of its own.
private final class TLSServer {
    static let isPossible = FileManager.default.isExecutableFile(atPath: "/usr/bin/openssl")

    let port: Int
    var certificate: String { folder.appendingPathComponent("certificate.pem").path }
    private let folder: URL
    private let process = Process()

    init() throws {
        folder = FileManager.default.temporaryDirectory.appendingPathComponent("tls-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        let (input, output) = (Pipe(), Pipe())
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = ["python3", "-c", Self.script, folder.path, [FaultServer.Step].streamHead + Self.answer]
        process.standardInput = input
        process.standardOutput = output
        try process.run()
        let line = String(decoding: output.fileHandleForReading.availableData, as: UTF8.self)
        guard let port = Int(line.trimmingCharacters(in: .whitespacesAndNewlines)) else { throw POSIXError(.EIO) }
        self.port = port
    }

    deinit {
        process.terminate()
        try? FileManager.default.removeItem(at: folder)
    }

    private static let answer = [FaultServer.Step].piece("fine") + [FaultServer.Step].end()

    // It ends with its standard input, too.
    private static let script = """
        import os, socket, ssl, subprocess, sys, threading
        folder, answer = sys.argv[1:]
        key, certificate = folder + "/key.pem", folder + "/certificate.pem"
        subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost",
            "-addext", "subjectAltName=DNS:localhost", "-keyout", key, "-out", certificate], check=True, stderr=-3)
        threading.Thread(target=lambda: (sys.stdin.read(), os._exit(0)), daemon=True).start()
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate, key)
        listener = socket.create_server(("127.0.0.1", 0))
        print(listener.getsockname()[1], flush=True)
        while True:
            connection = listener.accept()[0]
            try:
                connection = context.wrap_socket(connection, server_side=True)
                if connection.recv(1 << 16): connection.sendall(answer.encode())
                connection.unwrap()
            except OSError: pass
            connection.close()
        """
}
