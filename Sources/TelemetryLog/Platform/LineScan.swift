internal import CScan

/// What goes through a log many bytes at a time, in the vector instructions of the processor that the program runs on.
///
/// `@unchecked Sendable`: what the pointer leads to is never changed.
struct LineScan: @unchecked Sendable {
    private let variant: UnsafePointer<cscan_lines>

    private init(_ variant: UnsafePointer<cscan_lines>) { self.variant = variant }

    /// All that this processor can run, the fastest one first; there is one at least.
    static let all = Array(sequence(state: 0) { place in cscan_lines_at(place).map { (place += 1, LineScan($0)).1 } })

    /// The fastest one.
    static let best = all[0]

    var name: String { String(cString: variant.pointee.name) }

    /// Where the first line begins, from the one at `start` on, that may have the id, or stands too near the end to be told;
    /// `count`, or more, if there is none.
    @inline(__always)
    func skip(_ text: UnsafePointer<UInt8>, from start: Int, count: Int, _ id: cscan_id) -> Int {
        withUnsafePointer(to: id) { variant.pointee.skip(text, start, count, $0) }
    }

    /// Reads a line by its layout, as far as it goes.
    @inline(__always)
    func read(
        _ line: UnsafePointer<UInt8>,
        _ layout: UnsafePointer<cscan_layout>,
        _ recent: inout cscan_recent,
        _ fields: UnsafeMutableRawPointer,
        _ progress: inout cscan_progress
    ) -> cscan_read {
        variant.pointee.read(line, layout, &recent, fields, &progress)
    }

    /// Goes on behind a value that was read in another way.
    func goOn(
        _ layout: UnsafePointer<cscan_layout>,
        _ recent: inout cscan_recent,
        _ fields: UnsafeMutableRawPointer,
        _ progress: inout cscan_progress
    ) -> cscan_read {
        variant.pointee.go_on(layout, &recent, fields, &progress)
    }
}
