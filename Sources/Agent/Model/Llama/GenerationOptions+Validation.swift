extension GenerationOptions {
    /// Checks every option against its range.
    ///
    /// - Throws: ``ModelError`` with ``ModelError/Code/invalidOptions``, naming the option, its value and its range.
    func validate() throws(ModelError) {
        try Self.require(maxTokens >= 1, "maxTokens", "\(maxTokens)", "1 or more")
        try Self.require(
            temperature.isFinite && temperature >= 0,
            "temperature",
            "\(temperature)",
            "0 (greedy) or more, and finite"
        )
        try Self.require(topK >= 0, "topK", "\(topK)", "0 (all tokens) or more")
        try Self.require((0...1).contains(topP), "topP", "\(topP)", "in 0…1")
        try Self.require((0...1).contains(minP), "minP", "\(minP)", "in 0…1")
        try Self.require(!stop.contains(""), "stop", "\(stop)", "strings that are not empty")
    }

    private static func require(
        _ holds: Bool,
        _ name: String,
        _ value: String,
        _ range: String
    ) throws(ModelError) {
        guard !holds else { return }
        throw ModelError(
            .invalidOptions,
            "\(name) \(value): must be \(range). Pass GenerationOptions with such a \(name)."
        )
    }
}
