public import Telemetry

/// Cases to measure an agent by: what it is asked, and what should come out.
///
/// As JSON:
/// ```json
/// {"groups": [{
///     "name": "routing", "task": "routing", "threshold": 0.8,
///     "choices": ["billing", "other"], "examples": [{"question": "Tell me a joke.", "choice": "other"}],
///     "cases": [{"id": "refund", "input": "I want my money back.", "expected": "billing"}]
/// }]}
/// ```
/// A group's `threshold` is the share of its cases that must pass. Its `task` says what the agent does with each input,
/// and what else the group has:
/// - `structured`: ``Agent/generateStructured(_:schema:examples:)`` with a `schema` in the notation of
///   ``Schema/init(parsing:)``, and `examples` of a `question` and an `answer`.
/// - `tool`: ``Agent/requestTool(_:)`` with `tools`, each the name of one that the program has, or an object with `name`,
///   `description`, `parameters` (notation), and `examples` of a `request` and `arguments`. No tool is called.
/// - `routing`: ``Agent/decide(_:choices:examples:)`` with `choices`, and `examples` of a `question` and a `choice`.
/// - `memory`: ``Agent/reply(to:onPiece:)``, once the texts of the case's `store` were remembered.
///
/// What comes out passes when it fits `expected`: an object asks for its keys and allows others, any other value for
/// itself (`3` and `3.0` are the same). Instead of a value may stand an object with one or both of `$contains` and `$lacks`
/// (texts that must, and must not, occur; one or a list; case and accents make no difference), or with `$any_of` (a list
/// of expectations).
public struct EvalDataset: Sendable {
    /// What the agent does with a group's inputs.
    enum Task: Sendable {
        case structured(Schema, [Example])
        case tool(ToolBox)
        case routing([String], [(question: String, choice: String)])
        case memory
    }

    /// Cases of one kind.
    public struct Group: Sendable {
        /// What the report calls it.
        public let name: String
        /// The share of cases that must pass, from 0 to 1.
        public let threshold: Double
        /// The cases.
        public internal(set) var cases: [Case]
        let task: Task
    }

    /// One question, and what should come out.
    public struct Case: Sendable {
        /// Its name within the group.
        public let id: String
        /// What the agent is asked.
        public let input: String
        /// What is remembered before.
        public let store: [String]
        /// What should come out.
        public let expected: JSONValue
    }

    /// The groups, in order.
    public internal(set) var groups: [Group]

    /// Reads a dataset.
    ///
    /// - Parameters:
    ///   - text: JSON, as in the type's description.
    ///   - tools: Those that a group can name.
    /// - Throws: ``EvalError``, which names the group and the case.
    public init(parsing text: String, tools: ToolBox = []) throws(EvalError) {
        let json: JSONValue
        do { json = try JSONValue(parsing: text) } catch { throw EvalError("no JSON: \(error)") }
        groups = []
        for (index, group) in try json.list("groups", in: "dataset").enumerated() {
            groups.append(try Group(group, "group \(index + 1)", tools))
        }
        guard !groups.isEmpty else { throw EvalError("groups: there is none. Write at least one.") }
        if let name = groups.map(\.name).firstDuplicate {
            throw EvalError("the group \(name) stands twice. Rename one.")
        }
    }

    /// The dataset's cases of these groups and ids; `nil` for all.
    ///
    /// - Throws: ``EvalError`` for a name that there isn't.
    public func filtered(groups names: [String]?, cases ids: [String]?) throws(EvalError) -> EvalDataset {
        var result = self
        if let names {
            for name in names where !groups.contains(where: { $0.name == name }) {
                let known = groups.map(\.name).joined(separator: ", ")
                throw EvalError("\(name): no such group. There are: \(known).")
            }
            result.groups.removeAll { !names.contains($0.name) }
        }
        if let ids {
            for id in ids where !result.groups.contains(where: { $0.cases.contains { $0.id == id } }) {
                throw EvalError("\(id): no such case. The dataset lists them.")
            }
            for index in result.groups.indices { result.groups[index].cases.removeAll { !ids.contains($0.id) } }
            result.groups.removeAll(where: \.cases.isEmpty)
        }
        return result
    }
}

/// What is wrong with a dataset.
public struct EvalError: Error, Sendable, Hashable, CustomStringConvertible {
    /// The group and the case, what is wrong there, and what to write.
    public let description: String
    init(_ description: String) { self.description = description }
}

