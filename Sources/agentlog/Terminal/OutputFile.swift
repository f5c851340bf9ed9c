import Synchronization
import TelemetryLog

#if canImport(Darwin)
import Darwin
#elseif canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Android)
import Android
#else
#error("agentlog: unknown C library. Add its module here; it must have POSIX files and signals.")
#endif

/// A file that is written, readable for its owner only: what a log holds is nobody else's.
///
/// It is written beside its place, and takes that when it is whole; what was there stays until then.
final class OutputFile {
    private let path: String
    private let temporary: String
    private let handle: UnsafeMutablePointer<FILE>
    private var hasFailed = false
    private var isDone = false

    init(_ path: String) throws {
        var status = stat()
        if lstat(path, &status) == 0, status.st_mode & S_IFMT != S_IFREG {
            throw UsageError("\(path): not a regular file, and so not replaced. Name another file, or write to -o -.")
        }
        let slash = path.lastIndex(of: "/").map(path.index(after:)) ?? path.startIndex
        temporary = path[..<slash] + ".\(path[slash...]).\(getpid()).part"
        let descriptor = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard descriptor >= 0, let handle = fdopen(descriptor, "w") else {
            throw UsageError("\(path): \(String(cString: strerror(errno))). Name another file with -o FILE.")
        }
        self.path = path
        self.handle = handle
        removeWhenSignalled(temporary)
    }

    deinit {
        guard !isDone else { return }
        fclose(handle)
        unlink(temporary)
        removeWhenSignalled(nil)
    }

    func write(_ text: String) {
        var text = text
        text.withUTF8 { if fwrite($0.baseAddress, 1, $0.count, handle) != $0.count { hasFailed = true } }
    }

    func close() throws {
        isDone = true
        defer { removeWhenSignalled(nil) }
        let code = fclose(handle)
        guard code == 0, !hasFailed, rename(temporary, path) == 0 else {
            let error = errno
            unlink(temporary)
            throw UsageError(
                "\(path): not written whole: \(String(cString: strerror(error))). Free some space, or name another file."
            )
        }
    }
}

/// The address of the path of what is to be removed when a signal ends the program; the path lives as long as that.
private let unfinishedPath = Atomic<Int>(0)

private func removeWhenSignalled(_ path: String?) {
    unfinishedPath.store(path.map { Int(bitPattern: strdup($0)) } ?? 0, ordering: .releasing)
    for code in [SIGINT, SIGTERM] {
        guard path != nil else {
            signal(code, SIG_DFL)
            continue
        }
        signal(code) { code in
            // A handler may do no more than such calls.
            if let path = UnsafePointer<CChar>(bitPattern: unfinishedPath.load(ordering: .acquiring)) { unlink(path) }
            signal(code, SIG_DFL)
            raise(code)
        }
    }
}
