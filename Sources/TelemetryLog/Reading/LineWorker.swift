internal import Telemetry

/// Splits blocks into lines, reads these, and hands them to a consumer.
struct LineWorker<Consumer: LineConsumer>: BlockConsumer, ~Copyable {
    private static var mostRefused: Int { 1000 }

    var consumer: Consumer
    private(set) var count = LineCounts()

    private let seen: SeenSpans?
    private var sieve: RepeatSieveInput
    private var batch = LineBatch()
    /// How many line ends were found within what looked like one of our lines.
    private var hiddenEnds = 0
    private var layouts = LineLayouts(keepsData: Consumer.readsData)

    /// Hands lines to `consumer`.
    ///
    /// - Parameters:
    ///   - seen: Where ids are looked up, so that each span counts once; `nil` to take every line.
    ///   - sieve: What sees, in place of that, whether there are spans that would count twice, or that haven't ended.
    init(_ consumer: Consumer, seen: SeenSpans?, sieve: RepeatSieve? = nil) {
        self.consumer = consumer
        self.seen = seen
        self.sieve = RepeatSieveInput(sieve)
    }

    var wantsMore: Bool { sieve.sieve.map { !$0.mayRepeat } ?? true }

    mutating func beginAnew() -> Bool {
        sieve.sieve?.takeFault()
        return sieve.sieve != nil
    }

    /// Tells the sieve all that it hasn't been told yet.
    mutating func finish() { sieve.finish() }

    mutating func take(_ start: UnsafePointer<UInt8>, count: Int, at place: LinePlace, block: Int) -> Int {
        var line = start
        let end = start + count
        var number = 0
        hiddenEnds = 0
        while line < end {
            if batch.count == LineBatch.capacity { finishBatch(place, from: start) }
            if end - line >= LineLayouts.reach, let fields = layouts.read(line) {
                if sieve.sieve != nil {
                    take(fields, at: LinePlace(file: place.file, offset: place.offset + (line - start)))
                } else {
                    (batch.fields + batch.count).update(from: fields, count: 1)
                    accept(line - start)
                }
                number += 1
                line += fields.pointee.count + 1
                continue
            }
            // Where our own beginning is whole, no line ends within it; `addSlowly` sees to ids that aren't.
            let skipped = end - line > 85 && FixedStart.matches(line) ? FixedStart.length : 0
            let newline = Platform.find(0x0A, from: line + skipped, count: end - line - skipped)
            let lineEnd = newline ?? end
            add(
                line,
                lineEnd,
                place,
                offset: line - start,
                block: block,
                number: number + hiddenEnds,
                isTorn: newline == nil
            )
            number += 1
            line = lineEnd + 1
        }
        finishBatch(place, from: start)
        self.count.bytes += count
        return number + hiddenEnds
    }

    @inline(__always)
    private mutating func add(
        _ start: UnsafePointer<UInt8>,
        _ end: UnsafePointer<UInt8>,
        _ place: LinePlace,
        offset: Int,
        block: Int,
        number: Int,
        isTorn: Bool
    ) {
        var start = start
        var length = end - start
        if place.offset + offset == 0 {
            let mark = ByteOrderMark.length(start, count: length)
            start += mark
            length -= mark
        }
        if batch.fields[batch.count].scan(start, count: length) {
            if !isTorn { layouts.learn(batch.fields[batch.count]) }
            accept(offset, place)
        } else if !isBlank(start, length) {
            addSlowly(start, length, place, offset: offset, block: block, number: number, isTorn: isTorn)
        }
    }

    /// Takes the line that stands behind the batch.
    private mutating func accept(_ offset: Int, _ place: LinePlace) {
        guard sieve.sieve == nil else {
            return take(batch.fields + batch.count, at: LinePlace(file: place.file, offset: place.offset + offset))
        }
        accept(offset)
    }

