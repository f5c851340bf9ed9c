import Telemetry

/// A recorder whose log is in memory, and whose clock and ids are the same each time.
struct DeterministicRecorder: Sendable {
    let sink = InMemorySink()
    let time = ManualTimeSource()
    let telemetry: Telemetry

    init(limits: Limits = Limits(), recentBytes: Int = 2 << 20) {
        var configuration = Telemetry.Configuration.deterministic(clock: time)
        configuration.limits = limits
        configuration.recentBytes = recentBytes
        telemetry = Telemetry(sink: sink, configuration: configuration)
    }
}

/// A sink that keeps nothing.
struct NoSink: SpanSink {
    func write(_ line: RawSpan, traits: SpanTraits) {}
    func flush(timeout: Duration) -> FlushResult { .delivered }
    func close() {}
    func clear() {}
    var drops: DropCounts { DropCounts() }
}

extension Telemetry {
    /// A recorder whose spans are in the file when their end returns.
    convenience init(synchronous path: String, configuration: Configuration = Configuration()) throws {
        try self.init(
            sink: FileSink(path: path, options: FileSinkOptions(mode: .synchronous)),
            configuration: configuration
        )
    }
}
