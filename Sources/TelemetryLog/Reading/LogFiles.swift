/// Which files make up a log, in the order in which they were written.
public enum LogFiles {
    /// The files to read for these paths: for each, its set-aside parts from old to new, then itself.
    ///
    /// A recorder that rotates its log sets `agent_telemetry.jsonl` aside as
    /// `agent_telemetry.20260115T103000.123456Z.jsonl`. Naming the log means all of them; naming a part means this part
    /// alone. No file is read twice. `-` is standard input.
    public static func inOrder(_ paths: [String]) -> [String] {
        var files: [String] = []
        for path in paths {
            for file in path == "-" ? [path] : setAside(of: path) + [path] where !files.contains(file) {
                files.append(file)
            }
        }
        return files
    }

    /// The parts of the log at `path` that were set aside, from old to new.
    static func setAside(of path: String) -> [String] {
        let (folder, name) = split(path)
        let (stem, end) = splitName(name)
        let parts = Platform.names(in: folder.isEmpty ? "." : folder).filter { candidate in
            guard candidate.hasPrefix(stem + "."), candidate.hasSuffix(end), candidate != name else { return false }
            let stamp = candidate.dropFirst(stem.count + 1).dropLast(end.count)
            return isStamp(stamp)
        }
        return parts.sorted().map { folder + $0 }
    }

    /// The folder, with its slash or empty, and the name in it.
    static func split(_ path: String) -> (folder: String, name: String) {
        guard let slash = path.lastIndex(of: "/") else { return ("", path) }
        return (String(path[...slash]), String(path[path.index(after: slash)...]))
    }

    private static func splitName(_ name: String) -> (stem: String, end: String) {
        guard let dot = name.lastIndex(of: "."), dot != name.startIndex else { return (name, "") }
        return (String(name[..<dot]), String(name[dot...]))
    }

    /// Whether this is `20260115T103000.123456Z`, perhaps with a counter behind it where two fell on one moment.
    private static func isStamp(_ text: Substring) -> Bool {
        let pattern = Array("00000000T000000.000000Z".utf8)
        guard text.utf8.count >= pattern.count else { return false }
        let fits = zip(text.utf8, pattern).allSatisfy { byte, wanted in
            wanted == UInt8(ascii: "0") ? (0x30...0x39).contains(byte) : byte == wanted
        }
        return fits && text.utf8.dropFirst(pattern.count).allSatisfy { $0 == 0x2D || (0x30...0x39).contains($0) }
    }
}
