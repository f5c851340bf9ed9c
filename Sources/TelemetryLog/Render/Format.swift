internal import Telemetry

/// How figures are shown.
public enum Format {
    /// Three digits or so with the unit that fits: `950 µs`, `12.3 ms`, `480 ms`, `4.2 s`, `12 m 05 s`, `3 h 20 m`.
    public static func duration(_ duration: Duration) -> String {
        let milliseconds = max(0, duration.milliseconds)
        switch milliseconds {
        case ..<0.0005: return "0 ms"
        case ..<0.9995: return "\(Int(milliseconds * 1000 + 0.5)) µs"
        case ..<99.95: return "\(tenths(milliseconds)) ms"
        case ..<999.5: return "\(Int(milliseconds + 0.5)) ms"
        case ..<59_950: return "\(tenths(milliseconds / 1000)) s"
        case ..<3_599_500:
            let seconds = Int(milliseconds / 1000 + 0.5)
            return "\(seconds / 60) m \(twoDigits(seconds % 60)) s"
        default:
            let minutes = Int(min(milliseconds, 1e16) / 60_000 + 0.5)
            return minutes < 60 * 48
                ? "\(minutes / 60) h \(twoDigits(minutes % 60)) m"
                : "\(minutes / 1440) d \(twoDigits(minutes / 60 % 24)) h"
        }
    }

    /// Two digits or so with the unit, in six columns mostly: `4.7 ms`, `271 ms`, `1.7 s`, `48 s`.
    static func shortDuration(_ duration: Duration?) -> String {
        guard let duration else { return "" }
        let milliseconds = duration.milliseconds
        switch milliseconds {
        case 9.95..<999.5: return "\(Int(milliseconds + 0.5)) ms"
        case 9_950..<59_500: return "\(Int(milliseconds / 1000 + 0.5)) s"
        case 59_500..<3_570_000: return "\(tenths(milliseconds / 60_000)) m"
        default: return Self.duration(duration)
        }
    }

    /// A share in percent: `0 %`, `0.3 %`, `12.5 %`, `100 %`; what isn't none doesn't read as none, nor what isn't all
    /// as all.
    public static func percent(_ share: Double?) -> String {
        guard let share, share.isFinite else { return "n/a" }
        if share <= 0 { return "0 %" }
        if share >= 1 { return "100 %" }
        if share < 0.0005 { return "<0.1 %" }
        return share > 0.9995 ? ">99.9 %" : "\(tenths(share * 100)) %"
    }

    /// A count with its thousands set apart: `1,234,567`.
    public static func count(_ count: Int) -> String {
        var digits = String(count.magnitude)
        var place = digits.count - 3
        while place > 0 {
            digits.insert(",", at: digits.index(digits.startIndex, offsetBy: place))
            place -= 3
        }
        return count < 0 ? "-" + digits : digits
    }

    /// A count in four characters or so: `999`, `12.3k`, `4.5M`.
    public static func shortCount(_ count: Int) -> String {
        switch Double(count) {
        case ..<1000: "\(count)"
        case ..<99_950: "\(tenths(Double(count) / 1000))k"
        case ..<999_500: "\(Int(Double(count) / 1000 + 0.5))k"
        case ..<99_950_000: "\(tenths(Double(count) / 1e6))M"
        case ..<1e9: "\(Int(Double(count) / 1e6 + 0.5))M"
        default: "\(tenths(Double(count) / 1e9))G"
        }
    }

    /// Bytes: `340 B`, `12.3 KB`, `1.2 GB`.
    public static func bytes(_ count: Int) -> String {
        switch Double(count) {
        case ..<1000: "\(count) B"
        case ..<1e6: "\(tenths(Double(count) / 1e3)) KB"
        case ..<1e9: "\(tenths(Double(count) / 1e6)) MB"
        default: "\(tenths(Double(count) / 1e9)) GB"
        }
    }

    /// A noun with its count: `1 span`, `2 spans`.
    public static func plural(_ number: Int, _ noun: String) -> String {
        "\(count(number)) \(noun)\(number == 1 ? "" : "s")"
    }

    private static func tenths(_ value: Double) -> String {
        let tenths = Int(value * 10 + 0.5)
        return "\(tenths / 10).\(tenths % 10)"
    }

    private static func twoDigits(_ value: Int) -> String { value < 10 ? "0\(value)" : "\(value)" }
}
