extension PageScript {
    /// A trace as a waterfall, whose spans open to show their inputs and outputs.
    static let trace = #"""
        const inputs = /^(prompt|messages|system|arguments|input|query|choices)$/, outputs = /^(response|result|output|selected|text)$/;
        function details(span, spans) {
          const box = make("div", {}), parent = typeof span[2] === "string" ? span[2] + " (not in the log)" : span[2] >= 0 ? spans[span[2]][0] : "none";
          box.append(make("p", { class: "faint" }, "span " + span[0] + ", parent " + parent + ", began after " + time(span[5] / 1000)
            + ", waited for itself " + time(span[8] / 1000)));
          if (span[12] != null) box.append(make("h4", { class: "bad" }, "Error"), make("pre", { tabindex: 0 }, span[12]));
          const rows = [], parts = [[], [], []];
          for (let i = 0; i < span[13].length; i += 2) {
            const key = span[13][i], value = span[13][i + 1], text = typeof value === "string" ? value : value[0];
            parts[inputs.test(key) ? 0 : outputs.test(key) ? 1 : 2].push([key, text]);
          }
          ["Input", "Output", "Data"].forEach((title, i) => {
            if (!parts[i].length) return;
            box.append(make("h4", {}, title));
            for (const [key, text] of parts[i]) if (i < 2 || text.length > 120) box.append(make("div", { class: "faint" }, key), make("pre", { tabindex: 0 }, text)); else rows.push([key, text]);
          });
          if (rows.length) box.append(table("Values", [["key"], ["value"]], rows));
          return box;
        }
        function drawTrace(row) {
          const t = index[row], spans = spansOf(row), box = byId("trace"), body = make("tbody");
          let drawn = 0;
          const total = Math.max(1, t[2]);
          const draw = () => {
            const end = Math.min(spans.length, drawn + 300);
            for (; drawn < end; drawn++) {
              const s = spans[drawn], flags = s[9], id = "span-" + drawn;
              const name = (flags & 1 ? "✗ " : "") + s[3] + (s[4] ? " " + s[4] : "") + (s[11] > 1 ? " ↻ attempt " + s[11] : "") + (s[10] ? " ∥" + (s[10] + 1) : "")
                + (flags & 2 ? " (unfinished)" : "") + (flags & 4 ? " (parent missing)" : "");
              const button = make("button", { type: "button", class: "span" + (flags & 1 ? " bad" : ""), "aria-expanded": "false", "aria-controls": id },
                make("span", { class: "hidden" }, "level " + (s[1] + 1) + " "), name);
              button.style.marginLeft = Math.min(s[1], 20) * 16 + "px";
              const bar = make("span", { class: (flags & 1 ? "failed " : "") + (flags & 8 ? "critical" : "") });
              bar.style.left = Math.min(99.5, Math.max(0, s[5] / total * 100)) + "%";
              bar.style.width = Math.min(100, Math.max(0, s[6]) / total * 100) + "%";
              const more = make("tr", { id, hidden: true }, make("td", { colspan: 4 }));
              button.addEventListener("click", () => {
                const open = more.hidden;
                if (open && !more.firstChild.firstChild) more.firstChild.append(details(s, spans));
                more.hidden = !open;
                button.setAttribute("aria-expanded", String(open));
              });
              body.append(make("tr", {}, make("td", {}, button), make("td", { class: "number" }, time(s[6] < 0 ? null : s[6] / 1000)),
                make("td", { class: "number" }, time(s[7] / 1000)), make("td", {}, make("div", { class: "bar", role: "img",
                  "aria-label": (flags & 8 ? "on the critical path, " : "") + "from " + time(s[5] / 1000) + ", for " + time(Math.max(0, s[6]) / 1000) }, bar))), more);
            }
            rest.hidden = drawn >= spans.length;
          };
          const rest = make("button", { type: "button", onclick: () => draw() }, "Show more spans");
          draw();
          const head = make("tr", {}, ["span", "took", "self", "when"].map((h, i) => make("th", { scope: "col", class: i === 1 || i === 2 ? "number" : null }, h)));
          box.replaceChildren(make("p", {}, make("a", { href: "#", id: "back" }, "← All traces")),
            make("h2", { id: "trace-title", tabindex: -1 }, "Trace " + t[0].slice(0, 8) + (t[11] ? " – " + t[11] : "")),
            make("p", { class: "faint" }, t[0] + ", " + moment(t[1]) + ", " + time(t[2] / 1000) + ", " + plural(t[3], "span")
              + (t[4] ? ", " + count(t[4]) + " failed" : "") + (t[12] ? ", user " + t[12] : "")),
            t[13] ? make("p", {}, make("strong", {}, "Bottleneck: "), t[13]) : "", t[14] ? make("p", { class: "warn" }, plural(t[14], "span") + " of this trace left out.") : "",
            make("p", { class: "faint" }, "Filled bars are on the critical path; ✗ failed, ↻ retried, ∥ at the same time as another."),
            make("div", { class: "wide" }, make("table", { class: "waterfall" }, make("caption", {}, "Waterfall: open a span for its inputs and outputs"), make("thead", {}, head), body)), rest);
          body.addEventListener("keydown", event => {
            const step = { ArrowDown: 1, ArrowUp: -1 }[event.key], all = [...body.querySelectorAll("button.span")], at = all.indexOf(document.activeElement);
            if (step && at >= 0) { all[at + step]?.focus(); event.preventDefault(); }
          });
        }

        """#

    /// What happens first, and when the address changes.
    static let start = #"""
        let cameFrom = null;
        function route() {
          const id = (/^#trace=([0-9a-fA-F]+)/.exec(location.hash) || [])[1]?.toLowerCase();
          const rows = id ? index.flatMap((t, i) => t[0].startsWith(id) ? [i] : []) : [];
          const isTrace = id !== undefined;
          byId("overview").hidden = isTrace;
          byId("trace").hidden = !isTrace;
          if (!isTrace) {
            if (cameFrom) [...document.querySelectorAll("#rows tbody a")].find(a => a.hash === cameFrom)?.focus();
            return;
          }
          cameFrom = location.hash;
          if (rows.length === 1) drawTrace(rows[0]);
          else byId("trace").replaceChildren(make("p", {}, make("a", { href: "#", id: "back" }, "← All traces")), make("h2", { id: "trace-title", tabindex: -1 }, "Trace " + id),
            make("p", { class: "empty" }, rows.length ? "Several traces begin so. Give more digits." : "This page has no such trace. Ask the log: agentlog trace " + id));
          byId("trace-title").focus();
          scrollTo(0, 0);
        }
        const themes = ["automatic", "light", "dark"];
        function setTheme(name) {
          if (name === "automatic") document.documentElement.removeAttribute("data-theme");
          else document.documentElement.setAttribute("data-theme", name);
          byId("theme").textContent = "Theme: " + name;
        }
        let theme = "automatic";
        try { theme = themes.includes(localStorage.agentlogTheme) ? localStorage.agentlogTheme : theme; } catch { }
        setTheme(theme);
        byId("theme").addEventListener("click", () => {
          theme = themes[(themes.indexOf(theme) + 1) % 3];
          setTheme(theme);
          try { localStorage.agentlogTheme = theme; } catch { }
        });
        drawHealth();
        drawLatency();
        drawTokens();
        drawOperations();
        drawTools();
        addEventListener("hashchange", route);
        addEventListener("keydown", event => { if (event.key === "Escape" && !byId("trace").hidden) location.hash = ""; });
        route();
        document.documentElement.setAttribute("data-ready", "true");
        """#
}
