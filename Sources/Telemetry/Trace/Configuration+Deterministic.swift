extension Telemetry.Configuration {
    /// Ids counted from 1, and a clock that stands still until it is told to go on: the same program gives the same log
    /// each time.
    ///
    /// For tests:
    /// ```swift
    /// let clock = ManualTimeSource()
    /// let telemetry = Telemetry(sink: InMemorySink(), configuration: .deterministic(clock: clock))
    /// telemetry.withSpan("retrieval") { _ in clock.advance(by: .milliseconds(3)) }
    /// #expect(telemetry.metrics.latency(of: "retrieval")?.max == .milliseconds(3))
    /// ```
    public static func deterministic(clock: ManualTimeSource = ManualTimeSource()) -> Self {
        Self(timeSource: clock, identifiers: SequentialIdentifiers())
    }
}
