/// How far a JSON text that has to fit a schema has been written, and how it may go on.
///
/// What is accepted reads back as JSON and fits the schema, in its one canonical form (``SchemaProgram``), and from every
/// state there is a way to the end. Strings, arrays and numbers without an upper bound get the default ones in
/// `Schema+Production.swift`; numbers have no exponent.
///
/// Where a union leaves open which alternative is meant, all that fit so far are followed at once. A state is a
/// value: copying it is cheap, and trying out a continuation on a copy is how a vocabulary is searched.
///
/// For example:
/// ```swift
/// var state = DecodingState(SchemaProgram(#"{"tool": "add" | "subtract"}"#))
/// state.forced  // {"tool": "
/// ```
struct DecodingState: Sendable {
    /// One way to read the text so far.
    struct Thread: Sendable, Hashable {
        fileprivate(set) var place: Int
        fileprivate(set) var progress: Progress
        /// The elements of each open array, from the outermost inwards; 0 where none is open.
        fileprivate var counts: [Int32]
    }

    /// How far a thread is within its instruction.
    enum Progress: Sendable, Hashable {
        /// So many bytes.
        case bytes(Int)
        case string(StringProgress)
        case pattern(PatternProgress)
        case number(NumberForm.Progress)
    }

    let program: SchemaProgram
    /// The first of the threads, apart from the others: usually it is alone, and changing it allocates nothing.
    private var first: Thread
    private var others: [Thread]

    /// Nothing is written yet.
    init(_ program: SchemaProgram) {
        var threads: [Thread] = []
        program.enter(program.start, [Int32](repeating: 0, count: program.slots), &threads, known: 0)
        self.program = program
        first = threads[0]
        others = Array(threads.dropFirst())
    }

    /// The ways to read the text so far; at least one.
    var threads: [Thread] { [first] + others }

    /// This state with only some of its threads; `nil` if there are none.
    func only(_ threads: [Thread]) -> DecodingState? {
        guard let thread = threads.first else { return nil }
        var state = self
        state.first = thread
        state.others = Array(threads.dropFirst())
        return state
    }

    /// How many more scalars fit in where a thread is between two scalars of a string; `nil` elsewhere.
    func roomInString(of thread: Thread) -> Int? {
        guard case .string(_, let maximum, _) = program.instructions[thread.place],
            case .string(let progress) = thread.progress, !progress.isWithinScalar
        else { return nil }
        return maximum - progress.count
    }

    /// Goes on by one byte.
    ///
    /// - Returns: Whether the text may go on so; if not, the state is unchanged.
    mutating func advance(_ byte: UInt8) -> Bool {
        if others.isEmpty {
            switch program.advanceWithin(&first, byte) {
            case .rejected: return false
            case .inside: return true
            case .leaves: break
            }
        }
        var threads: [Thread] = []
        program.advance(first, byte, &threads)
        for thread in others { program.advance(thread, byte, &threads) }
        guard !threads.isEmpty else { return false }
        first = threads[0]
        others = threads.count > 1 ? Array(threads.dropFirst()) : []
        return true
    }

    /// Goes on by several bytes.
    ///
    /// - Returns: Whether the text may go on so; if not, the state is unchanged.
    mutating func advance(_ bytes: some Sequence<UInt8>) -> Bool {
        var state = self
        for byte in bytes {
            guard state.advance(byte) else { return false }
        }
        self = state
        return true
    }

    /// Whether the text may end here.
    var isComplete: Bool {
        program.canEnd(first) || others.contains { program.canEnd($0) }
    }

    /// Whether the text must end here.
    var isFinished: Bool {
        guard isComplete else { return false }
        var bytes = ByteSet()
        program.insertNext(first, &bytes)
        for thread in others { program.insertNext(thread, &bytes) }
        return bytes.isEmpty
    }

    /// The bytes that must come next: as long as there is exactly one continuation.
    ///
    /// - Complexity: Linear in their count.
    var forced: [UInt8] {
        var bytes: [UInt8] = []
        var state = self
        while let byte = state.onlyNext, state.advance(byte) { bytes.append(byte) }
        return bytes
    }

    /// The byte that must come next, if there is exactly one continuation.
    private var onlyNext: UInt8? {
        if isComplete { return nil }
        var bytes = ByteSet()
        program.insertNext(first, &bytes)
        for thread in others {
            if bytes.count > 1 { return nil }
            program.insertNext(thread, &bytes)
        }
        return bytes.sole
    }
}

extension SchemaProgram {
    /// What a byte does to a thread within its instruction.
    fileprivate enum Step { case rejected, inside, leaves }

