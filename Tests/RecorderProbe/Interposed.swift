import Foundation
import Synchronization

/// Says a line on standard output, in one piece.
func say(_ text: String) {
    var line = Array("\(text)\n".utf8)
    line.withUnsafeMutableBytes { bytes in
        var vector = iovec(iov_base: bytes.baseAddress, iov_len: bytes.count)
        _ = writev(STDOUT_FILENO, &vector, 1)
    }
}

/// Ends this process in half an hour, whatever it does then: tests wait for it.
func endIfStuck() {
    var alarms = sigset_t()
    sigemptyset(&alarms)
    sigaddset(&alarms, SIGALRM)
    pthread_sigmask(SIG_UNBLOCK, &alarms, nil)
    alarm(1800)
}

/// How long this process's threads have computed.
func processorSeconds() -> Double {
    var time = timespec()
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
}

/// Swift hides `fork`, because little may be done after it: what a recorder does then is the question here.
func forkProcess() -> pid_t {
    let symbol = dlsym(dlopen(nil, RTLD_NOW), "fork")
    return unsafeBitCast(symbol, to: (@convention(c) () -> pid_t).self)()
}

// This program's own `write` and `fsync` stand before the C library's: so the recorder, which knows nothing of it,
// meets a disk that fails, and every call is counted. What they do themselves, they do by other calls.

private let random = Mutex<UInt64?>(nil)
private let isStuck = Atomic(false)
private let writeUnderWay = Mutex<String?>(nil)
private let synchronizationCounter = Atomic(0)
private let lastForcedSize = Atomic(0)

func setWriteFaults(_ option: String?) {
    isStuck.store(option == "stuck", ordering: .relaxed)
    random.withLock { $0 = option.flatMap(UInt64.init) }
}

/// Has another program's write, of which the beginning is in the log already, end with `text` when somebody waits for it.
func setWriteUnderWay(_ text: String?) { writeUnderWay.withLock { $0 = text } }

func synchronizationCount() -> Int { synchronizationCounter.load(ordering: .relaxed) }

/// How large the regular file was that was forced to the disk last.
func forcedSize() -> Int { lastForcedSize.load(ordering: .relaxed) }

#if os(Linux)
@_cdecl("fsync") func countedSynchronize(_ descriptor: Int32) -> Int32 {
    synchronizationCounter.add(1, ordering: .relaxed)
    var status = stat()
    if fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG {
        lastForcedSize.store(Int(status.st_size), ordering: .relaxed)
    }
    return fdatasync(descriptor)
}

@_cdecl("write") func faultyWrite(_ descriptor: Int32, _ bytes: UnsafeRawPointer?, _ count: Int) -> Int {
    while isStuck.load(ordering: .relaxed) { sleep(1) }
    if count == 0 {
        var text = Array((writeUnderWay.withLock { $0.take() } ?? "").utf8)
        return text.withUnsafeMutableBytes { bytes in
            var vector = iovec(iov_base: bytes.baseAddress, iov_len: bytes.count)
            return writev(descriptor, &vector, 1)
        }
    }
    let fault = random.withLock { state -> UInt64? in
        guard let last = state else { return nil }
        let next = last &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        state = next
        return next >> 33
    }
    var count = count
    switch fault.map({ $0 % 8 }) {
    case 0:
        errno = EIO
        return -1
    case 1:
        errno = EINTR
        return -1
    case 2:
        errno = ENOSPC
        return -1
    case 3, 4: count = min(count, 1 + Int((fault ?? 0) / 8) % max(1, count))
    default: break
    }
    var vector = iovec(iov_base: UnsafeMutableRawPointer(mutating: bytes), iov_len: count)
    return writev(descriptor, &vector, 1)
}
#endif
