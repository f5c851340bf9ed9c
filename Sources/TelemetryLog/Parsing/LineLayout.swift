internal import CScan

/// How a line that was read looks, so that the next one that looks like it is read by comparing.
///
/// A writer's lines of one kind differ in their values; what stands between these, keys above all, is the same to the
/// byte. A layout is the bytes that begin the line, ids and times within them left out, and a list of steps: a value of some
/// kind, and the bytes that have to be behind it. Whatever differs is left to the scanner, which reads any line. What a
/// layout takes, the scanner takes too, with the same fields: every byte of the line has been compared with one that the
/// scanner has accepted there, or has been read as a value.
///
/// Where some values are the same in line after line, a second layout has them as bytes to compare, too: a stricter one,
/// which is tried first.
///
/// The reading is done in C, for the vectors of the processor: see `LinesRead.h`. Of values that hardly ever occur it leaves
/// the rest of the work to here.
struct LineLayout: ~Copyable {
    typealias Place = UnsafePointer<UInt8>

    /// What the last line says that was read; what is the same in all lines of this layout stays there.
    let fields: UnsafeMutablePointer<LineFields>
    private let layout: UnsafeMutablePointer<cscan_layout>
    private let stepCount: Int
    private let type: Head.Probe
    private let name: Head.Probe
    /// How many lines were read by this layout itself.
    private var count = 0
    private var stricter: UnsafeMutablePointer<LineLayout>?

    /// - Parameter fields: Of the line that head and steps are of.
    init(head: Head, bytes: [UInt8], steps: [cscan_step], of fields: LineFields) {
        let blocks = stride(from: 0, to: bytes.count, by: cscan_bytes.length).map { start in
            cscan_bytes(bytes[start..<min(bytes.count, start + cscan_bytes.length)]) { !head.isValue(start + $0) }
        }
        let headBytes = UnsafeMutablePointer<cscan_bytes>.allocate(capacity: blocks.count)
        headBytes.initialize(from: blocks, count: blocks.count)
        let allSteps = UnsafeMutablePointer<cscan_step>.allocate(capacity: steps.count)
        allSteps.initialize(from: steps, count: steps.count)
        layout = .allocate(capacity: 1)
        layout.initialize(to: head.layout(headBytes, blocks.count, allSteps))
        stepCount = steps.count
        (type, name) = (head.type, head.name)
        self.fields = .allocate(capacity: 1)
        self.fields.initialize(to: fields)
    }

    deinit {
        layout.pointee.head.deallocate()
        layout.pointee.steps.deallocate()
        layout.deallocate()
        fields.deallocate()
        stricter?.deinitialize(count: 1)
        stricter?.deallocate()
    }

    /// Whether it is worth while to compare a line; `LineLayouts.reach` bytes are readable from `line` on.
    @inline(__always)
    func isLikely(_ line: Place) -> Bool {
        JSONScanner.word(line + type.offset) == type.word && JSONScanner.word(line + name.offset) == name.word
    }

    /// Reads a line that has this layout; returns what it says, `nil` if it has another one.
    ///
    /// The bytes must be followed by a newline and 64 bytes that may be read.
    @inline(__always)
    mutating func read(
        _ line: Place,
        _ recent: inout cscan_recent,
        _ scan: LineScan
    ) -> UnsafeMutablePointer<LineFields>? {
        if let stricter, stricter.pointee.readItself(line, &recent, scan) { return stricter.pointee.fields }
        return readLoosely(line, &recent, scan) ? fields : nil
    }

    private mutating func readLoosely(_ line: Place, _ recent: inout cscan_recent, _ scan: LineScan) -> Bool {
        guard readItself(line, &recent, scan) else { return false }
        count &+= 1
        // Soon, and again when it has turned out what changes after all.
        if count & (count &- 1) == 0 && count >= 64 || count & 4095 == 0 { learnStricter() }
        return true
    }

