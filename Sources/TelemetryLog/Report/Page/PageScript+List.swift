extension PageScript {
    /// The list of traces: searched, filtered, sorted, a page at a time.
    static let list = #"""
        const index = read("index").split("\n").filter(Boolean).map(JSON.parse);
        const chunks = [...document.querySelectorAll("script.spans")];
        // Where each trace's spans stand: they are parsed when they are asked for.
        const lines = i => chunks[i].textContent.split("\n").filter(Boolean);
        let wheres = null, shown = [], limit = 50;
        function where() {
          if (!wheres) { wheres = []; chunks.forEach((c, i) => lines(i).forEach((_, j) => wheres.push([i, j]))); }
          return wheres;
        }
        const spansOf = row => { const [i, j] = where()[row]; return JSON.parse(lines(i)[j]); };
        const inJSON = text => JSON.stringify(text).slice(1, -1).replace(/</g, "\\u003c").toLowerCase();
        function matching(query) {
          const found = new Set();
          if (!query) return null;
          const needle = inJSON(query);
          index.forEach((t, i) => { if (JSON.stringify(t).toLowerCase().includes(needle)) found.add(i); });
          let row = 0;
          chunks.forEach((c, i) => lines(i).forEach(l => { if (l.toLowerCase().includes(needle)) found.add(row); row++; }));
          return found;
        }
        function drawList() {
          const found = matching(byId("search").value.trim()), status = byId("status").value, type = byId("type").value;
          shown = index.map((_, i) => i).filter(i => {
            const t = index[i];
            return (!found || found.has(i)) && (type === "" || t[9].includes(+type))
              && (status === "" || (status === "failed" ? t[4] : status === "retried" ? t[5] : t[6]) > 0);
          });
          const key = { newest: t => t[1], slowest: t => t[2], tokens: t => t[7] + t[8] }[byId("sort").value];
          shown.sort((a, b) => key(index[b]) - key(index[a]));
          byId("found").textContent = shown.length === index.length ? plural(shown.length, "trace") : count(shown.length) + " of " + plural(index.length, "trace") + " fit";
          const rows = shown.slice(0, limit).map(i => { const t = index[i]; return [traceLink(t[0]), moment(t[1]), time(t[2] / 1000), count(t[3]),
            t[4] ? "✗ " + count(t[4]) : "–", t[5] ? "↻ " + count(t[5]) : "–", (t[11] || t[10]) + (t[6] ? " (unfinished)" : "") + (t[12] ? " · " + t[12] : "")]; });
          const box = byId("rows");
          box.replaceChildren(rows.length ? table("Traces", [["trace"], ["began"], ["took", 1], ["spans", 1], ["failed", 1], ["retries", 1], ["what"]], rows)
            : make("p", { class: "empty" }, index.length ? "No trace fits. Search for less, or clear the filters." : "No traces yet."));
          if (shown.length > limit) box.append(make("button", { type: "button", id: "more", onclick: () => {
            const next = limit; limit += 200; drawList(); document.querySelectorAll("#rows tbody a")[next]?.focus(); } },
            "Show " + count(Math.min(200, shown.length - limit)) + " more"));
        }
        function drawTools() {
          const again = () => { limit = 50; drawList(); };
          let timer = 0;
          const pick = (id, label, options) => make("label", {}, label, make("select", { id, onchange: again }, options.map(o => make("option", { value: o[0] }, o[1]))));
          byId("traces").append(make("div", { class: "tools", role: "search" },
            make("label", { class: "grow" }, "Search in ids, names, users, inputs, outputs and errors", make("input", { id: "search", type: "search",
              autocomplete: "off", oninput: () => { clearTimeout(timer); timer = setTimeout(again, 150); } })),
            pick("status", "Only", [["", "all"], ["failed", "with failures"], ["retried", "with retries"], ["unfinished", "unfinished"]]),
            pick("type", "With", [["", "any event"], ...data.types.map((t, i) => [i, t])]),
            pick("sort", "First", [["newest", "the newest"], ["slowest", "the slowest"], ["tokens", "most tokens"]])),
            make("p", { id: "found", role: "status" }),
            data.has_all_traces ? "" : make("p", { class: "warn" }, "The log has more traces than this page holds: the failing, the slowest and the newest are here. All figures above are of the whole log."),
            make("div", { id: "rows" }));
          byId("rows").addEventListener("keydown", event => {
            const step = { ArrowDown: 1, ArrowUp: -1 }[event.key], links = [...document.querySelectorAll("#rows tbody a")];
            const at = links.indexOf(document.activeElement);
            if (step && at >= 0) { links[at + step]?.focus(); event.preventDefault(); }
          });
          drawList();
        }

        """#
}
