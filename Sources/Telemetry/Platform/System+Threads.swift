#if canImport(Darwin)
import Darwin
#elseif canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Android)
import Android
#else
#error("Telemetry: unknown C library. Add its module here; it must have POSIX threads and signals.")
#endif
import Synchronization

extension timespec {
    init(nanoseconds: UInt64) {
        self.init(
            tv_sec: time_t(min(nanoseconds / 1_000_000_000, UInt64(Int32.max))),
            tv_nsec: Int(nanoseconds % 1_000_000_000)
        )
    }
}

extension System {
    /// A thread that runs until its body returns.
    struct Thread: ~Copyable {
        private let thread: pthread_t

        /// Starts a thread; `nil` when the system has none to give.
        ///
        /// No signal is delivered to it: the program's handlers run on the program's threads, and writing to a FIFO
        /// without readers or beyond a file size limit is an error instead of the process's end.
        init?(_ body: @escaping @Sendable () -> Void) {
            var all = sigset_t()
            var before = sigset_t()
            sigfillset(&all)
            pthread_sigmask(SIG_BLOCK, &all, &before)
            defer { pthread_sigmask(SIG_SETMASK, &before, nil) }
            let box = Unmanaged.passRetained(Body(body))
            #if canImport(Darwin)
            var started: pthread_t?
            let status = pthread_create(
                &started,
                nil,
                {
                    Body.run($0); return nil
                },
                box.toOpaque()
            )
            guard status == 0, let started else {
                box.release()
                return nil
            }
            thread = started
            #else
            var started = pthread_t()
            let status = pthread_create(
                &started,
                nil,
                { argument in
                    if let argument { Body.run(argument) }
                    return nil
                },
                box.toOpaque()
            )
            guard status == 0 else {
                box.release()
                return nil
            }
            thread = started
            #endif
        }

        /// Lets the thread end by itself.
        consuming func detach() { pthread_detach(thread) }

        private final class Body: Sendable {
            let run: @Sendable () -> Void
            init(_ run: @escaping @Sendable () -> Void) { self.run = run }
            static func run(_ argument: UnsafeMutableRawPointer) {
                Unmanaged<Body>.fromOpaque(argument).takeRetainedValue().run()
            }
        }
    }

    /// Runs `body`, which writes, without the signals that failed writes send to the thread: SIGPIPE and SIGXFSZ.
    static func withoutWriteSignals(
        _ body: () -> (written: Int, error: SystemError?)
    ) -> (written: Int, error: SystemError?) {
        var signals = sigset_t()
        sigemptyset(&signals)
        sigaddset(&signals, SIGPIPE)
        sigaddset(&signals, SIGXFSZ)
        var before = sigset_t()
        var pendingBefore = sigset_t()
        pthread_sigmask(SIG_BLOCK, &signals, &before)
        defer { pthread_sigmask(SIG_SETMASK, &before, nil) }
        sigpending(&pendingBefore)
        let result = body()
        for (code, signal) in [(EPIPE, SIGPIPE), (EFBIG, SIGXFSZ)] where result.error?.code == code {
            // Ours is taken away; one that waited before stays for whom it was meant.
            var pending = sigset_t()
            sigpending(&pending)
            guard sigismember(&pending, signal) == 1, sigismember(&pendingBefore, signal) == 0 else { continue }
            var only = sigset_t()
            sigemptyset(&only)
            sigaddset(&only, signal)
            var taken: Int32 = 0
            sigwait(&only, &taken)
        }
        return result
    }

    /// Calls `handler` when the process exits by returning from `main` or calling `exit`.
    static func atExit(_ handler: @convention(c) () -> Void) { atexit(handler) }

    /// A number that the calling thread has as long as it lives, and no other one at the same time.
    @inline(__always)
    static var threadIdentity: Int {
        #if canImport(Glibc)
        Int(bitPattern: UInt(pthread_self()))
        #else
        Int(bitPattern: UInt(bitPattern: pthread_self()))
        #endif
    }

    /// A number that stays the same for a thread, and is mostly another one for another thread.
    @inline(__always)
    static var threadNumber: Int {
        // Threads' records lie in memory of their own, pages apart.
        let bits = UInt64(truncatingIfNeeded: threadIdentity) >> 12
        return Int(truncatingIfNeeded: (bits &* 0x9E37_79B9_7F4A_7C15) >> 48)
    }

    /// How many threads asked for this before the one that calls; it stays the same for a thread.
    static var threadOrdinal: Int {
        if let known = pthread_getspecific(ordinalKey) { return Int(bitPattern: known) - 1 }
        let next = ordinals.add(1, ordering: .relaxed)
        pthread_setspecific(ordinalKey, UnsafeRawPointer(bitPattern: next.newValue))
        return next.oldValue
    }

    private static let ordinals = Atomic<Int>(0)
    private static let ordinalKey = {
        var key = pthread_key_t()
        // Where there is no key left, all threads are the first one, which costs some waiting.
        return pthread_key_create(&key, nil) == 0 ? key : pthread_key_t.max
    }()

    /// Lets another thread run.
    static func yield() { sched_yield() }

    /// Sleeps, at least so long.
    static func sleep(_ duration: Duration) {
        var time = timespec(nanoseconds: duration.wholeNanoseconds)
        var rest = timespec()
        while nanosleep(&time, &rest) != 0, errno == EINTR { time = rest }
    }
}
