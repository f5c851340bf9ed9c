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

    private static func bash(_ commands: [Command]) -> String {
        var text = """
            # bash completion of agentlog: source it, or put it in a folder of bash-completion.
            _agentlog() {
                local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD-1]} command=summary options i
                for ((i = 1; i < COMP_CWORD; i++)); do
                    case ${COMP_WORDS[i]} in
                        \(commands.map(\.name).joined(separator: "|"))) command=${COMP_WORDS[i]}; break ;;
                    esac
                done
                case $before in

            """
        var choices: [String: [String]] = [:]
        for option in commands.flatMap(options) where !option.choices.isEmpty { choices[option.name] = option.choices }
        for (name, values) in choices.sorted(by: { $0.key < $1.key }) {
            text +=
                "        --\(name)) COMPREPLY=($(compgen -W \"\(values.joined(separator: " "))\" -- \"$word\")); return ;;\n"
        }
        let files = Set(commands.flatMap(options).filter(\.isFile).map { "--\($0.name)" }).sorted()
        text +=
            "        -l|\(files.joined(separator: "|"))) COMPREPLY=($(compgen -f -- \"$word\")); return ;;\n    esac\n"
        text += "    case $command in\n"
        for command in commands {
            let names = options(command).map { "--\($0.name)" }.joined(separator: " ")
            text += "        \(command.name)) options=\"\(names)\" ;;\n"
        }
        return text + """
                esac
                if [[ $word == -* ]]; then
                    COMPREPLY=($(compgen -W "$options" -- "$word"))
                elif ((COMP_CWORD == 1)); then
                    COMPREPLY=($(compgen -W "\(commands.map(\.name).joined(separator: " "))" -- "$word"))
                else
                    COMPREPLY=($(compgen -f -- "$word"))
                fi
            }
            complete -o filenames -F _agentlog agentlog

            """
    }

    private static func zsh(_ commands: [Command]) -> String {
        func quoted(_ text: String) -> String {
            var result = ""
            for character in text {
                if "[]:\\".contains(character) { result += "\\" }
                result += character == "'" ? "'\\''" : String(character)
            }
            return result
        }
        var text = """
            #compdef agentlog
            # zsh completion of agentlog: put it as _agentlog in a folder of $fpath.
            _agentlog() {
                local -a commands=(

            """
        for command in commands { text += "        '\(command.name):\(quoted(command.summary))'\n" }
        text +=
            "    )\n    if ((CURRENT == 2)) && [[ $words[2] != -* ]]; then\n        _describe command commands\n        return\n    fi\n"
        text += "    case $words[2] in\n"
        for command in commands {
            let pattern = command.name == "summary" ? "summary|-*" : command.name
            text += "        \(pattern))\n            _arguments -s \\\n"
            for option in options(command) {
                let value = option.value.map { ":\($0):" + values(option) } ?? ""
                text +=
                    "                '*--\(option.name)\(option.value == nil ? "" : "=")[\(quoted(option.help))]\(value)' \\\n"
            }
            text += "                '*:file:_files' ;;\n"
        }
        return text + "    esac\n}\n_agentlog \"$@\"\n"
    }

    private static func values(_ option: Option) -> String {
        option.isFile ? "_files" : option.choices.isEmpty ? "" : "(\(option.choices.joined(separator: " ")))"
    }

    private static func fish(_ commands: [Command]) -> String {
        func quoted(_ text: String) -> String {
            "'\(text.split(separator: "'", omittingEmptySubsequences: false).joined(separator: "\\'"))'"
        }
        let names = commands.map(\.name).joined(separator: " ")
        var text = "# fish completion of agentlog: put it as agentlog.fish in ~/.config/fish/completions.\n"
        let none = "not __fish_seen_subcommand_from \(names)"
        for command in commands {
            text += "complete -c agentlog -f -n '\(none)' -a \(command.name) -d \(quoted(command.summary))\n"
        }
        for command in commands {
            for option in command.options {
                text +=
                    "complete -c agentlog -n '__fish_seen_subcommand_from \(command.name)'\(flags(option)) -d \(quoted(option.help))\n"
            }
        }
        for option in Options.common { text += "complete -c agentlog\(flags(option)) -d \(quoted(option.help))\n" }
        return text
    }

    private static func flags(_ option: Option) -> String {
        var text = " -l \(option.name)"
        if let short = option.short { text += " -s \(short)" }
        if option.value != nil { text += option.isFile ? " -r -F" : " -x" }
        if !option.choices.isEmpty { text += " -a '\(option.choices.joined(separator: " "))'" }
        return text
    }
}

extension Command {
    static let completions = Command(
        name: "completions",
        summary: "print a completion script for bash, zsh or fish",
        operands: ["SHELL"],
        operandCount: 1...1,
        examples: [
            ("agentlog completions bash >> ~/.bash_completion", "complete commands and options in bash"),
            ("agentlog completions fish > ~/.config/fish/completions/agentlog.fish", "the same in fish"),
        ]
    ) { arguments, terminal in
        let shell = arguments.operands[0]
        guard Completions.shells.contains(shell) else {
            throw UsageError("'\(shell)': no such shell here. Write bash, zsh or fish.")
        }
        terminal.write(Completions.script(shell, AgentLog.commands))
        return 0
    }
}
