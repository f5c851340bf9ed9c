import Foundation

/// What the program was called with.
struct Arguments {
    static let defaultModel = "models/SmolLM2-135M-Instruct.Q4_1.gguf"

    static let help = """
        Runs the lesson's example on a real model, and shows what was recorded.

        Usage: lesson12 [--model PATH] [--log PATH]
               lesson12 evals     measures the agent; see evals --help

          --model PATH   the model, a GGUF file (default: \(defaultModel))
          --log PATH     the log, which is emptied first (default: agent_telemetry.jsonl)
          --help         this text
        """

    var model = Arguments.defaultModel
    var log = "agent_telemetry.jsonl"
    var showsHelp = false

    init(_ words: some Sequence<String>) throws {
        var words = Array(words)[...]
        while let word = words.popFirst() {
            let (option, attached) = Self.split(word)
            func value() throws -> String {
                guard let value = attached ?? words.popFirst(), !value.isEmpty else {
                    throw UsageError("\(option): a path must follow. See --help.")
                }
                return value
            }
            switch option {
            case "--model": model = try value()
            case "--log": log = try value()
            case "--help" where attached == nil, "-h": showsHelp = true
            default: throw UsageError("\(word): unknown argument. See --help.")
            }
        }
    }

    /// `--log=PATH` is `--log PATH`.
    static func split(_ word: String) -> (option: String, attached: String?) {
        guard word.hasPrefix("--"), let sign = word.firstIndex(of: "=") else { return (word, nil) }
        return (String(word[..<sign]), String(word[word.index(after: sign)...]))
    }
}

/// What was wrong with the arguments.
struct UsageError: Error, CustomStringConvertible {
    let description: String
    init(_ description: String) { self.description = description }
}
