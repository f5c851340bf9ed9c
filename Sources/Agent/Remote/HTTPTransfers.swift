import CCurl
internal import Foundation

/// Exchanges that are under way: the one place where libcurl is used.
///
/// They belong to one thread, on which libcurl calls back, too.
final class HTTPTransfers {
    /// Ends the wait of ``turn(adding:)`` from another thread.
    struct Waker: Sendable {
        // `curl_multi_wakeup` is the function that other threads may call. Who does sees to it that the transfers are there.
        nonisolated(unsafe) fileprivate let multi: UnsafeMutableRawPointer

        func wake() { curl_multi_wakeup(multi) }
    }

    /// Once, before anything else: older versions don't guard it.
    private static let isReady = curl_global_init(Int(CURL_GLOBAL_DEFAULT)) == CURLE_OK

    let waker: Waker
    private let certificates: String?
    private let longestWait: Duration
    private var transfers: [HTTPTransfer] = []
    private var multi: UnsafeMutableRawPointer { waker.multi }

    /// `nil` when there's no memory.
    init?(certificates: String?) {
        guard Self.isReady, let multi = curl_multi_init() else { return nil }
        waker = Waker(multi: multi)
        // Waking takes a file descriptor. Where there was none left, who waits looks up from time to time.
        longestWait = curl_multi_wakeup(multi) == CURLM_OK ? .seconds(3600) : .milliseconds(50)
        self.certificates = certificates
    }

    deinit {
        for transfer in transfers { remove(transfer) }
        curl_multi_cleanup(multi)
    }

    /// Does what can be done, then waits until there's more, or the waker says so.
    func turn(adding exchanges: [HTTPExchange]) {
        for exchange in exchanges {
            guard let transfer = HTTPTransfer(exchange, certificates: certificates) else {
                exchange.end(.failure(HTTPExchange.Failure.lost("libcurl has no memory for a request")))
                continue
            }
            curl_multi_add_handle(multi, transfer.easy)
            transfers.append(transfer)
        }
        for transfer in transfers { transfer.resume() }
        var count: Int32 = 0
        curl_multi_perform(multi, &count)
        var result = CURLE_OK
        while let easy = ccurl_next_ended(multi, &result) {
            transfers.first { $0.easy == easy }?.end(result)
        }
        var wait = longestWait
        for transfer in transfers { wait = min(wait, transfer.timeLeft() ?? wait) }
        transfers.removeAll { transfer in
            guard transfer.exchange.hasEnded else { return false }
            remove(transfer)
            return true
        }
        curl_multi_poll(multi, nil, 0, wait.wholeMilliseconds, nil)
    }

    /// Closes the transfer's connection unless it is complete.
    private func remove(_ transfer: HTTPTransfer) {
        curl_multi_remove_handle(multi, transfer.easy)
        transfer.exchange.end(.failure(CancellationError()))
    }
}

/// One exchange as libcurl does it.
private final class HTTPTransfer {
    let exchange: HTTPExchange
    let easy: UnsafeMutableRawPointer

    private var fields: UnsafeMutablePointer<curl_slist>?
    private let errorText = UnsafeMutablePointer<CChar>.allocate(capacity: Int(CURL_ERROR_SIZE))
    private var status = 0
    private var answerFields: [String: String] = [:]
    private var hasHead = false
    private var headSize = 0
    private var bodySize = 0
    private var isPaused = false
    private var phase = HTTPExchange.Phase.connect
    /// When the phase began, or something last came in it.
    private var progress = ContinuousClock.now
    private var timeouts: RemoteTimeouts { exchange.request.timeouts }

