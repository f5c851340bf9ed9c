extension LogFile {
    /// Sets the file aside and begins a new one, if the lines to come are one of the reasons to; under the lock.
    mutating func prepare(for count: Int, _ rotation: Rotation?) throws(SystemError) {
        guard let rotation, isLocked, !isLink else { return }
        // Again, where others have filled the new file before we had it; at the utmost they are always quicker.
        for _ in 0..<10 {
            let now = SystemTimeSource().wallTime()
            let status = try status
            guard rotation.isDue(size: status.size, modified: status.modified, adding: count, at: now) else { return }
            // What is at the path isn't ours while none can be made there: it may be a folder. Where nothing can be
            // renamed, the file goes on growing, which loses nothing.
            guard System.status(of: path, followingLinks: false)?.identity == identity,
                (try? System.rename(path, to: RotatedLogs(path: path).newPath(at: now))) != nil
            else { return }
            // Others who wait for the old file's lock find that it has moved, and open the new one.
            unlock()
            try lock()
            RotatedLogs(path: path).removeOldest(keeping: rotation)
        }
    }

    /// How many of the next lines fit in the file before it is to be set aside: whole lines, one at least.
    func prefix(of lines: UnsafeRawBufferPointer, within rotation: Rotation?) -> UnsafeRawBufferPointer {
        guard let maxBytes = rotation?.maxBytes, isRegular, !isLink else { return lines }
        let room = max(0, maxBytes - size)
        guard lines.count > room else { return lines }
        let lineEnd = UInt8(ascii: "\n")
        if let last = lines[..<room].lastIndex(of: lineEnd) { return UnsafeRawBufferPointer(rebasing: lines[...last]) }
        guard let first = lines.firstIndex(of: lineEnd) else { return lines }
        return UnsafeRawBufferPointer(rebasing: lines[...first])
    }
}

extension Rotation {
    /// Whether a file is to be set aside before so many bytes are added to it.
    ///
    /// - Parameter modified: When something was last written to it.
    func isDue(size: Int, modified: Timestamp, adding count: Int, at now: Timestamp) -> Bool {
        guard size > 0 else { return false }
        if let maxBytes, size + count > maxBytes { return true }
        guard let period else { return false }
        return period.number(of: modified) != period.number(of: now)
    }
}

extension Rotation.Period {
    /// Which hour or day since 1970 it is.
    fileprivate func number(of time: Timestamp) -> Int64 {
        let length: Int64 =
            switch self {
            case .hour: 3_600_000_000
            case .day: 86_400_000_000
            }
        return time.microseconds >= 0 ? time.microseconds / length : -1
    }
}

/// A log's files that were set aside: beside it, with their time in the name, so that names sort by time.
struct RotatedLogs {
    /// The log's path without symbolic links.
    let path: String

    private var folder: String { path.lastIndex(of: "/").map { String(path[..<$0]) } ?? "." }
    private var name: Substring { path.lastIndex(of: "/").map { path[path.index(after: $0)...] } ?? path[...] }

    /// The name in two parts, between which the time stands.
    private var parts: (stem: Substring, ending: Substring) {
        guard let dot = name.lastIndex(of: "."), dot != name.startIndex else { return (name, "") }
        return (name[..<dot], name[dot...])
    }

    /// A name that no file has yet, for the one that is set aside now.
    ///
    /// It comes after those of all others, even when the wall clock was set back since.
    func newPath(at time: Timestamp) -> String {
        var time = time
        if let latest = paths.last.flatMap(time(of:)), latest >= time, latest < Self.endOfTime {
            time.microseconds = latest.microseconds + 1
        }
        while true {
            let candidate = "\(folder)/\(parts.stem).\(Self.stamp(of: time))\(parts.ending)"
            if System.status(of: candidate, followingLinks: false) == nil { return candidate }
            time.microseconds += 1
        }
    }

    /// Whatever lies in the folder.
    var neighbours: [String] { System.names(in: folder).map { "\(folder)/\($0)" } }

    /// The files that were set aside, oldest first.
    var paths: [String] {
        let (stem, ending) = parts
        return System.names(in: folder).filter { candidate in
            guard candidate.hasPrefix("\(stem)."), candidate.hasSuffix(ending) else { return false }
            return Self.isStamp(candidate.dropFirst(stem.count + 1).dropLast(ending.count))
        }.sorted().map { "\(folder)/\($0)" }
    }

    /// The year 9999, behind which there are no more names.
    private static let endOfTime = Timestamp(microseconds: 253_370_764_800_000_000)

    /// When a file was set aside, which its name says.
    private func time(of path: String) -> Timestamp? {
        let name = path.dropFirst(folder.count + 1)
        var stamp = Array(name.dropFirst(parts.stem.count + 1).dropLast(parts.ending.count).utf8)
        for (place, separator) in [(4, "-"), (7, "-"), (13, ":"), (16, ":")] where stamp.count > place {
            stamp.insert(contentsOf: separator.utf8, at: place)
        }
        return Timestamp(String(decoding: stamp, as: UTF8.self))
    }

    /// Removes the oldest files beyond what is to be kept.
    func removeOldest(keeping rotation: Rotation) {
        guard rotation.maxFiles != nil || rotation.maxTotalBytes != nil else { return }
        var files = paths.compactMap { path in
            System.status(of: path, followingLinks: false).map { (path: path, size: $0.size) }
        }
        var total = files.reduce(0) { $0 + $1.size }
        while let oldest = files.first {
            let isTooMany = rotation.maxFiles.map { files.count + 1 > $0 } ?? false
            let isTooMuch = rotation.maxTotalBytes.map { total > $0 } ?? false
            guard isTooMany || isTooMuch else { return }
            System.removeFile(oldest.path)
            total -= oldest.size
            files.removeFirst()
        }
    }

    /// `20260115T103000.123456Z`: RFC 3339 without what file systems don't like in names.
    private static func stamp(of time: Timestamp) -> String {
        time.description.filter { $0 != "-" && $0 != ":" }
    }

    private static func isStamp(_ text: Substring) -> Bool {
        let pattern: StaticString = "00000000T000000.000000Z"
        guard text.utf8.count == pattern.utf8CodeUnitCount else { return false }
        return zip(text.utf8, UnsafeBufferPointer(start: pattern.utf8Start, count: pattern.utf8CodeUnitCount))
            .allSatisfy { byte, expected in
                expected == UInt8(ascii: "0") ? (0x30...0x39).contains(byte) : byte == expected
            }
    }
}
