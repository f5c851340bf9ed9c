import TelemetryLog

/// An option that a command takes: what parsing, help and completions know of it.
struct Option: Sendable {
    var name: String
    var short: Character?
    /// What stands for its value in the help; `nil` for an option without one.
    var value: String?
    var help: String
    /// The values that it may have, if these are few.
    var choices: [String] = []
    /// Whether its value is a file, or files.
    var isFile = false

    func stands(at word: String) -> Bool {
        word == "--\(name)" || word.hasPrefix("--\(name)=") || word == short.map { "-\($0)" }
    }
}

/// A command: what parsing, help and completions know of it, and what it does.
struct Command: Sendable {
    var name: String
    var summary: String
    /// What follows the options, such as `ID`.
    var operands: [String] = []
    /// How many operands there must be, and may be.
    var operandCount: ClosedRange<Int> = 0...0
    /// What operands may be, if it is few words.
    var operandChoices: [String] = []
    /// Whether operands are files.
    var takesFiles = false
    var options: [Option] = []
    /// The outermost fields of what `--json` prints.
    var fields: [String]
    /// Lines to try, and what each does.
    var examples: [(line: String, effect: String)] = []
    /// Does it; returns the exit code.
    var run: @Sendable (Arguments, Terminal) throws -> Int32
}

/// What was wrong with a command line.
struct UsageError: Error, CustomStringConvertible {
    var description: String
    init(_ description: String) { self.description = description }
}

/// A command line that has been read.
struct Arguments: Sendable {
    private(set) var values: [String: [String]] = [:]
    private(set) var operands: [String] = []

    subscript(name: String) -> String? { values[name]?.last }
    func has(_ name: String) -> Bool { values[name] != nil }

    /// Reads what follows a command's name.
    ///
    /// `--name VALUE`, `--name=VALUE`, `-n VALUE`, `-nVALUE`; several short ones without values may stand together; `--`
    /// ends the options.
    init(_ words: [String], of command: Command) throws {
        let options = command.options + Options.common
        var rest = words[...]
        func take(_ option: Option, _ shown: String, _ attached: String?) throws {
            guard option.value != nil else {
                if attached != nil { throw UsageError("\(shown): takes no value. Leave it out.") }
                values[option.name, default: []].append("")
                return
            }
            guard let value = attached ?? rest.popFirst() else {
                throw UsageError("\(shown): a value is missing. Write \(shown) \(option.value ?? "").")
            }
            if !option.choices.isEmpty, !option.choices.contains(value) {
                throw UsageError("\(shown): '\(value)' is none of \(option.choices.joined(separator: ", ")).")
            }
            values[option.name, default: []].append(value)
            guard option.isFile, attached == nil, option.name == "log" else { return }
            // More files, as a shell's pattern gives them: told from operands by their dot or slash.
            while let next = rest.first, Self.isLikeFile(next) {
                values[option.name, default: []].append(rest.removeFirst())
            }
        }
        while let word = rest.popFirst() {
            if word == "--" {
                operands += rest
                break
            }
            if word.hasPrefix("--") {
                let parts = word.dropFirst(2).split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
                guard let option = options.first(where: { $0.name == parts[0] }) else {
                    throw UsageError(Self.unknown("--\(parts[0])", options.map { "--\($0.name)" }, command))
                }
                try take(option, "--\(option.name)", parts.count > 1 ? String(parts[1]) : nil)
            } else if word.hasPrefix("-"), word != "-" {
                var letters = word.dropFirst()
                while let letter = letters.popFirst() {
                    guard let option = options.first(where: { $0.short == letter }) else {
                        throw UsageError(Self.unknown("-\(letter)", [], command))
                    }
                    if option.value != nil, !letters.isEmpty {
                        try take(option, "-\(letter)", String(letters))
                        break
                    }
                    try take(option, "-\(letter)", nil)
                }
            } else {
                operands.append(word)
            }
        }
        guard !has("help") else { return }
        if operands.count < command.operandCount.lowerBound {
            throw UsageError(
                "\(command.name): \(command.operands[min(operands.count, command.operands.count - 1)]) is missing. "
                    + "Run 'agentlog \(command.name) --help' for examples."
            )
        }
        if operands.count > command.operandCount.upperBound {
            let word = operands[command.operandCount.upperBound]
            let remedy =
                Self.isLikeFile(word)
                ? "To read a log, write --log \(word)."
                : "Run 'agentlog \(command.name) --help' for what may stand here."
            throw UsageError("'\(word)': too much. \(remedy)")
        }
    }

    /// Whether a word names a file rather than a command or an id: it has a dot or a slash.
    static func isLikeFile(_ word: String) -> Bool {
        !word.hasPrefix("-") && (word.contains(".") || word.contains("/"))
    }

    /// The place of the first word that is neither an option of every command nor its value.
    static func placeAfterOptions(_ words: [String]) -> Int {
        var place = 0
        while place < words.count, let option = Options.common.first(where: { $0.stands(at: words[place]) }) {
            place += 1
            guard option.value != nil, !words[place - 1].contains("=") else { continue }
            place += 1
            while option.isFile, place < words.count, isLikeFile(words[place]) { place += 1 }
        }
        return place
    }

    private static func unknown(_ option: String, _ all: [String], _ command: Command) -> String {
        let near = nearest(option, of: all).map { " Did you mean \($0)?" } ?? ""
        return "\(option): no such option.\(near) Run 'agentlog \(command.name) --help' to see all."
    }
}

/// The word that differs from `word` by two letters at most.
func nearest(_ word: String, of all: [String]) -> String? {
    func distance(_ a: [Character], _ b: [Character]) -> Int {
        var row = Array(0...b.count)
        for (i, x) in a.enumerated() {
            var diagonal = row[0]
            row[0] = i + 1
            for (j, y) in b.enumerated() {
                let next = min(row[j] + 1, row[j + 1] + 1, diagonal + (x == y ? 0 : 1))
                (diagonal, row[j + 1]) = (row[j + 1], next)
            }
        }
        return row[b.count]
    }
    let distances = all.map { ($0, distance(Array(word), Array($0))) }
    return distances.filter { $0.1 <= 2 }.min { $0.1 < $1.1 }?.0
}
