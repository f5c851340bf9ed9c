#if canImport(Darwin)
import Darwin
#elseif canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Android)
import Android
#else
#error("Telemetry: unknown C library. Add its module here; it must have POSIX files.")
#endif

extension System {
    /// What a path or descriptor refers to.
    struct FileStatus: Equatable {
        enum Kind { case regular, directory, fifo, link, other }

        var kind: Kind
        /// The file itself, whatever its name: device and inode.
        var identity: FileIdentity
        var size: Int
        /// How many names the file has: 0 once it was removed.
        var names: Int
        /// When something was last written to it.
        var modified: Timestamp
        /// Whose file it is.
        var owner: UInt32

        fileprivate init(_ status: stat) {
            kind =
                switch status.st_mode & S_IFMT {
                case S_IFREG: .regular
                case S_IFDIR: .directory
                case S_IFIFO: .fifo
                case S_IFLNK: .link
                default: .other
                }
            identity = FileIdentity(device: UInt64(truncatingIfNeeded: status.st_dev), inode: UInt64(status.st_ino))
            size = Int(status.st_size)
            names = Int(status.st_nlink)
            owner = UInt32(status.st_uid)
            #if canImport(Darwin)
            let time = status.st_mtimespec
            #else
            let time = status.st_mtim
            #endif
            modified = Timestamp(microseconds: Int64(time.tv_sec) * 1_000_000 + Int64(time.tv_nsec) / 1000)
        }
    }

    /// A file itself, whatever its name.
    struct FileIdentity: Hashable {
        var device: UInt64
        var inode: UInt64
    }

    /// An open file, closed when the value goes.
    struct File: ~Copyable {
        private let descriptor: Int32

        /// Opens a file for appending; makes it, readable and writable for its owner only, if there is none.
        ///
        /// A FIFO nobody reads is an error (``SystemError/noReader``) instead of a wait.
        init(appendingTo path: String) throws(SystemError) {
            // The C library would take what stands before it for the path.
            guard !path.utf8.contains(0) else { throw .invalid }
            // Open for reading, too, a FIFO would have us for its reader, who never reads.
            let access = System.status(of: path)?.kind == .fifo ? O_WRONLY : O_RDWR
            let flags = access | O_APPEND | O_CREAT | O_CLOEXEC | O_NONBLOCK | O_NOCTTY
            var descriptor = open(path, flags, 0o600)
            if descriptor < 0, errno == EACCES || errno == EROFS || errno == EPERM || errno == EINVAL {
                // A file that we may append to but not read can still be a log.
                descriptor = open(path, flags & ~O_ACCMODE | O_WRONLY, 0o600)
            }
            guard descriptor >= 0 else { throw .last }
            self.descriptor = descriptor
        }

        /// Makes a file that must not exist yet, for its owner only, or opens one that exists.
        init(_ path: String, makingNew: Bool) throws(SystemError) {
            let flags = O_RDWR | O_CLOEXEC | O_NOFOLLOW | (makingNew ? O_CREAT | O_EXCL : 0)
            descriptor = open(path, flags, 0o600)
            guard descriptor >= 0 else { throw .last }
        }

        /// Opens a file for reading only; a FIFO isn't waited for.
        init(reading path: String) throws(SystemError) {
            descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK)
            guard descriptor >= 0 else { throw .last }
        }

        deinit { _ = close(descriptor) }

        var status: FileStatus {
            get throws(SystemError) { try Self.status(descriptor) }
        }

        private static func status(_ descriptor: Int32) throws(SystemError) -> FileStatus {
            var status = stat()
            guard fstat(descriptor, &status) == 0 else { throw .last }
            return FileStatus(status)
        }

        /// Waits until writing wouldn't have to wait, but at most so long; returns whether it is so.
        func waitUntilWritable(atMost timeout: Duration) -> Bool {
            var event = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
            let milliseconds = Int32(clamping: (timeout.wholeNanoseconds + 999_999) / 1_000_000)
            return poll(&event, 1, milliseconds) == 1
        }

        /// Reads into `buffer` from `offset`; returns how many bytes came, 0 at the end.
        func read(into buffer: UnsafeMutableRawBufferPointer, at offset: Int) throws(SystemError) -> Int {
            while true {
                let count = pread(descriptor, buffer.baseAddress, buffer.count, off_t(offset))
                if count >= 0 { return count }
                guard errno == EINTR else { throw .last }
            }
        }

        /// Appends the bytes with one `write(2)`, which the kernel doesn't mix with those of others.
        ///
        /// It goes on only where the kernel wrote a part. Returns how many bytes went before an error, and the error. The
        /// signals that the system sends with some errors, and that end a program that doesn't expect them, don't arrive.
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

        /// Waits until whoever writes to the file just now is through.
        ///
        /// Others see a file grow in the middle of a write, but a write of nothing, too, waits for its turn: on Linux for
        /// the inode's lock (tried on ext4 and tmpfs).
        func waitForWrites() { _ = write(descriptor, "", 0) }

