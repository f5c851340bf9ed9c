/// Why a log could not be read, or a question about it not be answered.
public struct LogError: Error, Sendable, Hashable, CustomStringConvertible {
    /// The kind of failure, to switch on.
    public enum Code: Sendable, Hashable {
        /// There is no such file.
        case noSuchFile
        /// The path is a folder.
        case notAFile
        /// The system doesn't let us read.
        case notReadable
        /// No span or trace of the log fits what was asked for.
        case notFound
        /// More than one span or trace fits what was asked for.
        case ambiguous
        /// What was asked for is not an id, a time or whatever it should be.
        case invalidArgument
    }

    /// The kind of failure.
    public var code: Code
    /// What was wrong with what, and what to do next.
    public var message: String

    /// A failure of this kind with this message.
    public init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    /// The message.
    public var description: String { message }
}
