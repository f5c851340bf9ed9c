import Telemetry
import TelemetryLog

/// Completion scripts, made of what parsing knows.
enum Completions {
    static let shells = ["bash", "zsh", "fish"]

    static func script(_ shell: String, _ commands: [Command]) -> String {
        switch shell {
        case "bash": bash(commands)
        case "zsh": zsh(commands)
        default: fish(commands)
        }
    }

    private static func options(_ command: Command) -> [Option] { command.options + Options.common }

    private static func names(_ commands: [Command]) -> String { commands.map(\.name).joined(separator: " ") }
}

extension Completions {
    private static func bash(_ commands: [Command]) -> String {
        """
        # bash completion of agentlog: source it, or put it in a folder of bash-completion.
        _agentlog_words() { COMPREPLY=($(compgen -W "$1" -- "$word")); }
        _agentlog_files() {
            local IFS=$'\\n'
            COMPREPLY=($(compgen -f -- "$word"))
            compopt -o filenames 2>/dev/null
        }
        _agentlog() {
            local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD-1]} command= i
            # What stands behind --name= is a word of its own.
            if [[ $word == = ]]; then
                word=
            elif [[ $before == = ]]; then
                before=${COMP_WORDS[COMP_CWORD-2]}
            fi
            COMPREPLY=()
            for ((i = 1; i < COMP_CWORD; i++)); do
                case ${COMP_WORDS[i]} in
                    \(names(commands).replacing(" ", with: "|"))|help) command=${COMP_WORDS[i]}; break ;;
                esac
            done
            case ${command:-summary}:$before in
        \(commands.map(bashValues).joined(separator: "\n"))
            esac
            case $command:$word in
        \(commands.map(bashNames).joined(separator: "\n"))
                :-*) _agentlog_words "\(bashOptions(.summary)) --version" ;;
                :*) _agentlog_words "help \(names(commands))" ;;
                help:*) _agentlog_words "\(names(commands))" ;;
            esac
        }
        complete -F _agentlog agentlog

        """
    }

    /// What may stand behind a command's options.
    private static func bashValues(_ command: Command) -> String {
        options(command).filter { $0.value != nil }.map { option in
            let places = (option.short.map { ["-\($0)"] } ?? []) + ["--\(option.name)"]
            let pattern = places.map { "\(command.name):\($0)" }.joined(separator: "|")
            let action =
                option.isFile
                ? "_agentlog_files; "
                : option.choices.isEmpty ? "" : "_agentlog_words \"\(option.choices.joined(separator: " "))\"; "
            return "        \(pattern)) \(action)return ;;"
        }.joined(separator: "\n")
    }

    /// A command's options and operands.
    private static func bashNames(_ command: Command) -> String {
        var text = "        \(command.name):-*) _agentlog_words \"\(bashOptions(command))\" ;;"
        if command.takesFiles { text += "\n        \(command.name):*) _agentlog_files ;;" }
        if !command.operandChoices.isEmpty {
            text +=
                "\n        \(command.name):*) _agentlog_words \"\(command.operandChoices.joined(separator: " "))\" ;;"
        }
        return text
    }

    private static func bashOptions(_ command: Command) -> String {
        options(command).flatMap { option in (option.short.map { ["-\($0)"] } ?? []) + ["--\(option.name)"] }
            .joined(separator: " ")
    }
}

extension Completions {
    private static func zsh(_ commands: [Command]) -> String {
        """
        #compdef agentlog
        # zsh completion of agentlog: put it as _agentlog in a folder of $fpath.
        _agentlog() {
            local -a commands=(
        \(commands.map { "        '\($0.name):\(zshQuoted($0.summary))'" }.joined(separator: "\n"))
                'help:show what a command takes'
            )
            local curcontext=$curcontext state state_descr line command= place
            local -A opt_args
            # Options may stand before the command, which is left out of what is completed.
            for ((place = 2; place < CURRENT; place++)); do
                if [[ $words[place] == (\(names(commands).replacing(" ", with: "|"))|help) ]]; then
                    command=$words[place]
                    words[place]=()
                    ((CURRENT--))
                    break
                fi
            done
            case $command in
        \(commands.map { zshCase($0, pattern: $0.name) }.joined(separator: "\n"))
                help) _describe command commands ;;
                *)
        \(zshArguments(.summary, indent: "            ", more: zshFirstWords))
                    [[ $state == command ]] && _describe command commands ;;
            esac
        }
        if [[ $funcstack[1] == _agentlog ]]; then _agentlog "$@"; else compdef _agentlog agentlog; fi

        """
    }

