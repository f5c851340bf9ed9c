public import Telemetry

/// The tools that an agent has.
///
/// For example:
/// ```swift
/// let tools: ToolBox = [Calculator()]
/// let result = try await tools.call(ToolRequest(tool: "calculator", arguments: ["a": 42, "b": 7, "operation": "multiply"]))
/// ```
public struct ToolBox: Sendable {
    /// The tools, in the order given.
    public let tools: [any Tool]

    /// A box of `tools`.
    ///
    /// - Precondition: Their names are distinct.
    public init(_ tools: [any Tool] = []) {
        var names: Set<String> = []
        for tool in tools {
            precondition(names.insert(tool.name).inserted, "two tools are named \(tool.name). Rename one")
        }
        self.tools = tools
    }

    /// The tool of that name.
    public subscript(name: String) -> (any Tool)? { tools.first { $0.name == name } }

    /// The shape of a request for one of the tools, each with its own parameters; `nil` when there are no tools.
    ///
    /// For example, `{"tool": "calculator", "arguments": {"a": number, …}} | {"tool": "search", …}`.
    public var requestSchema: Schema? {
        guard !tools.isEmpty else { return nil }
        return .anyOf(
            tools.map { tool in
                .object([.required("tool", .literal(.string(tool.name))), .required("arguments", tool.parameters)])
            }
        )
    }

    /// Checks that there is such a tool and that the arguments fit its parameters, without calling it.
    ///
    /// - Throws: ``ToolError`` of code ``ToolError/Code/unknownTool`` or ``ToolError/Code/invalidArguments``.
    public func check(_ request: ToolRequest) throws(ToolError) { try check(request, except: []) }

    /// Checks all but the arguments `open`, which aren't known yet.
    func check(_ request: ToolRequest, except open: Set<String>) throws(ToolError) {
        let tool = try tool(of: request)
        var (schema, arguments) = (tool.parameters, request.arguments)
        if case .object(let properties) = schema.kind {
            // What isn't known may be anything, but not an argument that the tool hasn't got.
            for property in properties where open.contains(property.name) {
                arguments[property.name] = nil as JSONValue?
            }
            schema = .object(properties.filter { !open.contains($0.name) })
        } else if !open.isEmpty {
            return
        }
        do {
            try schema.validate(.object(arguments))
        } catch {
            throw .invalidArguments(of: tool, error)
        }
    }

    private func tool(of request: ToolRequest) throws(ToolError) -> any Tool {
        if let tool = self[request.tool] { return tool }
        let names = tools.map(\.name).joined(separator: ", ")
        let remedy = names.isEmpty ? "There are no tools." : "The tools are: \(names)."
        throw ToolError(.unknownTool, tool: request.tool, "no such tool. \(remedy)")
    }

    /// Calls the requested tool, once the arguments have been checked.
    ///
    /// - Throws: ``ToolError``; `CancellationError` when the task was cancelled, whatever the tool then threw.
    public func call(_ request: ToolRequest) async throws -> JSONValue {
        try await run(try tool(of: request), request)
    }

    private func run<SomeTool: Tool>(_ tool: SomeTool, _ request: ToolRequest) async throws -> JSONValue {
        let arguments: SomeTool.Arguments
        do {
            try tool.parameters.validate(.object(request.arguments))
            arguments = try JSONValueDecoder().decode(from: .object(request.arguments))
        } catch {
            throw ToolError.invalidArguments(of: tool, error)
        }
        try Task.checkCancellation()
        do {
            return try await tool.call(arguments).json
        } catch {
            if Task.isCancelled { throw CancellationError() }
            // A tool may cancel work of its own, at a time limit: that is its failure, and not the caller's wish.
            let reason = error is CancellationError ? "was cancelled from within" : "\(error)"
            throw ToolError(.failed, tool: tool.name, reason, underlyingError: error)
        }
    }
}

extension ToolBox: ExpressibleByArrayLiteral {
    /// A box of these tools.
    public init(arrayLiteral tools: any Tool...) { self.init(tools) }
}

extension ToolError {
    fileprivate static func invalidArguments(of tool: any Tool, _ error: any Error) -> ToolError {
        let reason = (error as? DecodingError)?.words ?? "\(error)"
        return ToolError(
            .invalidArguments,
            tool: tool.name,
            "invalid arguments: \(reason). The arguments are: \(tool.parameters).",
            underlyingError: error
        )
    }
}

extension DecodingError {
    /// Path and reason, without the noise of the type's own description.
    var words: String {
        switch self {
        case .typeMismatch(_, let context), .valueNotFound(_, let context), .keyNotFound(_, let context),
            .dataCorrupted(let context):
            let path = context.codingPath.reduce("$") { path, key in
                path + (key.intValue.map { "[\($0)]" } ?? ".\(key.stringValue)")
            }
            return "\(path): \(context.debugDescription)"
        @unknown default: return "\(self)"
        }
    }
}