    /// Takes a line at once: unless the sieve tells otherwise in the end, it counts.
    @inline(__always)
    private mutating func take(_ line: UnsafeMutablePointer<LineFields>, at place: LinePlace) {
        if line.pointee.isRunning, line.pointee.duration < 0 { sieve.sieve?.giveUp() }
        sieve.add(line.pointee.spanKey)
        count.spans += 1
        consumer.take(&line.pointee, at: place)
    }

    @inline(__always)
    private mutating func accept(_ offset: Int) {
        batch.ids[batch.count] = batch.fields[batch.count].spanKey
        batch.isRunning[batch.count] =
            batch.fields[batch.count].isRunning && batch.fields[batch.count].duration < 0
        batch.places[batch.count] = offset
        batch.count += 1
    }

    private func isBlank(_ start: UnsafePointer<UInt8>, _ count: Int) -> Bool {
        UnsafeBufferPointer(start: start, count: count).allSatisfy { $0 == 0x20 || $0 == 0x09 || $0 == 0x0D }
    }

    /// Asks the general parser, which decides, and says what is wrong.
    private mutating func addSlowly(
        _ start: UnsafePointer<UInt8>,
        _ length: Int,
        _ place: LinePlace,
        offset: Int,
        block: Int,
        number: Int,
        isTorn: Bool
    ) {
        if let newline = Platform.find(0x0A, from: start, count: length) {
            let rest = newline + 1
            addSlowly(start, newline - start, place, offset: offset, block: block, number: number, isTorn: false)
            hiddenEnds += 1
            add(
                rest,
                start + length,
                place,
                offset: offset + (rest - start),
                block: block,
                number: number + 1,
                isTorn: isTorn
            )
            return
        }
        let reason: String
        do throws(JSONError) {
            let raw = UnsafeRawBufferPointer(start: start, count: length)
            let span = try Span(line: RawSpan(_unsafeBytes: raw))
            // Written anew, it has the form that is read fast.
            let text = Array(span.description.utf8)
            let copy = UnsafeMutablePointer<UInt8>.allocate(capacity: text.count + BlockBuffer.padding)
            copy.initialize(repeating: 0x0A, count: text.count + BlockBuffer.padding)
            copy.update(from: text, count: text.count)
            batch.copies.append(copy)
            if batch.fields[batch.count].scan(copy, count: text.count, isRewritten: true) {
                return accept(offset, place)
            }
            reason = "a form that can't be read"
        } catch {
            if isTorn {
                count.torn += 1
                return
            }
            reason = start[0] == 0 ? "bytes that are 0 where a line should be" : error.description
        }
        count.refused += 1
        if count.firstRefused.count < Self.mostRefused {
            count.firstRefused.append(
                LineCounts.Refused(file: place.file, block: block, line: number, reason: reason)
            )
        }
    }

    private mutating func finishBatch(_ place: LinePlace, from start: UnsafePointer<UInt8>) {
        defer { batch.removeAll() }
        guard batch.count > 0 else { return }
        count.spans += batch.count
        let places = batch.places
        if let seen {
            seen.judge(
                UnsafeBufferPointer(rebasing: batch.ids[..<batch.count]),
                isRunning: UnsafeBufferPointer(rebasing: batch.isRunning[..<batch.count]),
                into: batch.verdicts
            ) { LinePlace(file: place.file, offset: place.offset + places[$0]) }
        }
        for index in 0..<batch.count {
            let there = LinePlace(file: place.file, offset: place.offset + places[index])
            switch seen == nil && batch.isRunning[index] ? .unfinished : batch.verdicts[index] {
            case .count: consumer.take(&batch.fields[index], at: there)
            case .duplicate: count.duplicates += 1
            case .unfinished: consumer.takeUnfinished(&batch.fields[index], at: there)
            }
        }
    }
}

/// What a worker counts.
struct LineCounts: Sendable {
    /// A line that isn't a span, before its number in the file is known.
    struct Refused: Sendable {
        var file: Int
        var block: Int
        /// Its number within the block, from 0.
        var line: Int
        var reason: String
    }

    var bytes = 0
    var spans = 0
    var duplicates = 0
    var torn = 0
    var refused = 0
    var firstRefused: [Refused] = []
}
