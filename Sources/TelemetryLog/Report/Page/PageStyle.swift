/// The page's style sheet.
enum PageStyle {
    static let text = """
        :root { color-scheme: light; --back: #fdfdfc; --card: #fff; --text: #1d2327; --faint: #59636b; --line: #dcdfe2;
          --accent: #0b5cad; --bad: #b3261e; --warn: #8a5000; --good: #1b6e3c; --soft: #b9cfe6; --second: #7a4fb5; }
        @media (prefers-color-scheme: dark) { :root:not([data-theme=light]) { color-scheme: dark; --back: #14181b;
          --card: #1b2024; --text: #e6e9eb; --faint: #a3adb5; --line: #343c42; --accent: #7db8f5; --bad: #ff8f85;
          --warn: #f0b35f; --good: #79d09a; --soft: #35506b; --second: #c3a1f2; } }
        :root[data-theme=dark] { color-scheme: dark; --back: #14181b; --card: #1b2024; --text: #e6e9eb; --faint: #a3adb5;
          --line: #343c42; --accent: #7db8f5; --bad: #ff8f85; --warn: #f0b35f; --good: #79d09a; --soft: #35506b;
          --second: #c3a1f2; }
        * { box-sizing: border-box; }
        body { margin: 0; background: var(--back); color: var(--text); font: 15px/1.5 system-ui, sans-serif; }
        header, main { max-width: 1120px; margin: 0 auto; padding: 0 24px; }
        header { display: flex; justify-content: space-between; align-items: center; padding-top: 20px; }
        h1 { font-size: 22px; margin: 0; } h2 { font-size: 17px; margin: 36px 0 10px; } h3 { font-size: 15px; }
        #source, .faint { color: var(--faint); margin: 0; overflow-wrap: anywhere; }
        main:focus { outline: none; }
        a { color: var(--accent); }
        button, input, select { font: inherit; color: inherit; background: var(--card); border: 1px solid var(--faint);
          border-radius: 6px; padding: 5px 10px; }
        button { cursor: pointer; }
        :focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; }
        .skip { position: absolute; left: -999px; } .skip:focus { left: 8px; top: 8px; background: var(--card); }
        .hidden { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
        .cards { display: grid; grid-template-columns: repeat(auto-fit, minmax(165px, 1fr)); gap: 12px; margin: 12px 0; }
        .card { background: var(--card); border: 1px solid var(--line); border-radius: 8px; padding: 12px 14px; }
        .card dt { color: var(--faint); } .card dd { margin: 0; font-size: 22px; font-variant-numeric: tabular-nums; }
        .card dd + dd { font-size: 13px; color: var(--faint); }
        .bad { color: var(--bad); } .warn { color: var(--warn); } .good { color: var(--good); }
        .wide { overflow-x: auto; }
        table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
        caption { text-align: left; color: var(--faint); padding: 4px 0; }
        th { text-align: left; font-weight: 600; color: var(--faint); }
        th, td { padding: 5px 10px 5px 0; border-bottom: 1px solid var(--line); vertical-align: top; }
        td { overflow-wrap: anywhere; } .number { text-align: right; white-space: nowrap; overflow-wrap: normal; }
        tbody th { color: inherit; font-weight: 400; }
        .tools { display: flex; flex-wrap: wrap; gap: 10px; align-items: end; margin-bottom: 8px; }
        .tools label { display: grid; font-size: 13px; color: var(--faint); } .tools .grow { flex: 1 1 240px; }
        svg { display: block; width: 100%; height: auto; background: var(--card); border: 1px solid var(--line);
          border-radius: 8px; }
        svg text { fill: var(--faint); font: 12px system-ui, sans-serif; }
        .grid { stroke: var(--line); }
        .p50 { stroke: var(--good); } .p95 { stroke: var(--accent); stroke-dasharray: 7 4; }
        .p99 { stroke: var(--second); stroke-dasharray: 2 4; }
        .curve { fill: none; stroke-width: 2; } .in { fill: var(--soft); } .out { fill: var(--second); }
        .waterfall td:first-child { width: 46%; } .waterfall td:nth-child(4) { width: 34%; min-width: 140px; }
        .span { border: 0; background: none; padding: 0 4px; text-align: left; overflow-wrap: anywhere; }
        .bar { position: relative; height: 14px; margin-top: 4px; }
        .bar span { position: absolute; top: 0; bottom: 0; min-width: 2px; border: 1px solid var(--accent); }
        .bar .critical { background: var(--accent); }
        .bar .failed { border-color: var(--bad); border-width: 2px; } .bar .failed.critical { background: var(--bad); }
        pre { margin: 2px 0 10px; padding: 8px 10px; white-space: pre-wrap; overflow-wrap: anywhere; border-radius: 6px;
          background: var(--back); border: 1px solid var(--line); font: 13px/1.45 ui-monospace, monospace;
          max-height: 30em; overflow: auto; }
        .empty { padding: 20px; border: 1px dashed var(--line); border-radius: 8px; color: var(--faint); }
        footer { height: 40px; }
        @media print { .tools, button:not(.span), .skip { display: none; } pre { max-height: none; } }

        """
}
