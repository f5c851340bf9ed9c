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

    init(limits: Limits = Limits(), capture: ContentCapture = .truncated(), redaction: Redaction = Redaction()) {
        var limits = limits
        // The line and its data are two levels themselves, and the reader has a limit of its own.
        limits.depth = min(limits.depth, JSONValue.maximumDepth - 2)
        self.limits = limits
        self.capture = capture
        replacesMembers = redaction.replacement != nil
        self.redaction = .allocate(capacity: 1)
        self.redaction.initialize(to: redaction)
    }

    deinit {
        redaction.deinitialize(count: 1)
        redaction.deallocate()
    }

    /// The text with its secrets masked; `nil` if there are none.
    func masked(_ text: String) -> String? { redaction.pointee.masked(text) }

    /// The value with all that must not be stored masked; `nil` if there is nothing of that.
    func masked(_ value: JSONValue, at key: String) -> JSONValue? { redaction.pointee.masked(value, at: key) }

    /// For lines of the package's own.
    static let standard = LinePolicy()

    /// Everything as it is.
    static let plain = LinePolicy(limits: .none, capture: .full, redaction: .none)
}
