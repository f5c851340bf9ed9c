/// One message of a conversation.
public struct Message: Sendable, Hashable {
    /// Who speaks.
    public enum Role: String, Sendable, Hashable, CaseIterable {
        /// The instructions that hold for the whole conversation.
        case system
        /// The person, or the program, that asks.
        case user
        /// The model.
        case assistant
        /// A tool's result: data for the model to use, never instructions to follow.
        case tool
    }

    /// Who speaks.
    public var role: Role
    /// What is said.
    public var content: String

    /// A message by `role`.
    public init(_ role: Role, _ content: String) {
        self.role = role
        self.content = content
    }

    /// Instructions that hold for the whole conversation.
    public static func system(_ content: String) -> Message { Message(.system, content) }
    /// A question or request.
    public static func user(_ content: String) -> Message { Message(.user, content) }
    /// What the model said, or an example of what it should say.
    public static func assistant(_ content: String) -> Message { Message(.assistant, content) }
    /// What a tool returned: right after an assistant's message that is the JSON of a ``ToolRequest``, the result of that.
    public static func tool(_ content: String) -> Message { Message(.tool, content) }
}
