internal import Telemetry

/// Spans in the form of OTLP/JSON (OpenTelemetry protocol 1.x), as a Collector's file receiver reads it: a line is one
/// `ExportTraceServiceRequest`; ids are hexadecimal, 64-bit integers are strings, enumerations are numbers.
///
/// Attributes follow OpenTelemetry's semantic conventions for generative AI where these have a name:
///
/// | in the log | attribute |
/// |---|---|
/// | `event_type` | `gen_ai.operation.name`: `chat`, `execute_tool`, `invoke_agent`; and `agent_telemetry.event_type` |
/// | `model` | `gen_ai.request.model` |
/// | `prompt_tokens`, `completion_tokens` | `gen_ai.usage.input_tokens`, `gen_ai.usage.output_tokens` |
/// | `cached_tokens` | `gen_ai.usage.cache_read.input_tokens` |
/// | `finish_reason` | `gen_ai.response.finish_reasons`, an array |
/// | `temperature`, `top_p`, `top_k`, `seed`, `max_tokens` | `gen_ai.request.…` |
/// | `tool`, `arguments`, `result` | `gen_ai.tool.name`, `gen_ai.tool.call.arguments`, `gen_ai.tool.call.result` |
/// | `user_id`, `session_id` | `user.id`, `gen_ai.conversation.id` |
/// | anything else in `data` | `agent_telemetry.` and its key |
/// | `error` | the status: code 2 and the message; `error.type` is `_OTHER` |
public enum OTLP {
    /// The attributes that keys of `data` become.
    public static let attributes: [(key: String, attribute: String)] = staticAttributes.map {
        ("\($0.key)", "\($0.attribute)")
    }

    static let staticAttributes: [(key: StaticString, attribute: StaticString)] = [
        ("model", "gen_ai.request.model"), ("prompt_tokens", "gen_ai.usage.input_tokens"),
        ("completion_tokens", "gen_ai.usage.output_tokens"),
        ("cached_tokens", "gen_ai.usage.cache_read.input_tokens"),
        ("finish_reason", "gen_ai.response.finish_reasons"), ("temperature", "gen_ai.request.temperature"),
        ("top_p", "gen_ai.request.top_p"), ("top_k", "gen_ai.request.top_k"), ("seed", "gen_ai.request.seed"),
        ("max_tokens", "gen_ai.request.max_tokens"), ("tool", "gen_ai.tool.name"),
        ("arguments", "gen_ai.tool.call.arguments"), ("result", "gen_ai.tool.call.result"), ("user_id", "user.id"),
        ("session_id", "gen_ai.conversation.id"),
    ]

    private static let names = Dictionary(uniqueKeysWithValues: attributes.map { ($0.key, $0.attribute) })

    static let lineStart =
        #"{"resourceSpans":[{"resource":{"attributes":[{"key":"service.name","value":{"stringValue":"agent"}}]},"#
        + #""scopeSpans":[{"scope":{"name":"agentlog"},"spans":["#
    static let lineEnd = "]}]}]}\n"

    static func span(_ span: Span) -> String {
        var text = "{\"traceId\":\"\(span.traceID)\",\"spanId\":\"\(span.id)\""
        if let parent = span.parentID { text += ",\"parentSpanId\":\"\(parent)\"" }
        let operation = operation(of: span.eventType)
        let name = [operation ?? span.eventType.rawValue, span.name ?? ""].filter { !$0.isEmpty }.joined(separator: " ")
        text += ",\"name\":\(JSONValue.string(name)),\"kind\":\(span.eventType == .llmCall ? 3 : 1)"
        let start = span.timestamp.microseconds
        let end = (span.timestamp + (span.duration ?? .zero)).microseconds
        text += ",\"startTimeUnixNano\":\"\(nanoseconds(start))\",\"endTimeUnixNano\":\"\(nanoseconds(end))\""
        text += ",\"attributes\":["
        text += attribute("agent_telemetry.event_type", .string(span.eventType.rawValue))
        if let operation { text += "," + attribute("gen_ai.operation.name", .string(operation)) }
        for (key, json) in span.data where json != .null {
            text += "," + attribute(names[key] ?? "agent_telemetry.\(key)", value(json, of: key))
        }
        if span.isFailure { text += "," + attribute("error.type", "_OTHER") }
        text += "]"
        if span.isFailure { text += ",\"status\":{\"code\":2,\"message\":\(JSONValue.string(span.error ?? ""))}" }
        return text + "}"
    }

    /// OTLP's times are unsigned.
    static func nanoseconds(_ microseconds: Int64) -> UInt64 {
        UInt64(min(max(0, microseconds), 1 << 53)) * 1000
    }

    private static func operation(of type: EventType) -> String? {
        switch type {
        case .llmCall: "chat"
        case .toolCall: "execute_tool"
        case .agentRun: "invoke_agent"
        default: nil
        }
    }

    /// A value in the form that the conventions want it in.
    private static func value(_ json: JSONValue, of key: String) -> JSONValue {
        switch key {
        case "finish_reason": json.string == nil ? json : .array([json])
        case "arguments", "result": json.string == nil ? .string(json.description) : json
        default: json
        }
    }

    private static func attribute(_ key: String, _ value: JSONValue) -> String {
        "{\"key\":\(JSONValue.string(key)),\"value\":\(anyValue(value))}"
    }

    private static func anyValue(_ value: JSONValue) -> String {
        switch value {
        case .null: "{}"
        case .bool(let value): "{\"boolValue\":\(value)}"
        case .integer(let value): "{\"intValue\":\"\(value)\"}"
        case .number: "{\"doubleValue\":\(value)}"
        case .string: "{\"stringValue\":\(value)}"
        case .array(let elements):
            "{\"arrayValue\":{\"values\":[\(elements.map(anyValue).joined(separator: ","))]}}"
        case .object(let members):
            "{\"kvlistValue\":{\"values\":[\(members.map { attribute($0.key, $0.value) }.joined(separator: ","))]}}"
        }
    }
}
