"""The checks of check-report.sh: Chromium is driven by its DevTools protocol."""
import base64
import json
import os
import subprocess
import sys
import time
import urllib.request

from websockets.sync.client import connect

agentlog, work, pictures = sys.argv[1:]
# How long anything is waited for that must come: a machine that is shared may take a hundred times as long as usual.
PATIENCE = 600
checks = 0


def check(what, is_so, found=""):
    global checks
    checks += 1
    if not is_so:
        sys.exit(f"check-report: {what}: {found!r}")


def report(log, *words):
    path = log.removesuffix(".jsonl") + ".html"
    subprocess.run([agentlog, "report", "-o", path, "--log", log, *words], check=True, capture_output=True)
    return "file://" + path


class Browser:
    def __init__(self):
        flags = ["--headless", "--no-sandbox", "--disable-gpu", "--remote-debugging-port=0", "--window-size=1200,900",
                 f"--user-data-dir={work}/profile"]
        self.process = subprocess.Popen(["chromium", *flags, "about:blank"], stderr=subprocess.DEVNULL)
        port_file = f"{work}/profile/DevToolsActivePort"
        while not os.path.exists(port_file) or not open(port_file).read().strip():
            time.sleep(0.1)
        port = open(port_file).read().split()[0]
        page, end = None, time.monotonic() + PATIENCE
        while not page and time.monotonic() < end:
            try:
                pages = json.load(urllib.request.urlopen(f"http://127.0.0.1:{port}/json"))
                page = next((p for p in pages if p["type"] == "page"), None)
            except OSError:  # It listens soon.
                pass
            time.sleep(0 if page else 0.1)
        check("Chromium has a page", page)
        self.socket = connect(page["webSocketDebuggerUrl"], max_size=None)
        self.number, self.events = 0, []
        for domain in ["Page", "Runtime", "Network", "Log", "Accessibility"]:
            self.call(domain + ".enable")

    def call(self, method, **parameters):
        self.number += 1
        self.socket.send(json.dumps({"id": self.number, "method": method, "params": parameters}))
        while True:
            message = json.loads(self.socket.recv(timeout=PATIENCE))
            if message.get("id") == self.number:
                if "error" in message:
                    sys.exit(f"check-report: {method}: {message['error']}")
                return message["result"]
            self.events.append(message)

    def run(self, script):
        result = self.call("Runtime.evaluate", expression=script, returnByValue=True, awaitPromise=True)
        if "exceptionDetails" in result:
            sys.exit(f"check-report: {script}: {result['exceptionDetails']}")
        return result["result"].get("value")

    def is_ready(self):
        try:
            return self.run("document.documentElement?.dataset.ready === 'true' && document.readyState === 'complete'")
        except SystemExit:  # Asked while one page went and the other came.
            return False

    def open(self, url):
        self.events.clear()
        start = time.monotonic()
        # From another page, so that an address with another fragment loads anew.
        self.call("Page.navigate", url="about:blank")
        self.call("Page.navigate", url=url)
        while not self.is_ready():
            if time.monotonic() - start > PATIENCE:
                sys.exit(f"check-report: {url} isn't ready after {PATIENCE} s: {self.bad()}")
            time.sleep(0.02)
        return time.monotonic() - start

    def bad(self):
        """Requests but the page's own, dialogs, errors and warnings."""
        found = []
        for event in self.events:
            method, parameters = event.get("method"), event.get("params", {})
            if method == "Network.requestWillBeSent":
                url = parameters["request"]["url"]
                if not url.startswith(("file:///", "about:")) or not url.split("#")[0].endswith((".html", "blank")):
                    found.append(url)
            elif method in ("Page.javascriptDialogOpening", "Runtime.exceptionThrown", "Runtime.consoleAPICalled"):
                found.append(event)
            elif method == "Log.entryAdded":
                found.append(parameters["entry"]["text"])
        return found

    def key(self, name, code):
        text = "\r" if name == "Enter" else None
        for kind in ["keyDown", "keyUp"]:
            extra = {"text": text} if text and kind == "keyDown" else {}
            self.call("Input.dispatchKeyEvent", type=kind, key=name, code=name, windowsVirtualKeyCode=code, **extra)

    def wait(self, script):
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            if self.run(script):
                return True
            time.sleep(0.05)
        return False

    def picture(self, name):
        shot = self.call("Page.captureScreenshot", captureBeyondViewport=False)
        with open(f"{pictures}/{name}.png", "wb") as file:
            file.write(base64.b64decode(shot["data"]))


