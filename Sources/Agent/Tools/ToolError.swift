/// Why a tool request could not be fulfilled.
public struct ToolError: Error, Sendable {
    /// The kind of failure, to switch on.
    public struct Code: Sendable, Hashable, CustomStringConvertible {
        /// The code's name.
        public let description: String

        /// There is no tool of that name.
        public static let unknownTool = Code(description: "unknownTool")
        /// The arguments don't fit the tool's parameters; it was not called.
        public static let invalidArguments = Code(description: "invalidArguments")
        /// The tool was called and threw an error.
        public static let failed = Code(description: "failed")
    }

    /// The kind of failure.
    public var code: Code
    /// The name of the tool that was requested.
    public var tool: String
    /// What was wrong with what, and what to do next, in words that the model can be shown, too.
    public var message: String
    /// What the tool threw, or what was wrong with the arguments.
    public var underlyingError: (any Error)?

    init(_ code: Code, tool: String, _ message: String, underlyingError: (any Error)? = nil) {
        self.code = code
        self.tool = tool
        self.message = "\(tool): \(message)"
        self.underlyingError = underlyingError
    }
}

extension ToolError: CustomStringConvertible {
    /// The message.
    public var description: String { message }
}
