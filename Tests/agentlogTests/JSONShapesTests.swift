import Foundation
import Telemetry
import TelemetryLog
import Testing

@testable import agentlog

/// What `--json` prints, held against the article that says what it prints.
@Suite struct JSONShapesTests {
    @Test func `every command prints what is documented, and no more`() throws {
        let shapes = try Shapes()
        let log = try ShapesLog()
        let options = ["--log", log.path, "--json"]
        let output = log.folder + "/output"
        for grouping in ["type", "model", "tool", "user", "hour"] {
            try shapes.hold("summary", run(["summary", "--by", grouping] + options))
        }
        try shapes.hold("summary", run(["summary", "--json", "--log", log.empty]))
        try shapes.hold("traces", run(["traces"] + options))
        for trace in [ShapesLog.trace, ShapesLog.instant] { try shapes.hold("trace", run(["trace", trace] + options)) }
        for span in ["01", "02"] { try shapes.hold("span", run(["span", ShapesLog.span(span)] + options)) }
        try shapes.hold("failures", run(["failures"] + options))
        try shapes.hold("check", run(["check"] + options))
        try shapes.hold("tail", run(["tail", "-n", "1000"] + options))
        try shapes.hold("top", run(["top"] + options))
        try shapes.hold("compare", run(["compare", log.path, log.path, "--json"]))
        try shapes.hold("compare", run(["compare", log.path, log.other, "--json"]))
        try shapes.hold("report", run(["report", "-o", output] + options))
        try shapes.hold("export", run(["export", "--csv", "-o", output] + options))
        try shapes.hold("completions", run(["completions", "fish"] + options))
        // Where what is written goes to standard output, what was written is told beside it.
        for words in [["report", "-o", "-"], ["export", "--csv"], ["export", "--otlp", "-o", "-"]] {
            let run = run(words + options)
            try shapes.hold(words[0], Run(code: run.code, output: run.errors, errors: ""))
            #expect(!run.output.isEmpty)
        }
        for command in AgentLog.commands {
            let unseen = shapes.unseen(command.name)
            #expect(unseen.isEmpty, "\(command.name): documented, but never printed: \(unseen)")
        }
    }

    @Test func `a field that isn't documented, is missing or has another type is found`() throws {
        let shapes = try Shapes()
        #expect(try shapes.problems("export", #"{"file":"a","spans":1}"#) == [])
        #expect(try shapes.problems("export", #"{"file":"a","spans":1,"new":1}"#) == ["new: not documented"])
        #expect(try shapes.problems("export", #"{"file":"a"}"#) == ["spans: missing"])
        #expect(try shapes.problems("export", #"{"file":null,"spans":1.5}"#).count == 2)
        #expect(
            try shapes.problems("compare", #"{"rows":[{}],"only_before":[],"only_after":[1]}"#).contains(
                "rows[].errors: missing"
            )
        )
    }

    @Test func `help names the outermost fields`() throws {
        let shapes = try Shapes()
        for command in AgentLog.commands {
            #expect(Set(command.fields) == shapes.outermost(command.name), "\(command.name)")
            let help = agentlog(command.name, "--help").output.split(separator: "JSON:\n").last ?? ""
            for field in command.fields { #expect(help.contains(field), "\(command.name): \(field)") }
        }
    }
}

/// The article's tables.
private final class Shapes {
    private struct Field {
        var types: Set<String>
        var isOptional: Bool
        /// The table whose fields these are too.
        var table: String?
    }

    private var tables: [String: [(path: String, field: Field)]] = [:]
    private var seen: [String: Set<String>] = [:]

