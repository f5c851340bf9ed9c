internal import Foundation
import Synchronization

/// Connections to servers, kept for the next request: without cookies, caches, redirects and stored credentials.
///
/// Proxies are those of the environment (`http_proxy`, `https_proxy`, `no_proxy`).
///
/// All is served by one thread, which begins with the first request and ends with the client.
final class HTTPClient: Sendable {
    private let queue: RequestQueue

    /// - Parameter certificates: A file with the certificates of the authorities to trust, in the PEM format; `nil` for the
    ///   system's.
    init(certificates: String? = nil) { queue = RequestQueue(certificates: certificates) }

    deinit { queue.close() }

    /// Sends a request.
    func send(_ request: HTTPRequest) -> HTTPExchange {
        let exchange = HTTPExchange(request, onChange: queue.wake)
        queue.append(exchange)
        return exchange
    }
}

/// Exchanges on their way to the thread that serves them.
private final class RequestQueue: Sendable {
    private struct State {
        var waiting: [HTTPExchange] = []
        var isStarted = false
        var isClosed = false
        /// Present while the thread's transfers are.
        var waker: HTTPTransfers.Waker?
    }

    private let certificates: String?
    private let state = Mutex(State())

    init(certificates: String?) { self.certificates = certificates }

    func append(_ exchange: HTTPExchange) {
        let isFirst = state.withLock { state in
            state.waiting.append(exchange)
            state.waker?.wake()
            defer { state.isStarted = true }
            return !state.isStarted
        }
        guard isFirst else { return }
        let thread = Thread { self.serve() }
        thread.name = "HTTPClient"
        thread.start()
    }

    func close() {
        state.withLock { state in
            state.isClosed = true
            state.waker?.wake()
        }
    }

    var wake: @Sendable () -> Void {
        { self.state.withLock { $0.waker?.wake() } }
    }

    /// What the thread does.
    private func serve() {
        // To write to a connection that is gone is an error, and no reason to end the program.
        var pipe = sigset_t()
        sigemptyset(&pipe)
        sigaddset(&pipe, SIGPIPE)
        pthread_sigmask(SIG_BLOCK, &pipe, nil)

        guard let transfers = HTTPTransfers(certificates: certificates) else {
            return end(HTTPExchange.Failure.lost("libcurl has no memory to begin with"))
        }
        // Nobody may wake transfers that are gone.
        withExtendedLifetime(transfers) {
            state.withLock { $0.waker = transfers.waker }
            while let exchanges = take() { transfers.turn(adding: exchanges) }
            end(CancellationError())
        }
    }

    /// The thread ends; the next request, if there is one, starts another.
    private func end(_ error: any Error) {
        let waiting = state.withLock { state in
            defer { state = State(isClosed: state.isClosed) }
            return state.waiting
        }
        for exchange in waiting { exchange.end(.failure(error)) }
    }

    /// What came since the last time; `nil` when the client is gone.
    private func take() -> [HTTPExchange]? {
        state.withLock { state in
            defer { state.waiting = [] }
            return state.isClosed ? nil : state.waiting
        }
    }
}
