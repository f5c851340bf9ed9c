/// GBNF expressions for the decimal digits of numbers within a range.
enum Digits {
    /// Numbers have at most so many digits before the point where the schema sets no bound: they are exact in a `Double`.
    static let maximumDigits = 15
    private static let largest: UInt = 999_999_999_999_999

    /// The integers within `range`, exactly; bounds that are none are 15 digits.
    static func integer(_ range: ClosedRange<Int>) -> String {
        let lower = range.lowerBound == .min ? min(-Int(largest), range.upperBound) : range.lowerBound
        let upper = range.upperBound == .max ? max(Int(largest), lower) : range.upperBound
        var alternatives: [String] = []
        if upper >= 0 { alternatives += whole(UInt(max(lower, 0))...UInt(upper)) }
        if lower < 0 {
            let digits = whole(min(upper, -1).magnitude...lower.magnitude)
            alternatives.append("\"-\" (\(digits.joined(separator: " | ")))")
        }
        return alternatives.joined(separator: " | ")
    }

    /// The numbers within `range`: exactly where its bounds are whole, otherwise up to the next whole ones.
    static func number(_ range: ClosedRange<Double>) -> String {
        var alternatives: [String] = []
        if range.upperBound >= 0 { alternatives += fractional(max(range.lowerBound, 0), range.upperBound) }
        if range.lowerBound < 0 {
            let digits = fractional(max(-range.upperBound, 0), -range.lowerBound)
            alternatives.append("\"-\" (\(digits.joined(separator: " | ")))")
        }
        return alternatives.joined(separator: " | ")
    }

    /// The numbers from `lower` to `upper`, neither of them negative.
    private static func fractional(_ lower: Double, _ upper: Double) -> [String] {
        let fraction = #"("." [0-9] [0-9]? [0-9]? [0-9]? [0-9]? [0-9]?)?"#
        let first = UInt(min(lower, Double(largest)))
        let last = UInt(min(upper, Double(largest)))
        // A whole upper bound stands without a fraction that would lead beyond it.
        guard Double(last) == upper else { return ["(\(whole(first...last).joined(separator: " | "))) \(fraction)"] }
        let bound = "\"\(last)\""
        guard first < last else { return [bound] }
        return ["(\(whole(first...last - 1).joined(separator: " | "))) \(fraction)", bound]
    }

    /// Alternatives for the integers within `range`, without leading zeros.
    private static func whole(_ range: ClosedRange<UInt>) -> [String] {
        var lower = range.lowerBound
        let upper = range.upperBound
        var alternatives: [String] = []
        if lower == 0 {
            alternatives.append("\"0\"")
            guard upper > 0 else { return alternatives }
            lower = 1
        }
        let low = digits(lower)
        let high = digits(upper)
        // Counts of digits all of whose numbers are in the range become one alternative.
        let firstFull = low.dropFirst().allSatisfy { $0 == 0 } && low[0] == 1 ? low.count : low.count + 1
        let lastFull = high.allSatisfy { $0 == 9 } ? high.count : high.count - 1
        guard low.count < high.count || firstFull <= lastFull else {
            return alternatives + [sameCount(low[...], high[...])]
        }
        if firstFull > low.count {
            alternatives.append(sameCount(low[...], Array(repeating: 9, count: low.count)[...]))
        }
        if firstFull <= lastFull {
            alternatives.append(lastFull == 1 ? "[1-9]" : "[1-9] [0-9]{\(firstFull - 1),\(lastFull - 1)}")
        }
        if lastFull < high.count {
            let least = [1] + Array(repeating: 0, count: high.count - 1)
            alternatives.append(sameCount(least[...], high[...]))
        }
        return alternatives
    }

    /// The numbers from `low` to `high`, which have equally many digits.
    private static func sameCount(_ low: ArraySlice<Int>, _ high: ArraySlice<Int>) -> String {
        guard let lowest = low.first, let highest = high.first else { return "" }
        let rest = low.count - 1
        if rest == 0 { return one(lowest...highest) }
        let lowRest = low.dropFirst()
        let highRest = high.dropFirst()
        if lowest == highest { return "\(one(lowest...highest)) \(sameCount(lowRest, highRest))" }
        let zeros = Array(repeating: 0, count: rest)[...]
        let nines = Array(repeating: 9, count: rest)[...]
        var alternatives: [String] = []
        var middle = (lowest, highest)
        if lowRest != zeros {
            alternatives.append("\(one(lowest...lowest)) \(sameCount(lowRest, nines))")
            middle.0 += 1
        }
        if highRest != nines { middle.1 -= 1 }
        if middle.0 <= middle.1 { alternatives.append("\(one(middle.0...middle.1)) [0-9]{\(rest),\(rest)}") }
        if highRest != nines { alternatives.append("\(one(highest...highest)) \(sameCount(zeros, highRest))") }
        return alternatives.count == 1 ? alternatives[0] : "(\(alternatives.joined(separator: " | ")))"
    }

    private static func one(_ range: ClosedRange<Int>) -> String {
        range.count == 1 ? "\"\(range.lowerBound)\"" : "[\(range.lowerBound)-\(range.upperBound)]"
    }

    private static func digits(_ value: UInt) -> [Int] { value.description.compactMap(\.wholeNumberValue) }
}
