import Foundation

@testable import Agent

/// A real llama-server with the default model, on a port of its own on loopback, started once for all tests.
///
/// It ends with the tests: the shell that it is started from kills it when its standard input, held by this process, closes.
struct LlamaServer {
    let baseURL: String

    /// The shared server; its absence is a failure, with what to do about it.
    static var shared: LlamaServer {
        get async throws { try await starting.value }
    }

    private static let starting = Task { try await start() }
    /// The write end that keeps the server alive.
    private static let lifeline = Pipe()

    private static func start() async throws -> LlamaServer {
        try TestModel.require()
        let program = try find()
        // Between our looking for a port and its taking it, another program may get it.
        for _ in 0..<5 {
            if let server = try await start(program, port: FaultServer.freePort()) { return server }
        }
        throw ModelError(.serverUnreachable, "\(program): ends at once. Start it by hand to see why.")
    }

    /// Starts it, and waits until it is ready; `nil` if it ended before.
    private static func start(_ program: String, port: Int) async throws -> LlamaServer? {
        let shell = Process()
        shell.executableURL = URL(fileURLWithPath: "/bin/sh")
        // What ends the tests may signal the whole group: the shell must outlive it.
        let script =
            #"trap '' HUP INT TERM; exec 3<&0; "$@" >/dev/null 2>&1 </dev/null & server=$!; "#
            + #"{ cat <&3 >/dev/null; kill -KILL $server; } & watch=$!; wait $server; kill -KILL $watch 2>/dev/null"#
        shell.arguments =
            ["-c", script, "sh", program, "-m", TestModel.path, "--host", "127.0.0.1", "--port", "\(port)"]
            + ["-c", "4096", "-np", "2", "-t", "1", "--no-webui", "--api-key", key]
        shell.standardInput = lifeline
        // Who waits for the tests' output must not wait for the shell.
        shell.standardOutput = FileHandle.nullDevice
        shell.standardError = FileHandle.nullDevice
        try withoutBlockedSignals { try shell.run() }
        let server = LlamaServer(baseURL: "http://127.0.0.1:\(port)/v1")
        // Until the model is loaded, it answers 503.
        let end = ContinuousClock.now + .patience
        while shell.isRunning, .now < end {
            if let model = try? server.model(),
                let _ = try? await model.generate([.user("Hi")], options: .init(maxTokens: 1))
            {
                return server
            }
            try await Task.sleep(for: .milliseconds(100))
        }
        guard shell.isRunning else { return nil }
        throw ModelError(.serverUnreachable, "\(program): didn't get ready on port \(port) within ten minutes.")
    }

    /// Dispatch's threads block most signals, and a process begins with those of who starts it: without SIGCHLD, a shell's
    /// `wait` never ends.
    private static func withoutBlockedSignals(_ body: () throws -> Void) rethrows {
        var none = sigset_t()
        var blocked = sigset_t()
        sigemptyset(&none)
        pthread_sigmask(SIG_SETMASK, &none, &blocked)
        defer { pthread_sigmask(SIG_SETMASK, &blocked, nil) }
        try body()
    }

    static let key = "sk-loopback-5b1f0c"

    func model(key: String = key, retries: RetryPolicy = .never) throws -> OpenAICompatibleModel {
        var surroundings = OpenAICompatibleModel.Surroundings()
        surroundings.environment = ["OPENAI_API_KEY": key]
        return try OpenAICompatibleModel(baseURL, nil, nil, .init(retries: retries), surroundings)
    }

    /// Whether the tests run: where a server is installed, and wherever a missing one must be noticed.
    static var isExpected: Bool { ProcessInfo.processInfo.environment["CI"] != nil || (try? find()) != nil }

    private static func find() throws -> String {
        let environment = ProcessInfo.processInfo.environment
        let prefixes = [environment["LLAMA_PREFIX"] ?? "/usr/local", "\(environment["HOME"] ?? "")/.local"]
        let folders = (environment["PATH"] ?? "").split(separator: ":").map(String.init) + prefixes.map { $0 + "/bin" }
        let places = folders.map { $0 + "/llama-server" }
        guard let program = places.first(where: FileManager.default.isExecutableFile(atPath:)) else {
            throw ModelError(
                .modelNotFound,
                "llama-server: not found. These tests need it: run models/setup.sh --server"
            )
        }
        return program
    }
}

extension FaultServer {
    /// A port on loopback on which nothing listens now.
    static func freePort() throws -> Int {
        let port = try ClosedPort()
        return port.number
    }
}
