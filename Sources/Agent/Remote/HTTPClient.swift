internal import Foundation
import Synchronization

#if canImport(FoundationNetworking)
internal import FoundationNetworking
#endif

/// Connections to servers: one `URLSession`, without cookies, caches and stored credentials.
///
/// It ends with the last reference to the client. Timeouts are ``HTTPExchange``'s.
final class HTTPClient: Sendable {
    private let session: URLSession
    private let delegate = Delegate()

    init() {
        let configuration = URLSessionConfiguration.ephemeral
        configuration.timeoutIntervalForRequest = 1e6
        configuration.timeoutIntervalForResource = 1e6
        // More would wait for each other, and count as not connected.
        configuration.httpMaximumConnectionsPerHost = 256
        configuration.httpShouldSetCookies = false
        configuration.urlCache = nil
        let queue = OperationQueue()
        queue.maxConcurrentOperationCount = 1
        session = URLSession(configuration: configuration, delegate: delegate, delegateQueue: queue)
    }

    // The session holds on to its delegate until it is told that it's over.
    deinit { session.finishTasksAndInvalidate() }

    /// Sends a request; the answer may have so many bytes.
    func send(_ request: URLRequest, timeouts: RemoteTimeouts, limit: Int) -> HTTPExchange {
        var request = request
        request.timeoutInterval = 1e6
        let task = session.dataTask(with: request)
        let exchange = HTTPExchange(task: task, timeouts: timeouts, limit: limit)
        delegate.add(exchange, task)
        exchange.start()
        return exchange
    }

    private final class Delegate: NSObject, URLSessionDataDelegate, Sendable {
        private let exchanges = Mutex<[Int: HTTPExchange]>([:])

        func add(_ exchange: HTTPExchange, _ task: URLSessionTask) {
            exchanges.withLock { $0[task.taskIdentifier] = exchange }
        }

        private func exchange(_ task: URLSessionTask) -> HTTPExchange? {
            exchanges.withLock { $0[task.taskIdentifier] }
        }

        func urlSession(
            _ session: URLSession,
            task: URLSessionTask,
            didSendBodyData bytesSent: Int64,
            totalBytesSent: Int64,
            totalBytesExpectedToSend: Int64
        ) {
            exchange(task)?.didSend()
        }

        func urlSession(
            _ session: URLSession,
            dataTask: URLSessionDataTask,
            didReceive response: URLResponse,
            completionHandler: @escaping (URLSession.ResponseDisposition) -> Void
        ) {
            var fields: [String: String] = [:]
            let head = response as? HTTPURLResponse
            for (name, value) in head?.allHeaderFields ?? [:] { fields["\(name)".lowercased()] = "\(value)" }
            exchange(dataTask)?.didReceive(status: head?.statusCode ?? 0, fields: fields)
            completionHandler(.allow)
        }

        func urlSession(_ session: URLSession, dataTask: URLSessionDataTask, didReceive data: Data) {
            exchange(dataTask)?.didReceive(data)
        }

        func urlSession(_ session: URLSession, task: URLSessionTask, didCompleteWithError error: (any Error)?) {
            exchanges.withLock { $0.removeValue(forKey: task.taskIdentifier) }?.didComplete(error)
        }

        /// Redirects aren't followed: the request, with its key, is for the server that was named.
        func urlSession(
            _ session: URLSession,
            task: URLSessionTask,
            willPerformHTTPRedirection response: HTTPURLResponse,
            newRequest request: URLRequest,
            completionHandler: @escaping (URLRequest?) -> Void
        ) {
            completionHandler(nil)
        }
    }
}
