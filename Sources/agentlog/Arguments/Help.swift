import TelemetryLog

/// Help, made of what parsing knows.
enum Help {
    static func overview(_ commands: [Command]) -> String {
        let width = (commands.map(\.name.count).max() ?? 0) + 2
        var text = "Usage: agentlog [COMMAND] [OPTIONS]\n\n"
        text +=
            "Reads what an agent's flight recorder wrote: agent_telemetry.jsonl, unless told\notherwise. Without a command it shows the summary.\n\n"
        text += "Commands:\n"
        for command in commands { text += "  \(padded(command.name, width))\(command.summary)\n" }
        text += "\nOptions of every command:\n" + options(Options.common)
        text += "\nExit codes: 0 done, 1 not found or not valid, 2 wrong usage or not readable.\n"
        text += "'agentlog COMMAND --help' tells more, with examples.\n"
        return text + "'agentlog --version' says which version this is.\n"
    }

    static func of(_ command: Command) -> String {
        let operands = command.operands.map { " \($0)" }.joined()
        var text = "Usage: agentlog \(command.name)\(operands) [OPTIONS]\n\n"
        text += command.summary.prefix(1).uppercased() + command.summary.dropFirst() + ".\n"
        if !command.examples.isEmpty {
            text += "\nExamples:\n"
            for (line, effect) in command.examples { text += "  \(line)\n      \(effect)\n" }
        }
        text += "\nOptions:\n" + options(command.options + Options.common)
        text += "\nJSON:\n" + wrapped(command.fields.joined(separator: ", "), 77).map { "  \($0)\n" }.joined()
        return text + "  What each is: the article \"JSON shapes\" in the documentation of TelemetryLog.\n"
    }

    private static func options(_ options: [Option]) -> String {
        let names = options.map { option in
            (option.short.map { "-\($0), " } ?? "    ") + "--\(option.name)" + (option.value.map { " \($0)" } ?? "")
        }
        let width = (names.map(\.count).max() ?? 0) + 2
        return zip(names, options).map { name, option in
            let room = 78 - width
            let lines = wrapped(option.help, room)
            return lines.enumerated().map { number, line in
                "  " + padded(number == 0 ? name : "", width) + line + "\n"
            }.joined()
        }.joined()
    }

    private static func wrapped(_ text: String, _ width: Int) -> [String] {
        var lines = [""]
        for word in text.split(separator: " ") {
            if let last = lines.last, !last.isEmpty, last.count + word.count >= width { lines.append("") }
            lines[lines.count - 1] += (lines.last == "" ? "" : " ") + word
        }
        return lines
    }

    private static func padded(_ text: String, _ width: Int) -> String {
        text + String(repeating: " ", count: max(0, width - text.count))
    }
}
