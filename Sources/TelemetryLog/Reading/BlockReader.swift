/// Reads the lines of a file's blocks, in whatever order: a line belongs to the block in which it begins.
struct BlockReader: ~Copyable {
    /// How much is read beyond a block, for the line that goes on there.
    private static let lookahead = 8 << 10

    private var buffer = BlockBuffer(capacity: 1 + BlockSize.bytes + lookahead)

    /// Hands the lines of a block to `worker`; returns how many there are.
    ///
    /// - Parameter size: The file's size when reading began. What has come since belongs to its last line at most; a file
    ///   that has shrunk ends earlier.
    mutating func read<Worker: BlockConsumer & ~Copyable>(
        _ block: Int,
        of file: InputFile,
        size: Int,
        number: Int,
        _ worker: inout Worker
    ) throws(LogError) -> Int {
        // With the byte before it: a line begins here when that one ends a line.
        let before = block == 0 ? 0 : 1
        let offset = block * BlockSize.bytes - before
        let wanted = before + min(BlockSize.bytes, size - block * BlockSize.bytes)
        buffer.shrink(to: 1 + BlockSize.bytes + Self.lookahead)
        var filled = try file.read(into: buffer.room(from: 0, count: wanted + Self.lookahead), at: offset)
        var isEnd = filled < wanted + Self.lookahead
        var start = 0
        if before > 0 {
            guard let newline = Platform.find(0x0A, from: buffer.base, count: min(filled, wanted)) else { return 0 }
            start = newline - UnsafePointer(buffer.base) + 1
        }
        // A line that begins right behind the block is the next one's.
        guard start < min(wanted, filled) else { return 0 }
        var searched = max(start, min(wanted, filled) - 1)
        while true {
            if let newline = Platform.find(0x0A, from: buffer.base + searched, count: filled - searched) {
                let end = newline - UnsafePointer(buffer.base) + 1
                return take(start, end, filled, offset, number, block, &worker)
            }
            if isEnd || filled - start > BlockSize.longestLine {
                return take(start, filled, filled, offset, number, block, &worker)
            }
            searched = filled
            buffer.grow(to: filled * 2, keeping: filled)
            let count = buffer.capacity - filled
            let more = try file.read(into: buffer.room(from: filled, count: count), at: offset + filled)
            isEnd = more < count
            filled += more
        }
    }

    private func take<Worker: BlockConsumer & ~Copyable>(
        _ start: Int,
        _ end: Int,
        _ filled: Int,
        _ offset: Int,
        _ number: Int,
        _ block: Int,
        _ worker: inout Worker
    ) -> Int {
        buffer.terminate(at: filled)
        return worker.take(
            buffer.base + start,
            count: end - start,
            at: LinePlace(file: number, offset: offset + start),
            block: block
        )
    }
}
