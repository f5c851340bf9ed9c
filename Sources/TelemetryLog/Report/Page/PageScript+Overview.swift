extension PageScript {
    /// Health and operations.
    static let overview = #"""
        const traceLink = id => make("a", { href: "#trace=" + id }, id.slice(0, 8));
        function drawHealth() {
          const s = data.summary, box = byId("health"), row = name => s.rows.find(r => r.name === name);
          if (!s.spans) { box.append(make("p", { class: "empty" }, "No spans yet. Run the program that records, and make this report again.")); return; }
          const rate = r => r && r.count ? percent(1 - r.failures / r.count) : "n/a";
          const failed = s.failed_traces, ok = s.traces ? percent(1 - failed / s.traces) : "n/a";
          const worst = s.failures[0];
          box.append(make("p", {}, failed || worst ? make("strong", { class: failed ? "bad" : "warn" }, failed ? "✗ " : "! ")
            : make("strong", { class: "good" }, "✓ "),
            ok + " of " + plural(s.traces, "interaction") + " succeeded." + (worst ? " Most frequent failure: " + worst.cause : " Nothing failed.")));
          const retries = s.rows.reduce((n, r) => n + r.retries, 0);
          const sum = key => s.rows.reduce((n, r) => n + r[key], 0);
          const card = (name, value, note) => make("dl", { class: "card" }, make("dt", {}, name), make("dd", {}, value), note ? make("dd", {}, note) : null);
          box.append(make("div", { class: "cards" },
            card("Interactions", count(s.traces), plural(failed, "failed one")), card("Success", ok, "of interactions"),
            card("Model calls", row("llm_call") ? count(row("llm_call").count) : "0", rate(row("llm_call")) + " succeeded"),
            card("Tool calls", row("tool_call") ? count(row("tool_call").count) : "0", rate(row("tool_call")) + " succeeded"),
            card("Retries", count(retries)), card("Tokens", count(sum("completion_tokens")), "out, for " + count(sum("prompt_tokens")) + " in")));
          box.append(make("p", { class: "faint" }, plural(s.spans, "span") + ", " + moment(Date.parse(s.start) * 1000) + " to " + moment(Date.parse(s.end) * 1000)));
          const missing = [["dropped_spans", "dropped by the recorder"], ["unfinished_spans", "unfinished"], ["torn_lines", "lines torn"],
            ["bad_lines", "lines unreadable"], ["duplicates", "duplicates left out"]].filter(m => s[m[0]]).map(m => count(s[m[0]]) + " " + m[1]);
          box.append(make("p", { class: missing.length ? "warn" : "faint" }, missing.length ? "Missing: " + missing.join(", ") : "Nothing is missing: no span was dropped, and every line could be read."));
          if (s.slowest_trace) box.append(make("p", {}, "Slowest interaction: ", time(s.slowest_trace.duration_ms), " ", traceLink(s.slowest_trace.trace_id)));
          box.append(make("h3", {}, "Failures by cause"));
          box.append(s.failures.length ? table(plural(s.failures.length, "cause"), [["cause"], ["count", 1], ["in"], ["last"], ["example"]],
            s.failures.slice(0, 20).map(f => [f.cause, count(f.count), Object.keys(f.event_types).join(", "), moment(Date.parse(f.last) * 1000), traceLink(f.trace_id)]))
            : make("p", { class: "empty" }, "No failures."));
        }
        function drawOperations() {
          const rows = [];
          const add = (r, indent) => rows.push([indent + (r.name || "(no name)"), count(r.count), r.failures ? "✗ " + percent(r.failures / r.count) : "–",
            r.retries ? count(r.retries) : "–", time(r.p50_ms), time(r.p95_ms), time(r.p99_ms), count(r.prompt_tokens), count(r.completion_tokens)]);
          for (const r of data.summary.rows) { add(r, ""); for (const p of (r.parts || []).slice(0, 10)) add(p, " · "); }
          byId("operations").append(rows.length ? table("By event type, and within them by model, tool and operation", [["operation"], ["count", 1], ["failed", 1],
            ["retries", 1], ["p50", 1], ["p95", 1], ["p99", 1], ["tokens in", 1], ["tokens out", 1]], rows) : make("p", { class: "empty" }, "No spans yet."));
        }

        """#
}
