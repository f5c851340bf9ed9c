import Testing

@testable import Telemetry

struct ByteBufferTests {
    @Test(arguments: [1, 2, 3, 1000])
    func `what is appended stands in order, however small the buffer began`(capacity: Int) {
        var buffer = ByteBuffer(capacity: capacity)
        var expected: [UInt8] = []
        for round in 0..<300 {
            buffer.append(UInt8(truncatingIfNeeded: round))
            buffer.append("é\(round)")
            expected += [UInt8(truncatingIfNeeded: round)] + Array("é\(round)".utf8)
        }
        #expect(Array(buffer.bytes) == expected)
        #expect(buffer.capacity >= buffer.count)
    }

    @Test func `truncating forgets the end and keeps the beginning`() {
        var buffer = ByteBuffer()
        buffer.append("0123456789")
        buffer.truncate(to: 4)
        #expect(buffer.text == "0123")
        buffer.append("x")
        #expect(buffer.text == "0123x")
        buffer.truncate()
        #expect(buffer.text == "")
    }

    @Test func `a buffer that begins in borrowed memory leaves it when it is full`() {
        withUnsafeTemporaryAllocation(byteCount: 8, alignment: 1) { memory in
            var buffer = ByteBuffer(memory)
            buffer.append("01234567")
            #expect(buffer.bytes.baseAddress == UnsafeRawPointer(memory.baseAddress))
            buffer.append("89")
            #expect(buffer.bytes.baseAddress != UnsafeRawPointer(memory.baseAddress))
            #expect(buffer.text == "0123456789")
        }
    }

    @Test(
        arguments: [
            (0, "0000000000000000"), (1, "0000000000000001"), (.max, "ffffffffffffffff"),
            (0x0123_4567_89AB_CDEF, "0123456789abcdef"),
        ] as [(UInt64, String)]
    )
    func `hexadecimal has sixteen lower-case digits`(value: UInt64, text: String) {
        var buffer = ByteBuffer(capacity: 1)
        buffer.appendHex(value)
        #expect(buffer.text == text)
    }

    @Test func `digits are those of the number, whatever their count`() {
        var numbers = Array(0...20_000 as ClosedRange<UInt64>) + [.max, .max - 1]
        var power: UInt64 = 1
        for _ in 0..<20 {
            numbers += [power - 1, power, power + 1]
            power = power &* 10
        }
        for number in numbers {
            var buffer = ByteBuffer(capacity: 1)
            buffer.appendDigits(number)
            #expect(buffer.text == String(number))
        }
        for number in [0, -1, 1, -10_000, .min, .max] {
            var buffer = ByteBuffer(capacity: 1)
            buffer.appendJSON(number)
            #expect(buffer.text == String(number))
        }
    }

    @Test func `milliseconds have no more decimals than they need`() {
        for microseconds in Array(0...10_100 as ClosedRange<UInt64>) + [123_456_789, 1_523_000, 99_999_999_999_990] {
            var buffer = ByteBuffer()
            buffer.append(atMost: 32) { $0.put(millisecondsOf: microseconds * 1000 + 499) }
            let text = buffer.text
            #expect(!text.contains(".") || (text.last != "0" && text.last != "."), "\(text)")
            let parts = text.split(separator: ".")
            let decimals = parts.count > 1 ? parts[1] + String(repeating: "0", count: 3 - parts[1].count) : "000"
            #expect(UInt64(parts[0] + decimals) == microseconds, "\(text)")
        }
    }

    @Test(arguments: 0...64)
    func `a short text that is plain stands between quotes, and one that isn't leaves nothing`(length: Int) {
        for place in -1..<length {
            for byte in [0, 0x1F, UInt8(ascii: "\""), UInt8(ascii: "\\"), 0x7F, 0x80, 0xFF] {
                var bytes = (0..<length).map { UInt8(ascii: "a") + UInt8($0 % 26) }
                if place >= 0 { bytes[place] = byte }
                var buffer = ByteBuffer(capacity: 1)
                buffer.append("<")
                let isWritten = bytes.withUnsafeBytes { buffer.appendJSON(short: $0) { _ in true } }
                #expect(isWritten == (place < 0))
                #expect(buffer.text == (isWritten ? "<\"\(String(decoding: bytes, as: UTF8.self))\"" : "<"))
            }
        }
    }
}
