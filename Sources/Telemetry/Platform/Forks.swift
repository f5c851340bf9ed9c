#if canImport(Darwin)
import Darwin
#elseif canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Android)
import Android
#else
#error("Telemetry: unknown C library. Add its module here; it must have pthread_atfork.")
#endif
import Synchronization

/// What makes `fork` safe beside the threads that the recorder starts.
///
/// A forked child has its parent's locks as they stood, the Swift runtime's own among them, and of its threads only the
/// one that forked: a lock that another thread had is never given back. A program that starts no threads may fork and
/// go on in Swift, and must still be able to when it records. So `fork` waits until the recorder's threads are asleep,
/// and lets none wake before it is done.
enum Forks {
    /// A number that is another one in a forked child, once somebody has asked for ``generation``.
    @inline(__always)
    static var latestGeneration: Int { children.load(ordering: .relaxed) }

    /// A number that is another one in a forked child.
    static var generation: Int {
        _ = handlers
        return latestGeneration
    }

    /// Calls `handler` in every child process that `fork` makes from now on.
    static func whenInChild(_ handler: @convention(c) () -> Void) { pthread_atfork(nil, nil, handler) }

    /// A thread begins or goes on to work: `fork` waits for its ``rest()``, as it waits for `fork` to be done.
    static func work() { working.withLock { $0 += 1 } }

    /// A thread is about to sleep or to end.
    ///
    /// It may be another one than the one that said ``work()`` for it.
    static func rest() {
        working.withLock { $0 -= 1 }
        working.signal()
    }

    private static let working = Monitor(0)

    private static let children = Atomic<Int>(0)

    private static let handlers: Void = {
        _ = working  // Made here, not at the first fork, when another thread may be about to make it.
        pthread_atfork(
            // A thread that hangs in a write to a dead disk holds up a fork so long, and no longer.
            { Forks.working.take(atMost: .seconds(1)) { $0 == 0 } },
            { Forks.working.giveBack() },
            {
                Forks.working.renewInForkedChild(0)
                Forks.children.add(1, ordering: .relaxed)
            }
        )
    }()
}
