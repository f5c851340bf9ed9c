// The one place where operating systems differ. Everything else calls `System`.

#if canImport(Darwin)
import Darwin
#elseif canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Android)
import Android
#else
#error("Telemetry: unknown C library. Add its module here; it must have POSIX files, clocks and getentropy.")
#endif

/// A failed system call's error number.
struct SystemError: Error, Hashable, CustomStringConvertible {
    let code: Int32

    /// What the C library says of it, such as "No space left on device".
    var description: String { String(cString: strerror(code)) }

    static let wouldBlock = SystemError(code: EWOULDBLOCK)
    static let noSuchFile = SystemError(code: ENOENT)
    static let noReader = SystemError(code: ENXIO)
    static let notADirectory = SystemError(code: ENOTDIR)
    static let noSpace = SystemError(code: ENOSPC)
    static let invalid = SystemError(code: EINVAL)
    static let isDirectory = SystemError(code: EISDIR)
    static let interrupted = SystemError(code: EINTR)

    static var last: SystemError { SystemError(code: errno) }
}

/// System calls as Swift functions: errors are thrown, interrupted calls are made again.
enum System {
    // MARK: Clocks and randomness

    /// Nanoseconds on a clock that never goes back and doesn't follow changes of the wall clock.
    static func monotonicNanoseconds() -> UInt64 { nanoseconds(CLOCK_MONOTONIC) }

    /// Nanoseconds since 1970-01-01T00:00:00Z.
    static func wallNanoseconds() -> UInt64 { nanoseconds(CLOCK_REALTIME) }

    private static func nanoseconds(_ clock: clockid_t) -> UInt64 {
        var time = timespec()
        clock_gettime(clock, &time)
        return UInt64(time.tv_sec) &* 1_000_000_000 &+ UInt64(time.tv_nsec)
    }

    /// 64 random bits from the operating system.
    static func entropy() -> UInt64 {
        var bits: UInt64 = 0
        if getentropy(&bits, 8) != 0 {  // Only where the kernel has no such call, which no supported system is.
            bits = monotonicNanoseconds() ^ UInt64(getpid()) << 32
        }
        return bits
    }
}
