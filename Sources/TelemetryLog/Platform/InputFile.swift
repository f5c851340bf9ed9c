// The one place of the reader where operating systems differ.

#if canImport(Darwin)
import Darwin
#elseif canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Android)
import Android
#else
#error("TelemetryLog: unknown C library. Add its module here; it must have POSIX files and memchr.")
#endif

/// A file that is open for reading; closed when nobody has it any more.
///
/// It is read, unless a program has asked to have it mapped: see ``FileWindow``.
final class InputFile: Sendable {
    enum Kind { case regular, directory, stream }

    let path: String
    let kind: Kind
    private let descriptor: Int32

    /// Standard input.
    init() {
        path = "-"
        descriptor = dup(STDIN_FILENO)
        kind = Self.kind(of: descriptor) ?? .stream
    }

    /// Opens a file.
    ///
    /// A FIFO is waited for until somebody writes to it.
    init(path: String) throws(LogError) {
        guard !path.isEmpty, !path.utf8.contains(0) else {
            throw LogError(.noSuchFile, "'\(Escaping.plain(path))': not a path. Name the log with --log FILE.")
        }
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY)
        guard descriptor >= 0 else { throw Self.cannotRead(path, errno) }
        guard let kind = Self.kind(of: descriptor) else {
            let error = errno
            close(descriptor)
            throw Self.cannotRead(path, error)
        }
        if kind == .directory {
            close(descriptor)
            throw LogError(.notAFile, "\(Escaping.plain(path)): this is a folder. Name the log in it with --log FILE.")
        }
        self.path = path
        self.kind = kind
        self.descriptor = descriptor
    }

    deinit { _ = close(descriptor) }

    /// The size in bytes now; 0 for what has none.
    var size: Int { status.map { Int($0.st_size) } ?? 0 }

    /// What tells this file from any other that may stand at its path later.
    var identity: [UInt64] { status.map { [UInt64($0.st_dev), UInt64($0.st_ino)] } ?? [] }

    private var status: stat? {
        var status = stat()
        return fstat(descriptor, &status) == 0 ? status : nil
    }

    /// Calls `body` with the open file's descriptor.
    func withDescriptor<Result>(_ body: (Int32) -> Result) -> Result { body(descriptor) }

    /// Reads what comes next; returns how many bytes came, 0 at the end.
    func read(into buffer: UnsafeMutableRawBufferPointer) throws(LogError) -> Int {
        while true {
            #if canImport(Darwin)
            let count = Darwin.read(descriptor, buffer.baseAddress, buffer.count)
            #elseif canImport(Glibc)
            let count = Glibc.read(descriptor, buffer.baseAddress, buffer.count)
            #elseif canImport(Musl)
            let count = Musl.read(descriptor, buffer.baseAddress, buffer.count)
            #else
            let count = Android.read(descriptor, buffer.baseAddress, buffer.count)
            #endif
            if count >= 0 { return count }
            guard errno == EINTR else { throw Self.cannotRead(path, errno) }
        }
    }

    /// Reads from `offset` until `buffer` is full or the file ends; returns how many bytes came.
    func read(into buffer: UnsafeMutableRawBufferPointer, at offset: Int) throws(LogError) -> Int {
        var filled = 0
        while filled < buffer.count {
            let count = pread(
                descriptor,
                buffer.baseAddress.map { $0 + filled },
                buffer.count - filled,
                off_t(offset + filled)
            )
            if count == 0 { break }
            if count > 0 {
                filled += count
            } else if errno != EINTR {
                throw Self.cannotRead(path, errno)
            }
        }
        return filled
    }

    /// What to say of a file that couldn't be read where it was mapped.
    var cannotBeMapped: LogError { Self.cannotRead(path, EIO) }

    private static func kind(of descriptor: Int32) -> Kind? {
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { return nil }
        return switch status.st_mode & S_IFMT {
        case S_IFREG: .regular
        case S_IFDIR: .directory
        default: .stream
        }
    }

    private static func cannotRead(_ path: String, _ error: Int32) -> LogError {
        let name = path == "-" ? "standard input" : Escaping.plain(path)
        return switch error {
        case ENOENT:
            LogError(
                .noSuchFile,
                "\(name): no such file. Run the program that records here, or name its log with --log FILE."
            )
        case EISDIR: LogError(.notAFile, "\(name): this is a folder. Name the log in it with --log FILE.")
        case EACCES:
            LogError(.notReadable, "\(name): not readable for this user. Read it as the user who recorded it.")
        default:
            LogError(.notReadable, "\(name): \(String(cString: strerror(error))). Name another log with --log FILE.")
        }
    }
}

/// What else the reader wants of the operating system.
enum Platform {
    /// The names in a folder, in no order; empty when it can't be read.
    static func names(in folder: String) -> [String] {
        guard let directory = opendir(folder) else { return [] }
        defer { closedir(directory) }
        var names: [String] = []
        while let entry = readdir(directory) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) { start in
                start.withMemoryRebound(to: CChar.self, capacity: MemoryLayout.size(ofValue: start.pointee)) {
                    String(cString: $0)
                }
            }
            names.append(name)
        }
        return names
    }

    /// A regular file's size; 0 for anything else, which isn't opened: that would be an event to a FIFO's writer.
    static func sizeOfRegularFile(_ path: String) -> Int {
        var status = stat()
        guard stat(path, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { return 0 }
        return Int(status.st_size)
    }

    /// Whether the path leads to a regular file.
    static func isRegularFile(_ path: String) -> Bool {
        var status = stat()
        return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFREG
    }

    /// The size of a large page of memory, where there are some.
    static let largePage = 2 << 20

    /// Asks for large pages, where there are some.
    static func useLargePages(for memory: UnsafeMutableRawBufferPointer) {
        #if os(Linux)
        let adviseHugePage: Int32 = 14  // MADV_HUGEPAGE, a macro that Swift doesn't import everywhere.
        _ = madvise(memory.baseAddress, memory.count, adviseHugePage)
        #endif
    }

    /// Whether `count` bytes are the same.
    @inline(__always)
    static func equal(_ a: UnsafeRawPointer, _ b: UnsafeRawPointer, count: Int) -> Bool { memcmp(a, b, count) == 0 }

    /// The first place of `byte` in the `count` bytes from `start`.
    @inline(__always)
    static func find(_ byte: UInt8, from start: UnsafePointer<UInt8>, count: Int) -> UnsafePointer<UInt8>? {
        guard let place = memchr(start, Int32(byte), count) else { return nil }
        return UnsafePointer(place.assumingMemoryBound(to: UInt8.self))
    }

    /// Nanoseconds on a clock that never goes back.
    static func monotonicNanoseconds() -> UInt64 {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return UInt64(time.tv_sec) &* 1_000_000_000 &+ UInt64(time.tv_nsec)
    }

    /// How many seconds local time is ahead of UTC at a moment.
    static func secondsAheadOfUTC(at seconds: Int) -> Int {
        var time = time_t(seconds)
        var local = tm()
        return localtime_r(&time, &local) == nil ? 0 : Int(local.tm_gmtoff)
    }

    /// How many processors there are to run on.
    static var processors: Int { max(1, Int(sysconf(Int32(_SC_NPROCESSORS_ONLN)))) }
}
