internal import Synchronization

/// Which span ids have been read, so that each counts once, and which spans began but haven't ended.
///
/// All ids are known of a log of 3.6 million spans, and of a longer one those of the last 1.8 million at least: 32 MiB, and
/// 48 for a while, however long the log is. Copies that stand further apart are not recognised.
final class SeenSpans: Sendable {
    /// What to do with a line.
    enum Verdict: UInt8 { case count, duplicate, unfinished }

    private struct State: ~Copyable {
        var ids: RecentIDs
        var running: [UInt64: LinePlace] = [:]
        var touched: UInt64 = 0
    }

    private let state: Mutex<State>

    /// No span yet.
    ///
    /// - Parameter expected: How many are likely to come.
    init(expecting expected: Int = 0) { state = Mutex(State(ids: RecentIDs(expecting: expected))) }

    /// Judges a batch of lines by their spans' ids and by whether they only say that a span began.
    func judge(
        _ ids: UnsafeBufferPointer<UInt64>,
        isRunning: UnsafeBufferPointer<Bool>,
        into verdicts: UnsafeMutableBufferPointer<Verdict>,
        place: (Int) -> LinePlace
    ) {
        state.withLock { state in
            // First all places in memory, which doesn't wait for one after the other.
            for id in ids { state.touched &+= state.ids.word(for: id) }
            for index in ids.indices {
                let id = ids[index]
                if isRunning[index] {
                    let isKnown = state.running[id] != nil || state.ids.contains(id)
                    if !isKnown { state.running[id] = place(index) }
                    verdicts[index] = isKnown ? .duplicate : .unfinished
                } else {
                    verdicts[index] = state.ids.insert(id) ? .count : .duplicate
                    if !state.running.isEmpty { state.running[id] = nil }
                }
            }
        }
    }

    /// Where the records stand of spans that began and, as far as the log goes, didn't end; in the log's order.
    var unfinished: [LinePlace] { state.withLock { Array($0.running.values) }.sorted() }
}

/// Where a line stands.
struct LinePlace: Comparable, Hashable, Sendable {
    /// The file, by its place among those read.
    var file: Int
    /// How many bytes stand before it.
    var offset: Int

    static func < (a: LinePlace, b: LinePlace) -> Bool { (a.file, a.offset) < (b.file, b.offset) }
}
