import Testing

@testable import Telemetry

struct KnownKeysTests {
    private func known(_ key: String) -> UnsafePointer<KnownKeys.Entry>? {
        KnownKeys.shared[JSONObject.Entry(key: key, value: .null).known]
    }

    @Test func `what is known of a key is what looking at it would tell`() throws {
        for key in KnownKeys.all {
            let name = "\(key.name)"
            #expect(!Redaction().masks(key: name), "\(name)")
            #expect(key.isContent == ContentCapture.isContent(name), "\(name)")
            #expect(name.utf8.count <= TextDigest.longestExact)
            let entry = try #require(known(name))
            #expect(entry.pointee.isContent == key.isContent)
            #expect(entry.pointee.fact == key.fact)
            for isFirst in [true, false] {
                var buffer = ByteBuffer()
                buffer.append(atMost: 32) { $0.put(entry, isFirst: isFirst) }
                #expect(buffer.text == (isFirst ? "" : ",") + "\"\(name)\":")
            }
        }
    }

    @Test func `no other key is taken for a known one`() {
        for key in KnownKeys.all {
            let name = "\(key.name)"
            let names = Set(KnownKeys.all.map { "\($0.name)" })
            for place in 0..<name.utf8.count {
                var bytes = Array(name.utf8)
                bytes[place] ^= 1
                let changed = String(decoding: bytes, as: UTF8.self)
                #expect((known(changed) != nil) == names.contains(changed), "\(changed)")
                bytes.remove(at: place)
                let shorter = String(decoding: bytes, as: UTF8.self)
                #expect((known(shorter) != nil) == names.contains(shorter), "\(shorter)")
            }
            #expect(known(name + "\0") == nil)
            #expect(known(name + String(repeating: "x", count: 30)) == nil)
        }
        #expect(known("") == nil)
    }
}