    /// `nil` when there's no memory.
    init?(_ exchange: HTTPExchange, certificates: String?) {
        guard let easy = curl_easy_init() else { return nil }
        self.exchange = exchange
        self.easy = easy
        errorText.initialize(repeating: 0, count: Int(CURL_ERROR_SIZE))
        let request = exchange.request
        // Without `Expect`, which libcurl sends with long bodies: many servers don't know it, and then it waits a second.
        for field in request.fields.map({ "\($0.name): \($0.value)" }) + ["Expect:"] {
            fields = curl_slist_append(fields, field)
        }
        let number = { _ = ccurl_set_number(easy, $0, $1) }
        let text = { _ = ccurl_set_text(easy, $0, $1) }
        let pointer = { _ = ccurl_set_pointer(easy, $0, $1) }
        let this = Unmanaged.passUnretained(self).toOpaque()
        text(CURLOPT_URL, request.url)
        number(CURLOPT_POSTFIELDSIZE, request.body.utf8.count)
        text(CURLOPT_COPYPOSTFIELDS, request.body)
        pointer(CURLOPT_HTTPHEADER, fields)
        // What a proxy is told doesn't have our fields, and what it answers isn't the server's answer.
        number(CURLOPT_HEADEROPT, Int(CURLHEADER_SEPARATE))
        number(CURLOPT_SUPPRESS_CONNECT_HEADERS, 1)
        // A stream of its own for each answer: HTTP/2 would send all that are under way over one connection.
        number(CURLOPT_HTTP_VERSION, CURL_HTTP_VERSION_1_1)
        // Compressing holds a stream up, so it isn't asked for. What is compressed all the same is decoded.
        text(CURLOPT_ACCEPT_ENCODING, "identity")
        number(CURLOPT_FOLLOWLOCATION, 0)
        number(CURLOPT_NOSIGNAL, 1)
        // An answer may take minutes to begin: a peer that is gone is noticed, and routers keep the connection.
        number(CURLOPT_TCP_KEEPALIVE, 1)
        number(CURLOPT_CONNECTTIMEOUT_MS, Int(max(1, timeouts.connect.wholeMilliseconds)))
        number(CURLOPT_TIMEOUT_MS, Int(max(1, timeouts.total.wholeMilliseconds)))
        if let certificates { text(CURLOPT_CAINFO, certificates) }
        pointer(CURLOPT_ERRORBUFFER, errorText)
        pointer(CURLOPT_HEADERDATA, this)
        pointer(CURLOPT_WRITEDATA, this)
        ccurl_set_receiver(easy, CURLOPT_HEADERFUNCTION) { bytes, size, count, transfer in
            HTTPTransfer.at(transfer).take(line: UnsafeRawBufferPointer(start: bytes, count: size * count))
        }
        ccurl_set_receiver(easy, CURLOPT_WRITEFUNCTION) { bytes, size, count, transfer in
            HTTPTransfer.at(transfer).take(UnsafeRawBufferPointer(start: bytes, count: size * count))
        }
    }

    deinit {
        curl_easy_cleanup(easy)
        curl_slist_free_all(fields)
        errorText.deallocate()
    }

    private static func at(_ pointer: UnsafeMutableRawPointer?) -> HTTPTransfer {
        Unmanaged<HTTPTransfer>.fromOpaque(pointer!).takeUnretainedValue()
    }

    // MARK: What libcurl tells

    /// Takes a line of the head, and returns how much of it: less than all of it ends the transfer.
    private func take(line: UnsafeRawBufferPointer) -> Int {
        proceed(to: .idle)
        headSize += line.count
        guard headSize <= 1 << 16 else { return fail(.malformed("its head has more than \(1 << 16) bytes")) }
        let text = String(decoding: line, as: UTF8.self).trimmed()
        if text.hasPrefix("HTTP/") {
            status = text.split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? 0
            answerFields = [:]
        } else if let colon = text.firstIndex(of: ":") {
            answerFields[text[..<colon].lowercased()] = String(text[colon...].dropFirst()).trimmed()
        } else if text.isEmpty, status >= 200, !hasHead {
            hasHead = true
            exchange.receive(status: status, fields: answerFields)
        }
        return line.count
    }

