internal import Telemetry

/// Timestamps as our writer has them, `2026-01-15T10:30:00.123456Z`; others go the general way.
enum TimestampScan {
    /// Microseconds since 1970.
    @inline(__always)
    static func read(_ start: UnsafePointer<UInt8>, count: Int) -> Int64? {
        guard count == 27, start[26] == 0x5A, start[19] == 0x2E, start[10] == 0x54, start[4] == 0x2D, start[7] == 0x2D,
            start[13] == 0x3A, start[16] == 0x3A
        else { return general(start, count: count) }
        guard let year = digits4(start), let month = digits2(start + 5), let day = digits2(start + 8),
            let hour = digits2(start + 11), let minute = digits2(start + 14), let second = digits2(start + 17),
            let a = digits2(start + 20), let b = digits2(start + 22), let c = digits2(start + 24),
            (1...12).contains(month), (1...28).contains(day), year >= 1970, hour < 24, minute < 60, second < 60
        else { return general(start, count: count) }
        // Howard Hinnant's days_from_civil, for years after 1970.
        let y = month <= 2 ? year - 1 : year
        let era = y / 400
        let yearOfEra = y - era * 400
        let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
        let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
        let days = era * 146_097 + dayOfEra - 719_468
        let seconds = days * 86_400 + hour * 3600 + minute * 60 + second
        return Int64(seconds * 1_000_000 + a * 10_000 + b * 100 + c)
    }

    private static func general(_ start: UnsafePointer<UInt8>, count: Int) -> Int64? {
        guard (10...64).contains(count) else { return nil }
        return Timestamp(String(decoding: UnsafeBufferPointer(start: start, count: count), as: UTF8.self))?.microseconds
    }

    @inline(__always)
    private static func digits2(_ start: UnsafePointer<UInt8>) -> Int? {
        let tens = start[0] &- 0x30
        let ones = start[1] &- 0x30
        return tens < 10 && ones < 10 ? Int(tens) * 10 + Int(ones) : nil
    }

    @inline(__always)
    private static func digits4(_ start: UnsafePointer<UInt8>) -> Int? {
        guard let high = digits2(start), let low = digits2(start + 2) else { return nil }
        return high * 100 + low
    }
}

/// Durations: a number of milliseconds, 0 or more.
enum DurationScan {
    /// Microseconds, rounded half up.
    @inline(__always)
    static func read(_ scanner: inout JSONScanner) -> Int64? {
        let start = scanner.place
        var place = start
        var value: Int64 = 0
        while place.pointee &- 0x30 < 10, place - start < 13 {
            value = value &* 10 &+ Int64(place.pointee &- 0x30)
            place += 1
        }
        guard place > start, start.pointee != 0x30 || place - start == 1 else { return nil }
        var decimals = 3
        if place.pointee == 0x2E {
            place += 1
            guard place.pointee &- 0x30 < 10 else { return nil }
            while decimals > 0, place.pointee &- 0x30 < 10 {
                value = value &* 10 &+ Int64(place.pointee &- 0x30)
                place += 1
                decimals -= 1
            }
        }
        // More digits, or an exponent: the general parser reads those.
        guard place.pointee &- 0x30 >= 10, place.pointee | 0x20 != 0x65, place.pointee != 0x2E else {
            return general(&scanner)
        }
        for _ in 0..<decimals { value = value &* 10 }
        scanner.place = place
        return value
    }

    private static func general(_ scanner: inout JSONScanner) -> Int64? {
        let start = scanner.place
        guard scanner.number() else { return nil }
        let text = String(decoding: UnsafeBufferPointer(start: start, count: scanner.place - start), as: UTF8.self)
        guard let milliseconds = Double(text), milliseconds >= 0, milliseconds < 1e15 else { return nil }
        return Int64(milliseconds * 1000 + 0.5)
    }
}

/// Whether bytes are UTF-8 (Unicode 16, table 3-7).
enum UTF8Check {
    static func isValid(_ start: UnsafePointer<UInt8>, count: Int) -> Bool {
        var place = start
        let end = start + count
        while place < end {
            let byte = place.pointee
            if byte < 0x80 {
                // The padding behind a line makes words readable beyond its end.
                if JSONScanner.word(place) & 0x8080_8080_8080_8080 == 0 { place += 8 } else { place += 1 }
                continue
            }
            var length = 0
            var second: ClosedRange<UInt8> = 0x80...0xBF
            switch byte {
            case 0xC2...0xDF: length = 2
            case 0xE0: (length, second) = (3, 0xA0...0xBF)
            case 0xED: (length, second) = (3, 0x80...0x9F)
            case 0xE1...0xEF: length = 3
            case 0xF0: (length, second) = (4, 0x90...0xBF)
            case 0xF1...0xF3: length = 4
            case 0xF4: (length, second) = (4, 0x80...0x8F)
            default: return false
            }
            guard end - place >= length, second.contains(place[1]) else { return false }
            for index in 2..<max(2, length) where place[index] & 0xC0 != 0x80 { return false }
            place += length
        }
        return true
    }
}
