import Foundation
import Synchronization
import Testing

@testable import Telemetry

/// The memory in which lines wait, as others see it.
@Suite(.blocking) struct SpanBufferTests {
    let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    @Test func `where the next line will stand is known before, in one half and the other`() throws {
        let buffer = SpanBuffer(halfSize: 1000)
        for place in 0..<40 as Range<UInt8> {
            if place > 0, place % 10 == 0 { buffer.begin(Int(place / 10) % 2) }
            let half = Int(place / 10) % 2
            if place >= 20, place % 10 == 0 { buffer.empty(half) }
            let line = [UInt8](repeating: place, count: 90)
            let end = buffer.end
            #expect(line.withUnsafeBytes { buffer.append($0, to: half) })
            #expect(UnsafeRawBufferPointer(start: end, count: line.count).elementsEqual(line))
        }
    }

    @Test func `a copy of a buffer in use never mixes lines that came at different times`() throws {
        let log = folder.file()
        let buffer = try #require(SpanBuffer.beside(log, halfSize: 16 << 10))
        defer { buffer.remove() }
        let isOver = Atomic(false)
        let hasEnded = DispatchSemaphore(value: 0)
        // Fills and empties it as the recorder and the writer do, as fast as can be.
        Thread.detachNewThread {
            var filling = Filling(buffer: buffer, intake: .buffer)
            var wake = false
            var number = 0
            while !isOver.load(ordering: .relaxed) {
                let letter = UInt8(ascii: "a") + UInt8(number % 26)
                let line = [UInt8](repeating: letter, count: 99 + number % 7) + [0x0A]
                number += 1
                if line.withUnsafeBytes({ filling.append($0, &wake) }) == .full {
                    if number % 5 == 0 { filling.removeAll() }
                    guard let half = filling.beginWriting() else { continue }
                    let pending = buffer.pending(half).count
                    buffer.didWrite(half, pending)
                    _ = filling.endWriting(half, from: pending, nil)
                }
            }
            hasEnded.signal()
        }
        var lines = 0
        var mixed: Set<String> = []
        var round = 0
        // A busy machine may not let the other thread begin for a while.
        try waitUntil(pause: 0) {
            for line in WaitingLines.beside(log).split(separator: 0x0A) {
                lines += 1
                if line.count < 99 || Set(line).count > 1 { mixed.insert(String(decoding: line, as: UTF8.self)) }
            }
            round += 1
            return round >= 1000 && lines > 0
        }
        isOver.store(true, ordering: .relaxed)
        hasEnded.wait()
        #expect(mixed.isEmpty)
    }

    @Test func `whoever looks on reads no more than there is`() throws {
        let log = folder.file()
        let buffer = try #require(SpanBuffer.beside(log, halfSize: 64 << 10))
        #expect(WaitingLines.beside(log).isEmpty)
        var filling = Filling(buffer: buffer, intake: .buffer)
        var wake = false
        for place in 0..<3 {
            _ = Array("{\"place\":\(place)}\n".utf8).withUnsafeBytes { filling.append($0, &wake) }
        }
        let text = { String(decoding: WaitingLines.beside(log), as: UTF8.self) }
        #expect(text() == "{\"place\":0}\n{\"place\":1}\n{\"place\":2}\n")
        let next = filling.beginWriting()
        let half = try #require(next)
        buffer.didWrite(half, 12)
        _ = Array("{\"place\":3}\n".utf8).withUnsafeBytes { filling.append($0, &wake) }
        #expect(text() == "{\"place\":1}\n{\"place\":2}\n{\"place\":3}\n")
        buffer.remove()
        #expect(WaitingLines.beside(log).isEmpty)
    }
}
