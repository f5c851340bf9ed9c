import Synchronization
import Telemetry
import Testing

@testable import Agent

@Suite struct ToolBoxTests {
    struct Failure: Error, CustomStringConvertible {
        let description = "the service is down"
    }

    /// Does what the test says, and counts its calls.
    final class Probe: Tool {
        struct Arguments: Decodable { var text: String; var limit: Int? }
        let name: String
        let description = "A probe."
        let parameters: Schema
        let calls = Atomic(0)
        let body: @Sendable (Arguments) async throws -> String

        init(
            _ name: String = "probe",
            parameters: Schema = #"{"text": string 1..20, "limit"?: integer 1..10}"#,
            body: @escaping @Sendable (Arguments) async throws -> String = { "\($0.text) \($0.limit ?? 0)" }
        ) {
            self.name = name
            self.parameters = parameters
            self.body = body
        }

        func call(_ arguments: Arguments) async throws -> String {
            calls.add(1, ordering: .relaxed)
            return try await body(arguments)
        }
    }

    @Test func `a tool gets typed arguments, and its result is JSON`() async throws {
        let tools: ToolBox = [Calculator(), Probe()]
        let result = try await tools.call(ToolRequest(tool: "probe", arguments: ["text": "a\"\n😀", "limit": 3]))
        #expect(result == "a\"\n😀 3")
    }

    @Test func `an unknown tool is an error that names the known ones`() async throws {
        let tools: ToolBox = [Calculator(), Probe()]
        let error = try await #require(throws: ToolError.self) { try await tools.call(ToolRequest(tool: "Calculator")) }
        #expect(error.code == .unknownTool && error.tool == "Calculator")
        #expect(error.message == "Calculator: no such tool. The tools are: calculator, probe.")
        let none = try await #require(throws: ToolError.self) { try await ToolBox().call(ToolRequest(tool: "x")) }
        #expect(none.message == "x: no such tool. There are no tools.")
    }

    @Test(
        arguments: [
            ([:], "$.text: expected string 1..20, found nothing"), (["text": ""], "0 characters"),
            (["text": 1], "$.text: expected string 1..20, found 1"),
            (["text": "a", "limit": 11], "integer 1..10, found 11"),
            (["text": "a", "Limit": 1], "no other keys"), (["text": nil], "found null"),
        ] as [(JSONObject, String)]
    )
    func `arguments that don't fit never reach the tool`(_ arguments: JSONObject, _ message: String) async throws {
        let probe = Probe()
        let error = try await #require(throws: ToolError.self) {
            try await ToolBox([probe]).call(ToolRequest(tool: "probe", arguments: arguments))
        }
        #expect(error.code == .invalidArguments && error.underlyingError is SchemaViolation)
        #expect(error.message.hasPrefix("probe: invalid arguments: ") && error.message.contains(message), "\(error)")
        #expect(error.message.hasSuffix("The arguments are: \(probe.parameters)."))
        #expect(probe.calls.load(ordering: .relaxed) == 0)
    }

    @Test func `arguments that fit the schema but not the type are invalid, too`() async throws {
        let probe = Probe(parameters: #"{"text": string | integer}"#)
        let error = try await #require(throws: ToolError.self) {
            try await ToolBox([probe]).call(ToolRequest(tool: "probe", arguments: ["text": 5]))
        }
        #expect(error.code == .invalidArguments && error.underlyingError is DecodingError)
        #expect(error.message.contains("$.text: expected a string, found 5"))
        #expect(probe.calls.load(ordering: .relaxed) == 0)
    }

    @Test func `what a tool throws becomes a failure with the tool's words`() async throws {
        let tools: ToolBox = [Probe { _ in throw Failure() }]
        let error = try await #require(throws: ToolError.self) {
            try await tools.call(ToolRequest(tool: "probe", arguments: ["text": "a"]))
        }
        #expect(error.code == .failed && error.underlyingError is Failure)
        #expect(error.message == "probe: the service is down")
    }

    @Test func `cancellation passes through, whatever the tool throws then`() async throws {
        for error in [CancellationError(), Failure()] as [any Error] {
            let tools: ToolBox = [
                Probe { _ in
                    try? await Task.sleep(for: .seconds(60))
                    throw error
                }
            ]
            let task = Task { try await tools.call(ToolRequest(tool: "probe", arguments: ["text": "a"])) }
            task.cancel()
            await #expect(throws: CancellationError.self) { try await task.value }
        }
    }

    @Test func `a cancelled task calls no tool`() async throws {
        let probe = Probe()
        let task = Task {
            withUnsafeCurrentTask { $0?.cancel() }
            return try await ToolBox([probe]).call(ToolRequest(tool: "probe", arguments: ["text": "a"]))
        }
        await #expect(throws: CancellationError.self) { try await task.value }
        #expect(probe.calls.load(ordering: .relaxed) == 0)
    }

    @Test func `the request schema has each tool with its own arguments`() throws {
        let tools: ToolBox = [Probe("a", parameters: #"{"n": int}"#), Probe("b \"quoted\"\n", parameters: "{}")]
        let schema = try #require(tools.requestSchema)
        #expect(
            schema.description
                == #"{"tool": "a", "arguments": {"n": integer}} | {"tool": "b \"quoted\"\n", "arguments": {}}"#
        )
        #expect(throws: Never.self) { try schema.validate(ToolRequest(tool: "a", arguments: ["n": 1]).json) }
        #expect(throws: SchemaViolation.self) { try schema.validate(ToolRequest(tool: "a").json) }
        #expect(ToolBox().requestSchema == nil)
        let grammar = try GrammarMatcher(schema.grammar)
        #expect(grammar.matches(#"{"tool": "a", "arguments": {"n": 1}}"#))
        #expect(!grammar.matches(#"{"tool": "a", "arguments": {}}"#))
    }

    @Test func `a request survives the way through JSON`() {
        let request = ToolRequest(tool: "a", arguments: ["x": [1, nil], "": "\""])
        #expect(ToolRequest(json: request.json) == request)
        for json in [nil, [:], ["tool": "a"], ["tool": 1, "arguments": [:]], ["tool": "a", "arguments": []]]
            as [JSONValue]
        {
            #expect(ToolRequest(json: json) == nil)
        }
    }
}
