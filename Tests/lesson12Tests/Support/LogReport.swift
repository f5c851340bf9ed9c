import Foundation

/// What Python's `json` makes of a log: another reader than ours, so that writer and reader can't share a mistake.
struct LogReport: Sendable, Decodable {
    struct Span: Sendable, Decodable {
        var event_type: String
        var name: String?
        var parent: String?
        var milliseconds: Double?
        var error: String?
        /// The data as compact JSON.
        var data: String
    }

    /// What breaks schema 1, with the line's number.
    var violations: [String]
    /// The trace that all spans belong to.
    var trace: String
    /// The spans in the log's order.
    var spans: [Span]

    init(of path: String, in folder: Folder) throws {
        let output = try Program.run("python3", ["-c", Self.script, path], in: folder)
        guard output.status == 0 else { throw TestFailure("python3: \(output.stderr)") }
        self = try JSONDecoder().decode(LogReport.self, from: Data(output.stdout.utf8))
    }

    func spans(_ type: String) -> [Span] { spans.filter { $0.event_type == type } }

    /// The time that model calls took.
    var modelTime: Double { spans("llm_call").reduce(0) { $0 + ($1.milliseconds ?? 0) } }
    /// The time that the run took besides.
    var ownTime: Double { (spans.first { $0.parent == nil }?.milliseconds ?? .infinity) - modelTime }

    private static let script = #"""
        import datetime, json, re, sys

        KEYS = ["span_id", "trace_id", "parent_span_id", "event_type", "name", "timestamp", "duration_ms", "data", "error"]
        REQUIRED = {
            "llm_call": {"model": str, "prompt_length": int, "response_length": int, "prompt_tokens": int,
                "cached_tokens": int, "completion_tokens": int, "time_to_first_token_ms": float,
                "finish_reason": str, "attempt": int, "success": bool, "max_tokens": int, "temperature": float,
                "prompt": list, "response": str},
            "tool_request": {"tool": str, "arguments": dict},
            "tool_call": {"tool": str, "arguments": dict, "result": None},
            "memory": {"operation": str, "data": None},
            "decision": {"choices": list, "selected": str},
            "agent_run": {}, "agent_step": {}, "plan": {}, "action": {}, "eval": {},
        }
        violations = []

        class Number(float):
            "A number that still knows how it was written."
            def __new__(cls, text):
                number = super().__new__(cls, text)
                number.text = text
                return number

        def members(pairs):
            keys = [key for key, _ in pairs]
            if len(set(keys)) < len(keys): raise ValueError(f"a key stands twice among {keys}")
            return dict(pairs)

        def constant(text): raise ValueError(f"{text} is not JSON")

        def plain(value):
            if isinstance(value, Number): return json.loads(value.text)
            if isinstance(value, dict): return {key: plain(each) for key, each in value.items()}
            if isinstance(value, list): return [plain(each) for each in value]
            return value

        def check(span, number):
            def expect(truth, words):
                if not truth: violations.append(f"line {number}: {words}")
            def hexadecimal(key, width):
                text = span.get(key)
                expect(isinstance(text, str) and re.fullmatch(f"[0-9a-f]{{{width}}}", text) and int(text, 16),
                    f"{key} {text!r} is no id of {width} hexadecimal digits")
            expect(list(span) == [key for key in KEYS if key in span], f"keys {list(span)}")
            hexadecimal("span_id", 16)
            hexadecimal("trace_id", 32)
            if "parent_span_id" in span: hexadecimal("parent_span_id", 16)
            for key in ("name", "error"):
                expect(key not in span or isinstance(span[key], str), f"{key} is no text")
            time = span.get("timestamp")
            expect(isinstance(time, str) and re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z", time),
                f"timestamp {time!r}")
            datetime.datetime.strptime(time, "%Y-%m-%dT%H:%M:%S.%fZ")
            if "duration_ms" in span:
                text = getattr(span["duration_ms"], "text", None)
                expect(text and re.fullmatch(r"(0|[1-9]\d*)(\.\d{1,3})?", text), f"duration_ms {text!r}")
            data = span.get("data", {})
            expect(isinstance(data, dict), "data is no object")
            expect("data" not in span or data, "data is empty")
            required = REQUIRED.get(span.get("event_type"))
            expect(required is not None, f"event_type {span.get('event_type')!r}")
            for key, kind in (required or {}).items():
                if "error" in span and key in ("result", "response", "selected"): continue
                expect(key in data, f"{span.get('event_type')} has no {key}")
                if kind is None or key not in data: continue
                value = data[key]
                if kind is float: good = isinstance(value, Number)
                elif kind is int: good = isinstance(value, Number) and re.fullmatch(r"\d+", value.text)
                else: good = isinstance(value, kind)
                expect(good, f"{span.get('event_type')}: {key} is {value!r}")
            if span.get("event_type") == "llm_call":
                order = [key for key in data if key in REQUIRED["llm_call"]]
                expect(order == list(REQUIRED["llm_call"]), f"llm_call has its data in the order {order}")
                expect(all(list(message) == ["role", "content"] for message in data.get("prompt", [])), "prompt")

        content = open(sys.argv[1], "rb").read()
        if not content.endswith(b"\n"): violations.append("the last line has no end")
        spans = []
        for number, line in enumerate(content.decode("utf-8", "strict").split("\n")[:-1], 1):
            try:
                span = json.loads(line, object_pairs_hook=members, parse_int=Number, parse_float=Number,
                    parse_constant=constant)
                check(span, number)
                spans.append(span)
            except ValueError as error:
                violations.append(f"line {number}: {error}")
        known = {span["span_id"]: span for span in spans}
        roots = [span for span in spans if "parent_span_id" not in span]
        if len(known) < len(spans): violations.append("a span_id stands twice")
        if len(roots) != 1: violations.append(f"{len(roots)} roots")
        if len({span["trace_id"] for span in spans}) != 1: violations.append("more than one trace")
        for span in spans:
            above, steps = span, 0
            while "parent_span_id" in above and steps <= len(spans):
                parent = known.get(above["parent_span_id"])
                if parent is None:
                    violations.append(f"{above['span_id']}: its parent is not in the log")
                    break
                if parent["timestamp"] > above["timestamp"]:
                    violations.append(f"{above['span_id']} began before its parent")
                above, steps = parent, steps + 1
            if steps > len(spans): violations.append(f"{span['span_id']}: its parents lead in a circle")
        json.dump({"violations": violations, "trace": spans[0]["trace_id"] if spans else "", "spans": [
            {"event_type": span["event_type"], "name": span.get("name"), "parent": span.get("parent_span_id"),
             "milliseconds": plain(span["duration_ms"]) if isinstance(span.get("duration_ms"), Number) else None, "error": span.get("error"),
             "data": json.dumps(plain(span.get("data", {})), separators=(",", ":"), ensure_ascii=False)}
            for span in spans]}, sys.stdout)
        """#
}
