internal import CScan

extension cscan_recent {
    /// Reads 27 characters that aren't a timestamp of the last one's minute in our writer's form; if they have that form,
    /// the ones that follow may be in theirs.
    ///
    /// - Returns: Microseconds since 1970; `nil` if they are no timestamp.
    mutating func readTimestamp(_ place: UnsafePointer<UInt8>) -> Int64? {
        guard let time = TimestampScan.read(place, count: 27) else { return nil }
        // In other forms there is no telling where the minute ends.
        guard time >= 0, place[10] == 0x54, place[16] == 0x3A, place[19] == 0x2E, place[26] == 0x5A else { return time }
        minute_text = (JSONScanner.word(place), JSONScanner.word(place + 8))
        minute = time - time % 60_000_000
        return time
    }
}
