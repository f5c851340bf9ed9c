import Synchronization

/// A moment of the wall clock, to the microsecond, in UTC.
public struct Timestamp: Sendable, Hashable, Comparable {
    /// Microseconds since 1970-01-01T00:00:00Z, leap seconds not counted (POSIX time).
    public var microseconds: Int64

    /// The moment so many microseconds after 1970-01-01T00:00:00Z.
    public init(microseconds: Int64) { self.microseconds = microseconds }

    /// Whether `a` is before `b`.
    public static func < (a: Timestamp, b: Timestamp) -> Bool { a.microseconds < b.microseconds }

    /// The moment `duration` later, to the microsecond.
    public static func + (time: Timestamp, duration: Duration) -> Timestamp {
        Timestamp(microseconds: time.microseconds &+ duration.wholeMicroseconds)
    }

    /// The moment `duration` earlier, to the microsecond.
    public static func - (time: Timestamp, duration: Duration) -> Timestamp {
        Timestamp(microseconds: time.microseconds &- duration.wholeMicroseconds)
    }
}

extension Timestamp {
    @inline(__always)
    func earlier(byNanoseconds nanoseconds: UInt64) -> Timestamp {
        Timestamp(microseconds: microseconds &- Int64(nanoseconds / 1000))
    }
}

extension Timestamp: LosslessStringConvertible {
    /// RFC 3339 in UTC with microseconds: `2026-01-15T10:30:00.123456Z`.
    public var description: String {
        var buffer = ByteBuffer(capacity: 32)
        buffer.append(atMost: 32) { $0.put(self) }
        return buffer.text
    }

    /// Reads RFC 3339: any number of decimals (those beyond microseconds are dropped), any offset from UTC.
    public init?(_ description: String) {
        guard let microseconds = description.withBytes(RFC3339.microseconds) else { return nil }
        self.init(microseconds: microseconds)
    }
}

extension ByteCursor {
    /// Puts `2026-01-15T10:30:00.123456Z`.
    ///
    /// Years outside 0 … 9999, which RFC 3339 can't write, become the nearest.
    @inline(__always)
    mutating func put(_ time: Timestamp) {
        let microseconds = UInt64(clamping: min(max(time.microseconds, RFC3339.first), RFC3339.last) - RFC3339.first)
        let (days, timeOfDay) = microseconds.quotientAndRemainder(dividingBy: 86_400_000_000)
        let date = RFC3339.latestDate(daysSinceYear0: days)
        // 32 bits from here on: a day's microseconds are divided once, and smaller numbers are cheaper.
        let (seconds, fraction) = timeOfDay.quotientAndRemainder(dividingBy: 1_000_000)
        let (minutes, second) = UInt32(truncatingIfNeeded: seconds).quotientAndRemainder(dividingBy: 60)
        let (hour, minute) = minutes.quotientAndRemainder(dividingBy: 60)
        let (tenThousands, rest) = UInt32(truncatingIfNeeded: fraction).quotientAndRemainder(dividingBy: 10_000)
        let (hundreds, units) = rest.quotientAndRemainder(dividingBy: 100)
        put(pair: date.century)
        put(pair: date.year)
        put(UInt8(ascii: "-"))
        put(pair: date.month)
        put(UInt8(ascii: "-"))
        put(pair: date.day)
        put(UInt8(ascii: "T"))
        put(pair: hour)
        put(UInt8(ascii: ":"))
        put(pair: minute)
        put(UInt8(ascii: ":"))
        put(pair: second)
        put(UInt8(ascii: "."))
        put(pair: tenThousands)
        put(pair: hundreds)
        put(pair: units)
        put(UInt8(ascii: "Z"))
    }
}

/// Dates of the proleptic Gregorian calendar (RFC 3339), by Howard Hinnant's `chrono` algorithms
/// (<https://howardhinnant.github.io/date_algorithms.html>).
private enum RFC3339 {
    /// 0000-01-01T00:00:00Z and the last microsecond of 9999, since 1970.
    static let first: Int64 = -62_167_219_200_000_000
    static let last: Int64 = 253_402_300_799_999_999

    /// A date's numbers, each below 100, in a byte of their own: so they can be kept together with their day's number.
    struct Date {
        let bits: UInt32
        var century: UInt32 { bits >> 24 }
        var year: UInt32 { bits >> 16 & 0xFF }
        var month: UInt32 { bits >> 8 & 0xFF }
        var day: UInt32 { bits & 0xFF }
    }

