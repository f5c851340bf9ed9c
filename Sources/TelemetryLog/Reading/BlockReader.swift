/// Reads the lines of a file's blocks, in whatever order: a line belongs to the block in which it begins.
struct BlockReader: ~Copyable {
    /// How much is read beyond a block, for the line that goes on there.
    private static let lookahead = 8 << 10
    /// How much is read before a block, to see whether a line ends there; what is aligned to pages is copied faster.
    private static let lookback = 4 << 10

    private let file: InputFile
    /// The file's size when reading began.
    ///
    /// What has come since belongs to its last line at most; a file that has shrunk ends earlier.
    private let size: Int
    /// The file's number among those that are read.
    private let number: Int
    private let blockSize: Int
    private var buffer: BlockBuffer
    private let window: FileWindow?

    /// - Parameter isMapped: Whether the file is mapped where it can be, not read.
    init(_ file: InputFile, size: Int, number: Int, blockSize: Int, isMapped: Bool) {
        (self.file, self.size, self.number, self.blockSize) = (file, size, number, blockSize)
        let capacity = Self.lookback + blockSize + Self.lookahead
        window = isMapped ? FileWindow(capacity: capacity + BlockBuffer.padding) : nil
        buffer = BlockBuffer(capacity: window == nil ? capacity : Self.lookahead)
    }

    /// Hands the lines of a block to `worker`; returns how many there are.
    mutating func read<Worker: BlockConsumer & ~Copyable>(
        _ block: Int,
        _ worker: inout Worker
    ) throws(LogError) -> Int {
        let before = block == 0 ? 0 : Self.lookback
        let offset = block * blockSize - before
        let wanted = before + min(blockSize, size - block * blockSize)
        // Behind the last block there is nothing that may be read: it is copied, and has room behind it.
        if offset + wanted + Self.lookahead + BlockBuffer.padding <= size, let base = window?.show(file, at: offset) {
            let count = lines(of: base, before, wanted, wanted + Self.lookahead, isEnd: false).map { lines in
                worker.take(
                    base + lines.lowerBound,
                    count: lines.count,
                    at: place(offset + lines.lowerBound),
                    block: block
                )
            }
            if let fault = window?.takeFault(), offset + fault < file.size { throw file.cannotBeMapped }
            if let count { return count }
        }
        return try copy(offset, before, wanted, block, &worker)
    }

    private func place(_ offset: Int) -> LinePlace { LinePlace(file: number, offset: offset) }

    private mutating func copy<Worker: BlockConsumer & ~Copyable>(
        _ offset: Int,
        _ before: Int,
        _ wanted: Int,
        _ block: Int,
        _ worker: inout Worker
    ) throws(LogError) -> Int {
        let capacity = Self.lookback + blockSize + Self.lookahead
        buffer.shrink(to: capacity)
        buffer.grow(to: capacity, keeping: 0)
        var filled = try file.read(into: buffer.room(from: 0, count: wanted + Self.lookahead), at: offset)
        var isEnd = filled < wanted + Self.lookahead
        while true {
            if let lines = lines(of: buffer.base, before, min(wanted, filled), filled, isEnd: isEnd) {
                buffer.terminate(at: filled)
                let start = buffer.base + lines.lowerBound
                return worker.take(start, count: lines.count, at: place(offset + lines.lowerBound), block: block)
            }
            buffer.grow(to: filled * 2, keeping: filled)
            let count = buffer.capacity - filled
            let more = try file.read(into: buffer.room(from: filled, count: count), at: offset + filled)
            isEnd = more < count
            filled += more
        }
    }

    /// Where the lines are that begin in a block; `nil` if the last one goes on beyond what there is.
    ///
    /// - Parameters:
    ///   - before: How many bytes stand before the block: a line begins in it where the last of them ends a line.
    ///   - end: Where the block ends.
    ///   - filled: Where the bytes end.
    ///   - isEnd: Whether the file ends there too.
    private func lines(
        of base: UnsafePointer<UInt8>,
        _ before: Int,
        _ end: Int,
        _ filled: Int,
        isEnd: Bool
    ) -> Range<Int>? {
        var start = 0
        if before > 0 {
            let last = before - 1
            guard last < end, let newline = Platform.find(0x0A, from: base + last, count: end - last) else {
                return 0..<0
            }
            start = newline - base + 1
        }
        // A line that begins right behind the block is the next one's.
        guard start < end else { return 0..<0 }
        if let newline = Platform.find(0x0A, from: base + end - 1, count: filled - end + 1) {
            return start..<newline - base + 1
        }
        return isEnd || filled - start > BlockSize.longestLine ? start..<filled : nil
    }
}
