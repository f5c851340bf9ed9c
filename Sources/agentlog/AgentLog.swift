import TelemetryLog

/// The program: finds the command, runs it, and turns errors into messages and exit codes.
enum AgentLog {
    static let commands: [Command] = [
        .summary, .traces, .trace, .span, .failures, .check, .tail, .export, .compare, .top, .report,
        .completions,
    ]

    /// Runs a command line without the program's own name; returns the exit code.
    static func run(_ words: [String], _ terminal: Terminal) -> Int32 {
        do {
            guard let first = words.first, !first.hasPrefix("-") else {
                if ["-h", "--help", "help"].contains(words.first) {
                    terminal.write(Help.overview(commands))
                    return 0
                }
                return try run(.summary, words[...], terminal)
            }
            if first == "help" {
                guard let name = words.dropFirst().first else {
                    terminal.write(Help.overview(commands))
                    return 0
                }
                terminal.write(Help.of(try command(name)))
                return 0
            }
            return try run(try command(first), words.dropFirst(), terminal)
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

    static func command(_ name: String) throws -> Command {
        if let command = commands.first(where: { $0.name == name }) { return command }
        let near = nearest(name, of: commands.map(\.name)).map { " Did you mean \($0)?" } ?? ""
        throw UsageError("\(name): no such command.\(near) Run 'agentlog --help' to see all.")
    }
}
