/// What lines that come one after the other often have in common, so that it is read once.
struct RecentValues {
    var minute = Minute()
    var trace = Trace()
    var parent = Parent()

    /// The id of a trace.
    struct Trace {
        private var text: (UInt64, UInt64, UInt64, UInt64) = (0, 0, 0, 0)
        private(set) var high: UInt64 = 0
        private(set) var low: UInt64 = 0

        /// Reads 32 hexadecimal digits; returns whether they are an id.
        @inline(__always)
        mutating func read(_ place: UnsafePointer<UInt8>) -> Bool {
            let (a, b) = (JSONScanner.word(place), JSONScanner.word(place + 8))
            let (c, d) = (JSONScanner.word(place + 16), JSONScanner.word(place + 24))
            if (a ^ text.0) | (b ^ text.1) | (c ^ text.2) | (d ^ text.3) == 0 { return true }
            guard let high = Hexadecimal.read16(place), let low = Hexadecimal.read16(place + 16), high | low != 0 else {
                return false
            }
            (text, self.high, self.low) = ((a, b, c, d), high, low)
            return true
        }
    }

    /// The id of a span that others are within.
    struct Parent {
        private var text: (UInt64, UInt64) = (0, 0)
        private(set) var bits: UInt64 = 0

        /// Reads 16 hexadecimal digits; returns whether they are an id.
        @inline(__always)
        mutating func read(_ place: UnsafePointer<UInt8>) -> Bool {
            let (a, b) = (JSONScanner.word(place), JSONScanner.word(place + 8))
            if (a ^ text.0) | (b ^ text.1) == 0 { return true }
            guard let bits = Hexadecimal.read16(place), bits != 0 else { return false }
            (text, self.bits) = ((a, b), bits)
            return true
        }
    }

    /// The minute in which operations began.
    struct Minute {
        /// `2026-01-15T10:30`; not the beginning of any timestamp at first.
        private var text: (UInt64, UInt64) = (0, 0)
        /// When it began, in microseconds since 1970.
        private var start: Int64 = 0

        /// Microseconds since 1970, of 27 characters.
        @inline(__always)
        mutating func read(_ place: UnsafePointer<UInt8>) -> Int64? {
            // :00.1234  .123456Z
            let seconds = JSONScanner.word(place + 16) ^ 0x3030_3030_2E30_303A
            let fraction = JSONScanner.word(place + 19) ^ 0x5A30_3030_3030_302E
            let isSameMinute = JSONScanner.word(place) == text.0 && JSONScanner.word(place + 8) == text.1
            let second = (seconds >> 8 & 0xFF) &* 10 &+ seconds >> 16 & 0xFF
            let bad =
                (seconds | (seconds &+ 0x7676_7676_7F76_767F) | fraction | (fraction &+ 0x7F76_7676_7676_767F))
                & 0x8080_8080_8080_8080
            guard isSameMinute, bad == 0, second < 60 else { return readAnew(place) }
            let microseconds = DigitScan.eight(fraction << 8)
            return start &+ Int64(truncatingIfNeeded: second &* 1_000_000 &+ microseconds)
        }

        private mutating func readAnew(_ place: UnsafePointer<UInt8>) -> Int64? {
            guard let time = TimestampScan.read(place, count: 27) else { return nil }
            // In other forms there is no telling where the minute ends.
            guard time >= 0, place[10] == 0x54, place[16] == 0x3A, place[19] == 0x2E, place[26] == 0x5A else {
                return time
            }
            text = (JSONScanner.word(place), JSONScanner.word(place + 8))
            start = time - time % 60_000_000
            return time
        }
    }
}
