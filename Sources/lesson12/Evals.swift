import Agent
import Foundation
import Telemetry

/// `lesson12 evals`: measures the agent by golden cases.
struct Evals {
    static let help = """
        Asks the agent golden cases, and compares what comes out with what should.

        Usage: lesson12 evals [--dataset PATH] [--group NAME]... [--case ID]...
                              [--json] [--model PATH | --server URL] [--log PATH]

          --dataset PATH  the cases (default: \(defaultDataset))
          --group NAME    this group of cases only; may be repeated
          --case ID       this case only, whose group's threshold then doesn't
                          count; may be repeated
          --json          the report as JSON
          --model PATH    the model, a GGUF file; with --server, its name there
          --server URL    a server in place of a file; see lesson12 --help
          --log PATH      the log, which is emptied first
                          (default: agent_telemetry.jsonl)

        Exit status: 0 when all answers were valid and each group reached its
        threshold, 1 when not, 2 when it couldn't run.
        """

    static let defaultDataset = "Sources/lesson12/golden.json"

    var dataset = Evals.defaultDataset
    var groups: [String] = []
    var cases: [String] = []
    var printsJSON = false
    var answerer = Answerer()
    var log = "agent_telemetry.jsonl"
    var showsHelp = false

    init(_ words: some Sequence<String>) throws {
        var words = Array(words)[...]
        while let word = words.popFirst() {
            let (option, attached) = Arguments.split(word)
            func value(_ what: String) throws -> String {
                guard let value = attached ?? words.popFirst(), !value.isEmpty else {
                    throw UsageError("\(option): \(what) must follow. See evals --help.")
                }
                return value
            }
            switch option {
            case "--dataset": dataset = try value("a path")
            case "--group": groups.append(try value("a name"))
            case "--case": cases.append(try value("an id"))
            case "--model": answerer.model = try value("a path")
            case "--server": answerer.server = try value("a URL")
            case "--log": log = try value("a path")
            case "--json" where attached == nil: printsJSON = true
            case "--help" where attached == nil, "-h": showsHelp = true
            default: throw UsageError("\(word): unknown argument. See evals --help.")
            }
        }
    }

    /// Prints the report.
    ///
    /// - Returns: Whether all went as it must.
    func run() async throws -> Bool {
        let dataset = try read()
        let model = try await answerer.load()
        let telemetry = try Telemetry(logFile: log)
        telemetry.clear()
        let report = try await EvalRunner(model: model, telemetry: telemetry).run(dataset)
        telemetry.flush()
        print(printsJSON ? report.json.description : report.description)
        guard cases.isEmpty else { return report.groups.allSatisfy { $0.valid == $0.results.count } }
        return report.isPassed
    }

    private func read() throws -> EvalDataset {
        let text: String
        do {
            text = try String(contentsOfFile: dataset, encoding: .utf8)
        } catch {
            let exists = FileManager.default.fileExists(atPath: dataset)
            let reason = exists ? "can't be read as a text in UTF-8" : "no such file"
            throw UsageError("\(dataset): \(reason). Run it in the package's folder, or pass --dataset PATH.")
        }
        do {
            return try EvalDataset(parsing: text, tools: [Calculator()])
                .filtered(groups: groups.isEmpty ? nil : groups, cases: cases.isEmpty ? nil : cases)
        } catch {
            throw UsageError("\(dataset): \(error)")
        }
    }
}
