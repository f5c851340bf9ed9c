import Telemetry

/// The form in which a model writes plans: steps by number, of which each knows only those before it.
enum PlanForm {
    /// `{"1": {"action": …, "inputs": {…}}, "2"?: {"action": …, "inputs": {…}, "depends_on": ["1"]} …}`.
    static func schema(_ tools: ToolBox, maxSteps: Int) -> Schema {
        .object(
            (1...maxSteps).map { number in
                let earlier = (1..<number).map { "\($0)" }
                let step = Schema.anyOf(tools.tools.map { self.step(of: $0, after: earlier) })
                return number == 1 ? .required("1", step) : .optional("\(number)", step)
            }
        )
    }

    private static func step(of tool: any Tool, after earlier: [String]) -> Schema {
        var properties: [Schema.Property] = [.required("action", .literal(.string(tool.name)))]
        guard !earlier.isEmpty else {
            return .object(properties + [.required("inputs", tool.parameters)])
        }
        let ids = Schema.oneOf(earlier.map(JSONValue.string))
        properties.append(.required("inputs", tool.parameters.accepting(.object([.required("result_of", ids)]))))
        properties.append(.required("depends_on", .array(of: ids, count: 0...earlier.count)))
        return .object(properties)
    }

    /// The plan that a value of that form stands for.
    static func plan(_ goal: String, _ value: JSONValue) -> Plan {
        let steps = (value.object ?? [:]).map { id, step in
            Plan.Step(
                id: id,
                action: step["action"]?.string ?? "",
                inputs: step["inputs"]?.object ?? [:],
                dependsOn: step["depends_on"]?.array?.compactMap(\.string) ?? []
            )
        }
        return Plan(goal: goal, steps: steps)
    }
}

extension Schema {
    /// An object's schema, with `other` as an alternative to each of its values.
    fileprivate func accepting(_ other: Schema) -> Schema {
        guard case .object(let properties) = kind else { return self }
        return .object(
            properties.map { property in
                var property = property
                property.schema = .anyOf([property.schema, other])
                return property
            }
        )
    }
}
