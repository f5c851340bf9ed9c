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
    static let invalid = SystemError(code: EINVAL)
    static let isDirectory = SystemError(code: EISDIR)
    static let interrupted = SystemError(code: EINTR)

    fileprivate static var last: SystemError { SystemError(code: errno) }
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

    static func pause(milliseconds: UInt32) { usleep(milliseconds * 1000) }

    /// 64 random bits from the operating system.
    static func entropy() -> UInt64 {
        var bits: UInt64 = 0
        if getentropy(&bits, 8) != 0 {  // Only where the kernel has no such call, which no supported system is.
            bits = monotonicNanoseconds() ^ UInt64(getpid()) << 32
        }
        return bits
    }

    /// Calls `handler` in every child process that `fork` makes from now on.
    static func afterForkInChild(_ handler: @convention(c) () -> Void) {
        pthread_atfork(nil, nil, handler)
    }

    // MARK: Files

    /// What a path or descriptor refers to.
    enum FileKind { case regular, directory, fifo, other }

    /// An open file, closed when the value goes.
    struct File: ~Copyable {
        private let descriptor: Int32

        /// Opens a file for appending; makes it, readable and writable for its owner only, if there is none.
        ///
        /// A FIFO nobody reads is an error (``SystemError/noReader``) instead of a wait.
        init(appendingTo path: String) throws(SystemError) {
            // The C library would take what stands before it for the path.
            guard !path.utf8.contains(0) else { throw SystemError(code: EINVAL) }
            // Open for reading too, a FIFO would have us for its reader, who never reads.
            let access = System.kind(of: path) == .fifo ? O_WRONLY : O_RDWR
            let flags = access | O_APPEND | O_CREAT | O_CLOEXEC | O_NONBLOCK | O_NOCTTY
            var descriptor = open(path, flags, 0o600)
            if descriptor < 0, errno == EACCES || errno == EROFS || errno == EPERM || errno == EINVAL {
                // A file that we may append to but not read can still be a log.
                descriptor = open(path, flags & ~O_ACCMODE | O_WRONLY, 0o600)
            }
            guard descriptor >= 0 else { throw .last }
            self.descriptor = descriptor
        }

        deinit { _ = close(descriptor) }

        func kind() throws(SystemError) -> FileKind {
            var status = stat()
            guard fstat(descriptor, &status) == 0 else { throw .last }
            return switch status.st_mode & S_IFMT {
            case S_IFREG: .regular
            case S_IFDIR: .directory
            case S_IFIFO: .fifo
            default: .other
            }
        }

        func size() throws(SystemError) -> Int {
            var status = stat()
            guard fstat(descriptor, &status) == 0 else { throw .last }
            return Int(status.st_size)
        }

        /// From now on, writing waits until there is room, as it does for regular files anyway.
        func setBlocking() {
            let flags = fcntl(descriptor, F_GETFL)
            _ = fcntl(descriptor, F_SETFL, flags & ~O_NONBLOCK)
        }

        /// Reads into `buffer` from `offset`; returns how many bytes came, 0 at the end.
        func read(into buffer: UnsafeMutableRawBufferPointer, at offset: Int) throws(SystemError) -> Int {
            while true {
                let count = pread(descriptor, buffer.baseAddress, buffer.count, off_t(offset))
                if count >= 0 { return count }
                guard errno == EINTR else { throw .last }
            }
        }

        /// Appends the bytes with one `write(2)`, which the kernel doesn't mix with those of others; goes on only where
        /// it wrote a part.
        ///
        /// Returns how many bytes went before an error, and the error. The signals that the system sends with some errors
        /// (a reader gone, a file at its size limit), and which end a program that doesn't expect them, don't arrive.
        func append(_ bytes: UnsafeRawBufferPointer) -> (written: Int, error: SystemError?) {
            System.withoutWriteSignals { appendPlainly(bytes) }
        }

        private func appendPlainly(_ bytes: UnsafeRawBufferPointer) -> (written: Int, error: SystemError?) {
            var written = 0
            while written < bytes.count {
                let rest = UnsafeRawBufferPointer(rebasing: bytes[written...])
                let count = write(descriptor, rest.baseAddress, rest.count)
                if count > 0 {
                    written += count
                } else if count == 0 || errno != EINTR {
                    return (written, count == 0 ? SystemError(code: EIO) : .last)
                }
            }
            return (written, nil)
        }

        func truncate(to size: Int) throws(SystemError) {
            while ftruncate(descriptor, off_t(size)) != 0 {
                guard errno == EINTR else { throw .last }
            }
        }

        func synchronize() throws(SystemError) {
            while fsync(descriptor) != 0 {
                guard errno == EINTR else { throw .last }
            }
        }

        /// Takes the file's advisory lock for itself, if nobody else has it.
        func tryExclusiveLock() -> Bool { flock(descriptor, LOCK_EX | LOCK_NB) == 0 }

        /// Shares the file's advisory lock with others who share it; gives an exclusive one up.
        ///
        /// Another writer has it alone for moments only. Who has it for longer isn't one, and isn't waited for.
        func sharedLock() {
            var attempts = 0
            while flock(descriptor, LOCK_SH | LOCK_NB) != 0, errno == EINTR || errno == EWOULDBLOCK, attempts < 50 {
                attempts += 1
                System.pause(milliseconds: 1)
            }
        }
    }

    /// Runs `body`, which writes, without the signals that failed writes send to the thread: SIGPIPE and SIGXFSZ.
    private static func withoutWriteSignals(
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

    /// What `path` refers to, symbolic links followed; `nil` if there is nothing.
    static func kind(of path: String) -> FileKind? {
        var status = stat()
        guard stat(path, &status) == 0 else { return nil }
        return switch status.st_mode & S_IFMT {
        case S_IFREG: .regular
        case S_IFDIR: .directory
        case S_IFIFO: .fifo
        default: .other
        }
    }

    // MARK: Standard output

    static func print(_ bytes: UnsafeRawBufferPointer) {
        var rest = bytes
        while !rest.isEmpty {
            let count = write(STDOUT_FILENO, rest.baseAddress, rest.count)
            if count > 0 {
                rest = UnsafeRawBufferPointer(rebasing: rest[count...])
            } else if count == 0 || errno != EINTR {
                return
            }
        }
    }
}
