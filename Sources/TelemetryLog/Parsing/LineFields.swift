internal import Telemetry

/// A part of a line: a string's content as it stands there, escapes included, or a whole value.
struct Slice {
    /// Where it begins in the line; `UInt32.max` if it is absent.
    private let place: UInt32
    /// Its length; the highest bit says that it has escapes.
    private let length: UInt32

    /// Nothing.
    @inline(__always) init() { (place, length) = (.max, 0) }

    @inline(__always)
    init(start: Int, count: Int, hasEscape: Bool) {
        place = UInt32(truncatingIfNeeded: start)
        length = UInt32(truncatingIfNeeded: count) | (hasEscape ? 1 << 31 : 0)
    }

    @inline(__always) var isPresent: Bool { place != .max }
    @inline(__always) var start: Int { isPresent ? Int(place) : 0 }
    @inline(__always) var count: Int { Int(length & (1 << 31 - 1)) }
    @inline(__always) var hasEscape: Bool { length >> 31 != 0 }
}

/// What the figures need of a line, as numbers and places in it: no value is made that isn't asked for.
///
/// It is valid as long as the line is.
struct LineFields {
    /// Where the line begins.
    var base: UnsafePointer<UInt8>
    /// The line's length without its end.
    var count = 0

    /// What stands for the span's id, which is computed when it is asked for; see ``Hexadecimal/key16(_:)``.
    var spanKey: UInt64 = 0
    var traceHigh: UInt64 = 0
    var traceLow: UInt64 = 0
    /// 0 for a root.
    var parentID: UInt64 = 0
    /// Set by `setEventType`.
    var eventType = Slice()
    var kind = EventKind.other
    var eventTypeHash: UInt64 = 0
    var name = Slice()
    /// Microseconds since 1970.
    var timestamp: Int64 = 0
    /// Microseconds; -1 if there is none.
    var duration: Int64 = -1
    var data = Slice()
    var error = Slice()

    // Of the data.
    var model = Slice()
    var tool = Slice()
    var user = Slice()
    var promptTokens = 0
    var cachedTokens = 0
    var completionTokens = 0
    var attempt = 1
    var droppedCount = 0
    var saysFailure = false
    /// Whether the record says that its span began, not that it ended.
    var isRunning = false

    /// What a consumer has found out from the event type, the name, the model and the tool, from one line of a layout to
    /// the next: 0 at first; -1 where these differ, and nothing is kept.
    var memo = -1

    /// Where a value goes that nobody asks for.
    var ignored = 0

    init(_ base: UnsafePointer<UInt8>) { self.base = base }

    var spanID: UInt64 { Hexadecimal.value(of: spanKey) }

    /// Whether the operation failed, as `Span.isFailure` has it.
    var isFailure: Bool { error.isPresent || saysFailure }

    /// 64 bits that stand for the trace's id, never all 0.
    var traceKey: UInt64 { max(1, traceLow ^ (traceHigh &* 0x9E37_79B9_7F4A_7C15)) }

    /// When the operation was over, in microseconds since 1970.
    var end: Int64 { timestamp &+ max(0, duration) }

    /// The bytes of a part.
    func bytes(_ slice: Slice) -> UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(start: base + slice.start, count: slice.count)
    }

    /// A part's text, escapes resolved.
    func text(_ slice: Slice) -> String? { slice.isPresent ? Self.text(bytes(slice), slice.hasEscape) : nil }

    /// The text of a JSON string's content.
    static func text(_ bytes: UnsafeRawBufferPointer, _ hasEscape: Bool) -> String {
        let plain = String(decoding: bytes, as: UTF8.self)
        guard hasEscape, let value = try? JSONValue(parsing: "\"\(plain)\"") else { return plain }
        return value.string ?? plain
    }

    /// The whole line as a value.
    var span: Span? {
        let bytes = UnsafeRawBufferPointer(start: base, count: count)
        return try? Span(line: RawSpan(_unsafeBytes: bytes))
    }
}
