public import Telemetry

extension Agent {
    /// Lets the model choose a tool and its arguments, without calling it.
    ///
    /// Where there are several tools and the model is an ``EmbeddingModel``, the tool is the one whose description and
    /// examples the prompt is most like, as in ``decide(_:choices:examples:)``, and the model writes its arguments.
    ///
    /// The span is a `tool_request` with the tool and the arguments; each call of the model is an `llm_call` within it.
    ///
    /// - Throws: ``AgentError``; `CancellationError` when the task was cancelled.
    public func requestTool(_ prompt: String) async throws -> ToolRequest {
        try await telemetry.withSpan(.toolRequest) { span in
            let tools = try await likelyTools(for: prompt, in: span)
            guard let schema = tools.requestSchema else {
                throw AgentError(.tool, "the agent has no tools. Pass some when it is made.", in: span)
            }
            let messages = Prompts.toolRequest(prompt, tools: tools)
            let answer = try await ask(messages, schema: schema, in: span)
            guard let request = ToolRequest(json: answer) else {
                throw AgentError(.structuredOutput, "the answer \(answer) is no tool request.", in: span)
            }
            span.name = request.tool
            span["tool"] = request.tool
            span["arguments"] = request.arguments
            return request
        }
    }

    /// The one tool that the prompt's words point to, or all where that can't be told.
    private func likelyTools(for prompt: String, in span: ActiveSpan) async throws -> ToolBox {
        let alike = tools.tools.map { [$0.description] + $0.examples.map(\.request) }
        let index = try await mostAlike(prompt, among: alike, names: tools.tools.map(\.name), in: span)
        return index.map { ToolBox([tools.tools[$0]]) } ?? tools
    }

    /// Calls a tool.
    ///
    /// The span is a `tool_call` with the tool, the arguments, and the result or what went wrong: an unknown tool,
    /// arguments that don't fit, an error that the tool threw.
    ///
    /// - Throws: ``AgentError`` of code ``AgentError/Code/tool``, whose underlying error is a ``ToolError``;
    ///   `CancellationError` when the task was cancelled.
    public func execute(_ request: ToolRequest) async throws -> JSONValue {
        let data: JSONObject = ["tool": .string(request.tool), "arguments": .object(request.arguments)]
        return try await telemetry.withSpan(.toolCall, name: request.tool, data: data) { span in
            let result = try await failing(.tool, in: span) { try await tools.call(request) }
            span["result"] = result
            return result
        }
    }

    /// Lets the model choose a tool and its arguments, and calls it: ``requestTool(_:)`` and
    /// ``execute(_:)-(ToolRequest)`` in an `agent_step` named `tool`.
    ///
    /// - Returns: What the tool returned.
    /// - Throws: ``AgentError``; `CancellationError` when the task was cancelled.
    public func useTool(_ prompt: String) async throws -> JSONValue {
        try await step("tool") { _ in try await execute(requestTool(prompt)) }
    }
}
