/// Why a recorder could not be made.
///
/// Once it is made, recording never throws.
public struct TelemetryError: Error, Sendable, Hashable, CustomStringConvertible {
    /// The kind of failure, to switch on.
    public enum Code: Sendable, Hashable {
        /// The log's folder doesn't exist.
        case noSuchFolder
        /// The log's path is a folder, or a FIFO that nobody reads.
        case notAFile
        /// The system doesn't let us make, open or repair the log.
        case notWritable
    }

    /// The kind of failure.
    public var code: Code
    /// What was wrong with which path, and what to do next.
    public var message: String

    init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    /// The message.
    public var description: String { message }
}
