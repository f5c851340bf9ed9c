public import Telemetry

extension Comparison {
    /// What changed, as text; what is more than chance is marked.
    public func text(_ style: TextStyle = TextStyle()) -> String {
        guard !rows.isEmpty else { return "Nothing to compare: no operation is in both.\n" }
        var table = TextTable(columns: [
            TextTable.Column(title: "", isText: true, isFlexible: true), TextTable.Column(title: "before"),
            TextTable.Column(title: "after"), TextTable.Column(title: "change"),
            TextTable.Column(title: "95 % sure between", leftOut: 1), TextTable.Column(title: "", isText: true),
        ])
        for row in rows {
            let name = row.name.map { "  " + Escaping.plain($0) } ?? Escaping.plain(row.eventType)
            table.rows.append([
                TextTable.Cell(name, row.name == nil ? .heading : .plain), Cell(Format.count(row.countBefore)),
                Cell(Format.count(row.countAfter)), "", "", "",
            ])
            let indent = row.name == nil ? "  " : "    "
            if row.errors.before + row.errors.after > 0 { table.rows.append(share(indent + "errors", row.errors)) }
            if row.retries.before + row.retries.after > 0 { table.rows.append(share(indent + "retries", row.retries)) }
            for (label, change) in [("p50", row.p50), ("p95", row.p95)] {
                if let change { table.rows.append(latency(indent + label, change)) }
            }
            for (label, change) in [("tokens in", row.promptTokens), ("tokens out", row.completionTokens)] {
                if let change { table.rows.append(tokens(indent + label, change)) }
            }
        }
        var text = table.text(style)
        for (label, names) in [("Only before", gone), ("Only after", new)] where !names.isEmpty {
            text += style.flow(names.map { Cell(Escaping.plain($0)) }, after: label + ": ")
        }
        return text
    }

    private typealias Cell = TextTable.Cell

    private func share(_ label: String, _ change: Change) -> [Cell] {
        let interval = change.interval.map { "\(points($0.lowerBound)) to \(points($0.upperBound))" } ?? ""
        return [
            Cell(label, .faint), Cell(Format.percent(change.before)), Cell(Format.percent(change.after)),
            Cell(points(change.after - change.before)), Cell(interval, .faint), verdict(change, "better", "worse"),
        ]
    }

    private func latency(_ label: String, _ change: Change) -> [Cell] {
        let ratio = change.before > 0 ? signed((change.after / change.before - 1) * 100) + " %" : ""
        let interval =
            change.interval.map { "\(signed($0.lowerBound * 100)) to \(signed($0.upperBound * 100)) %" } ?? ""
        return [
            Cell(label, .faint), Cell(milliseconds(change.before)), Cell(milliseconds(change.after)), Cell(ratio),
            Cell(interval, .faint), verdict(change, "faster", "slower"),
        ]
    }

    private func tokens(_ label: String, _ change: Change) -> [Cell] {
        let ratio = change.before > 0 ? signed((change.after / change.before - 1) * 100) + " %" : ""
        return [
            Cell(label, .faint), Cell("\(Int(change.before + 0.5))"), Cell("\(Int(change.after + 0.5))"), Cell(ratio),
            "", "",
        ]
    }

    private func verdict(_ change: Change, _ good: String, _ bad: String) -> Cell {
        guard change.isSure else { return "" }
        return change.after < change.before ? Cell(good, .good) : Cell(bad, .error)
    }

    private func milliseconds(_ value: Double) -> String {
        Format.shortDuration(.nanoseconds(Int64(min(value, 1e12) * 1e6)))
    }

    private func points(_ share: Double) -> String { signed(share * 100) }

    /// A number with a sign and one decimal.
    private func signed(_ value: Double) -> String {
        let tenths = Int(min(max(value, -1e9), 1e9).magnitude * 10 + 0.5)
        return "\(tenths == 0 ? "±" : value < 0 ? "-" : "+")\(tenths / 10).\(tenths % 10)"
    }

    /// What changed, as `agentlog compare --json` prints it; see <doc:JSONShapes>.
    public var json: JSONValue {
        [
            "rows": .array(
                rows.map { row in
                    [
                        "event_type": .string(row.eventType), "name": row.name.json,
                        "count": ["before": .integer(row.countBefore), "after": .integer(row.countAfter)],
                        "errors": row.errors.json, "retries": row.retries.json, "p50_ms": row.p50?.json ?? .null,
                        "p95_ms": row.p95?.json ?? .null, "prompt_tokens": row.promptTokens?.json ?? .null,
                        "completion_tokens": row.completionTokens?.json ?? .null,
                    ]
                }
            ),
            "only_before": .array(gone.map(JSONValue.string)), "only_after": .array(new.map(JSONValue.string)),
        ]
    }
}

extension Comparison.Change {
    fileprivate var json: JSONValue {
        [
            "before": .number(before), "after": .number(after),
            "interval": interval.map { [.number($0.lowerBound), .number($0.upperBound)] } ?? .null,
            "is_sure": .bool(isSure),
        ]
    }
}
