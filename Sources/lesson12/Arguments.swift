import Foundation

/// What the program was called with.
struct Arguments {
    static let help = """
        Runs the lesson's example on a real model, and shows what was recorded.

        Usage: lesson12 [--model PATH] [--log PATH]
               lesson12 --server URL [--model NAME] [--log PATH]
               lesson12 evals     measures the agent; see evals --help

          --model PATH   the model, a GGUF file (default: \(Answerer.defaultFile))
          --server URL   a server with OpenAI's chat completions in place of a file,
                         such as http://127.0.0.1:8080/v1; its API key comes from
                         OPENAI_API_KEY, and --model says which of its models
          --log PATH     the log, which is emptied first (default: agent_telemetry.jsonl)
          --help         this text
        """

    var answerer = Answerer()
    var log = "agent_telemetry.jsonl"
    var showsHelp = false

    init(_ words: some Sequence<String>) throws {
        var words = Array(words)[...]
        while let word = words.popFirst() {
            let (option, attached) = Self.split(word)
            func value(_ what: String = "a path") throws -> String {
                guard let value = attached ?? words.popFirst(), !value.isEmpty else {
                    throw UsageError("\(option): \(what) must follow. See --help.")
                }
                return value
            }
            switch option {
            case "--model": answerer.model = try value()
            case "--server": answerer.server = try value("a URL")
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
