/// The page's script, in the order of its parts.
///
/// It writes text only as text, never as markup.
enum PageScript {
    static let basics = #"""
        "use strict";
        const byId = id => document.getElementById(id);
        const read = id => byId(id).textContent;
        const data = JSON.parse(read("head"));
        // Whatever could act on who reads it is shown escaped: controls, separators, and the direction of writing.
        const plain = text => String(text).replace(
          /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/g,
          c => "\\u" + c.charCodeAt(0).toString(16).padStart(4, "0"));
        function make(name, attributes, ...children) {
          const isSVG = /^(svg|g|line|polyline|rect|text|title|circle)$/.test(name);
          const node = isSVG ? document.createElementNS("http://www.w3.org/2000/svg", name)
            : document.createElement(name);
          for (const [key, value] of Object.entries(attributes || {})) {
            if (value === false || value == null) continue;
            if (key === "onclick" || key === "oninput" || key === "onchange") node.addEventListener(key.slice(2), value);
            else node.setAttribute(key, value === true ? "" : value);
          }
          for (const child of children.flat()) {
            if (child != null) node.append(child instanceof Node ? child : plain(child));
          }
          return node;
        }
        const count = n => Number(n).toLocaleString("en-US");
        const plural = (n, noun) => count(n) + " " + noun + (n === 1 ? "" : "s");
        function time(ms) {
          if (ms == null) return "–";
          if (ms < 1) return Math.round(ms * 1000) + " µs";
          if (ms < 100) return ms.toFixed(1) + " ms";
          if (ms < 1000) return Math.round(ms) + " ms";
          if (ms < 60000) return (ms / 1000).toFixed(1) + " s";
          if (ms < 3600000) return Math.floor(ms / 60000) + " m " + Math.round(ms % 60000 / 1000) + " s";
          return (ms / 3600000).toFixed(1) + " h";
        }
        const percent = x => x == null ? "n/a" : x > 0 && x < 0.001 ? "<0.1 %" : x < 1 && x > 0.999 ? ">99.9 %"
          : (x * 100).toFixed(x === 0 || x === 1 ? 0 : 1) + " %";
        function moment(microseconds) {
          const date = new Date(microseconds / 1000);
          if (isNaN(date)) return "far away";
          const two = n => String(n).padStart(2, "0"), u = data.utc ? "UTC" : "";
          const part = name => date["get" + u + name]();
          return part("FullYear") + "-" + two(part("Month") + 1) + "-" + two(part("Date")) + " " + two(part("Hours"))
            + ":" + two(part("Minutes")) + ":" + two(part("Seconds")) + (data.utc ? " UTC" : "");
        }
        function table(caption, heads, rows) {
          const cell = (value, place) => make(place ? "td" : "th",
            { class: heads[place][1] ? "number" : null, scope: place ? null : "row" }, value);
          return make("div", { class: "wide" }, make("table", {}, make("caption", {}, caption),
            make("thead", {}, make("tr", {}, heads.map(h => make("th", { scope: "col", class: h[1] ? "number" : null }, h[0])))),
            make("tbody", {}, rows.map(row => make("tr", {}, row.map(cell))))));
        }

        """#
}
