public import Telemetry

/// What came of a dataset's cases.
public struct EvalReport: Sendable {
    /// What came of one case.
    public struct Result: Sendable {
        /// The case's name within its group.
        public let id: String
        /// What the agent was asked.
        public let input: String
        /// What should have come out.
        public let expected: JSONValue
        /// What came out; `nil` when nothing did.
        public internal(set) var actual: JSONValue?
        /// Why there is no valid answer; `nil` if there is.
        public internal(set) var error: String?
        /// Whether the answer had the form that it must have.
        public internal(set) var isValid = false
        /// Whether it was as expected.
        public internal(set) var isPassed = false
        /// How long it took, with all attempts.
        public internal(set) var duration = Duration.zero
    }

    /// What came of a group's cases.
    public struct Group: Sendable {
        /// The group's name.
        public let name: String
        /// The share of cases that must pass.
        public let threshold: Double
        /// The cases, in order.
        public let results: [Result]

        /// How many cases had a valid answer.
        public var valid: Int { results.count(where: \.isValid) }
        /// How many cases came out as expected.
        public var passed: Int { results.count(where: \.isPassed) }
        /// The share of cases that passed.
        public var score: Double { results.isEmpty ? 0 : Double(passed) / Double(results.count) }
        /// Whether all answers were valid, and enough as expected.
        public var isPassed: Bool { valid == results.count && score >= threshold }
        /// The middle one of the cases' durations.
        public var medianDuration: Duration {
            results.map(\.duration).sorted().dropFirst(results.count / 2).first ?? .zero
        }
    }

    /// The groups, in order.
    public internal(set) var groups: [Group]

    /// Whether all groups passed.
    public var isPassed: Bool { groups.allSatisfy(\.isPassed) }
}

extension EvalReport: CustomStringConvertible {
    /// A block of text to print: a line for each group, then the cases that came out otherwise.
    public var description: String {
        let rule = String(repeating: "=", count: 72)
        func row(_ name: String, _ columns: String...) -> String {
            let widths = [7, 7, 8, 9, 11, 9]
            let name = String(name.prefix(20))
            return zip(widths, columns).reduce(name + String(repeating: " ", count: 20 - name.count)) { line, column in
                line + String(repeating: " ", count: max(1, column.0 - column.1.count)) + column.1
            }
        }
        var lines = [rule, "EVAL SUMMARY", rule, row("Group", "Cases", "Valid", "Passed", "Score", "Threshold", "p50")]
        for group in groups {
            lines.append(
                row(
                    JSONValue.string(group.name).unquoted,
                    "\(group.results.count)",
                    "\(group.valid)",
                    "\(group.passed)",
                    Self.percent(group.score),
                    Self.percent(group.threshold),
                    group.medianDuration.summary
                ) + (group.isPassed ? "" : "  ✗")
            )
        }
        lines.append(rule)
        for group in groups {
            for result in group.results where !result.isPassed {
                lines.append("\(JSONValue.string(group.name + "/" + result.id).unquoted)")
                lines.append("  expected \(result.expected.excerpt)")
                lines.append(
                    "  found    \(result.error.map { JSONValue.string($0).unquoted } ?? result.actual?.excerpt ?? "nothing")"
                )
            }
        }
        return lines.joined(separator: "\n")
    }

    /// The report as JSON: `{"passed": …, "groups": [{"name": …, "cases": [{"id": …, "valid": …, "score": …}]}]}`.
    public var json: JSONValue {
        [
            "passed": .bool(isPassed),
            "groups": .array(
                groups.map { group in
                    [
                        "name": .string(group.name), "score": .number(group.score),
                        "threshold": .number(group.threshold), "passed": .bool(group.isPassed),
                        "cases": .array(group.results.map(\.json)),
                    ]
                }
            ),
        ]
    }

    private static func percent(_ share: Double) -> String {
        let tenths = Int(share * 1000 + 0.5)
        return "\(tenths / 10).\(tenths % 10)%"
    }
}

extension EvalReport.Result {
    fileprivate var json: JSONValue {
        var object: JSONObject = [
            "id": .string(id), "input": .string(input), "expected": expected, "valid": .bool(isValid),
            "score": .integer(isPassed ? 1 : 0),
        ]
        object["actual"] = actual
        object["error"] = error
        object["duration_ms"] = Double(duration / .microseconds(1)) / 1000
        return .object(object)
    }
}

extension JSONValue {
    /// A string without what could act on a terminal.
    fileprivate var unquoted: String { String(description.dropFirst().dropLast()) }
}
