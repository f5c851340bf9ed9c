import Synchronization

/// What is sent to a server: always a POST.
struct HTTPRequest: Sendable {
    var url: String
    var fields: [(name: String, value: String)]
    var body: String
    var timeouts: RemoteTimeouts
    /// How many bytes the answer may have.
    var limit: Int
}

/// One request and the answer to it, which a task takes part by part while it arrives.
///
/// What the task doesn't take yet is kept, up to ``room``; then the server is held back.
final class HTTPExchange: Sendable {
    enum Event: Sendable {
        case head(status: Int, fields: [String: String])
        case body([UInt8])
    }

    enum Phase: String, Sendable { case connect, firstByte, idle, total }

    enum Failure: Error {
        case timedOut(Phase, Duration)
        case tooLong(bytes: Int)
        case noSuchHost
        /// Nothing listens there.
        case refused
        case unreachable(String)
        case insecure(String)
        /// What came isn't HTTP.
        case malformed(String)
        case lost(String)
    }

    private struct State {
        var head: Event?
        var body: [UInt8] = []
        var end: Result<Void, any Error>?
        var waiter: CheckedContinuation<Event?, any Error>?

        /// What there is to take; `nil` when it is yet to come.
        mutating func next() -> Result<Event?, any Error>? {
            if let head {
                self.head = nil
                return .success(head)
            }
            if !body.isEmpty {
                defer { body = [] }
                return .success(.body(body))
            }
            return end.map { $0.map { nil } }
        }
    }

    /// How many bytes are kept before the server is held back.
    static let room = 1 << 18

    let request: HTTPRequest
    private let onChange: @Sendable () -> Void
    private let state = Mutex(State())

    /// An exchange that is yet to be served.
    ///
    /// - Parameter onChange: Called, on any thread, when it was cancelled or has room again.
    init(_ request: HTTPRequest, onChange: @escaping @Sendable () -> Void) {
        self.request = request
        self.onChange = onChange
    }

    // MARK: Who takes the answer

    /// The next part of the answer: first its head, then its body; `nil` at its end.
    ///
    /// - Throws: ``Failure``; `CancellationError` when the task was cancelled.
    func next() async throws -> Event? {
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                let (ready, wasFull) = state.withLock { state in
                    let wasFull = state.body.count >= Self.room
                    let ready = state.next()
                    if ready == nil { state.waiter = continuation }
                    return (ready, wasFull && state.body.isEmpty)
                }
                if wasFull { onChange() }
                if let ready { continuation.resume(with: ready) }
            }
        } onCancel: {
            cancel()
        }
    }

    /// Closes the connection unless the answer is complete.
    ///
    /// What arrived is dropped.
    func cancel() {
        change { state in
            state.end = .failure(CancellationError())
            (state.head, state.body) = (nil, [])
        }
        onChange()
    }

    // MARK: Who serves it

    var hasEnded: Bool { state.withLock { $0.end != nil } }
    var hasRoom: Bool { state.withLock { $0.body.count < Self.room } }

    func receive(status: Int, fields: [String: String]) { change { $0.head = .head(status: status, fields: fields) } }
    func receive(_ bytes: UnsafeRawBufferPointer) { change { $0.body.append(contentsOf: bytes) } }
    func end(_ result: Result<Void, any Error>) { change { $0.end = result } }

    /// Changes the state unless the exchange has ended, and hands on what there is to take.
    private func change(_ body: (inout State) -> Void) {
        let waiting: (CheckedContinuation<Event?, any Error>, Result<Event?, any Error>)? = state.withLock { state in
            guard state.end == nil else { return nil }
            body(&state)
            guard let waiter = state.waiter, let ready = state.next() else { return nil }
            state.waiter = nil
            return (waiter, ready)
        }
        if let (waiter, ready) = waiting { waiter.resume(with: ready) }
    }
}

extension Duration {
    var seconds: Double { Double(components.seconds) + Double(components.attoseconds) / 1e18 }
}
