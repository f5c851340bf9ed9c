public import Telemetry

/// Something that an agent can do for a model: compute, look up, act.
///
/// For example:
/// ```swift
/// struct Weather: Tool {
///     struct Arguments: Decodable { var city: String }
///
///     let name = "weather"
///     let description = "Tells the temperature in a city, in degrees Celsius."
///     let parameters: Schema = #"{"city": string 1..80}"#
///
///     func call(_ arguments: Arguments) async throws -> Double { try await temperature(in: arguments.city) }
/// }
/// ```
///
/// A tool is called with arguments that fit ``parameters``, and may be called by several tasks at once. The model
/// chooses the arguments, and what it read may have been written by an attacker: check what could do harm.
public protocol Tool: Sendable {
    /// What the model's arguments are decoded to.
    associatedtype Arguments: Decodable
    /// What the tool returns: `JSONValue`, `String`, `Double`, a list of these, or a type of your own.
    associatedtype Output: JSONRepresentable

    /// What the model and the log call the tool.
    var name: String { get }
    /// What the tool does, in a sentence for the model.
    var description: String { get }
    /// The shape of the arguments: an object.
    var parameters: Schema { get }
    /// Requests with the arguments that are right for them: small models need one or two.
    var examples: [ToolExample] { get }

    /// Does the work.
    ///
    /// - Throws: Any error, which becomes a ``ToolError`` of code ``ToolError/Code/failed``. Say what was wrong in words
    ///   that help the model to do better. `CancellationError` when the task was cancelled.
    func call(_ arguments: Arguments) async throws -> Output
}

extension Tool {
    /// No examples.
    public var examples: [ToolExample] { [] }
}

/// A request that a tool is right for, for the model to go by.
public struct ToolExample: Sendable, Hashable {
    /// What a user would say.
    public var request: String
    /// What the tool should then be called with.
    public var arguments: JSONObject

    /// A request with the right arguments.
    public init(_ request: String, arguments: JSONObject) {
        self.request = request
        self.arguments = arguments
    }
}

/// A model's wish to use a tool.
public struct ToolRequest: Sendable, Hashable {
    /// The tool's name.
    public var tool: String
    /// The arguments, unchecked.
    public var arguments: JSONObject

    /// A request to call `tool`.
    public init(tool: String, arguments: JSONObject = [:]) {
        self.tool = tool
        self.arguments = arguments
    }
}

extension ToolRequest: JSONRepresentable {
    /// `{"tool": …, "arguments": {…}}`.
    public var json: JSONValue { ["tool": .string(tool), "arguments": .object(arguments)] }

    /// The request, if `json` is an object with a text at `tool` and an object at `arguments`.
    public init?(json: JSONValue) {
        guard let tool = json["tool"]?.string, let arguments = json["arguments"]?.object else { return nil }
        self.init(tool: tool, arguments: arguments)
    }
}
