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
    private let mapped: MappedFile?

    /// - Parameter mapped: The file as memory, where that is wanted.
    init(_ file: InputFile, size: Int, number: Int, blockSize: Int, mapped: MappedFile?) {
        (self.file, self.size, self.number, self.blockSize) = (file, size, number, blockSize)
        self.mapped = mapped
        buffer = BlockBuffer(capacity: mapped == nil ? Self.lookback + blockSize + Self.lookahead : Self.lookahead)
    }

    /// Hands the lines of a block to `worker`; returns how many there are.
    mutating func read<Worker: BlockConsumer & ~Copyable>(
        _ block: Int,
        _ worker: inout Worker
    ) throws(LogError) -> Int {
        let offset = block * blockSize
        let wanted = min(blockSize, size - offset)
        if let mapped, let count = try show(mapped, offset, wanted, block, &worker) { return count }
        let before = block == 0 ? 0 : Self.lookback
        return try copy(offset - before, before, before + wanted, block, &worker)
    }

    /// Hands over the lines of a block of a mapped file; `nil` if it has to be copied.
    private func show<Worker: BlockConsumer & ~Copyable>(
        _ mapped: MappedFile,
        _ offset: Int,
        _ wanted: Int,
        _ block: Int,
        _ worker: inout Worker
    ) throws(LogError) -> Int? {
        let filled = wanted + Self.lookahead
        let readable = offset + filled + BlockBuffer.padding
        // Behind the last block there is nothing that may be read.
        guard readable <= min(size, mapped.fault) else { return nil }
        let base = mapped.bytes(at: offset)
        // The byte before isn't looked at there: memory that others have given back would stay.
        var before: UInt8 = 0x0A
        if offset > 0 {
            _ = try withUnsafeMutableBytes(of: &before) { (byte) throws(LogError) in
                try file.read(into: byte, at: offset - 1)
            }
        }
        guard let lines = lines(of: base, after: before == 0x0A ? nil : 0, wanted, filled, isEnd: false),
            mapped.fault >= readable
        else { return nil }
        let start = base + lines.lowerBound
        let count = worker.take(
            start,
            count: lines.count,
            at: LinePlace(file: number, offset: offset + lines.lowerBound),
            block: block
        )
        if mapped.fault < readable, mapped.fault < file.size, !worker.beginAnew() { throw file.cannotBeMapped }
        mapped.forget(offset..<offset + wanted)
        return count
    }

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
            let place = before > 0 ? before - 1 : nil
            if let lines = lines(of: buffer.base, after: place, min(wanted, filled), filled, isEnd: isEnd) {
                buffer.terminate(at: filled)
                let start = buffer.base + lines.lowerBound
                return worker.take(
                    start,
                    count: lines.count,
                    at: LinePlace(file: number, offset: offset + lines.lowerBound),
                    block: block
                )
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
    ///   - place: From where on a line's end is looked for, behind which a line begins; `nil` if one begins with the bytes.
    ///   - end: Where the block ends.
    ///   - filled: Where the bytes end.
    ///   - isEnd: Whether the file ends there too.
    private func lines(
        of base: UnsafePointer<UInt8>,
        after place: Int?,
        _ end: Int,
        _ filled: Int,
        isEnd: Bool
    ) -> Range<Int>? {
        var start = 0
        if let place {
            guard place < end, let newline = Platform.find(0x0A, from: base + place, count: end - place) else {
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
