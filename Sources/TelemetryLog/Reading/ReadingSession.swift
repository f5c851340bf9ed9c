internal import Dispatch
internal import Synchronization

/// One pass over all files.
struct ReadingSession: Sendable {
    let reader: LogReader
    /// For each file, how many lines end in each of its blocks: what line numbers are made of.
    var linesInBlocks: [[Int]] = []
    private let done = ReadBytes()
    private let total: Int

    init(reader: LogReader) {
        self.reader = reader
        var total = 0
        for path in reader.files { total += Platform.sizeOfRegularFile(path) }
        self.total = total
    }

    /// Bytes that were read; a class, so that threads can share it.
    private final class ReadBytes: Sendable {
        private let count = Atomic<Int>(0)
        func add(_ bytes: Int) -> Int { count.add(bytes, ordering: .relaxed).newValue }
    }

    private func advance(_ bytes: Int) {
        let bytes = done.add(bytes)
        reader.onProgress?(ReadingReport.Progress(bytes: bytes, total: total))
    }

    /// Goes over a file that is gone.
    mutating func skip() { linesInBlocks.append([]) }

    mutating func read<Worker: BlockConsumer & ~Copyable>(
        _ file: InputFile,
        number: Int,
        waiting: [UInt8],
        workers: UnsafeMutableBufferPointer<Worker>
    ) throws(LogError) {
        guard file.kind == .regular else {
            linesInBlocks.append(try readStream(file, number: number, worker: &workers[0]))
            return
        }
        let size = file.size
        let mapped = reader.mapsFiles && size >= BlockSize.leastMapped ? MappedFile(file, count: size) : nil
        let blockSize = mapped == nil ? BlockSize.bytes : BlockSize.mapped(of: size, threads: workers.count)
        let blocks = (size + blockSize - 1) / blockSize
        let lines = UnsafeMutableBufferPointer<Int>.allocate(capacity: blocks)
        lines.initialize(repeating: 0)
        defer { lines.deallocate() }
        let next = Atomic<Int>(0)
        let failure = Mutex<LogError?>(nil)
        let threads = min(workers.count, max(1, blocks / 4))
        // Each thread has its own worker, and writes the places of blocks that it took.
        nonisolated(unsafe) let team = workers
        nonisolated(unsafe) let ends = lines
        let work: @Sendable (Int) -> Void = { [self] thread in
            var reader = BlockReader(file, size: size, number: number, blockSize: blockSize, mapped: mapped)
            while true {
                let block = next.add(1, ordering: .relaxed).oldValue
                guard block < blocks, team[thread].wantsMore else { return }
                do throws(LogError) {
                    ends[block] = try reader.read(block, &team[thread])
                } catch {
                    failure.withLock { $0 = error }
                    return
                }
                advance(min(blockSize, size - block * blockSize))
            }
        }
        if threads == 1 { work(0) } else { DispatchQueue.concurrentPerform(iterations: threads, execute: work) }
        if let error = failure.withLock({ $0 }) { throw error }
        linesInBlocks.append(Array(lines))
        if !waiting.isEmpty { takeWaiting(waiting, of: number, after: size, blocks: blocks, worker: &workers[0]) }
    }

    private mutating func takeWaiting<Worker: BlockConsumer & ~Copyable>(
        _ bytes: [UInt8],
        of file: Int,
        after size: Int,
        blocks: Int,
        worker: inout Worker
    ) {
        let buffer = BlockBuffer(capacity: bytes.count)
        buffer.base.update(from: bytes, count: bytes.count)
        buffer.terminate(at: bytes.count)
        let place = LinePlace(file: file, offset: size)
        linesInBlocks[file].append(worker.take(buffer.base, count: bytes.count, at: place, block: blocks))
    }

    /// Reads what can only be read from beginning to end.
    private func readStream<Worker: BlockConsumer & ~Copyable>(
        _ file: InputFile,
        number: Int,
        worker: inout Worker
    ) throws(LogError) -> [Int] {
        var buffer = BlockBuffer(capacity: BlockSize.bytes)
        var lines: [Int] = []
        var filled = 0
        var offset = 0
        while true {
            if filled == buffer.capacity { buffer.grow(to: filled * 2, keeping: filled) }
            let count = try file.read(into: buffer.room(from: filled, count: buffer.capacity - filled))
            advance(count)
            let isEnd = count == 0
            var whole = filled + count
            if !isEnd {
                // What came before has no line end: only the new bytes are looked through.
                while whole > filled, buffer.base[whole - 1] != 0x0A { whole -= 1 }
                if whole == filled { whole = 0 }
            }
            filled += count
            guard whole > 0 else {
                if isEnd { return lines }
                continue
            }
            buffer.terminate(at: filled)
            let place = LinePlace(file: number, offset: offset)
            lines.append(worker.take(buffer.base, count: whole, at: place, block: lines.count))
            if isEnd { return lines }
            buffer.base.update(from: buffer.base + whole, count: filled - whole)
            filled -= whole
            offset += whole
        }
    }
}