    init() throws {
        let article = URL(filePath: #filePath).deletingLastPathComponent()
            .appending(path: "../../Sources/TelemetryLog/TelemetryLog.docc/JSONShapes.md")
        var title = ""
        for line in try String(contentsOf: article, encoding: .utf8).split(separator: "\n") {
            if line.hasPrefix("### ") { title = String(line.dropFirst(4)) }
            let cells = line.split(separator: "|", omittingEmptySubsequences: false).map {
                $0.trimmingCharacters(in: .whitespaces)
            }
            guard cells.count == 5, cells[1] != "field", cells[1] != "---" else { continue }
            let words = cells[2].split(separator: ", ").map(String.init)
            let field = Field(
                types: Set(words.first { !$0.hasPrefix("*") }?.components(separatedBy: " or ") ?? []),
                isOptional: words.contains("optional"),
                table: words.first { $0.hasPrefix("*") }.map { $0.filter { $0 != "*" } }
            )
            tables[title, default: []].append((cells[1].filter { $0 != "`" }, field))
        }
    }

    /// The fields of a table by their paths, with those of other tables that it names.
    private func fields(_ title: String) -> [String: Field] {
        var fields: [String: Field] = [:]
        for (path, field) in tables[title] ?? [] {
            if !path.isEmpty { fields[path] = field }
            guard let table = field.table else { continue }
            for (inner, field) in self.fields(table) { fields[path.isEmpty ? inner : "\(path).\(inner)"] = field }
        }
        return fields
    }

    func outermost(_ title: String) -> Set<String> {
        Set(fields(title).keys.filter { !$0.contains { ".[{".contains($0) } })
    }

    /// What was never printed; a key that a line needn't have counts wherever it stood.
    func unseen(_ title: String) -> [String] {
        let seen = seen[title] ?? []
        return fields(title).filter { path, field in
            let key = path.split(separator: ".").last ?? ""
            return !seen.contains(path) && !(field.isOptional && seen.contains { $0.hasSuffix(".\(key)") })
        }.keys.sorted()
    }

    func hold(_ title: String, _ run: Run) throws {
        #expect(run.errors.isEmpty, "\(run.errors)")
        let lines = run.output.split(separator: "\n")
        #expect(!lines.isEmpty, "\(title)")
        for line in lines {
            let problems = try problems(title, String(line))
            #expect(problems.isEmpty, "\(title): \(problems) in \(line)")
        }
    }

    func problems(_ title: String, _ line: String) throws -> [String] {
        var problems: [String] = []
        look(at: try JSONValue(parsing: line), "", fields(title), title, &problems)
        return problems
    }

    private func look(
        at value: JSONValue,
        _ path: String,
        _ fields: [String: Field],
        _ title: String,
        _ problems: inout [String]
    ) {
        if !path.isEmpty {
            guard let field = fields[path] else { return problems.append("\(path): not documented") }
            seen[title, default: []].insert(path)
            if field.types == ["any"] { return }
            let types = types(of: value)
            if field.types.isDisjoint(with: types) { problems.append("\(path): \(types) instead of \(field.types)") }
        }
        for element in value.array ?? [] { look(at: element, path + "[]", fields, title, &problems) }
        guard let object = value.object else { return }
        if fields[path + "{}"] != nil {
            for (_, member) in object { look(at: member, path + "{}", fields, title, &problems) }
            return
        }
        let start = path.isEmpty ? "" : path + "."
        for (key, member) in object { look(at: member, start + key, fields, title, &problems) }
        for (inner, field) in fields where inner.hasPrefix(start) && !field.isOptional {
            let key = inner.dropFirst(start.count)
            if !key.contains(where: { ".[{".contains($0) }), object[String(key)] as JSONValue? == nil {
                problems.append("\(inner): missing")
            }
        }
    }

    private func types(of value: JSONValue) -> Set<String> {
        switch value {
        case .null: ["null"]
        case .bool: ["boolean"]
        case .integer: ["integer", "number"]
        case .number: ["number"]
        case .string: ["string"]
        case .array: ["array"]
        case .object: ["object"]
        }
    }
}

/// Logs in which everything occurs: failures, retries, orphans, spans that didn't end, lines that are none.
private final class ShapesLog {
    static let trace = "4bf92f3577b34da6a3ce929d0e0e4736"
    static let instant = "5bf92f3577b34da6a3ce929d0e0e4736"
    let folder: String
    let path: String
    let other: String
    let empty: String

    /// A span's id that ends so.
    static func span(_ end: String) -> String { String(repeating: "a", count: 16 - end.count) + end }

    init() throws {
        folder = NSTemporaryDirectory() + "agentlog-shapes-" + UUID().uuidString
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        (path, other, empty) = (folder + "/log.jsonl", folder + "/other.jsonl", folder + "/empty.jsonl")
        var lines = [
            line("01", within: nil, "agent_run", "run", 900, data: #""user_id":"ada""#),
            line("02", within: "01", "llm_call", "m", 300, data: #""model":"m""#, error: "timed out after 7 s"),
            line(
                "03",
                within: "01",
                "llm_call",
                "m",
                300,
                data: #""model":"m","attempt":2,"prompt_tokens":7,"completion_tokens":2"#
            ),
            line("04", within: "01", "llm_call", "n", 250, data: #""model":"n""#),
            line("05", within: "99", "tool_call", "calculator", 10, data: #""tool":"calculator""#),
            line("06", within: "01", "memory", "add", nil, data: #""status":"running""#),
            line("07", within: nil, "note", nil, nil, trace: Self.instant, data: nil),
        ]
        // As many as an interval wants on either side of a median, and of what 95 % stay within.
        for number in 100..<300 {
            lines.append(
                line(
                    "\(number)",
                    within: "01",
                    "llm_call",
                    "m",
                    number,
                    data: #""model":"m","prompt_tokens":5,"completion_tokens":1"#
                )
            )
        }
        let text = lines.joined(separator: "\n") + "\n"
        try Data((text + lines[0] + "\nnot a span\n{\"span_id\":").utf8).write(to: URL(filePath: path))
        let fewer = lines.filter { !$0.contains("tool_call") } + [line("08", within: "01", "plan", "p", 1, data: nil)]
        try Data((fewer.joined(separator: "\n") + "\n").utf8).write(to: URL(filePath: other))
        try Data().write(to: URL(filePath: empty))
    }

    deinit { try? FileManager.default.removeItem(atPath: folder) }

    private func line(
        _ id: String,
        within parent: String?,
        _ type: String,
        _ name: String?,
        _ duration: Int?,
        trace: String = ShapesLog.trace,
        data: String?,
        error: String? = nil
    ) -> String {
        #"{"span_id":"\#(Self.span(id))","trace_id":"\#(trace)","#
            + (parent.map { #""parent_span_id":"\#(Self.span($0))","# } ?? "") + #""event_type":"\#(type)","#
            + (name.map { #""name":"\#($0)","# } ?? "") + #""timestamp":"2026-01-15T11:29:00.000000Z""#
            + (duration.map { #","duration_ms":\#($0)"# } ?? "") + (data.map { ",\"data\":{\($0)}" } ?? "")
            + (error.map { #","error":"\#($0)""# } ?? "") + "}"
    }
}
