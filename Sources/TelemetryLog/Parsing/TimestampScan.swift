internal import Telemetry

/// Timestamps as our writer has them, `2026-01-15T10:30:00.123456Z`; others go the general way.
enum TimestampScan {
    /// Microseconds since 1970.
    @inline(__always)
    static func read(_ start: UnsafePointer<UInt8>, count: Int) -> Int64? {
        guard count == 27 else { return general(start, count: count) }
        // 2026-01-  15T10:30  :00.1234  .123456Z
        let date = Digits(start, form: 0x2D30_302D_3030_3030, bounds: 0x7F76_767F_7676_7676)
        let time = Digits(start + 8, form: 0x3030_3A30_3054_3030, bounds: 0x7676_7F76_767F_7676)
        let seconds = Digits(start + 16, form: 0x3030_3030_2E30_303A, bounds: 0x7676_7676_7F76_767F)
        let fraction = Digits(start + 19, form: 0x5A30_3030_3030_302E, bounds: 0x7F76_7676_7676_767F)
        guard (date.wrong | time.wrong | seconds.wrong | fraction.wrong) & 0x8080_8080_8080_8080 == 0 else {
            return general(start, count: count)
        }
        let year = date.pair(0) * 100 + date.pair(2)
        let (month, day) = (date.pair(5), time.pair(0))
        let (hour, minute, second) = (time.pair(3), time.pair(6), seconds.pair(1))
        let microseconds = (fraction.pair(1) * 100 + fraction.pair(3)) * 100 + fraction.pair(5)
        guard month &- 1 < 12, day &- 1 < 28, year >= 1970, hour < 24, minute < 60, second < 60, month > 0, day > 0
        else {
            return general(start, count: count)
        }
        // Howard Hinnant's days_from_civil, for years after 1970.
        let y = month <= 2 ? year - 1 : year
        let era = y / 400
        let yearOfEra = y - era * 400
        let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
        let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
        let days = era * 146_097 + dayOfEra - 719_468
        let all = days * 86_400 + hour * 3600 + minute * 60 + second
        return Int64(all * 1_000_000 + microseconds)
    }

    private static func general(_ start: UnsafePointer<UInt8>, count: Int) -> Int64? {
        guard (10...64).contains(count) else { return nil }
        return Timestamp(String(decoding: UnsafeBufferPointer(start: start, count: count), as: UTF8.self))?.microseconds
    }

    /// Eight bytes that have digits where a form has `0`, and elsewhere what the form has.
    ///
    /// Its bounds are what sets a byte's highest bit, when added to it, above 9 where the form has `0`, and above 0 elsewhere.
    private struct Digits {
        /// The digits' values.
        private let values: UInt64
        /// A byte's highest bit says that it is wrong.
        let wrong: UInt64

        @inline(__always)
        init(_ start: UnsafePointer<UInt8>, form: UInt64, bounds: UInt64) {
            values = JSONScanner.word(start) ^ form
            wrong = values | (values &+ bounds)
        }

        /// The number that the digits at a place and behind it make.
        @inline(__always)
        func pair(_ place: UInt64) -> Int {
            let word = values >> (place << 3)
            return Int(truncatingIfNeeded: (word & 0xFF) &* 10 &+ (word >> 8) & 0xFF)
        }
    }
}

/// Whole numbers, eight digits at once.
enum DigitScan {
    /// The number that begins here and how many digits it has; `nil` if it has none, more than seven, or a needless 0.
    @inline(__always)
    static func read(_ start: UnsafePointer<UInt8>) -> (value: Int, count: Int)? {
        let (digits, count) = find(start)
        guard count > 0, count < 8, digits & 0xFF != 0 || count == 1 else { return nil }
        return (Int(truncatingIfNeeded: eight(digits &<< UInt64(truncatingIfNeeded: (8 &- count) &<< 3))), count)
    }

    /// The values of the digits that begin here, the first in the lowest byte; what is beyond them is not 0.
    ///
    /// Eight digits, or more, count as 8.
    @inline(__always)
    static func find(_ start: UnsafePointer<UInt8>) -> (digits: UInt64, count: Int) {
        let digits = JSONScanner.word(start) ^ 0x3030_3030_3030_3030
        // A byte's highest bit says that it is no digit; beyond the first such byte it may be wrong.
        let others = (digits | (digits &+ 0x7676_7676_7676_7676)) & 0x8080_8080_8080_8080
        return (digits, others.trailingZeroBitCount >> 3)
    }

    /// The number that eight digits' values make, the first in the lowest byte.
    ///
    /// Pairs, then pairs of pairs: D. Lemire, "Quickly parsing eight digits", 2018.
    @inline(__always)
    static func eight(_ digits: UInt64) -> UInt64 {
        let pairs = digits &* 10 &+ digits >> 8
        return
            ((pairs & 0x0000_00FF_0000_00FF) &* 0x000F_4240_0000_0064
            &+ (pairs >> 16 & 0x0000_00FF_0000_00FF) &* 0x0000_2710_0000_0001) >> 32
    }
}

/// Durations: a number of milliseconds, 0 or more.
enum DurationScan {
    /// Microseconds, rounded half up; `place` is then behind the number.
    @inline(__always)
    static func read(_ place: inout UnsafePointer<UInt8>) -> Int64? {
        guard let whole = DigitScan.read(place) else { return general(&place) }
        var end = place + whole.count
        var value = Int64(whole.value) &* 1000
        if end.pointee == 0x2E {
            let (digits, count) = DigitScan.find(end + 1)
            guard count > 0, count <= 3 else { return general(&place) }
            // As many zeros before the first digit as make the last one stand for microseconds, and zeros behind.
            let three = digits & ((1 &<< UInt64(truncatingIfNeeded: count &<< 3)) &- 1)
            value &+= Int64(truncatingIfNeeded: DigitScan.eight(three &<< 40))
            end += 1 &+ count
        }
        // An exponent: the general parser reads that.
        guard end.pointee | 0x20 != 0x65 else { return general(&place) }
        place = end
        return value
    }

    private static func general(_ place: inout UnsafePointer<UInt8>) -> Int64? {
        let start = place
        var scanner = JSONScanner(start)
        guard scanner.number() else { return nil }
        let text = String(decoding: UnsafeBufferPointer(start: start, count: scanner.place - start), as: UTF8.self)
        guard let milliseconds = Double(text), milliseconds >= 0, milliseconds < 1e15 else { return nil }
        place = scanner.place
        return Int64(milliseconds * 1000 + 0.5)
    }
}

/// U+FEFF, which other programs put at a file's beginning.
enum ByteOrderMark {
    /// Its length in bytes, if the `count` bytes from `start` begin with it; 0 otherwise.
    static func length(_ start: UnsafePointer<UInt8>, count: Int) -> Int {
        count >= 3 && start[0] == 0xEF && start[1] == 0xBB && start[2] == 0xBF ? 3 : 0
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
