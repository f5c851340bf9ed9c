/// What stands between the values of our own lines, as words with the first byte lowest.
private enum Between {
    static let parentStart: UInt64 = 0x5F74_6E65_7261_7022
    static let parentMiddle: UInt64 = 0x2264_695F_6E61_7073
    static let parentEnd: UInt64 = 0x223A_2264_695F_6E61
    static let commaEvent: UInt64 = 0x746E_6576_6522_2C22
    static let eventStart: UInt64 = 0x745F_746E_6576_6522
    static let eventEnd: UInt64 = 0x223A_2265_7079_745F
    static let name: UInt64 = 0x3A22_656D_616E_222C
    static let timeStart: UInt64 = 0x7473_656D_6974_222C
    static let timeEnd: UInt64 = 0x223A_2270_6D61_7473
    static let durationStart: UInt64 = 0x6974_6172_7564_222C
    static let durationEnd: UInt64 = 0x3A22_736D_5F6E_6F69
    static let data: UInt64 = 0x3A22_6174_6164_222C
    static let error: UInt64 = 0x2272_6F72_7265_222C
}

extension LineFields {
    /// Reads the rest of a line whose beginning is ours, if all keys stand in our writer's order and nothing else does.
    ///
    /// Each key is compared as words where it has to be, so that none is looked up. What differs is left to the loop over
    /// members, which begins anew.
    @inline(__always)
    mutating func scanOurRest(_ scanner: inout JSONScanner) -> Bool {
        var place = scanner.place
        if JSONScanner.word(place) == Between.parentStart {
            guard JSONScanner.word(place + 8) == Between.parentMiddle,
                JSONScanner.word(place + 10) == Between.parentEnd,
                let id = Hexadecimal.read16(place + 18), id != 0,
                JSONScanner.word(place + 34) == Between.commaEvent
            else { return false }
            parentID = id
            place += 36
        }
        guard JSONScanner.word(place) == Between.eventStart, JSONScanner.word(place + 6) == Between.eventEnd else {
            return false
        }
        scanner.place = place + 13
        guard let type = string(&scanner) else { return false }
        setEventType(type)
        if JSONScanner.word(scanner.place) == Between.name {
            scanner.place += 8
            guard let value = string(&scanner) else { return false }
            name = value
        }
        place = scanner.place
        guard JSONScanner.word(place) == Between.timeStart, JSONScanner.word(place + 6) == Between.timeEnd,
            place[41] == 0x22, let time = TimestampScan.read(place + 14, count: 27)
        else { return false }
        timestamp = time
        place += 42
        if JSONScanner.word(place) == Between.durationStart {
            guard JSONScanner.word(place + 7) == Between.durationEnd else { return false }
            scanner.place = place + 15
            guard let time = DurationScan.read(&scanner.place) else { return false }
            duration = time
            place = scanner.place
        }
        scanner.place = place
        if JSONScanner.word(place) == Between.data {
            scanner.place = place + 8
            guard scanData(&scanner) else { return false }
            data = slice(place + 8, scanner.place, false)
        }
        if JSONScanner.word(scanner.place) == Between.error, scanner.place[8] == 0x3A {
            scanner.place += 9
            guard let value = string(&scanner) else { return false }
            error = value
        }
        return scanner.place.pointee == 0x7D && scanner.place + 1 == base + count
    }
}