    /// What else may stand where there is no command yet.
    private static let zshFirstWords = ["'--version[say which version this is]'", "'1:command:->command'"]

    private static func zshCase(_ command: Command, pattern: String) -> String {
        "        \(pattern))\n\(zshArguments(command, indent: "            ")) ;;"
    }

    private static func zshArguments(_ command: Command, indent: String, more: [String] = []) -> String {
        var specifications = options(command).map { option in
            let help = "[\(zshQuoted(option.help))]"
            let value = option.value.map { ":\($0):" + zshValues(option) } ?? ""
            let end = option.value == nil ? "" : "="
            let name = "--\(option.name)\(end)"
            guard let short = option.short else { return "'*\(name)\(help)\(value)'" }
            return "'*'{-\(short)\(end.isEmpty ? "" : "+"),\(name)}'\(help)\(value)'"
        }
        specifications += more
        if command.takesFiles { specifications.append("'*:file:_files'") }
        if !command.operandChoices.isEmpty {
            specifications.append("'1:\(command.name):(\(command.operandChoices.joined(separator: " ")))'")
        }
        return "\(indent)_arguments -s " + specifications.joined(separator: " \\\n\(indent)    ")
    }

    private static func zshValues(_ option: Option) -> String {
        option.isFile ? "_files" : option.choices.isEmpty ? "" : "(\(option.choices.joined(separator: " ")))"
    }

    private static func zshQuoted(_ text: String) -> String {
        var result = ""
        for character in text {
            if "[]:\\".contains(character) { result += "\\" }
            result += character == "'" ? "'\\''" : String(character)
        }
        return result
    }
}

extension Completions {
    private static func fish(_ commands: [Command]) -> String {
        let none = "not __fish_seen_subcommand_from help \(names(commands))"
        var lines = [
            "# fish completion of agentlog: put it as agentlog.fish in ~/.config/fish/completions.",
            "complete -c agentlog -f", "complete -c agentlog -n '\(none)' -a help -d 'show what a command takes'",
            "complete -c agentlog -n '\(none)' -l version -d 'say which version this is'",
            "complete -c agentlog -n '__fish_seen_subcommand_from help' -a '\(names(commands))'",
        ]
        for command in commands {
            let here = "__fish_seen_subcommand_from \(command.name)"
            lines.append("complete -c agentlog -n '\(none)' -a \(command.name) -d \(fishQuoted(command.summary))")
            // Without a command, the summary's options are taken.
            for option in command.options {
                let condition = command.name == "summary" ? "\(here); or \(none)" : here
                lines.append("complete -c agentlog -n '\(condition)'\(fishFlags(option))")
            }
            if command.takesFiles { lines.append("complete -c agentlog -n '\(here)' -F") }
            if !command.operandChoices.isEmpty {
                lines.append("complete -c agentlog -n '\(here)' -a '\(command.operandChoices.joined(separator: " "))'")
            }
        }
        lines += Options.common.map { "complete -c agentlog\(fishFlags($0))" }
        return lines.joined(separator: "\n") + "\n"
    }

    private static func fishFlags(_ option: Option) -> String {
        var text = " -l \(option.name)"
        if let short = option.short { text += " -s \(short)" }
        if option.value != nil { text += option.isFile ? " -r -F" : " -x" }
        if !option.choices.isEmpty { text += " -a '\(option.choices.joined(separator: " "))'" }
        return text + " -d \(fishQuoted(option.help))"
    }

    private static func fishQuoted(_ text: String) -> String {
        "'\(text.replacing("\\", with: "\\\\").replacing("'", with: "\\'"))'"
    }
}

extension Command {
    static let completions = Command(
        name: "completions",
        summary: "print a completion script for bash, zsh or fish",
        operands: ["SHELL"],
        operandCount: 1...1,
        operandChoices: Completions.shells,
        fields: ["shell", "script"],
        examples: [
            ("agentlog completions bash >> ~/.bash_completion", "complete commands and options in bash"),
            ("agentlog completions fish > ~/.config/fish/completions/agentlog.fish", "the same in fish"),
        ]
    ) { arguments, terminal in
        let shell = arguments.operands[0]
        guard Completions.shells.contains(shell) else {
            throw UsageError("'\(shell)': no such shell here. Write bash, zsh or fish.")
        }
        let script = Completions.script(shell, AgentLog.commands)
        if arguments.has("json") {
            terminal.print(["shell": .string(shell), "script": .string(script)])
        } else {
            terminal.write(script)
        }
        return 0
    }
}
