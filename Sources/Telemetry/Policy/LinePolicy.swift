/// What a line may say, and at what length: limits, capture and redaction together.
///
/// A class, because each line that is written looks at it: a reference costs nothing to pass on, and what it refers to
/// doesn't change.
final class LinePolicy: Sendable {
    let limits: Limits
    let capture: ContentCapture
    let redaction: Redaction
    /// Whether members of data are to be looked at one by one, the package's own included.
    let replacesMembers: Bool

    init(limits: Limits = Limits(), capture: ContentCapture = .truncated(), redaction: Redaction = Redaction()) {
        var limits = limits
        // The line and its data are two levels themselves, and the reader has a limit of its own.
        limits.depth = min(limits.depth, JSONValue.maximumDepth - 2)
        self.limits = limits
        self.capture = capture
        self.redaction = redaction
        replacesMembers = redaction.replacement != nil
    }

    /// For lines of the package's own.
    static let standard = LinePolicy()

    /// Everything as it is.
    static let plain = LinePolicy(limits: .none, capture: .full, redaction: .none)
}
