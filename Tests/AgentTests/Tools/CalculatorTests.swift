import Telemetry
import Testing

@testable import Agent

@Suite struct CalculatorTests {
    let tools: ToolBox = [Calculator()]

    private func compute(_ a: JSONValue, _ operation: String, _ b: JSONValue) async throws -> JSONValue {
        let arguments: JSONObject = ["a": a, "b": b, "operation": .string(operation)]
        return try await tools.call(ToolRequest(tool: "calculator", arguments: arguments))
    }

    @Test(
        arguments: [
            (42, "multiply", 7, 294), (2, "add", 3, 5), (2, "subtract", 3, -1), (6, "divide", 3, 2),
            (6, "divide", 4, 1.5),
            (0.5, "add", 0.5, 1), (42.0, "multiply", 7, 294), (-7, "divide", 2, -3.5), (0, "divide", 5, 0),
            (123_456_789, "multiply", 987_654_321, 121_932_631_112_635_269),
            (.integer(.max), "subtract", 1, .integer(.max - 1)),
            (.integer(.max), "add", 1, 9.223372036854775807e18),
            (.integer(.min), "divide", -1, 9.223372036854775808e18),
            (1e200, "multiply", 1e100, 1e300), (0.1, "add", 0.2, 0.30000000000000004),
        ] as [(JSONValue, String, JSONValue, JSONValue)]
    )
    func `computes`(_ a: JSONValue, _ operation: String, _ b: JSONValue, _ result: JSONValue) async throws {
        #expect(try await compute(a, operation, b) == result)
    }

    @Test(
        arguments: [
            (42, "divide", 0, "division of 42.0 by zero"), (42, "divide", -0.0, "by zero"), (0, "divide", 0, "by zero"),
            (1e300, "multiply", 1e300, "too large"),
        ] as [(JSONValue, String, JSONValue, String)]
    )
    func `has no result for`(_ a: JSONValue, _ operation: String, _ b: JSONValue, _ message: String) async throws {
        let error = try await #require(throws: ToolError.self) { try await compute(a, operation, b) }
        #expect(error.code == .failed && error.underlyingError is CalculatorError)
        #expect(error.message.hasPrefix("calculator: ") && error.message.contains(message), "\(error)")
    }

    @Test func `the parameters are the lesson's`() throws {
        let lesson: JSONValue = ["a": 42, "b": 7, "operation": "multiply"]
        try Calculator().parameters.validate(lesson)
        #expect(Set(Calculator().parameters.propertyNames) == ["a", "b", "operation"])
    }

    @Test func `the examples fit the parameters, and are right`() async throws {
        let results = [42, 76, 54, 12]
        #expect(Calculator().examples.count == results.count)
        for (example, result) in zip(Calculator().examples, results) {
            let request = ToolRequest(tool: "calculator", arguments: example.arguments)
            #expect(try await ToolBox([Calculator()]).call(request) == .integer(result), "\(example.request)")
        }
    }
}

extension Schema {
    fileprivate var propertyNames: [String] {
        guard case .object(let properties) = kind else { return [] }
        return properties.map(\.name)
    }
}
