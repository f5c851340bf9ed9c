import TelemetryLog

/// The program: finds the command, runs it, and turns errors into messages and exit codes.
enum AgentLog {
    static let commands: [Command] = [
        .summary, .traces, .trace, .span, .failures, .check, .tail, .export, .compare, .top, .report,
        .completions,
    ]

    /// The package's version, as its changelog has it.
    static let version = "0.1.0"

    /// Runs a command line without the program's own name; returns the exit code.
    static func run(_ words: [String], _ terminal: Terminal) -> Int32 {
        do {
            // Options of every command may stand before its name.
            let place = Arguments.placeAfterOptions(words)
            if words.indices.contains(place), let command = commands.first(where: { $0.name == words[place] }) {
                return try run(command, words[..<place] + words[(place + 1)...], terminal)
            }
            switch words.first {
            case "-h", "--help": terminal.write(Help.overview(commands))
            case "help" where words.count > 1: terminal.write(Help.of(try command(words[1])))
            case "help": terminal.write(Help.overview(commands))
            case "--version": terminal.write("agentlog \(version)\n")
            case let word? where !word.hasPrefix("-"): throw unknown(word)
            default: return try run(.summary, words[...], terminal)
            }
            return 0
        } catch {
            terminal.writeError("agentlog: \(Escaping.lines("\(error)").joined(separator: "\n"))\n")
            guard let error = error as? LogError else { return 2 }
            return error.code == .notFound || error.code == .ambiguous ? 1 : 2
        }
    }

    private static func run(_ command: Command, _ words: ArraySlice<String>, _ terminal: Terminal) throws -> Int32 {
        let arguments = try Arguments(Array(words), of: command)
        if arguments.has("help") {
            terminal.write(Help.of(command))
            return 0
        }
        return try command.run(arguments, terminal)
    }

    private static func command(_ name: String) throws -> Command {
        guard let command = commands.first(where: { $0.name == name }) else { throw unknown(name) }
        return command
    }

    private static func unknown(_ name: String) -> UsageError {
        if Arguments.isLikeFile(name) {
            return UsageError("\(name): no such command. To read a log, write: agentlog --log \(name)")
        }
        let near = nearest(name, of: commands.map(\.name)).map { " Did you mean \($0)?" } ?? ""
        return UsageError("\(name): no such command.\(near) Run 'agentlog --help' to see all.")
    }
}
