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

    @Test(
        arguments: [
            (0, 1, "0"), (9, 1, "9"), (10, 1, "10"), (99, 1, "99"), (100, 1, "100"), (205, 3, "205"), (999, 1, "999"),
            (99, 3, "099"), (1000, 1, "1000"), (1234, 3, "1234"), (9999, 1, "9999"), (10_000, 1, "10000"),
            (100, 6, "000100"),
            (7, 6, "000007"), (1_234_567, 6, "1234567"), (0, 4, "0000"),
            (.max, 1, "18446744073709551615"),
        ] as [(UInt64, Int, String)]
    )
    func `digits have at least their width`(value: UInt64, width: Int, text: String) {
        var buffer = ByteBuffer(capacity: 1)
        buffer.appendDigits(value, width: width)
        #expect(buffer.text == text)
    }
}
