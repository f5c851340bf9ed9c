internal import Foundation
import Synchronization

#if canImport(FoundationNetworking)
internal import FoundationNetworking
#endif

/// How long the parts of a remote call may take.
public struct RemoteTimeouts: Sendable, Hashable {
    /// Until the server takes the request.
    public var connect: Duration
    /// From then on, until it begins to answer.
    ///
    /// Many servers do so only when they have read the whole prompt.
    public var firstByte: Duration
    /// From then on, between any two parts of the answer; comments that keep the connection alive count.
    public var idle: Duration
    /// For the whole call, with all its attempts and the waits between them.
    public var total: Duration

    /// 10 s to connect, 5 min until the answer begins, 1 min between its parts, 30 min in all, unless told otherwise.
    public init(
        connect: Duration = .seconds(10),
        firstByte: Duration = .seconds(300),
        idle: Duration = .seconds(60),
        total: Duration = .seconds(1800)
    ) {
        self.connect = connect
        self.firstByte = firstByte
        self.idle = idle
        self.total = total
    }
}

/// One request and the answer to it, which a task takes part by part while it arrives.
///
/// What the task doesn't take yet is kept, up to a limit: Linux' `URLSession` can't hold a server back.
final class HTTPExchange: Sendable {
    enum Event: Sendable {
        case head(status: Int, fields: [String: String])
        case body(Data)
    }

    enum Phase: String, Sendable { case connect, firstByte, idle, total }

    enum Failure: Error {
        case timedOut(Phase, Duration)
        case tooLong(bytes: Int)
        case network(URLError.Code, String)
    }

    private struct State {
        var head: Event?
        var body = Data()
        var received = 0
        var end: Result<Void, any Error>?
        var phase = Phase.connect
        var deadline: ContinuousClock.Instant
        var waiter: CheckedContinuation<Event?, any Error>?

        /// What there is to take; `nil` when it is yet to come.
        mutating func next() -> Result<Event?, any Error>? {
            if let head {
                self.head = nil
                return .success(head)
            }
            if !body.isEmpty {
                defer { body = Data() }
                return .success(.body(body))
            }
            return end.map { $0.map { nil } }
        }
    }

    /// `URLSessionTask.cancel()` may wait for a lock that the thread which resumes a continuation holds; so it is never
    /// called by a cancellation handler itself. (swift-corelibs-foundation, issue 5412.)
    private static let queue = DispatchQueue(label: "HTTPExchange")

    private let task: URLSessionTask
    private let timeouts: RemoteTimeouts
    private let limit: Int
    private let state: Mutex<State>

    init(task: URLSessionTask, timeouts: RemoteTimeouts, limit: Int) {
        self.task = task
        self.timeouts = timeouts
        self.limit = limit
        state = Mutex(State(deadline: .now + timeouts.connect))
    }

    func start() {
        watch(.connect, after: timeouts.connect)
        Self.queue.asyncAfter(deadline: .now() + timeouts.total.seconds) { [weak self, timeouts] in
            self?.end(throwing: Failure.timedOut(.total, timeouts.total))
        }
        task.resume()
    }

    /// Closes the connection unless the answer is complete.
    ///
    /// What arrived is dropped.
    func cancel() { end(throwing: CancellationError(), dropping: true) }

    /// The next part of the answer: first its head, then its body; `nil` at its end.
    ///
    /// - Throws: ``Failure``; `CancellationError` when the task was cancelled.
    func next() async throws -> Event? {
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                let ready = state.withLock { state in
                    let ready = state.next()
                    if ready == nil { state.waiter = continuation }
                    return ready
                }
                if let ready { continuation.resume(with: ready) }
            }
        } onCancel: {
            cancel()
        }
    }

    // MARK: What the session tells

    func didSend() {
        enter(.firstByte, timeouts.firstByte)
    }

    func didReceive(status: Int, fields: [String: String]) {
        change { $0.head = .head(status: status, fields: fields) }
        enter(.idle, timeouts.idle)
    }

    func didReceive(_ data: Data) {
        var isTooLong = false
        change { state in
            state.deadline = .now + timeouts.idle
            state.received += data.count
            isTooLong = state.received > limit
            if !isTooLong { state.body.append(data) }
        }
        if isTooLong { end(throwing: Failure.tooLong(bytes: limit)) }
    }

    func didComplete(_ error: (any Error)?) {
        let end: Result<Void, any Error> =
            if let error = error as? URLError {
                .failure(Failure.network(error.code, error.localizedDescription))
            } else if let error {
                .failure(Failure.network(.unknown, "\(error.localizedDescription)"))
            } else {
                .success(())
            }
        change { $0.end = end }
    }

    // MARK: -

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

    private func end(throwing error: any Error, dropping: Bool = false) {
        change { state in
            state.end = .failure(error)
            if dropping { (state.head, state.body) = (nil, Data()) }
        }
        Self.queue.async { [task] in task.cancel() }
    }

    private func enter(_ phase: Phase, _ timeout: Duration) {
        let isNew = state.withLock { state in
            // A server may answer before it has read all of the request.
            guard state.phase != phase, state.phase != .idle else { return false }
            state.phase = phase
            state.deadline = .now + timeout
            return true
        }
        if isNew { watch(phase, after: timeout) }
    }

    private func watch(_ phase: Phase, after delay: Duration) {
        Self.queue.asyncAfter(deadline: .now() + delay.seconds) { [weak self] in self?.check(phase) }
    }

    private func check(_ phase: Phase) {
        let left: Duration? = state.withLock { state in
            state.phase == phase && state.end == nil ? state.deadline - .now : nil
        }
        guard let left else { return }
        if left > .zero { return watch(phase, after: left) }
        let timeout =
            switch phase {
            case .connect: timeouts.connect
            case .firstByte: timeouts.firstByte
            case .idle: timeouts.idle
            case .total: timeouts.total
            }
        end(throwing: Failure.timedOut(phase, timeout))
    }
}

extension Duration {
    var seconds: Double { Double(components.seconds) + Double(components.attoseconds) / 1e18 }
}