extension EvalDataset.Group {
    fileprivate init(_ json: JSONValue, _ place: String, _ tools: ToolBox) throws(EvalError) {
        name = try json.text("name", in: place)
        guard let threshold = json["threshold"]?.number, (0...1).contains(threshold) else {
            throw EvalError("\(name): threshold: must be a number in 0…1.")
        }
        self.threshold = threshold
        let name = name
        switch try json.text("task", in: name) {
        case "structured":
            let examples = try json.list("examples", in: name, isOptional: true).map { json throws(EvalError) in
                guard let answer = json["answer"] else { throw EvalError("\(name): examples: an answer is missing.") }
                return Example(try json.text("question", in: name), answer)
            }
            task = .structured(try Schema(checking: try json.text("schema", in: name), in: name), examples)
        case "tool":
            let tools = try json.list("tools", in: name).map { json throws(EvalError) in
                try DeclaredTool.tool(json, in: name, known: tools)
            }
            if let twice = tools.map(\.name).firstDuplicate {
                throw EvalError("\(name): the tool \(twice) stands twice.")
            }
            guard !tools.isEmpty else { throw EvalError("\(name): tools: there is none. Name at least one.") }
            task = .tool(ToolBox(tools))
        case "routing":
            let choices = try json.list("choices", in: name).compactMap(\.string)
            guard !choices.isEmpty, choices.firstDuplicate == nil else {
                throw EvalError("\(name): choices: must be one or more distinct texts.")
            }
            task = .routing(
                choices,
                try json.list("examples", in: name, isOptional: true).map { json throws(EvalError) in
                    let choice = try json.text("choice", in: name)
                    guard choices.contains(choice) else {
                        throw EvalError("\(name): examples: \(choice) is no choice.")
                    }
                    return (try json.text("question", in: name), choice)
                }
            )
        case "memory": task = .memory
        case let other: throw EvalError("\(name): task: \(other) is none of structured, tool, routing, memory.")
        }
        cases = []
        for (index, json) in try json.list("cases", in: name).enumerated() {
            let id = try json.text("id", in: "\(name): case \(index + 1)")
            let place = "\(name)/\(id)"
            guard let expected = json["expected"] else { throw EvalError("\(place): expected: is missing.") }
            try Expectation.check(expected, in: place)
            let store = try json.list("store", in: place, isOptional: true).compactMap(\.string)
            let input = try json.text("input", in: place)
            cases.append(EvalDataset.Case(id: id, input: input, store: store, expected: expected))
        }
        if let id = cases.map(\.id).firstDuplicate { throw EvalError("\(name)/\(id): stands twice. Rename one.") }
        guard !cases.isEmpty else { throw EvalError("\(name): cases: there is none. Write at least one.") }
    }
}

/// A tool that a model can ask for, and that nobody calls.
private struct DeclaredTool: Tool {
    struct Arguments: Decodable {}

    let name: String
    let description: String
    let parameters: Schema
    let examples: [ToolExample]

    func call(_ arguments: Arguments) -> JSONValue { .null }

    static func tool(_ json: JSONValue, in group: String, known: ToolBox) throws(EvalError) -> any Tool {
        if let name = json.string {
            guard let tool = known[name] else {
                throw EvalError(
                    "\(group): tools: there is no tool \(name). Declare it with name, description, parameters."
                )
            }
            return tool
        }
        let name = try json.text("name", in: "\(group): tools")
        let place = "\(group): tool \(name)"
        let parameters = try Schema(checking: try json.text("parameters", in: place), in: place)
        let examples = try json.list("examples", in: place, isOptional: true).map { json throws(EvalError) in
            let example = ToolExample(try json.text("request", in: place), arguments: json["arguments"]?.object ?? [:])
            do { try parameters.validate(.object(example.arguments)) } catch {
                throw EvalError("\(place): examples: \(error).")
            }
            return example
        }
        let description = try json.text("description", in: place)
        return DeclaredTool(name: name, description: description, parameters: parameters, examples: examples)
    }
}

extension Schema {
    fileprivate init(checking notation: String, in place: String) throws(EvalError) {
        do { self = try Schema(parsing: notation) } catch { throw EvalError("\(place): \(error)") }
    }
}

extension JSONValue {
    fileprivate func text(_ key: String, in place: String) throws(EvalError) -> String {
        guard let text = self[key]?.string else { throw EvalError("\(place): \(key): must be a text.") }
        return text
    }

    fileprivate func list(_ key: String, in place: String, isOptional: Bool = false) throws(EvalError) -> [JSONValue] {
        if isOptional, self[key] == nil { return [] }
        guard let list = self[key]?.array else { throw EvalError("\(place): \(key): must be a list.") }
        return list
    }
}

extension [String] {
    fileprivate var firstDuplicate: String? {
        var seen: Set<String> = []
        return first { !seen.insert($0).inserted }
    }
}
