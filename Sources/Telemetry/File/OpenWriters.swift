/// The writers that are open, so that the process's exit can empty their buffers.
enum OpenWriters {
    /// By themselves, until they are closed, which they are before they are given up.
    private static let writers: Monitor<[ObjectIdentifier: LogWriter]> = {
        System.atExit { OpenWriters.exit() }
        return Monitor([:])
    }()

    static func add(_ writer: LogWriter) {
        writers.withLock { $0[ObjectIdentifier(writer)] = writer }
    }

    static func remove(_ writer: LogWriter) {
        writers.withLock { $0[ObjectIdentifier(writer)] = nil }
    }

    private static func exit() {
        let open =
            if Forks.generation == 0 {
                writers.withLock { Array($0.values) }
            } else {
                // In a forked child, the lock may be one that a thread had which isn't here.
                writers.withLock(within: .zero) { Array($0.values) } ?? []
            }
        for writer in open { writer.beginExit() }
        // One bound for all: a program with ten logs on a dead disk exits as soon as one with one.
        let deadline = System.monotonicNanoseconds() + 1_000_000_000
        for writer in open { writer.endExit(by: deadline) }
    }
}
