/// Takes a log's blocks, of whole lines each; every thread has one of its own.
protocol BlockConsumer: ~Copyable, SendableMetatype {
    /// Takes the lines in the `count` bytes from `start`; the last one may have no end, if the file has none there.
    ///
    /// - Parameters:
    ///   - place: Where the first byte stands.
    ///   - block: The block's number, to count lines by.
    /// - Returns: How many lines end here; 0 from who doesn't count them.
    mutating func take(_ start: UnsafePointer<UInt8>, count: Int, at place: LinePlace, block: Int) -> Int
    /// Whether it wants any more blocks.
    var wantsMore: Bool { get }
    /// Takes that the last block wasn't what the file has; returns whether what it took so far will be thrown away.
    mutating func beginAnew() -> Bool
}

extension BlockConsumer where Self: ~Copyable {
    var wantsMore: Bool { true }
    mutating func beginAnew() -> Bool { false }
}

/// Takes the lines of a log one by one; each thread has one of its own.
///
/// A line is `inout` so that it isn't copied; nobody changes it.
protocol LineConsumer: SendableMetatype {
    /// Whether lines must say where their data is.
    static var readsData: Bool { get }
    /// Takes a finished span, which hasn't come before.
    mutating func take(_ line: inout LineFields, at place: LinePlace)
    /// Takes what says that a span began.
    mutating func takeUnfinished(_ line: inout LineFields, at place: LinePlace)
}

extension LineConsumer {
    static var readsData: Bool { false }
    mutating func takeUnfinished(_ line: inout LineFields, at place: LinePlace) {}
}

/// Lines that a worker has read, to be judged all at once.
struct LineBatch: ~Copyable {
    /// As many as stay in a processor's first caches.
    static let capacity = 64

    let fields = UnsafeMutablePointer<LineFields>.allocate(capacity: capacity)
    let ids = UnsafeMutableBufferPointer<UInt64>.allocate(capacity: capacity)
    let isRunning = UnsafeMutableBufferPointer<Bool>.allocate(capacity: capacity)
    let verdicts = UnsafeMutableBufferPointer<SeenSpans.Verdict>.allocate(capacity: capacity)
    let places = UnsafeMutableBufferPointer<Int>.allocate(capacity: capacity)
    var count = 0
    /// Copies of lines that had to be written anew.
    var copies: [UnsafeMutablePointer<UInt8>] = []

    init() { verdicts.initialize(repeating: .count) }

    mutating func removeAll() {
        count = 0
        guard !copies.isEmpty else { return }
        for copy in copies { copy.deallocate() }
        copies.removeAll()
    }

    deinit {
        for copy in copies { copy.deallocate() }
        fields.deallocate()
        ids.deallocate()
        isRunning.deallocate()
        verdicts.deallocate()
        places.deallocate()
    }
}
