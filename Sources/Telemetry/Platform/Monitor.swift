#if canImport(Darwin)
import Darwin
#elseif canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Android)
import Android
#else
#error("Telemetry: unknown C library. Add its module here; it must have POSIX threads.")
#endif

/// State that one thread at a time has, and for whose change threads can wait.
///
/// `Synchronization.Mutex` has no condition variable, and on Linux inherits priorities, which costs 29 ns uncontended
/// against 4 to 10 ns for this, measured on the recorder's path. Nor does the thread sanitizer see it: its lock is handed
/// on within the kernel, and what it guards is then reported as a race.
///
/// `@unchecked Sendable`: `state` is reached only in `withLock` and `wait`, and there only while `mutex` is held; the
/// pointers are set once, and what they point to is made for use by several threads.
final class Monitor<State: ~Copyable>: @unchecked Sendable {
    private let mutex: UnsafeMutablePointer<pthread_mutex_t>
    private let condition: UnsafeMutablePointer<pthread_cond_t>
    private let state: UnsafeMutablePointer<State>

    init(_ state: consuming State) {
        mutex = .allocate(capacity: 1)
        condition = .allocate(capacity: 1)
        self.state = .allocate(capacity: 1)
        self.state.initialize(to: state)
        initializePrimitives()
    }

    private func initializePrimitives() {
        var kind = pthread_mutexattr_t()
        pthread_mutexattr_init(&kind)
        #if canImport(Glibc)
        // What is guarded is done in less time than it takes to sleep and be woken: waiting threads look again first.
        pthread_mutexattr_settype(&kind, Int32(PTHREAD_MUTEX_ADAPTIVE_NP))
        #endif
        pthread_mutex_init(mutex, &kind)
        pthread_mutexattr_destroy(&kind)
        var attributes = pthread_condattr_t()
        pthread_condattr_init(&attributes)
        #if !canImport(Darwin)
        // A wait must not be cut short or drawn out by a wall clock that is set.
        pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC)
        #endif
        pthread_cond_init(condition, &attributes)
        pthread_condattr_destroy(&attributes)
    }

    deinit {
        pthread_cond_destroy(condition)
        pthread_mutex_destroy(mutex)
        state.deinitialize(count: 1)
        state.deallocate()
        condition.deallocate()
        mutex.deallocate()
    }

    /// Runs `body` while no other thread has the state.
    ///
    /// - Parameter whenTaken: Called first where another thread has it.
    @inline(__always)
    func withLock<Result: ~Copyable>(
        whenTaken: () -> Void,
        _ body: (inout State) throws -> Result
    ) rethrows -> Result {
        if pthread_mutex_trylock(mutex) != 0 {
            whenTaken()
            pthread_mutex_lock(mutex)
        }
        defer { pthread_mutex_unlock(mutex) }
        return try body(&state.pointee)
    }

    /// Runs `body` while no other thread has the state.
    @inline(__always)
    func withLock<Result: ~Copyable>(_ body: (inout State) throws -> Result) rethrows -> Result {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        return try body(&state.pointee)
    }

    /// Runs `body` like ``withLock(_:)``, unless another thread has the state all the time; then returns `nil`.
    func withLock<Result>(within timeout: Duration, _ body: (inout State) -> Result) -> Result? {
        let start = System.monotonicNanoseconds()
        while pthread_mutex_trylock(mutex) != 0 {
            guard System.monotonicNanoseconds() - start < timeout.wholeNanoseconds else { return nil }
            System.sleep(.milliseconds(1))
        }
        defer { pthread_mutex_unlock(mutex) }
        return body(&state.pointee)
    }

    /// Waits until `body` returns something, and returns that; `nil` when `timeout` is over first.
    ///
    /// `body` is called at once, after every ``signal()``, and when the time is over. `sleep` runs each sleep that is
    /// given to it; who counts the threads that are awake does so there.
    func wait<Result>(
        atMost timeout: Duration,
        sleep: (() -> Void) -> Void = { $0() },
        until body: (inout State) -> Result?
    ) -> Result? {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        return waitLocked(atMost: timeout, sleep, until: body)
    }

    private func waitLocked<Result>(
        atMost timeout: Duration,
        _ sleep: (() -> Void) -> Void,
        until body: (inout State) -> Result?
    ) -> Result? {
        let deadline = System.monotonicNanoseconds().addingReportingOverflow(timeout.wholeNanoseconds)
        let end = deadline.overflow ? UInt64.max : deadline.partialValue
        while true {
            if let result = body(&state.pointee) { return result }
            let now = System.monotonicNanoseconds()
            guard now < end else { return nil }
            sleep {
                #if canImport(Darwin)
                var rest = timespec(nanoseconds: end - now)
                pthread_cond_timedwait_relative_np(condition, mutex, &rest)
                #else
                var end = timespec(nanoseconds: end)
                pthread_cond_timedwait(condition, mutex, &end)
                #endif
            }
        }
    }

    /// Takes the state for longer than a call, once `body` agrees or `timeout` is over, until ``giveBack()``.
    func take(atMost timeout: Duration, when body: (inout State) -> Bool) {
        pthread_mutex_lock(mutex)
        _ = waitLocked(atMost: timeout, { $0() }) { body(&$0) ? true : nil }
    }

    /// Ends what ``take(atMost:when:)`` began, on the same thread.
    func giveBack() { pthread_mutex_unlock(mutex) }

    /// Makes the monitor anew in a forked child, whose only thread is the one that took the state before `fork`.
    func renewInForkedChild(_ state: consuming State) {
        initializePrimitives()
        self.state.pointee = state
    }

    /// Wakes the threads that wait.
    ///
    /// If there are some, this costs about 11 µs.
    func signal() { pthread_cond_broadcast(condition) }
}