    /// Takes a part of the body, or has it brought again later.
    private func take(_ bytes: UnsafeRawBufferPointer) -> Int {
        guard exchange.hasRoom else {
            isPaused = true
            return Int(CURL_WRITEFUNC_PAUSE)
        }
        proceed(to: .idle)
        bodySize += bytes.count
        guard bodySize <= exchange.request.limit else { return fail(.tooLong(bytes: exchange.request.limit)) }
        exchange.receive(bytes)
        return bytes.count
    }

    private func fail(_ failure: HTTPExchange.Failure) -> Int {
        exchange.end(.failure(failure))
        return 0
    }

    /// Ends the exchange, as the transfer has ended.
    func end(_ code: CURLcode) {
        // The end alone isn't an answer: a server may close the connection within the head of one.
        let failure = code == CURLE_OK && hasHead ? nil : failure(code)
        exchange.end(failure.map { .failure($0) } ?? .success(()))
    }

    private func failure(_ code: CURLcode) -> HTTPExchange.Failure {
        switch code {
        case CURLE_OPERATION_TIMEDOUT:
            return phase == .connect && timeouts.connect < timeouts.total
                ? .timedOut(.connect, timeouts.connect) : .timedOut(.total, timeouts.total)
        case CURLE_COULDNT_RESOLVE_HOST: return .noSuchHost
        case CURLE_COULDNT_CONNECT:
            let reason = ccurl_get_number(easy, CURLINFO_OS_ERRNO)
            return reason == ECONNREFUSED ? .refused : .unreachable(String(cString: curl_easy_strerror(code)))
        // libcurl's own words tell what is wrong with the certificate. Elsewhere they may quote a proxy with its password.
        case CURLE_PEER_FAILED_VERIFICATION, CURLE_SSL_CACERT_BADFILE, CURLE_SSL_CONNECT_ERROR, CURLE_SSL_ISSUER_ERROR:
            return .insecure(String(cString: errorText))
        // Of a line in the head; newer versions have a code of its own for it.
        case CURLE_OUT_OF_MEMORY, CURLcode(100): return .malformed("a line of its head is too long")
        case CURLE_UNSUPPORTED_PROTOCOL, CURLE_WEIRD_SERVER_REPLY, CURLE_BAD_CONTENT_ENCODING:
            return .malformed(String(cString: curl_easy_strerror(code)))
        case CURLE_OK, CURLE_GOT_NOTHING: return .lost("the server closed it before it answered")
        case CURLE_PARTIAL_FILE: return .lost("the server closed it amid the answer")
        case CURLE_COULDNT_RESOLVE_PROXY: return .unreachable("no such proxy")
        default:
            let proxy = ccurl_get_number(easy, CURLINFO_HTTP_CONNECTCODE)
            guard proxy < 300 else { return .unreachable("the proxy answers \(proxy)") }
            return .lost(String(cString: curl_easy_strerror(code)))
        }
    }

    // MARK: Time

    private func proceed(to next: HTTPExchange.Phase) { (phase, progress) = (next, .now) }

    /// Goes on when there is room again.
    func resume() {
        guard isPaused, exchange.hasRoom else { return }
        isPaused = false
        progress = .now
        curl_easy_pause(easy, CURLPAUSE_CONT)
    }

    /// How long until the server is too late, when the exchange is ended; `nil` where libcurl watches the time.
    func timeLeft() -> Duration? {
        if phase == .connect, ccurl_get_microseconds(easy, CURLINFO_PRETRANSFER_TIME_T) > 0 { proceed(to: .firstByte) }
        let limit: Duration
        switch phase {
        case .firstByte: limit = timeouts.firstByte
        case .idle where !isPaused: limit = timeouts.idle
        case .connect, .idle, .total: return nil
        }
        let left = progress + limit - .now
        if left <= .zero { exchange.end(.failure(HTTPExchange.Failure.timedOut(phase, limit))) }
        return max(left, .zero)
    }
}

extension Duration {
    /// Rounded up.
    fileprivate var wholeMilliseconds: Int32 { Int32(clamping: Int((min(seconds, 1e6) * 1000).rounded(.up))) }
}
