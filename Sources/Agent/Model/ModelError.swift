/// Why a model could not be loaded or could not answer.
public struct ModelError: Error, Sendable, Hashable {
    /// The kind of failure, to switch on.
    public struct Code: Sendable, Hashable, CustomStringConvertible {
        /// The code's name.
        public let description: String

        /// A code of your own model's.
        public init(_ description: String) { self.description = description }

        /// There is no file at the model's path, or it can't be read.
        public static let modelNotFound = Code("modelNotFound")
        /// The file is not in the GGUF format.
        public static let notAModel = Code("notAModel")
        /// The file begins as a model but llama.cpp can't load it: it is cut off, damaged, or of an unknown kind.
        public static let damagedModel = Code("damagedModel")
        /// There was nothing to answer.
        public static let emptyPrompt = Code("emptyPrompt")
        /// The prompt has more tokens than the context has room for.
        public static let promptTooLong = Code("promptTooLong")
        /// An option is outside its range, or its schema can't be followed.
        public static let invalidOptions = Code("invalidOptions")
        /// The model failed while it worked.
        public static let generationFailed = Code("generationFailed")
        /// A remote model's base URL can't be used, or its API key isn't where it should be.
        public static let invalidServer = Code("invalidServer")
        /// There is no connection to a remote model's server.
        public static let serverUnreachable = Code("serverUnreachable")
        /// The connection to a remote model's server broke.
        public static let connectionLost = Code("connectionLost")
        /// A remote model's server took longer than it may.
        public static let timedOut = Code("timedOut")
        /// The server wants another API key (401, 403).
        public static let unauthorized = Code("unauthorized")
        /// The server has had too many requests (429).
        public static let rateLimited = Code("rateLimited")
        /// The server doesn't take the request (the other statuses below 500).
        public static let requestRejected = Code("requestRejected")
        /// The server failed (5xx).
        public static let serverFailed = Code("serverFailed")
        /// What came isn't a stream of chat completions.
        public static let malformedResponse = Code("malformedResponse")
        /// The model refused to answer.
        public static let refused = Code("refused")
    }

    /// The kind of failure.
    public var code: Code
    /// What was wrong with what, and what to do next.
    public var message: String
    /// What the model had said until then; `nil` where that is nothing.
    public var partialText: String?

    /// A failure of the kind `code`.
    public init(_ code: Code, _ message: String, partialText: String? = nil) {
        self.code = code
        self.message = message
        self.partialText = partialText
    }
}

extension ModelError: CustomStringConvertible {
    /// The message.
    public var description: String { message }
}
