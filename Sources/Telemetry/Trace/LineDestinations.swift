/// Where a line will be copied to once it is written: to the recent ones, and to the sink's buffer.
///
/// That memory is in no near cache, for megabytes were written since it was last used. Fetched while a long text is looked
/// through, it is there when the line comes: a line with 4 KiB of text so takes 0.4 µs less. Other threads may be faster,
/// and then it was fetched in vain.
struct LineDestinations {
    /// The shortest text that is worth it.
    static let shortestText = 512

    var recent: UnsafeRawPointer?
    var buffer: UnsafeRawPointer?
}

extension Telemetry {
    /// Where the next line goes, as it seems.
    var destinations: LineDestinations {
        LineDestinations(
            recent: records.withLane { UnsafeRawPointer($0.recent.end) },
            buffer: fileSink?._withUnsafeGuaranteedRef { $0.end }
        )
    }
}

extension LineWriter {
    /// Where the text that comes next will be copied to.
    @inline(never)
    func destinations(ofTextOf count: Int) -> LineDestinations {
        guard count >= LineDestinations.shortestText, let recorder else { return LineDestinations() }
        var destinations = recorder._withUnsafeGuaranteedRef { $0.destinations }
        destinations.recent = destinations.recent.map { $0 + bytes.count }
        destinations.buffer = destinations.buffer.map { $0 + bytes.count }
        return destinations
    }
}