    /// Goes on within an instruction, in place; where the byte ends the instruction, nothing is changed.
    fileprivate func advanceWithin(_ thread: inout DecodingState.Thread, _ byte: UInt8) -> Step {
        switch (instructions[thread.place], thread.progress) {
        case (.bytes(let start, let end, _), .bytes(let count)):
            guard text[start + count] == byte else { return .rejected }
            guard start + count + 1 < end else { return .leaves }
            thread.progress = .bytes(count + 1)
            return .inside
        case (.string(let minimum, let maximum, _), .string(var progress)):
            switch progress.advance(byte, minimum, maximum) {
            case .rejected: return .rejected
            case .closed: return .leaves
            case .inside:
                thread.progress = .string(progress)
                return .inside
            }
        case (.pattern(let index, _), .pattern(var progress)):
            switch progress.advance(byte, patterns[index].automaton) {
            case .rejected: return .rejected
            case .closed: return .leaves
            case .inside:
                thread.progress = .pattern(progress)
                return .inside
            }
        case (.number(let index, _), .number(let progress)):
            guard let next = numbers[index].advanced(progress, by: byte) else {
                return numbers[index].isComplete(progress) ? .leaves : .rejected
            }
            thread.progress = .number(next)
            return .inside
        default: return .rejected
        }
    }

    /// Adds the threads to which a byte leads from `thread`.
    fileprivate func advance(
        _ thread: DecodingState.Thread,
        _ byte: UInt8,
        _ threads: inout [DecodingState.Thread]
    ) {
        var thread = thread
        switch advanceWithin(&thread, byte) {
        case .rejected: return
        case .inside: threads.append(thread)
        case .leaves:
            let known = threads.count
            switch instructions[thread.place] {
            case .bytes(_, _, let next), .string(_, _, let next), .pattern(_, let next):
                enter(next, thread.counts, &threads, known: known)
            case .number(_, let next):
                // A number ends in front of the byte.
                var followers: [DecodingState.Thread] = []
                enter(next, thread.counts, &followers, known: 0)
                var added: [DecodingState.Thread] = []
                for follower in followers { advance(follower, byte, &added) }
                threads += added.filter { !threads.contains($0) }
            default: return
            }
        }
    }

    /// Adds the threads that begin at a place, unless they are among the first `known` ones.
    ///
    /// Threads meet only where they leave alternatives of one union, so that those of one place needn't be compared with
    /// each other: there may be a thousand.
    fileprivate func enter(
        _ place: Int,
        _ counts: [Int32],
        _ threads: inout [DecodingState.Thread],
        known: Int
    ) {
        let progress: DecodingState.Progress
        switch instructions[place] {
        case .either(let one, let other):
            enter(one, counts, &threads, known: known)
            enter(other, counts, &threads, known: known)
            return
        case .element(let slot, let minimum, let maximum, let another, let exit):
            var counts = counts
            let count = counts[slot] + 1
            if count < maximum {
                counts[slot] = count
                enter(another, counts, &threads, known: known)
            }
            if count >= minimum {
                counts[slot] = 0
                enter(exit, counts, &threads, known: known)
            }
            return
        case .bytes, .end: progress = .bytes(0)
        case .string: progress = .string(StringProgress())
        case .pattern(let index, _): progress = .pattern(PatternProgress(patterns[index]))
        case .number: progress = .number(NumberForm.Progress())
        }
        let thread = DecodingState.Thread(place: place, progress: progress, counts: counts)
        if !threads.prefix(known).contains(thread) { threads.append(thread) }
    }

    /// Whether the text may end where the thread is.
    fileprivate func canEnd(_ thread: DecodingState.Thread) -> Bool {
        switch (instructions[thread.place], thread.progress) {
        case (.end, _): return true
        case (.number(let index, let next), .number(let progress)):
            guard case .end = instructions[next] else { return false }
            return numbers[index].isComplete(progress)
        default: return false
        }
    }

    /// Adds the bytes with which the thread may go on.
    fileprivate func insertNext(_ thread: DecodingState.Thread, _ bytes: inout ByteSet) {
        switch (instructions[thread.place], thread.progress) {
        case (.bytes(let start, _, _), .bytes(let count)): bytes.insert(text[start + count])
        case (.string(let minimum, let maximum, _), .string(let progress)):
            progress.insertNext(minimum, maximum, into: &bytes)
        case (.pattern(let index, _), .pattern(let progress)):
            progress.insertNext(patterns[index].automaton, into: &bytes)
        case (.number(let index, let next), .number(let progress)):
            numbers[index].insertNext(progress, into: &bytes)
            guard numbers[index].isComplete(progress) else { return }
            var followers: [DecodingState.Thread] = []
            enter(next, thread.counts, &followers, known: 0)
            for follower in followers { insertNext(follower, &bytes) }
        default: return
        }
    }
}
