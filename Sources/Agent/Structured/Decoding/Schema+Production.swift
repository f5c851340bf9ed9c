extension Schema {
    /// How many Unicode scalars a string without an upper bound may have when a model produces it.
    ///
    /// So a model that repeats itself comes to an end. Write `string 0..2000` in the notation for another bound.
    static let defaultMaximumLength = 500
    /// How many elements an array without an upper bound may have when a model produces it.
    static let defaultMaximumCount = 32
    /// How many digits a number may have before the point when a model produces it and the schema sets no bound.
    ///
    /// Integers of 15 digits are exact in a `Double`.
    static let defaultWholeDigits = 15
    /// How many digits a number may have behind the point when a model produces it, unless the range is so narrow that
    /// nothing in it has so few.
    static let defaultFractionDigits = 6
}
