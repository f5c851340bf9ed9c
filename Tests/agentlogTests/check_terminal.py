"""Checks of check-terminal.sh: widths, colours, progress, pipes, interruption, following."""
import json
import os
import signal
import subprocess
import sys
import time

from pseudo_terminal import PATIENCE, Terminal, columns

agentlog, work = sys.argv[1:]
log = f"{work}/log.jsonl"
checks = 0


def check(what, is_so, details=""):
    global checks
    checks += 1
    if not is_so:
        sys.exit(f"check_terminal: {what}: {details!r}"[:2000])


def run(*words, environment={}, **more):
    return subprocess.run([agentlog, *words], capture_output=True, text=True, timeout=PATIENCE, cwd=work,
                          env={"PATH": os.environ["PATH"], "TZ": "UTC", **environment}, **more)


lines = open(log).read().splitlines(keepends=True)
spans = [json.loads(line) for line in lines]
trace = next(s["trace_id"] for s in spans if "error" in s)
compare = ["compare", "log.jsonl", "other.jsonl"]
with open(f"{work}/other.jsonl", "w") as file:
    file.write("".join(lines[: len(lines) // 2]).replace("calculator", "a tool with a name that goes on for quite a while 日本語"))
COMMANDS = [["summary"], ["summary", "--by", "model"], ["summary", "--by", "user"], ["summary", "--by", "hour"], ["traces"],
            ["traces", "--failed"], ["trace", trace], ["failures"], ["check"], ["tail"], ["top", "--once", "--window", "999999h"],
            compare, ["--help"]]

# Widths: nothing is wider than the terminal, and the colours go with it.
for width in [40, 80, 200]:
    for words in COMMANDS:
        if words == ["--help"] and width < 80:
            continue
        options = [] if words in (compare, ["--help"]) else ["--log", "log.jsonl"]
        terminal = Terminal([agentlog, *words, *options], columns=width, cwd=work)
        check(f"{words} in {width} columns", terminal.finish() == 0, terminal.text)
        wide = [line for line in terminal.text.split("\n") if columns(line) > width]
        check(f"{words} fits in {width} columns", not wide, wide[:1])
        check(f"{words} has colours", "\x1b[" in terminal.text or words in (["--help"], ["tail"]), terminal.text[:200])
for environment in [{"NO_COLOR": "1"}, {"TERM": "dumb"}]:
    terminal = Terminal([agentlog, "--log", log], environment=environment)
    terminal.finish()
    check(f"no colours with {environment}", "\x1b[" not in terminal.text, terminal.text[:200])
check("no colours in a pipe", "\x1b" not in run("--log", log).stdout)
check("colours in a pipe, when wanted", "\x1b[" in run("--log", log, "--color", "always").stdout)
check("COLUMNS counts in a pipe", max(map(columns, run("traces", "--log", log, environment={"COLUMNS": "44"}).stdout.splitlines())) <= 44)

# Times: local, or in UTC.
local = run("traces", "--log", log, environment={"TZ": "Asia/Kolkata"}).stdout
check("local time", "2026-01-15 16:" in local, local[:200])
check("UTC", "2026-01-15 10:" in run("traces", "--utc", "--log", log, environment={"TZ": "Asia/Kolkata"}).stdout)
there = [run("summary", "--json", "--log", log, "--since", "2026-01-15T16:10", environment={"TZ": "Asia/Kolkata"}),
         run("summary", "--json", "--log", log, "--since", "2026-01-15T10:40", "--utc")]
check("times are meant as they are shown", there[0].stdout == there[1].stdout)

# Progress: on a terminal, of reading that takes more than a second, and gone at the end.
slow = f"cat '{log}'; sleep 1.3; cat '{log}'"
for stderr in [None, subprocess.DEVNULL]:
    source = subprocess.Popen(["sh", "-c", slow], stdout=subprocess.PIPE)
    elsewhere = {"stderr": stderr} if stderr else {}
    terminal = Terminal([agentlog, "--log", "-"], stdin=source.stdout, stdout=subprocess.DEVNULL, **elsewhere)
    source.stdout.close()
    code = terminal.finish()
    source.wait()
    if stderr:
        check("no progress elsewhere", code == 0 and terminal.output == b"", terminal.text)
    else:
        check("progress", code == 0 and "Reading " in terminal.text, terminal.text)
        check("progress is taken away", terminal.output.endswith(b"\r\x1b[K"), terminal.text[-60:])
for _ in range(100):
    begin = time.monotonic()
    quick = Terminal([agentlog, "span", "0", "--log", log])
    quick.finish()
    # On a busy machine, reading isn't quick.
    if "Reading" not in quick.text or time.monotonic() - begin < 1:
        break
check("no progress of quick reading", "Reading" not in quick.text, quick.text)

# Pipes that end early, disks that are full, and outputs that are in no hurry.
for words in [["traces", "--limit", "100000"], ["export", "--csv"], ["tail", "-n", "100000"]]:
    pipe = subprocess.run(["bash", "-c", f'"$0" "$@" --log {log} | head -n 1; echo ${{PIPESTATUS[0]}}', agentlog, *words],
                          capture_output=True, text=True, timeout=PATIENCE)
    check(f"{words} | head", pipe.stdout.endswith("\n0\n") and pipe.stderr == "", pipe)
with open("/dev/full", "w") as full:
    result = subprocess.run([agentlog, "--log", log], stdout=full, stderr=subprocess.PIPE, text=True)
check("a full disk is told", result.returncode == 2 and "standard output: No space left on device" in result.stderr, result)
reading, writing = os.pipe()
os.set_blocking(writing, False)
process = subprocess.Popen([agentlog, "export", "--csv", "--log", log], stdout=writing)
os.close(writing)
time.sleep(0.5)
with open(reading, "rb") as pipe:
    exported = pipe.read()
check("what doesn't block is written whole", process.wait() == 0 and exported.count(b"\r\n") == len(spans) + 1)

# Exit codes.
for code, words in [(0, ["--log", log]), (1, ["trace", "0000000000", "--log", log]), (1, ["check", "--log", __file__]),
                    (2, ["--log", "none.jsonl"]), (2, ["--log", work]), (2, ["traces", "--limt", "3"]), (2, ["trcaes"]),
                    (2, ["top", "--once", "--log", "none.jsonl"])]:
    result = run(*words)
    check(f"{words} ends with {code}", result.returncode == code and (code == 0 or result.stderr or result.stdout), result)

# Standard input, several files, a rotated set.
first, second = f"{work}/set.20260115T103000.000000Z.jsonl", f"{work}/set.jsonl"
with open(first, "w") as a, open(second, "w") as b:
    a.write("".join(lines[:100]))
    b.write("".join(lines[100:200]))
expected = json.loads(run("summary", "--json", "--log", "-", input="".join(lines[:200])).stdout)["spans"]
check("standard input", expected == 200, expected)
check("a rotated set", json.loads(run("summary", "--json", "--log", second).stdout)["spans"] == 200)
check("several files", json.loads(run("summary", "--json", "--log", first, second).stdout)["spans"] == 200)
ids = [json.loads(line)["span_id"] for line in run("tail", "-n", "200", "--json", "--log", second).stdout.splitlines()]
check("in order", ids == [s["span_id"] for s in spans[:200]])

# Interrupted: at once, with the terminal as it was, and no part of a file left.
terminal = Terminal([agentlog, "tail", "-f", "--log", log])
terminal.wait_for(b"\n")
terminal.process.send_signal(signal.SIGINT)
check("Ctrl-C ends tail", terminal.finish() == -signal.SIGINT, terminal.process.returncode)
os.mkfifo(f"{work}/fifo")
process = subprocess.Popen([agentlog, "report", "-o", f"{work}/page.html", "--log", f"{work}/fifo"])
with open(f"{work}/fifo", "w"):
    end = time.monotonic() + PATIENCE
    while not any(name.endswith(".part") for name in os.listdir(work)) and time.monotonic() < end:
        time.sleep(0.01)
    process.send_signal(signal.SIGINT)
    check("Ctrl-C ends a report", process.wait(PATIENCE) == -signal.SIGINT)
check("no part is left", not [n for n in os.listdir(work) if n.endswith((".part", ".html"))], os.listdir(work))

# Followed: over rotation, also twice at once, from nothing, and until a pipe is closed.
followed = f"{work}/followed.jsonl"
process = subprocess.Popen([agentlog, "tail", "-f", "--json", "--log", followed], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                           text=True)
check("what isn't there yet is waited for", "Waiting for it." in process.stderr.readline())


def append(part):
    with open(followed, "a") as file:
        file.write("".join(lines[part * 10:part * 10 + 10]))


def followed_spans(part):
    found = [json.loads(process.stdout.readline())["span_id"] for _ in range(10)]
    check(f"followed, part {part}", found == [s["span_id"] for s in spans[part * 10:part * 10 + 10]], found)


append(0)
followed_spans(0)
append(1)
os.rename(followed, f"{work}/followed.20260115T103000.000001Z.jsonl")
append(2)
os.rename(followed, f"{work}/followed.20260115T103000.000002Z.jsonl")
append(3)
for part in [1, 2, 3]:
    followed_spans(part)
process.stdout.close()
end = time.monotonic() + PATIENCE
while process.poll() is None and time.monotonic() < end:
    append(4)
    time.sleep(0.05)
check("it ends when nobody reads any more", process.poll() == 0)
process.stderr.close()
piped = subprocess.Popen([agentlog, "tail", "-f", "--json", "--log", "-"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
piped.stdin.write(lines[0])
piped.stdin.flush()
check("standard input is followed as it comes", json.loads(piped.stdout.readline()) == spans[0])
piped.stdin.close()
check("and to its end", piped.wait(PATIENCE) == 0)
piped.stdout.close()
print(f"check_terminal: {checks} checks of widths, colours, progress, pipes, signals and following")