    /// Learns the layout of the last line anew, with all values in it that haven't changed yet.
    private mutating func learnStricter() {
        stricter?.deinitialize(count: 1)
        stricter?.deallocate()
        stricter = nil
        let steps = UnsafeBufferPointer(start: layout.pointee.steps, count: stepCount)
        // At first a value is new, too.
        let isConstant = steps.filter { $0.kind.mayBeConstant }.map { $0.changes <= 1 }
        guard isConstant.contains(true) || steps.contains(where: { $0.kind == CSCAN_OBJECT }),
            let layout = LineLayout(
                of: fields.pointee,
                keepsData: steps.contains { $0.kind == CSCAN_DATA_START },
                isSpecific: fields.pointee.memo >= 0,
                isConstant: isConstant
            )
        else { return }
        layout.fields.pointee.memo = fields.pointee.memo
        let place = UnsafeMutablePointer<LineLayout>.allocate(capacity: 1)
        place.initialize(to: layout)
        stricter = place
    }

    @inline(__always)
    private func readItself(_ line: Place, _ recent: inout cscan_recent, _ scan: LineScan) -> Bool {
        var progress = cscan_progress()
        let result = scan.read(line, layout, &recent, fields, &progress)
        guard result == CSCAN_READ else {
            return result != CSCAN_OTHER && goOn(result, line, &recent, &progress, scan)
        }
        return finish(line, progress)
    }

    /// Takes a line whose newline was found.
    @inline(__always)
    private func finish(_ line: Place, _ progress: cscan_progress) -> Bool {
        guard let end = progress.place else { return false }
        fields.pointee.base = line
        fields.pointee.count = end - line
        return !progress.has_high || UTF8Check.isValid(line, count: end - line)
    }

    /// Reads what values there are of forms that hardly ever occur, and has the rest read.
    @inline(never)
    private func goOn(
        _ result: cscan_read,
        _ line: Place,
        _ recent: inout cscan_recent,
        _ progress: inout cscan_progress,
        _ scan: LineScan
    ) -> Bool {
        var result = result
        while result != CSCAN_READ {
            guard result != CSCAN_OTHER else { return false }
            guard readValue(result, line, &recent, &progress) || skipObject(&progress) else { return false }
            result = scan.goOn(layout, &recent, fields, &progress)
        }
        return finish(line, progress)
    }

    /// Reads the value that reading has stopped at.
    private func readValue(
        _ result: cscan_read,
        _ line: Place,
        _ recent: inout cscan_recent,
        _ progress: inout cscan_progress
    ) -> Bool {
        guard var place = progress.place else { return false }
        let target = UnsafeMutableRawPointer(fields)
        switch result {
        case CSCAN_LENGTH:
            guard let step = progress.step, let time = DurationScan.read(&place) else { return false }
            (target + Int(step.pointee.target)).storeBytes(of: time, as: Int64.self)
        case CSCAN_TIME:
            // In the head it isn't the next value.
            let start = progress.step == nil ? line + Int(layout.pointee.timestamp) : place
            let offset = progress.step?.pointee.target ?? layout.pointee.timestamp_target
            guard let time = recent.readTimestamp(start) else { return false }
            (target + Int(offset)).storeBytes(of: time, as: Int64.self)
            if progress.step != nil { place += 27 }
        default: return Self.skipValue(&progress)
        }
        progress.place = place
        return true
    }

    /// An object with other members is a value like any other.
    private func skipObject(_ progress: inout cscan_progress) -> Bool {
        guard let object = progress.object else { return false }
        (progress.place, progress.step, progress.object) = (object, progress.object_end, nil)
        return Self.skipValue(&progress)
    }

    private static func skipValue(_ progress: inout cscan_progress) -> Bool {
        guard let place = progress.place else { return false }
        var scanner = JSONScanner(place)
        guard scanner.value() else { return false }
        if scanner.hasNonASCII { progress.has_high = true }
        progress.place = scanner.place
        return true
    }
}
