/// What a line may say, and at what length: limits, capture and redaction together.
///
/// A class, because each line that is written looks at it: a reference costs nothing to pass on. The redaction lies behind
/// a pointer, because a structure of that size would be copied, with all that it refers to, each time it is asked.
///
/// `@unchecked Sendable`: all is set once, before anyone else has the reference, and what the pointer leads to is
/// `Sendable` itself.
final class LinePolicy: @unchecked Sendable {
    let limits: Limits
    let capture: ContentCapture
    /// Whether members of data are to be looked at one by one, the package's own included.
    let replacesMembers: Bool
    private let redaction: UnsafeMutablePointer<Redaction>
    /// Of the redaction, what clean text and harmless keys are told by: asking a structure with so many parts would copy
    /// it, which costs more than the answer.
    private let windows: UInt8
    private let masksKnownKeysOnly: Bool

    init(limits: Limits = Limits(), capture: ContentCapture = .truncated(), redaction: Redaction = Redaction()) {
        var limits = limits
        // The line and its data are two levels themselves, and the reader has a limit of its own.
        limits.depth = min(limits.depth, JSONValue.maximumDepth - 2)
        self.limits = limits
        self.capture = capture
        replacesMembers = redaction.replacement != nil
        windows = redaction.windows
        masksKnownKeysOnly =
            redaction.masksSecretKeys && redaction.secretKeys.isEmpty && redaction.plainKeys.isEmpty
            && redaction.replacement == nil && !redaction.masksCardNumbers
        self.redaction = .allocate(capacity: 1)
        self.redaction.initialize(to: redaction)
    }

    deinit {
        redaction.deinitialize(count: 1)
        redaction.deallocate()
    }

    /// The text with its secrets masked; `nil` if there are none.
    func masked(_ text: String) -> String? {
        var text = text
        guard text.withUTF8({ SecretDetectors.mayFind(in: UnsafeRawBufferPointer($0), windows: windows) }) else {
            return nil
        }
        return redaction.pointee.masked(text)
    }

    /// The value with all that must not be stored masked; `nil` if there is nothing of that.
    func masked(_ value: JSONValue, at key: String) -> JSONValue? {
        guard masksKnownKeysOnly else { return redaction.pointee.masked(value, at: key) }
        switch value {
        case .null, .bool: return Optional.none
        case .integer, .number: return isSecret(key) ? .string(Redaction.mark) : Optional.none
        case .string(let text):
            return isSecret(key) ? .string(Redaction.mark) : masked(text).map(JSONValue.string)
        case .array, .object: return redaction.pointee.masked(value, at: key)
        }
    }

    @inline(__always)
    private func isSecret(_ key: String) -> Bool {
        var key = key
        return key.withUTF8 { SecretKeys.contains(UnsafeRawBufferPointer($0)) }
    }

    /// For lines of the package's own.
    static let standard = LinePolicy()

    /// Everything as it is.
    static let plain = LinePolicy(limits: .none, capture: .full, redaction: .none)
}
