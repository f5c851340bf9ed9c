/// The event types that figures know, so that a line's is compared once.
enum EventKind: UInt8 {
    case llmCall, toolCall, toolRequest, memory, agentRun
    /// Records of the recorder about the log itself.
    case spansDropped, tornLine
    case other

    /// - Parameter type: As the line has it, escapes not resolved.
    init(_ type: TextKey) {
        self =
            switch (type.count, type.head) {
            case (8, 0x6C6C_6163_5F6D_6C6C): .llmCall
            case (9, 0x6C61_635F_6C6F_6F74) where type.tail == 0x6C6C_6163_5F6C_6F6F: .toolCall
            case (12, 0x7165_725F_6C6F_6F74) where type.tail == 0x7473_6575_7165_725F: .toolRequest
            case (6, 0x0000_7972_6F6D_656D): .memory
            case (9, 0x7572_5F74_6E65_6761) where type.tail == 0x6E75_725F_746E_6567: .agentRun
            case (13, 0x7264_5F73_6E61_7073) where type.tail == 0x6465_7070_6F72_645F: .spansDropped
            case (9, 0x6E69_6C5F_6E72_6F74) where type.tail == 0x656E_696C_5F6E_726F: .tornLine
            default: .other
            }
    }
}

extension LineFields {
    /// Takes the event type, and what is derived from it.
    @inline(__always)
    mutating func setEventType(_ type: Slice) {
        eventType = type
        let key = key(type)
        kind = EventKind(key)
        eventTypeHash = key.hash(0)
    }

    /// Whether the recorder made it about the log itself.
    @inline(__always)
    var isAboutTheLog: Bool { kind == .spansDropped || kind == .tornLine }

    /// What spans of its type are told apart by: models, tools and operations; nothing for those whose names are as many
    /// as they are.
    @inline(__always)
    var label: Slice {
        switch kind {
        case .llmCall: model.isPresent ? model : name
        case .toolCall, .toolRequest: tool.isPresent ? tool : name
        case .memory: name
        default: Slice()
        }
    }
}
