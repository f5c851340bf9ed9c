extension PageScript {
    /// Charts over time, each with its figures as a table.
    static let charts = #"""
        function axis(top, starts, format) {
          const parts = [];
          for (let i = 0; i <= 4; i++) {
            const y = 190 - i * 42;
            parts.push(make("line", { class: "grid", x1: 70, x2: 985, y1: y, y2: y }),
              make("text", { x: 62, y: y + 4, "text-anchor": "end" }, format(top * i / 4)));
          }
          parts.push(make("text", { x: 70, y: 212 }, moment(starts[0])),
            make("text", { x: 985, y: 212, "text-anchor": "end" }, moment(starts[starts.length - 1])));
          return parts;
        }
        function place(starts) {
          const first = starts[0], width = data.timeline.width_ms * 1000;
          const range = Math.max(width, starts[starts.length - 1] - first + width);
          return i => 70 + (starts[i] - first + width / 2) / range * 915;
        }
        const picture = (label, parts) => make("svg", { viewBox: "0 0 1000 222", role: "img", "aria-label": plain(label) }, parts);
        const asTable = (caption, heads, rows) => make("details", {}, make("summary", {}, "The same as a table"),
          table(caption, heads, rows));
        function latencyChart(series) {
          const starts = data.timeline.starts, points = series.points.filter(p => p[3] != null);
          const name = series.event_type + (series.label ? " " + series.label : "");
          if (!points.length) return make("p", { class: "empty" }, "Nothing of this kind has a duration.");
          const top = Math.max(...points.map(p => p[5])) || 1, x = place(starts), y = v => 190 - v / top * 168;
          const parts = axis(top, starts, time);
          ["p50", "p95", "p99"].forEach((q, i) => {
            parts.push(make("polyline", { class: "curve " + q, points: points.map(p => x(p[0]) + "," + y(p[3 + i])).join(" ") }));
            if (points.length < 60) for (const p of points) parts.push(make("circle", { class: "curve " + q, r: 2, cx: x(p[0]), cy: y(p[3 + i]) }));
            parts.push(make("line", { class: "curve " + q, x1: 700 + i * 95, x2: 735 + i * 95, y1: 12, y2: 12 }),
              make("text", { x: 740 + i * 95, y: 16 }, q));
          });
          return make("div", {}, picture("Latency of " + name + " over time, up to " + time(top), parts),
            asTable("Latency of " + name, [["from"], ["count", 1], ["failed", 1], ["p50", 1], ["p95", 1], ["p99", 1]],
              points.map(p => [moment(starts[p[0]]), count(p[1]), count(p[2]), time(p[3]), time(p[4]), time(p[5])])));
        }
        function drawLatency() {
          const all = data.timeline.series, box = make("div");
          if (!all.length) { byId("latency").append(make("p", { class: "empty" }, "No spans yet.")); return; }
          const select = make("select", { onchange: () => box.replaceChildren(latencyChart(all[select.value])) },
            all.map((s, i) => make("option", { value: i }, s.event_type + (s.label ? " · " + s.label : " (all)"))));
          const preferred = all.findIndex(s => s.event_type === "llm_call");
          select.value = Math.max(0, preferred);
          box.append(latencyChart(all[select.value]));
          byId("latency").append(make("div", { class: "tools" }, make("label", {}, "Operation", select)), box);
          const outside = data.timeline.outside;
          if (outside) byId("latency").append(make("p", { class: "faint" },
            plural(outside, "span") + " began so far from all others that a clock must have jumped; they are not drawn."));
        }
        function drawTokens() {
          const starts = data.timeline.starts, sums = starts.map(() => [0, 0, 0]);
          for (const s of data.timeline.series) if (!s.label)
            for (const p of s.points) for (let i = 0; i < 3; i++) sums[p[0]][i] += p[6 + i];
          const top = Math.max(0, ...sums.map(s => s[0] + s[2]));
          if (!top) { byId("tokens").append(make("p", { class: "empty" }, "No span says how many tokens it used.")); return; }
          const parts = axis(top, starts, v => count(Math.round(v))), x = place(starts);
          const width = Math.max(1.5, Math.min(40, 800 / starts.length));
          sums.forEach((s, i) => {
            const a = s[0] / top * 168, b = s[2] / top * 168;
            parts.push(make("rect", { class: "in", x: x(i) - width / 2, y: 190 - a, width, height: a }),
              make("rect", { class: "out", x: x(i) - width / 2, y: 190 - a - b, width, height: b }));
          });
          parts.push(make("rect", { class: "out", x: 700, y: 6, width: 12, height: 12 }), make("text", { x: 717, y: 16 }, "out (above)"),
            make("rect", { class: "in", x: 820, y: 6, width: 12, height: 12 }), make("text", { x: 837, y: 16 }, "in (below)"));
          byId("tokens").append(picture("Tokens over time", parts), asTable("Tokens",
            [["from"], ["in", 1], ["of these cached", 1], ["out", 1]],
            sums.map((s, i) => [moment(starts[i]), count(s[0]), count(s[1]), count(s[2])])));
        }

        """#
}
