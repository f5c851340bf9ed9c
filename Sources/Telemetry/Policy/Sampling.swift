/// Which traces are kept in the log: whole ones, never parts.
///
/// Metrics and alerts count everything, whatever is kept.
///
/// For example, to log a tenth of the traces, and in production nothing but failures:
/// ```swift
/// let tenth = Sampling(ratio: 0.1)
/// let production = Sampling.failuresOnly
/// ```
public struct Sampling: Sendable {
    /// What is decided when a trace has ended, from what happened in it.
    ///
    /// A trace is kept if one of the rules says so. Its spans wait in memory until its root ends; those of a trace that
    /// ``Telemetry/Telemetry/startTrace(userID:sessionID:)`` began, until the next one begins. When the program exits or the
    /// recorder is closed, what is undecided is decided by what is known of it; when the process is killed, it is lost.
    public struct Tail: Sendable {
        /// Whether traces with a failed span are kept.
        public var keepsFailures: Bool
        /// Traces whose root took longer are kept, or one of the spans without a parent where there are several; `nil` if
        /// none is kept for that.
        public var slowerThan: Duration?
        /// The share of the other traces that is kept, from 0 to 1.
        ///
        /// It is by trace id too, and so a share of all traces: with a ``Sampling/ratio`` of 0.5, a share of 0.1 keeps a
        /// tenth of what doesn't matter otherwise, not a twentieth.
        public var otherwise: Double { didSet { otherwise = Sampling.clamp(otherwise) } }
        /// A rule of your own: it gets a trace's spans in the order in which they ended, and says whether to keep it.
        ///
        /// It runs where the root ends, on any thread, and must not call the recorder.
        public var keeps: (@Sendable (_ spans: [Span]) -> Bool)?
        /// The most bytes of undecided traces.
        public var maximumBytes: Int { didSet { maximumBytes = max(0, maximumBytes) } }
        /// The longest that a trace stays undecided, from its first finished span on.
        public var maximumAge: Duration { didSet { maximumAge = max(.zero, maximumAge) } }

        /// Failures, and nothing else, unless told otherwise; 8 MiB, 5 minutes.
        public init(
            keepsFailures: Bool = true,
            slowerThan: Duration? = nil,
            otherwise: Double = 0,
            maximumBytes: Int = 8 << 20,
            maximumAge: Duration = .seconds(300),
            keeps: (@Sendable (_ spans: [Span]) -> Bool)? = nil
        ) {
            self.keepsFailures = keepsFailures
            self.slowerThan = slowerThan
            self.otherwise = Sampling.clamp(otherwise)
            self.maximumBytes = max(0, maximumBytes)
            self.maximumAge = max(.zero, maximumAge)
            self.keeps = keeps
        }
    }

    /// The share of all traces that is considered, from 0 to 1: by trace id, so that every process that takes part in a
    /// trace decides the same.
    public var ratio: Double {
        didSet {
            ratio = Self.clamp(ratio)
            threshold = Self.threshold(ratio)
        }
    }

    /// What is decided at the end of the traces that are considered; `nil` to keep them all.
    public var tail: Tail?

    private var threshold: UInt64?

    /// All traces, unless told otherwise.
    public init(ratio: Double = 1, tail: Tail? = nil) {
        self.ratio = Self.clamp(ratio)
        self.tail = tail
        threshold = Self.threshold(self.ratio)
    }

    /// Every trace is kept.
    public static let everything = Sampling()

    /// Only traces with a failed span are kept.
    public static let failuresOnly = Sampling(tail: Tail())

    /// Whether the ratio lets the trace pass.
    @inline(__always)
    func considers(_ trace: TraceID) -> Bool {
        guard let threshold else { return true }
        return trace.low < threshold
    }

    /// Whether a trace is within a ratio.
    static func keeps(_ trace: TraceID, ratio: Double) -> Bool {
        guard let threshold = threshold(ratio) else { return true }
        return trace.low < threshold
    }

    /// The id that is the first one out; `nil` if none is.
    ///
    /// As OpenTelemetry's `TraceIdRatioBased` in Python and Go: the id's low 64 bits against the ratio's share of 2⁶⁴.
    private static func threshold(_ ratio: Double) -> UInt64? {
        ratio >= 1 ? nil : UInt64(clamp(ratio) * 0x1p64)
    }

    private static func clamp(_ ratio: Double) -> Double { ratio.isNaN ? 0 : min(max(ratio, 0), 1) }
}
