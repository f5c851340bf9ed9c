public import Telemetry

/// What to do to reach a goal: actions, and which of them need others to be done first.
///
/// A plan is data: an agent makes one with ``Agent/plan(_:maxSteps:)``, a program writes one, and both go through JSON:
/// ```json
/// {"goal": "…", "steps": [
///     {"id": "1", "action": "calculator", "inputs": {"operation": "add", "a": 1, "b": 2}, "depends_on": []},
///     {"id": "2", "action": "calculator", "inputs": {"operation": "multiply", "a": {"result_of": "1"}, "b": 7}}]}
/// ```
/// An input `{"result_of": ID}` stands for the result of another step, on which the step then depends.
public struct Plan: Sendable, Hashable, Codable {
    /// One action of a plan.
    public struct Step: Sendable, Hashable, Codable, Identifiable {
        /// What other steps call it.
        public var id: String
        /// The name of the tool that does it.
        public var action: String
        /// What it is for, in words; may be empty.
        public var description: String
        /// What the tool gets: values, and results of other steps.
        public var inputs: JSONObject
        /// The ids of steps that must be done before, besides those whose results are inputs.
        public var dependsOn: [String]

        /// A step.
        public init(
            id: String,
            action: String,
            description: String = "",
            inputs: JSONObject = [:],
            dependsOn: [String] = []
        ) {
            self.id = id
            self.action = action
            self.description = description
            self.inputs = inputs
            self.dependsOn = dependsOn
        }

        enum CodingKeys: String, CodingKey {
            case id, action, description, inputs
            case dependsOn = "depends_on"
        }

        /// Decodes a step, of which all but `id` and `action` may be left out.
        public init(from decoder: any Decoder) throws {
            let container = try decoder.container(keyedBy: CodingKeys.self)
            id = try container.decode(String.self, forKey: .id)
            action = try container.decode(String.self, forKey: .action)
            description = try container.decodeIfPresent(String.self, forKey: .description) ?? ""
            inputs = try container.decodeIfPresent(JSONObject.self, forKey: .inputs) ?? [:]
            dependsOn = try container.decodeIfPresent([String].self, forKey: .dependsOn) ?? []
        }
    }

    /// What the plan is for.
    public var goal: String
    /// The steps, in an order for readers: dependencies alone decide when they are done.
    public var steps: [Step]

    /// A plan.
    public init(goal: String, steps: [Step]) {
        self.goal = goal
        self.steps = steps
    }
}

extension Plan: JSONRepresentable {
    /// The plan as in the type's example.
    public var json: JSONValue {
        let steps = steps.map { step -> JSONValue in
            [
                "id": .string(step.id), "action": .string(step.action), "description": .string(step.description),
                "inputs": .object(step.inputs), "depends_on": step.dependsOn.json,
            ]
        }
        return ["goal": .string(goal), "steps": .array(steps)]
    }

    /// The plan that `json` stands for; `nil` when it is none.
    public init?(json: JSONValue) {
        guard let plan = try? JSONValueDecoder().decode(Plan.self, from: json) else { return nil }
        self = plan
    }
}

extension Plan.Step {
    /// For each input that is another step's result, that step's id.
    var references: [(input: String, id: String)] {
        inputs.compactMap { key, value in Self.reference(value).map { (key, $0) } }
    }

    /// All that must be done before.
    var allDependencies: [String] { dependsOn + references.map(\.id) }

    /// The inputs with results in place.
    func inputs(with results: [String: JSONValue]) -> JSONObject {
        JSONObject(inputs.map { key, value in (key, Self.reference(value).flatMap { results[$0] } ?? value) })
    }

    private static func reference(_ value: JSONValue) -> String? {
        guard let object = value.object, object.count == 1 else { return nil }
        return object["result_of"]
    }
}

extension Plan {
    /// The steps' graph, once all that can be known before they run was checked: dependencies, actions, and inputs.
    func graph(with tools: ToolBox) throws -> DependencyGraph {
        let graph = try DependencyGraph(steps.map { ($0.id, $0.allDependencies) })
        for step in steps {
            let references = Set(step.references.map(\.input))
            try tools.check(ToolRequest(tool: step.action, arguments: step.inputs), except: references)
        }
        return graph
    }
}

/// What came of a plan.
public struct PlanResult: Sendable {
    /// What came of each step, by its id.
    public var outcomes: [String: DependencyGraph.Outcome<JSONValue>]
    /// The trace in which it was carried out.
    public var traceID: TraceID

    /// The results of the steps that were done, by their ids.
    public var results: [String: JSONValue] { outcomes.compactMapValues(\.value) }
    /// Whether all steps were done.
    public var isComplete: Bool { results.count == outcomes.count }
}
