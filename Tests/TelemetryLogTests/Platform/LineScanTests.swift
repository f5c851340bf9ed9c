import CScan
import Foundation
import Testing

@testable import TelemetryLog

/// What is passed over on the way to an id, for each way that this processor has, against what stands there.
struct LineScanTests {
    private static let id = "4bf92f3577b34da6a3ce929d0e0e4736"

    private static func own(_ trace: String = String(repeating: "ab", count: 16), _ rest: String = "") -> String {
        #"{"span_id":"00f067aa0ba902b7","trace_id":"\#(trace)","event_type":"llm_call"\#(rest)}"#
    }

    /// Lines that have another id, or no bytes.
    private static let others = [
        "", own(), own(id.uppercased().replacing("4BF9", with: "4BF8")), own("ffffffffffffffffffffffffffffffff"),
        own().replacing("event_type", with: "parent_span_id"), own(id.replacing("4bf92f35", with: "4bf92f34")),
        own(String(repeating: "0", count: 32), String(repeating: " ", count: 100)),
        own(String(repeating: "1", count: 32), String(repeating: "é", count: 2500)),
    ]

    /// Lines that may have it.
    private static let meant = [
        own(id), own(id.uppercased()), own(id).replacing("event_type", with: "parent_span_id"), " ", "{}", " " + own(),
        own(id, String(repeating: " ", count: 5000)), String(own().prefix(76)), String(own().prefix(70)),
        own().replacing("trace_id", with: "trace_iD"), own().replacing("span_id\"", with: "span_id "),
        own().replacing("event_type", with: "name"), own().replacing("{", with: "["),
        String(repeating: "x", count: 200),
        // The lines that a newline within an id makes.
        own("4bf92f3577b34da6a3ce\n29d0e0e4736"), own("\n" + String(repeating: "c", count: 31)),
    ]

    /// Where lines begin that may be meant, and are not too near the end to be told.
    private static func expected(_ text: [UInt8], _ digits: Int) -> (meant: Set<Int>, starts: Set<Int>) {
        var (meant, starts, start) = (Set<Int>(), Set<Int>(), 0)
        for line in text.split(separator: 0x0A, omittingEmptySubsequences: false) {
            defer { start += line.count + 1 }
            starts.insert(start)
            let text = String(decoding: line, as: UTF8.self)
            let isOurs =
                text.utf8.count > 76 && text.hasPrefix(#"{"span_id":""#)
                && text.utf8.dropFirst(28).starts(with: #"","trace_id":""#.utf8)
                && ["\",\"event", "\",\"paren"].contains { text.utf8.dropFirst(74).starts(with: $0.utf8) }
            let trace = text.utf8.dropFirst(42).prefix(digits).map { $0 | 0x20 }
            if !line.isEmpty, !isOurs || trace == Array(id.utf8.prefix(digits)) { meant.insert(start) }
        }
        return (meant, starts)
    }

    /// Every place at which lines are not passed over, in memory of exactly the text's size.
    private static func places(_ text: [UInt8], _ digits: Int, _ scan: LineScan) -> [Int] {
        let prefix = id.utf8.prefix(digits).reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        let wanted = cscan_id(place: 42, digits: prefix, mask: digits == 8 ? .max : (1 << UInt64(digits * 8)) - 1)
        let exact = UnsafeMutablePointer<UInt8>.allocate(capacity: max(1, text.count))
        defer { exact.deallocate() }
        exact.update(from: text, count: text.count)
        var (places, start) = ([Int](), 0)
        while start < text.count {
            let place = scan.skip(exact, from: start, count: text.count, wanted)
            if place < text.count { places.append(place) }
            // Behind a last line that has no end, one may be asked for, too.
            #expect(scan.skip(exact, from: text.count + 1, count: text.count, wanted) >= text.count)
            start = (text[min(place, text.count)...].firstIndex(of: 0x0A) ?? text.count) + 1
        }
        return places
    }

    @Test func `there is a way for every processor, and each has a name of its own`() {
        #expect(LineScan.best.name == LineScan.all.first?.name)
        #expect(LineScan.all.last?.name == "plain C")
        #expect(Set(LineScan.all.map(\.name)).count == LineScan.all.count)
    }

    @Test(arguments: 0..<LineScan.all.count)
    func `no line that may be meant is passed over, and all others are but those at the end`(variant: Int) {
        let scan = LineScan.all[variant]
        var generator = SeededGenerator(state: 5)
        for round in 0..<3000 {
            // Every other text has none that is meant, and some have hardly anything but short lines.
            let choices = round % 2 == 0 ? Self.others : round % 3 == 0 ? ["", "", "", " "] : Self.others + Self.meant
            var text: [UInt8] = []
            for _ in 0..<Int.random(in: 0..<40, using: &generator) {
                text += Array((choices.randomElement(using: &generator) ?? "").utf8) + [0x0A]
            }
            if round % 5 == 0 { text.removeLast(min(text.count, Int.random(in: 0..<100, using: &generator))) }
            let digits = Int.random(in: 1...8, using: &generator)
            let places = Self.places(text, digits, scan)
            let (meant, starts) = Self.expected(text, digits)
            #expect(meant.filter { $0 < text.count }.subtracting(places).isEmpty, "\(scan.name), round \(round)")
            #expect(starts.isSuperset(of: places) && places == places.sorted())
            // What can't be told yet has less than a block before the end, or its own end there.
            let needless = Set(places).subtracting(meant)
            #expect(
                needless.allSatisfy { place in
                    let end = text[place...].firstIndex(of: 0x0A) ?? text.count
                    return text.count - end <= 64
                },
                "\(scan.name), round \(round)"
            )
        }
    }
}
