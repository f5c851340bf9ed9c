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
    }

    /// The kind of failure.
    public var code: Code
    /// What was wrong with what, and what to do next.
    public var message: String

    /// A failure of the kind `code`.
    public init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }
}

extension ModelError: CustomStringConvertible {
    /// The message.
    public var description: String { message }
}
