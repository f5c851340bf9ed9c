/// The place in a trace where another process takes over: the `traceparent` header of W3C Trace Context.
///
/// For example, a client sends `Traceparent(traceID: span.traceID, parentID: span.id).description`, and the server's
/// spans are the children of the client's:
/// ```text
/// traceparent: 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01
/// ```
///
/// The format is that of [W3C Trace Context](https://www.w3.org/TR/trace-context/#traceparent-header), version 00.
public struct Traceparent: Sendable, Hashable {
    /// The trace that goes on.
    public var traceID: TraceID
    /// The span on the other side within which ours run.
    public var parentID: SpanID
    /// Whether the other side may have kept the trace.
    public var isSampled: Bool

    /// The place of `parentID` in a trace.
    public init(traceID: TraceID, parentID: SpanID, isSampled: Bool = true) {
        self.traceID = traceID
        self.parentID = parentID
        self.isSampled = isSampled
    }
}

extension Traceparent: LosslessStringConvertible {
    /// The header's value: version 00, both ids, and the flags, of which only *sampled* is ever set.
    public var description: String {
        var buffer = ByteBuffer(capacity: 64)
        buffer.append("00-" as StaticString)
        buffer.appendHex(traceID.high)
        buffer.appendHex(traceID.low)
        buffer.append(UInt8(ascii: "-"))
        buffer.appendHex(parentID.bits)
        buffer.append(isSampled ? "-01" : "-00")
        return buffer.text
    }

    /// Reads a header's value; `nil` if it is invalid, after which the trace is to be begun anew.
    ///
    /// Of versions later than 00 the part that is known is read, as the specification asks; version `ff`, ids that are
    /// all zero, and digits in upper case are invalid.
    public init?(_ description: String) {
        guard let value = description.withBytes({ Self.parse(ByteText($0)) }) else { return nil }
        self = value
    }

    private static func parse(_ text: ByteText) -> Traceparent? {
        let dash = UInt8(ascii: "-")
        guard text.count >= 55, text[2] == dash, text[35] == dash, text[52] == dash,
            let version = digits(text, 0..<2), version != 0xFF,
            version == 0 ? text.count == 55 : text.count == 55 || text[55] == dash,
            let high = digits(text, 3..<19), let low = digits(text, 19..<35), let parent = digits(text, 36..<52),
            let flags = digits(text, 53..<55),
            let traceID = TraceID(high: high, low: low), let parentID = SpanID(bits: parent)
        else { return nil }
        return Traceparent(traceID: traceID, parentID: parentID, isSampled: flags & 1 == 1)
    }

    private static func digits(_ text: ByteText, _ range: Range<Int>) -> UInt64? {
        var bits: UInt64 = 0
        for place in range {
            switch text[place] {
            case 0x30...0x39: bits = bits << 4 | UInt64(text[place] - 0x30)
            case 0x61...0x66: bits = bits << 4 | UInt64(text[place] - 0x61 + 10)
            default: return nil
            }
        }
        return bits
    }
}
