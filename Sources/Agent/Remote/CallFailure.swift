/// Why one HTTP attempt failed, and whether another one may help.
struct CallFailure: Error, CustomStringConvertible {
    var error: ModelError
    var isTransient = false
    /// How long the server asked to wait.
    var retryAfter: Duration?

    init(
        _ code: ModelError.Code,
        _ message: String,
        isTransient: Bool = false,
        retryAfter: Duration? = nil
    ) {
        error = ModelError(code, message)
        self.isTransient = isTransient
        self.retryAfter = retryAfter
    }

    var description: String { error.message }
}