browser = Browser()
try:
    # A log of some thousand traces.
    log = f"{work}/log.jsonl"
    url = report(log, "--utc")
    spans = [json.loads(line) for line in open(log)]
    traces = {s["trace_id"] for s in spans}
    size = os.path.getsize(url.removeprefix("file://"))
    took = browser.open(url)
    check("requests or errors", not browser.bad(), browser.bad())
    check("traces", browser.run("index.length") == len(traces), len(traces))
    check("spans", browser.run("data.summary.spans") == len(spans))
    check("headings", browser.run("document.querySelectorAll('h1').length === 1 && document.querySelectorAll('main h2').length >= 5"))
    for scheme in ["light", "dark"]:
        browser.call("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": scheme}])
        browser.picture(f"overview-{scheme}")
        browser.run("byId('traces').scrollIntoView()")
        browser.picture(f"traces-{scheme}")
        browser.run("scrollTo(0, 0)")
        # WCAG 2's contrast of every text with what is behind it.
        low = browser.run("""(() => {
          const light = c => { const [r, g, b] = c.match(/[\\d.]+/g).map(v => (v /= 255) <= 0.04045 ? v / 12.92
            : ((v + 0.055) / 1.055) ** 2.4); return 0.2126 * r + 0.7152 * g + 0.0722 * b; };
          const back = n => { for (; n; n = n.parentElement) { const c = getComputedStyle(n).backgroundColor;
            if (c !== 'rgba(0, 0, 0, 0)') return c; } return 'rgb(255, 255, 255)'; };
          const low = [];
          for (const n of document.querySelectorAll('main *, header *')) {
            if (![...n.childNodes].some(c => c.nodeType === 3 && c.data.trim()) || !n.getClientRects().length) continue;
            const s = getComputedStyle(n), a = light(n.namespaceURI.endsWith('svg') ? s.fill : s.color), b = light(back(n));
            if ((Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05) < 4.5) low.push(n.textContent.slice(0, 40));
          }
          return low; })()""")
        check(f"contrast in the {scheme} theme", not low, low)
    browser.run("byId('theme').click()")
    check("the theme is switched", browser.run("document.documentElement.dataset.theme") == "light")
    browser.run("byId('theme').click(); byId('theme').click()")

    # Search and filters.
    expected = len({s["trace_id"] for s in spans if s.get("error") == "division by zero"})
    start = time.monotonic()
    browser.run("byId('search').focus()")
    browser.call("Input.insertText", text="division by zero")
    check("search", browser.wait(f"shown.length === {expected}"), (browser.run("shown.length"), expected))
    searched = time.monotonic() - start
    browser.run("byId('search').value = ''; byId('status').value = 'failed'; drawList()")
    failing = len({s["trace_id"] for s in spans if "error" in s or s["data"].get("success") is False})
    check("only failures", browser.run("shown.length") == failing, failing)
    browser.run("byId('status').value = ''; byId('sort').value = 'slowest'; drawList()")
    slowest = json.loads(subprocess.run([agentlog, "summary", "--json", "--log", log], capture_output=True).stdout)
    check("the slowest first", browser.run("index[shown[0]][0]") == slowest["slowest_trace"]["trace_id"])

    # By keyboard: down the list, into a trace, into a span, and back.
    browser.run("document.querySelector('#rows tbody a').focus()")
    browser.key("ArrowDown", 40)
    chosen = browser.run("document.activeElement.hash")
    browser.key("Enter", 13)
    check("Enter opens a trace", browser.wait(f"!byId('trace').hidden && location.hash === '{chosen}'"))
    check("the heading has the focus", browser.run("document.activeElement.id") == "trace-title")
    identifier = chosen.removeprefix("#trace=")
    shown = json.loads(subprocess.run([agentlog, "trace", identifier, "--json", "--log", log], capture_output=True).stdout)
    check("all spans", browser.run("document.querySelectorAll('button.span').length") == len(shown["spans"]))
    check("the bottleneck", shown["bottleneck"]["text"] in browser.run("byId('trace').textContent"))
    browser.run("document.querySelector('button.span').focus()")
    browser.key("ArrowDown", 40)
    browser.key("Enter", 13)
    check("Enter opens a span", browser.run("document.activeElement.getAttribute('aria-expanded') === 'true' && "
                                            "!byId(document.activeElement.getAttribute('aria-controls')).hidden"))
    browser.run("scrollTo(0, 0)")
    browser.picture("trace")
    browser.key("Escape", 27)
    check("Escape goes back", browser.wait(f"byId('trace').hidden && document.activeElement.hash === '{chosen}'"))

    # By link, with the beginning of an id.
    browser.open(url + "#trace=" + identifier[:12])
    check("a link opens its trace", identifier in browser.run("byId('trace').textContent"))
    browser.open(url + "#trace=" + "0" * 32)
    check("an unknown trace is said", "agentlog trace" in browser.run("byId('trace').textContent"))

    # What a screen reader is told.
    browser.open(url)
    nodes = browser.call("Accessibility.getFullAXTree")["nodes"]
    roles = {}
    for node in nodes:
        if not node.get("ignored"):
            roles.setdefault(node["role"]["value"], []).append(node.get("name", {}).get("value", ""))
    for role in ["banner", "main", "region", "heading", "search", "table", "columnheader", "rowheader", "status", "searchbox"]:
        check(f"the role {role}", role in roles, sorted(roles))
    for role in ["button", "link", "combobox", "searchbox", "image", "region"]:
        check(f"every {role} has a name", all(roles.get(role, ["x"])), roles.get(role))

    # A hostile log.
    evil = "</script><script>alert(1)</script><img src=http://127.0.0.1:9/x onerror=alert(2)><!--<script>\u202e\u001b[2J\u2028'\"&"
    with open(f"{work}/evil.jsonl", "w") as file:
        for number in range(1, 4):
            file.write(json.dumps({
                "span_id": f"{number:016x}", "trace_id": "ab" * 16, **({"parent_span_id": f"{1:016x}"} if number > 1 else {}),
                "event_type": evil, "name": evil, "timestamp": "2026-01-15T10:30:00Z", "duration_ms": 5,
                "data": {evil: evil, "user_id": evil, "model": evil, "prompt": evil, "__proto__": evil,
                         "seed": 9007199254740993}, "error": evil}) + "\n")
    browser.open(report(f"{work}/evil.jsonl") + "#trace=abab")
    browser.run("document.querySelectorAll('button.span').forEach(b => b.click())")
    check("nothing acts", not browser.bad(), browser.bad())
    check("nothing is injected", browser.run("document.querySelectorAll('img, iframe, object, embed').length === 0 && "
                                             "[...document.scripts].filter(s => !s.type).length === 1"))
    text = browser.run("document.body.innerText")
    check("controls are shown escaped", "\\u202e" in text and "\\u001b[2J" in text and "\u202e" not in text and "\u001b" not in text, text[:1500])
    # What isn't the page's own script doesn't run, and nothing is fetched: the policy holds, should an escape ever not.
    check("an injected script doesn't run", browser.run("""(() => {
      const script = document.createElement('script'); script.textContent = 'window.injected = true';
      const image = document.createElement('img'); image.setAttribute('onerror', 'window.injected = true');
      image.src = 'http://127.0.0.1:9/x'; document.body.append(script, image);
      return new Promise(done => setTimeout(() => done(window.injected === undefined), 200)); })()"""))
    end = time.monotonic() + PATIENCE
    while not any("Content Security Policy" in json.dumps(e) for e in browser.events) and time.monotonic() < end:
        browser.run("0")  # Events come with answers.
        time.sleep(0.05)
    check("the policy stops it", any("Content Security Policy" in json.dumps(e) for e in browser.events), browser.bad())
    check("no digit is lost", "9007199254740993" in text, text[-400:])

    # An empty log.
    open(f"{work}/empty.jsonl", "w").close()
    browser.open(report(f"{work}/empty.jsonl"))
    check("an empty log", "No spans yet" in browser.run("document.body.innerText") and not browser.bad(), browser.bad())
    print(f"check-report: {checks} checks; {len(traces)} traces, {size / 1e6:.1f} MB: ready after {took:.2f} s, searched in {searched:.2f} s")
finally:
    browser.process.terminate()
    browser.process.wait()
