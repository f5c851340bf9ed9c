"""Checks of check-terminal.sh: every command on logs as nobody should write them, in bounded memory and time."""
import json
import os
import shutil
import subprocess
import sys
import threading
import time

from pseudo_terminal import PATIENCE, controls

EVIL = "\x1b[2J\x1b]0;title\x07\u009b31m\u202e\u2066\u200f\u2028\x7f\b\r\n"
TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"
# Starts the program from a process that stays small: its memory counts as that of what it starts.
LAUNCHER = """
import json, os, subprocess, sys, threading
for line in sys.stdin:
    words, output, errors = json.loads(line)
    with open(output, "wb") as a, open(errors, "wb") as b:
        process = subprocess.Popen(words, stdout=a, stderr=b, stdin=subprocess.DEVNULL, env={"PATH": os.environ["PATH"], "TZ": "UTC"})
    timer = threading.Timer(float(sys.argv[1]), process.kill)
    timer.start()
    _, status, usage = os.wait4(process.pid, 0)
    timer.cancel()
    print(json.dumps([os.waitstatus_to_exitcode(status), usage.ru_maxrss / 1024]), flush=True)
"""
launcher = subprocess.Popen([sys.executable, "-c", LAUNCHER, str(PATIENCE)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
agentlog, work = sys.argv[1:]
checks = 0
slowest, largest = (0, ""), (0, "")


def span(number, **fields):
    line = {"span_id": f"{number:016x}", "trace_id": TRACE, "event_type": "llm_call", "name": "m",
            "timestamp": "2026-01-15T10:30:00.000000Z", "duration_ms": 5, "data": {"model": "m"}, **fields}
    return json.dumps({key: value for key, value in line.items() if value is not None}, ensure_ascii=False)


text = "".join(span(number) + "\n" for number in range(1, 4))


def logs():
    """Name: (bytes, spans, lines that are none, megabytes of memory)."""
    good = [span(number) for number in range(1, 4)]
    deep = '{"a":' * 10_000 + "1" + "}" * 10_000
    wrong = [{"span_id": 7}, {"span_id": "0" * 16}, {"trace_id": []}, {"parent_span_id": {}}, {"event_type": None}, {"name": 1.5},
             {"timestamp": 1768473000}, {"timestamp": "yesterday"}, {"duration_ms": "5"}, {"duration_ms": -5}, {"data": []},
             {"error": True}]
    back = [span(n, timestamp=t) for n, t in enumerate(["9999-12-31T23:59:59Z", "0001-01-01T00:00:00Z", "2026-01-15T10:30:00Z"], 1)]
    circle = [span(1, parent_span_id=f"{2:016x}"), span(2, parent_span_id=f"{3:016x}"), span(3, parent_span_id=f"{1:016x}"),
              span(4, parent_span_id=f"{4:016x}")]
    levels = [span(n, parent_span_id=f"{n - 1:016x}" if n > 1 else None) for n in range(1, 10_001)]
    evil = span(1, event_type=EVIL, name=EVIL, error=EVIL, data={EVIL: EVIL, "model": EVIL, "user_id": EVIL, "tool": EVIL})
    # As another writer would put it: what JSON allows isn't escaped.
    raw = evil.replace("\\u2028", "\u2028").replace("\\u007f", "\x7f").replace("\\u009b", "\u009b")
    return {
        "empty": (b"", 0, 0, 64),
        "only line ends": (b"\n\r\n\n", 0, 0, 64),
        "a byte order mark": (b"\xef\xbb\xbf" + text.encode(), 3, 0, 64),
        "CRLF": (text.replace("\n", "\r\n").encode(), 3, 0, 64),
        "NULs": (b"\0" * 100_000 + b"\n" + text.encode() + b"\0\0\n" + text.replace("m", "\0").encode(), 3, 5, 64),
        "one line of 50 MB": (span(9, data={"prompt": "x" * (50 << 20)}).encode() + b"\n" + text.encode(), 4, 0, 400),
        "50 MB without a line end": (text.encode() + b"x" * (50 << 20), 3, 0, 400),
        "50 MB of one NUL after the other": (b"\0" * (50 << 20) + b"\n" + text.encode(), 3, 1, 400),
        "nested 10,000 deep": ((deep + "\n" + text + good[0].replace('{"model"', '{"d":' + deep + ',"model"') + "\n").encode(), 3, 2, 64),
        "brackets, 10,000 deep": (b"[" * 10_000 + b"\n" + b'{"data":' + b"[" * 10_000 + b"\n" + text.encode(), 3, 2, 64),
        "wrong types": (("\n".join(span(9, **fields) for fields in wrong) + "\n" + text).encode(), 3, 12, 64),
        "other JSON": (b'[1]\n"a"\n7\nnull\n{}\n' + text.encode(), 3, 5, 64),
        "invalid JSON": (b'{"span_id":"1\n{"a":1,}\n{\'a\':1}\n' + text.encode(), 3, 3, 64),
        "invalid UTF-8": (text.encode() + b"\xff\xfe\n" + text.replace('"m"', '"\udc80\udcff"').encode("utf-8", "surrogateescape"), 3, 4, 64),
        "clock jumps": (("\n".join(back) + "\n").encode(), 3, 0, 64),
        "parents in a circle": (("\n".join(circle) + "\n").encode(), 4, 0, 64),
        "spans 10,000 deep": (("\n".join(levels) + "\n").encode(), 10_000, 0, 96),
        "twice the same": ((text + text).encode(), 3, 0, 64),
        "a torn last line": ((text + good[0][:50]).encode(), 3, 0, 64),
        "terminal escapes": ((evil + "\n" + raw.replace(f"{1:016x}", f"{2:016x}") + "\n" + "\x1b[2J\u202e\n").encode(), 2, 1, 64),
    }


COMMANDS = [["summary"], ["summary", "--by", "user"], ["summary", "--by", "hour"], ["traces"], ["trace", "4b", "--full"],
            ["span", "0000000000000001", "--utc"], ["failures"], ["check"], ["tail", "-n", "20"], ["top", "--once", "--window", "99999999h"],
            ["export", "--csv"], ["export", "--otlp"], ["export", "--perfetto"], ["report", "-o", "-"]]


def check(what, is_so, details=""):
    global checks
    checks += 1
    if not is_so:
        sys.exit(f"check_bad_logs: {what}: {details!r}"[:3000])


def run(what, megabytes, *words):
    """Runs it; fails when it doesn't end, or when more memory was used."""
    global slowest, largest
    begin = time.monotonic()
    output, errors = f"{work}/output", f"{work}/errors"
    launcher.stdin.write(json.dumps([[agentlog, *words], output, errors]) + "\n")
    launcher.stdin.flush()
    code, memory = json.loads(launcher.stdout.readline())
    took = time.monotonic() - begin
    slowest, largest = max(slowest, (took, what)), max(largest, (memory, what))
    check(f"{what}: ends", code in (0, 1, 2), code)
    check(f"{what}: {memory:.0f} MB", memory < megabytes)
    with open(output, "rb") as a, open(errors, "rb") as b:
        return code, a.read(), b.read().decode()


for name, (content, spans, bad, megabytes) in logs().items():
    log = f"{work}/bad.jsonl"
    with open(log, "wb") as file:
        file.write(content)
    _, output, _ = run(f"{name}: counts", megabytes, "check", "--json", "--log", log)
    report = json.loads(output)
    check(f"{name}: bad lines", report["bad_lines"] == bad, report)
    _, output, _ = run(f"{name}: summary", megabytes, "summary", "--json", "--log", log)
    check(f"{name}: spans", json.loads(output)["spans"] == spans, output[:1000])
    for words in COMMANDS:
        for json_option in [[], ["--json"]]:
            what = f"{name}: {' '.join(words + json_option)}"
            code, output, errors = run(what, megabytes, *words, *json_option, "--log", log)
            check(f"{what}: no crash", code < 2, (code, errors))
            check(f"{what}: an answer", output or errors or spans == 0, code)
            check(f"{what}: nothing acts on a terminal", not controls(errors), errors)
            if words[0] not in ("export", "report"):
                found = controls(output.decode())
                check(f"{what}: nothing acts on a terminal", not found, (found, output[:500]))

# Files that are none, or change.
code, _, errors = run("a folder", 64, "--log", work)
check("a folder", code == 2 and "this is a folder" in errors, errors)
os.mkfifo(f"{work}/pipe")
writer = threading.Thread(target=lambda: open(f"{work}/pipe", "w").write(text))
writer.start()
code, output, _ = run("a FIFO", 64, "summary", "--json", "--log", f"{work}/pipe")
writer.join()
check("a FIFO", json.loads(output)["spans"] == 3, output)
with open(f"{work}/whole.jsonl", "w") as file:
    for number in range(1, 200_000):
        file.write(span(number) + "\n")
inside = 0
for round in range(15):
    shutil.copyfile(f"{work}/whole.jsonl", f"{work}/shrinking.jsonl")
    shrink = threading.Timer(0.004 * (round + 1), lambda: os.truncate(f"{work}/shrinking.jsonl", 100_000))
    shrink.start()
    code, output, errors = run("a file that shrinks", 96, "summary", "--json", "--log", f"{work}/shrinking.jsonl")
    shrink.join()
    report = json.loads(output or "{}")
    check("a file that shrinks", code == 0 and report["bad_lines"] == 0, (code, output, errors))
    inside += 1_000 < report["spans"] < 199_999

# Names that act on a terminal.
named = f"{work}/{EVIL}.jsonl"
with open(named, "w") as file:
    file.write("no span\n" + text)
for words in [*COMMANDS, ["compare", named, named], ["export", "--csv", "-o", named + ".out"], ["report", "-o", named + ".out"]]:
    for target in [named, f"{work}/{EVIL}none"]:
        if words[0] == "compare" and target != named:
            words = ["compare", target, named]
        code, output, errors = run(f"{words[0]} of a hostile name", 64, *words, *([] if words[0] == "compare" else ["--log", target]))
        shown = errors + (output.decode() if words[0] not in ("export", "report") else "")
        check(f"{words[0]} of a hostile name", not controls(shown) and (code == 0 or "\\u001b[2J" in shown), (code, shown))
        check(f"{words[0]} of a hostile name: one line", code == 0 or words[0] == "check" or shown.count("\n") == 1, shown)
for words in [["trace", EVIL], ["summary", f"--{EVIL}"], [EVIL], ["traces", "--limit", EVIL], ["traces", "--since", EVIL]]:
    code, _, errors = run("a hostile word", 64, *words)
    check("a hostile word", code == 2 and not controls(errors), errors)
print(f"check_bad_logs: {checks} checks of {len(logs())} logs; {inside} of 15 files shrank while they were read; the slowest {slowest[0]:.1f} s ({slowest[1]}), "
      f"the most memory {largest[0]:.0f} MB ({largest[1]})")
