public import Telemetry

/// A tool's name and inputs that fit it: nothing that doesn't can become an action.
public struct Action: Sendable, Hashable {
    /// The name of the tool.
    public let name: String
    /// What the tool gets.
    public let inputs: JSONObject

    /// Checks that there is such a tool and that the inputs fit its parameters.
    ///
    /// - Throws: ``ToolError`` of code ``ToolError/Code/unknownTool`` or ``ToolError/Code/invalidArguments``.
    public init(_ name: String, inputs: JSONObject = [:], of tools: ToolBox) throws(ToolError) {
        try tools.check(ToolRequest(tool: name, arguments: inputs))
        self.name = name
        self.inputs = inputs
    }
}

extension Agent {
    /// Performs an action.
    ///
    /// The span is an `action` with the inputs and the result, and a `tool_call` is within it.
    ///
    /// - Throws: ``AgentError`` of code ``AgentError/Code/tool``; `CancellationError` when the task was cancelled.
    public func execute(_ action: Action) async throws -> JSONValue {
        try await telemetry.withSpan(.action, name: action.name, data: ["inputs": .object(action.inputs)]) { span in
            let result = try await execute(ToolRequest(tool: action.name, arguments: action.inputs))
            span["result"] = result
            return result
        }
    }
}
