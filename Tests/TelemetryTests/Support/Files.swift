import Foundation
import Testing

#if canImport(Darwin)
import Darwin
#elseif canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// What `lstat` says of a path: enough to see that nobody replaced the thing.
struct FileStatus: Equatable {
    var kind: UInt32
    var permissions: UInt32
    var number: UInt64
    var size: Int

    init(_ path: String) throws {
        var status = stat()
        try #require(lstat(path, &status) == 0, "\(path)")
        kind = UInt32(status.st_mode & S_IFMT)
        permissions = UInt32(status.st_mode & 0o777)
        number = UInt64(status.st_ino)
        size = Int(status.st_size)
    }

    static let regular = UInt32(S_IFREG)
    static let fifo = UInt32(S_IFIFO)
    static let link = UInt32(S_IFLNK)
    static let characterDevice = UInt32(S_IFCHR)
}

#if os(Linux)
/// Devices of a test's own, so that no mistake of ours can reach the machine's: as root, one could remove those.
enum Device: String, CaseIterable {
    case null, zero, full

    /// Makes the device in a folder; where that isn't permitted, it is the machine's, which then can't be harmed either.
    func path(in folder: TemporaryFolder) throws -> String {
        let path = folder.file(rawValue)
        let minor: dev_t = self == .null ? 3 : self == .zero ? 5 : 7
        guard mknod(path, S_IFCHR | 0o666, 1 << 8 | minor) == 0 else { return "/dev/\(rawValue)" }
        return path
    }

    /// Whether devices can be made and used, or the machine's can't be harmed.
    static let areSafe: Bool = {
        guard let folder = try? TemporaryFolder(), let path = try? Device.null.path(in: folder) else { return false }
        guard !path.hasPrefix("/dev/") else { return geteuid() != 0 }
        let descriptor = open(path, O_WRONLY)
        defer { if descriptor >= 0 { close(descriptor) } }
        return descriptor >= 0
    }()
}

/// Keeps everyone from making, removing and renaming files in a folder, root too, while `body` runs.
func withoutChanges<Result>(in folder: String, _ body: () throws -> Result) throws -> Result {
    if geteuid() == 0 {
        try #require(try run("chattr", ["+i", folder]).status == 0)
        defer { _ = try? run("chattr", ["-i", folder]) }
        return try body()
    }
    try #require(chmod(folder, 0o500) == 0)
    defer { chmod(folder, 0o700) }
    return try body()
}

/// `chattr` binds root, too; permissions don't.
let hasChattr: Bool = {
    guard let folder = try? TemporaryFolder(), let file = try? folder.file(holding: []) else { return false }
    guard (try? run("chattr", ["+i", file]))?.status == 0 else { return false }
    return (try? run("chattr", ["-i", file]))?.status == 0
}()
#endif

/// Makes a FIFO.
func makeFIFO(_ path: String) throws {
    try #require(mkfifo(path, 0o600) == 0)
}

/// Opens a FIFO for reading, without waiting for a writer.
func openReader(_ path: String) throws -> FileHandle {
    let descriptor = open(path, O_RDONLY | O_NONBLOCK)
    try #require(descriptor >= 0)
    return FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
}

/// Takes a file's advisory lock for as long as the handle lives.
func lockExclusively(_ path: String) throws -> FileHandle {
    let handle = try #require(FileHandle(forUpdatingAtPath: path))
    try #require(flock(handle.fileDescriptor, LOCK_EX | LOCK_NB) == 0)
    return handle
}

/// From now on, files that this process makes may have any permission.
func clearUmask() { umask(0) }

/// From now on, this process's files may not grow beyond `bytes`, and what is sent for trying ends it.
func limitFileSize(to bytes: UInt64) throws {
    #if canImport(Glibc)
    let resource = __rlimit_resource_t(RLIMIT_FSIZE.rawValue)
    #else
    let resource = RLIMIT_FSIZE
    #endif
    restoreDefault(SIGXFSZ)
    var limit = rlimit(rlim_cur: rlim_t(bytes), rlim_max: .max)
    try #require(getrlimit(resource, &limit) == 0)
    limit.rlim_cur = rlim_t(bytes)
    try #require(setrlimit(resource, &limit) == 0)
}

/// From now on, writing to a pipe that nobody reads ends this process, as it does by default.
func restoreBrokenPipeSignal() { restoreDefault(SIGPIPE) }

/// A signal does what it does by default, to this thread too: those that tasks run on have most signals blocked.
private func restoreDefault(_ number: Int32) {
    signal(number, SIG_DFL)
    var signals = sigset_t()
    sigemptyset(&signals)
    sigaddset(&signals, number)
    pthread_sigmask(SIG_UNBLOCK, &signals, nil)
}

/// Ends this process at once, as the kernel does when memory is short.
func killThisProcess() -> Never {
    kill(getpid(), SIGKILL)
    fatalError("survived SIGKILL")
}

/// The number of the process that started this one.
func parentProcess() -> Int32 { getppid() }
