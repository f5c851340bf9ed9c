import CScan

/// What goes through texts many bytes at a time, in the vector instructions of the processor that the program runs on.
///
/// `@unchecked Sendable`: what the pointers lead to is never changed.
struct TextScan: @unchecked Sendable {
    private let variant: UnsafePointer<cscan_variant>
    private let windows = SecretWindows.scanned

    private init(_ variant: UnsafePointer<cscan_variant>) { self.variant = variant }

    /// All that this processor can run, the fastest one first.
    static let all = Array(sequence(state: 0) { place in cscan_variant_at(place).map { (place += 1, TextScan($0)).1 } })

    /// The fastest one; `nil` if this processor has none.
    static let best = all.first

    var name: String { String(cString: variant.pointee.name) }

    /// The first place from `start` on where a window of a secret may begin; the text's end if there is none.
    @inline(__always)
    func window(in text: UnsafeRawBufferPointer, from start: Int) -> Int {
        guard let base = text.baseAddress else { return text.count }
        return variant.pointee.window(base, start, text.count, windows)
    }

    /// Copies a text with what must not stand in JSON escaped, until something else has to be done.
    @inline(__always)
    func copy(
        _ text: inout cscan_copy,
        _ escapes: UnsafePointer<UInt64>,
        findingWindows: Bool
    ) -> cscan_stop {
        variant.pointee.copy(&text, escapes, findingWindows ? windows : nil)
    }

    /// The most bytes of a short text.
    static let short = Int(CSCAN_SHORT)

    /// Copies a short text, if it is ASCII, nothing of it must be escaped, and no window of a secret may begin in it.
    ///
    /// - Parameter out: Has room for `short` bytes; all of them may be written.
    @inline(__always)
    func copyHarmless(short text: UnsafeRawBufferPointer, to out: UnsafeMutableRawPointer) -> Bool {
        guard let base = text.baseAddress, text.count > 0 else { return true }
        return variant.pointee.copy_short(base, text.count, out, windows)
    }
}