        func truncate(to size: Int) throws(SystemError) {
            while ftruncate(descriptor, off_t(size)) != 0 {
                guard errno == EINTR else { throw .last }
            }
        }

        /// Fills a new file with zeros, so that its blocks are there before it is mapped.
        func allocate(_ size: Int) throws(SystemError) {
            if let error = System.withoutWriteSignals({ fill(size) }).error { throw error }
        }

        private func fill(_ size: Int) -> (written: Int, error: SystemError?) {
            let zeros = UnsafeMutableRawBufferPointer.allocate(byteCount: 64 << 10, alignment: 16)
            defer { zeros.deallocate() }
            zeros.initializeMemory(as: UInt8.self, repeating: 0)
            var offset = 0
            while offset < size {
                let count = pwrite(descriptor, zeros.baseAddress, min(zeros.count, size - offset), off_t(offset))
                if count > 0 {
                    offset += count
                } else if count == 0 || errno != EINTR {
                    return (offset, count == 0 ? .noSpace : .last)
                }
            }
            return (offset, nil)
        }

        func synchronize() throws(SystemError) {
            #if canImport(Darwin)
            // There, `fsync` leaves the bytes in the disk's own memory.
            if fcntl(descriptor, F_FULLFSYNC) == 0 { return }
            #endif
            while fsync(descriptor) != 0 {
                guard errno == EINTR else { throw .last }
            }
        }

        /// Takes the file's advisory lock, if nobody else has it.
        ///
        /// It goes when the file is closed, or its process dies.
        func tryLock() throws(SystemError) -> Bool {
            while flock(descriptor, LOCK_EX | LOCK_NB) != 0 {
                if errno == EWOULDBLOCK { return false }
                guard errno == EINTR else { throw .last }
            }
            return true
        }

        func unlock() { flock(descriptor, LOCK_UN) }

        /// Maps the file's first bytes, shared with all who map them.
        func map(_ size: Int) throws(SystemError) -> UnsafeMutableRawBufferPointer {
            let base = mmap(nil, size, PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, 0)
            guard let base, base != MAP_FAILED else { throw .last }
            return UnsafeMutableRawBufferPointer(start: base, count: size)
        }
    }

    static func unmap(_ bytes: UnsafeMutableRawBufferPointer) { munmap(bytes.baseAddress, bytes.count) }

    /// What is at `path`, symbolic links followed or not; `nil` if there is nothing.
    static func status(of path: String, followingLinks: Bool = true) -> FileStatus? {
        var status = stat()
        guard (followingLinks ? stat(path, &status) : lstat(path, &status)) == 0 else { return nil }
        return FileStatus(status)
    }

    /// The path without symbolic links, if it leads to something.
    static func resolved(_ path: String) -> String? {
        guard let resolved = realpath(path, nil) else { return nil }
        defer { free(resolved) }
        return String(cString: resolved)
    }

    /// The names in a folder, in no order; none if it can't be read.
    static func names(in folder: String) -> [String] {
        guard let directory = opendir(folder) else { return [] }
        defer { closedir(directory) }
        var names: [String] = []
        while let entry = readdir(directory) {
            let length = MemoryLayout.size(ofValue: entry.pointee.d_name)
            let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
                pointer.withMemoryRebound(to: CChar.self, capacity: length) { String(cString: $0) }
            }
            if name != ".", name != ".." { names.append(name) }
        }
        return names
    }

    static func rename(_ path: String, to new: String) throws(SystemError) {
        #if canImport(Darwin)
        let status = Darwin.rename(path, new)
        #elseif canImport(Glibc)
        let status = Glibc.rename(path, new)
        #elseif canImport(Musl)
        let status = Musl.rename(path, new)
        #else
        let status = Android.rename(path, new)
        #endif
        guard status == 0 else { throw .last }
    }

    /// Forces the names in a file's folder to the disk, where that can be done.
    static func synchronizeFolder(of path: String) throws(SystemError) {
        let folder = path.lastIndex(of: "/").map { $0 == path.startIndex ? "/" : String(path[..<$0]) } ?? "."
        let descriptor = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        // A folder that we may write to but not read can't be forced.
        guard descriptor >= 0 else { return }
        defer { close(descriptor) }
        guard fsync(descriptor) != 0, errno != EINVAL else { return }
        throw .last
    }

    /// Removes a regular file, and nothing else.
    static func removeFile(_ path: String) {
        guard status(of: path, followingLinks: false)?.kind == .regular else { return }
        unlink(path)
    }

    /// The most bytes that a FIFO takes whole or not at all.
    static let bytesInOnePiece = Int(PIPE_BUF)

    static var processID: UInt64 { UInt64(getpid()) }

    /// The user as whom this process may do what it does.
    static var user: UInt32 { UInt32(geteuid()) }
}
