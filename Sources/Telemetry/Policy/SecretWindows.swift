import CScan

/// The windows that shapes of secrets have, by bits, so that one table serves all.
enum SecretWindows {
    static let prefix: UInt8 = 1
    static let word: UInt8 = 2
    static let scheme: UInt8 = 4
    static let webToken: UInt8 = 8
    static let keyBlock: UInt8 = 16
    static let url: UInt8 = 32
    static let email: UInt8 = 64
    static let card: UInt8 = 128
    static let secrets = prefix | word | scheme | webToken | keyBlock | url

    /// The windows, in the seven buckets of `TextScan`.
    ///
    /// Where three bytes have, each at its place, letters of one bucket, a window may begin. So those stand together that
    /// have letters in common, and that real texts mix up least.
    ///
    /// Of words these are: passWOrd, passWD, sECRet, tOKEn, aPI_Key, _KEy, cOOKie, authorIZAtion, pasSPHrase.
    static let buckets: [[(bit: UInt8, windows: String)]] = [
        [(word, "pik piK PIK pi_ PI_ pi- PI-"), (prefix, "plx pm_ xox"), (url, "://")],
        [(word, "swo SWO swd SWD"), (prefix, "b_p k_l k_t r8_")],
        [(word, "-KE sKe eKe tKe nKe rKe hKe"), (prefix, "SIA"), (keyBlock, "-BE")],
        [(word, "sph SPH"), (prefix, "sk- sk_ hf_")],
        [(word, "iza IZA"), (scheme, "bea Bea BEA"), (prefix, "Iza KIA ai-"), (webToken, "eyJ")],
        [(word, "oke OKE oki OKI ecr ECR _ke _KE -ke gKe"), (prefix, "ghu ghr")],
        [(scheme, "bas Bas BAS"), (prefix, "gho ghp ghs glp")],
    ]

    private static let windows = buckets.flatMap { bucket in
        bucket.flatMap { bit, windows in windows.split(separator: " ").map { (bytes: Array($0.utf8), bit) } }
    }

    /// For each pair of bytes, the first one in the low half, the windows that may have it.
    ///
    /// `nonisolated(unsafe)`: the table is filled before anyone else has the pointer, and never changed or freed.
    nonisolated(unsafe) static let pairs: UnsafePointer<UInt8> = {
        let table = UnsafeMutablePointer<UInt8>.allocate(capacity: 1 << 16)
        table.initialize(repeating: 0, count: 1 << 16)
        for (bytes, bit) in windows {
            table[Int(bytes[0]) | Int(bytes[1]) << 8] |= bit
            table[Int(bytes[1]) | Int(bytes[2]) << 8] |= bit
        }
        for byte in 0..<256 {
            table[Int(UInt8(ascii: "@")) | byte << 8] |= email
            table[byte | Int(UInt8(ascii: "@")) << 8] |= email
        }
        for first in 0x30...0x39 {
            for second in 0x30...0x39 { table[first | second << 8] |= card }
        }
        return UnsafePointer(table)
    }()

    /// For each hash of three bytes, the windows that may be these.
    ///
    /// `nonisolated(unsafe)`: as with the pairs.
    nonisolated(unsafe) static let triples: UnsafePointer<UInt8> = {
        let table = UnsafeMutablePointer<UInt8>.allocate(capacity: 1 << 12)
        table.initialize(repeating: 0, count: 1 << 12)
        for (bytes, bit) in windows { table[hash(bytes[0], bytes[1], bytes[2])] |= bit }
        return UnsafePointer(table)
    }()

    @inline(__always)
    private static func hash(_ first: UInt8, _ second: UInt8, _ third: UInt8) -> Int {
        cscan_hash(UInt32(first) | UInt32(second) << 8 | UInt32(third) << 16)
    }

    /// Whether a window of these kinds may begin at `place`, where a pair of it stands, or one byte before.
    @inline(__always)
    static func mayHave(_ kinds: UInt8, at place: Int, in text: UnsafeRawBufferPointer) -> Bool {
        guard kinds & (email | card) == 0 else { return true }
        // At the text's ends it isn't worth the care.
        guard place > 0, place + 2 < text.count else { return true }
        let before = triples[hash(text[place - 1], text[place], text[place + 1])]
        let after = triples[hash(text[place], text[place + 1], text[place + 2])]
        return (before | after) & kinds != 0
    }

    /// What `TextScan` looks for: the windows of secrets.
    ///
    /// `nonisolated(unsafe)`: as with the pairs.
    nonisolated(unsafe) static let scanned: UnsafePointer<cscan_windows> = {
        let (bytes, low, high) = (Table(128), Table(16), Table(16))
        for (bucket, windows) in buckets.enumerated() {
            for window in windows.flatMap({ $0.windows.split(separator: " ") }) {
                for (place, byte) in window.utf8.enumerated() {
                    bytes[place, byte] |= 1 << UInt8(bucket)
                    low[place, byte & 15] |= 1 << UInt8(bucket)
                    high[place, byte >> 4] |= 1 << UInt8(bucket)
                }
            }
        }
        for byte in 0..<128 as Range<UInt8> {
            if byte.isNotPlainASCII != 0 { bytes[0, byte] |= UInt8(CSCAN_NOT_PLAIN) }
            bytes[1, byte] |= UInt8(CSCAN_NOT_PLAIN)
            bytes[2, byte] |= UInt8(CSCAN_NOT_PLAIN)
        }
        let windows = UnsafeMutablePointer<cscan_windows>.allocate(capacity: 1)
        windows.initialize(to: cscan_windows(bytes: bytes.base, low: low.base, high: high.base, triples: triples))
        return UnsafePointer(windows)
    }()

    /// For each place in a window, a number of bytes.
    private struct Table {
        let base: UnsafeMutablePointer<UInt8>
        private let size: Int

        init(_ size: Int) {
            self.size = size
            base = .allocate(capacity: 3 * size)
            base.initialize(repeating: 0, count: 3 * size)
        }

        subscript(place: Int, byte: UInt8) -> UInt8 {
            get { base[place * size + Int(byte)] }
            nonmutating set { base[place * size + Int(byte)] = newValue }
        }
    }
}