    /// The last date that was asked for: its day's number, and the date in its low 32 bits.
    private static let latest = Atomic<UInt64>(0)

    /// The date, which is mostly the same as last time.
    @inline(__always)
    static func latestDate(daysSinceYear0 days: UInt64) -> Date {
        var known = latest.load(ordering: .relaxed)
        if known >> 32 != days || known == 0 {
            let (year, month, day) = date(daysSinceYear0: Int(days))
            known = days << 32 | UInt64((year / 100) << 24 | (year % 100) << 16 | month << 8 | day)
            latest.store(known, ordering: .relaxed)
        }
        return Date(bits: UInt32(truncatingIfNeeded: known))
    }

    static func date(daysSinceYear0 days: Int) -> (year: Int, month: Int, day: Int) {
        // Years begin in March here, so that a leap day is a year's last. One era of 400 years more keeps all positive.
        let shifted = days - 60 + 146_097
        let era = shifted / 146_097
        let dayOfEra = shifted % 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shiftedMonth = (5 * dayOfYear + 2) / 153
        let month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
        let year = yearOfEra + era * 400 - 400 + (month <= 2 ? 1 : 0)
        return (year, month, dayOfYear - (153 * shiftedMonth + 2) / 5 + 1)
    }

    static func daysSince1970(year: Int, month: Int, day: Int) -> Int {
        let shiftedYear = (month <= 2 ? year - 1 : year) + 400  // Positive for every year from 0 on.
        let era = shiftedYear / 400
        let yearOfEra = shiftedYear % 400
        let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
        let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
        return era * 146_097 + dayOfEra - 719_468 - 146_097
    }

    static func daysIn(month: Int, year: Int) -> Int {
        switch month {
        case 2: year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28
        case 4, 6, 9, 11: 30
        default: 31
        }
    }

    static func microseconds(_ text: UnsafeRawBufferPointer) -> Int64? {
        var place = 0
        func number(_ digits: Int) -> Int? {
            guard place + digits <= text.count else { return nil }
            var value = 0
            for _ in 0..<digits {
                guard (0x30...0x39).contains(text[place]) else { return nil }
                value = value * 10 + Int(text[place] - 0x30)
                place += 1
            }
            return value
        }
        func take(_ characters: StaticString) -> Bool {
            guard place < text.count,
                UnsafeBufferPointer(start: characters.utf8Start, count: characters.utf8CodeUnitCount)
                    .contains(text[place])
            else { return false }
            place += 1
            return true
        }
        guard let year = number(4), take("-"), let month = number(2), take("-"), let day = number(2), take("Tt "),
            let hour = number(2), take(":"), let minute = number(2), take(":"), let second = number(2),
            (1...12).contains(month), (1...daysIn(month: month, year: year)).contains(day),
            hour < 24, minute < 60, second < 61
        else { return nil }
        var fraction = 0
        if take(".") {
            var digits = 0
            while let digit = number(1) {
                if digits < 6 { fraction = fraction * 10 + digit }
                digits += 1
            }
            guard digits > 0 else { return nil }
            for _ in 0..<max(0, 6 - digits) { fraction *= 10 }
        }
        var offset = 0
        if !take("Zz") {
            let isBehind = place < text.count && text[place] == UInt8(ascii: "-")
            guard take("+-"), let hours = number(2), take(":"), let minutes = number(2), hours < 24, minutes < 60 else {
                return nil
            }
            offset = (hours * 60 + minutes) * (isBehind ? -60 : 60)
        }
        guard place == text.count else { return nil }
        let seconds = daysSince1970(year: year, month: month, day: day) * 86_400 + hour * 3600 + minute * 60 + second
        return Int64(seconds - offset) * 1_000_000 + Int64(fraction)
    }
}

extension Duration {
    /// The duration in microseconds, fractions dropped; at most 292,000 years either way.
    var wholeMicroseconds: Int64 {
        let (seconds, attoseconds) = components
        let (product, overflow) = seconds.multipliedReportingOverflow(by: 1_000_000)
        let (sum, carry) = product.addingReportingOverflow(attoseconds / 1_000_000_000_000)
        return overflow || carry ? (seconds < 0 ? .min : .max) : sum
    }

    /// The duration in milliseconds.
    public var milliseconds: Double {
        let (seconds, attoseconds) = components
        return Double(seconds) * 1000 + Double(attoseconds) / 1e15
    }
}
