internal import Foundation

/// How often and how soon a request that failed is sent again.
///
/// The waits grow exponentially, and each is drawn between zero and its limit ("full jitter"), so that clients that failed
/// together don't come back together; see [Exponential Backoff And
/// Jitter](https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/). Where the server says how long to
/// wait (`Retry-After`), that much is waited on top.
public struct RetryPolicy: Sendable, Hashable {
    /// How often a request is sent at most; less counts as 1.
    public var maxAttempts: Int
    /// The most that is waited before the second attempt; it doubles with each further one.
    public var baseDelay: Duration
    /// The most that is waited before any attempt, what the server asks for not included.
    public var maxDelay: Duration
    /// How long after the call's begin an attempt may still begin.
    public var maxTime: Duration

    /// Four attempts within two minutes, after up to 0.5, 1 and 2 s, unless told otherwise.
    public init(
        maxAttempts: Int = 4,
        baseDelay: Duration = .milliseconds(500),
        maxDelay: Duration = .seconds(20),
        maxTime: Duration = .seconds(120)
    ) {
        self.maxAttempts = maxAttempts
        self.baseDelay = baseDelay
        self.maxDelay = maxDelay
        self.maxTime = maxTime
    }

    /// No attempt but the first.
    public static let never = RetryPolicy(maxAttempts: 1)

    /// How long to wait after an attempt that failed; `nil` when there is to be no other.
    ///
    /// - Parameters:
    ///   - attempt: The number of the attempt that failed, from 1.
    ///   - elapsed: How long ago the call began.
    ///   - jitter: Where in the range the wait lies, from 0 to 1.
    func delay(after attempt: Int, elapsed: Duration, retryAfter: Duration?, jitter: Double) -> Duration? {
        guard attempt < maxAttempts else { return nil }
        let limit = min(maxDelay, baseDelay * Double(1 << min(attempt - 1, 30)))
        let delay = limit * min(max(jitter, 0), 1) + max(retryAfter ?? .zero, .zero)
        return elapsed + delay <= maxTime ? delay : nil
    }

    /// Reads a `Retry-After` header: seconds, or a date in any of the forms of RFC 9110, section 5.6.7.
    static func retryAfter(_ value: String, now: Date) -> Duration? {
        let text = value.trimmingCharacters(in: .whitespaces)
        // Some servers send fractions.
        if let seconds = Double(text), seconds.isFinite, seconds >= 0 { return .seconds(min(seconds, 1e9)) }
        let formatter = DateFormatter()
        formatter.locale = Locale(identifier: "en_US_POSIX")
        formatter.timeZone = TimeZone(secondsFromGMT: 0)
        for format in ["EEE, dd MMM yyyy HH:mm:ss 'GMT'", "EEEE, dd-MMM-yy HH:mm:ss 'GMT'", "EEE MMM d HH:mm:ss yyyy"] {
            formatter.dateFormat = format
            if let date = formatter.date(from: text.replacing("  ", with: " ")) {
                return .seconds(min(max(date.timeIntervalSince(now), 0), 1e9))
            }
        }
        return nil
    }
}
