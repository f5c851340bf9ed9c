#!/usr/bin/env python3
"""Builds and runs every example, and checks what it prints and logs. Give names to check only these.

The examples share one build folder, so the package is compiled once. Run models/setup.sh before. The package's tests run it.
"""
import json, pathlib, re, shlex, subprocess, sys, tempfile, time
import xml.dom.minidom

HERE = pathlib.Path(__file__).resolve().parent
BUILD = HERE.parent / ".build" / "examples"
MODEL = HERE.parent / "models" / "SmolLM2-135M-Instruct.Q4_1.gguf"


def expect(truth, words):
    if not truth:
        raise AssertionError(words)


def spans(folder, name, kind=None):
    all = [json.loads(line) for line in (folder / name).read_text().splitlines()]
    return [span for span in all if kind in (None, span["event_type"])]


def multi_step_trace(output, folder):
    log = spans(folder, "multi-step.jsonl")
    calls = [span for span in log if span["event_type"] == "tool_call"]
    outcomes = [(call["name"], "error" in call) for call in calls]
    expect(outcomes == [("prices", True), ("prices", False), ("calculator", False)], outcomes)
    expect(calls[0]["data"]["arguments"] == calls[1]["data"]["arguments"], "the same call is made again")
    expect(calls[1]["data"]["result"] == 3.5 and calls[2]["data"]["result"] == 294, calls)
    expect(len({span["trace_id"] for span in log}) == 1, "one trace")
    steps = [span for span in log if span["event_type"] == "agent_step"]
    inner = {step["span_id"]: [s["event_type"] for s in log if s.get("parent_span_id") == step["span_id"]] for step in steps}
    for step in steps:
        wanted = ["llm_call"] if step["name"] == "answer" else ["llm_call", "tool_request", "tool_call"]
        expect(inner[step["span_id"]] == wanted, (step, inner))
    tree = [line for line in output.splitlines() if re.search(r"(^|─ )(agent_run|agent_step|llm_call|tool_\w+) ", line)]
    expect(len(tree) == len(log), f"the tree has {len(tree)} of {len(log)} spans")
    answers = [span["data"]["answer"] for span in log if span["event_type"] == "agent_run" and "answer" in span["data"]]
    expect(len(answers) == 2 and all(answer in output for answer in answers), answers)


def parse_rate(output, folder):
    row = r"(\w+) +(\d+) +(\d+) % +(\d+) % +(\d+) +([\d.]+)(ms|s)"
    rows = {kind: [*map(int, counts), float(time) * (1000 if unit == "s" else 1)]
            for kind, *counts, time, unit in re.findall(row, output)}
    expect(list(rows) == ["constrained", "unconstrained"], output)
    for kind, row in rows.items():
        asked, calls = (spans(folder, f"parse-rate-{kind}.jsonl", type) for type in ("agent_step", "llm_call"))
        attempts = [[call for call in calls if call["parent_span_id"] == step["span_id"]] for step in asked]
        for step, tries in zip(asked, attempts):
            expect([call["data"]["attempt"] for call in tries] == list(range(1, len(tries) + 1)), tries)
            expect(all("error" in call for call in tries[:-1]) and len(tries) <= 3, "only a failure is repeated")
            expect(("error" in tries[-1]) == ("error" in step), "a step fails with its last attempt")
        first = sum("error" not in tries[0] for tries in attempts) * 5
        answered = sum("error" not in step for step in asked) * 5
        mean = sum(call["duration_ms"] for call in calls) / len(calls)
        logged = [len(asked), first, answered, len(calls)]
        expect(row[:4] == logged and abs(row[4] - mean) <= 1 + mean / 100, f"{kind}: {row}, but the log has {logged} and {mean} ms")
    expect(rows["constrained"][:4] == [20, 100, 100, 20], rows)
    _, first, answered, calls, _ = rows["unconstrained"]
    expect(first < 100 and first <= answered and calls > 20, rows)


def least_squares(rows):
    """The coefficients that fit `y` best, for rows of `[x…, y]`."""
    n = len(rows[0]) - 1
    m = [[sum(row[i] * row[j] for row in rows) for j in range(n + 1)] for i in range(n)]
    for i in range(n):
        m[i:] = sorted(m[i:], key=lambda row: -abs(row[i]))
        for k in range(n):
            if k != i: m[k] = [x - y * m[k][i] / m[i][i] for x, y in zip(m[k], m[i])]
    return [m[i][n] / m[i][i] for i in range(n)]


def prompt_length(output, folder):
    logs = [spans(folder, f"prompt-length-{name}.jsonl", "llm_call") for name in ("no-reuse", "reuse")]
    expect(all(call["data"]["cached_tokens"] == 0 for call in logs[0]), "nothing is reused")
    for before, call in zip(logs[1], logs[1][1:]):
        isRepeated = call["data"]["prompt"] == before["data"]["prompt"]
        expect(call["data"]["cached_tokens"] > 0 or not isRepeated, "what the call before had is reused")
    table = {int(a): [int(b), int(c)] for a, b, c in re.findall(r"^ +(\d+) +(\d+) +(\d+)$", output, re.M)}
    expect(len(table) == 6, f"six lengths, not {list(table)}")
    for length, medians in table.items():
        for log, median in zip(logs, medians):
            times = sorted(call["duration_ms"] for call in log if call["data"]["prompt_tokens"] == length)
            expect(len(times) == 3 and abs(times[1] - median) <= 0.51, f"{length}: {times}, but {median} is printed")
    calls = [(1, d["prompt_tokens"] - d["cached_tokens"], d["completion_tokens"], call["duration_ms"])
             for log in logs for call in log for d in [call["data"]]]
    fit = least_squares(calls)
    mean = sum(call[3] for call in calls) / len(calls)
    residual = sum((call[3] - sum(x * c for x, c in zip(call, fit))) ** 2 for call in calls)
    fit.append(1 - residual / sum((call[3] - mean) ** 2 for call in calls))
    words = r"([-\d.]+) ms per prompt token, ([-\d.]+) ms per completion token, ([-\d.]+) ms for the rest \(R² ([\d.]+)\)"
    found = re.search(words, output)
    expect(found, output)
    prompt, completion, base, r = map(float, found.groups())
    for printed, logged, error in [(prompt, fit[1], 0.006), (completion, fit[2], 0.006), (base, fit[0], 0.6), (r, fit[3], 0.0006)]:
        expect(abs(printed - logged) <= error, f"{found[0]}, but the log says {fit}")
    text = (folder / "prompt-length.svg").read_text()
    chart = xml.dom.minidom.parseString(text)
    expect(len(chart.getElementsByTagName("circle")) == 36, "a point for each call")
    for outside in ["href", "url(", "<script", "@import"]: expect(outside not in text, f"the chart has {outside}")


def find_the_failure(output, folder):
    roots = spans(folder, "find-the-failure.jsonl", "agent_run")
    expect(len(roots) == 200, f"{len(roots)} traces")
    failed = [root for root in roots if "error" in root]
    expect([root["name"] for root in failed] == ["question 154"], failed)
    culprit = next(root for root in roots if root["name"] == "question 77")
    expect(f"in trace {failed[0]['trace_id'][:8]}" in output, "the failing trace")
    expect(f"trace {culprit['trace_id'][:8]}, user-17: question 77\n" in output, "the cause")
    # The commands that it names lead the same way.
    build("..", "--product", "agentlog")
    commands = dict(re.findall(r"^(\d)\..*\(agentlog ?(.*)\)$", output, re.M))
    expect(list(commands) == ["1", "2", "3", "5", "6"], commands)
    def agentlog(number, *more):
        command = [BUILD / "debug/agentlog", *shlex.split(commands[number]), "--log", "find-the-failure.jsonl", *more]
        return subprocess.run(command, cwd=folder, check=True, capture_output=True, text=True).stdout
    expect(json.loads(agentlog("1", "--json"))["failed_traces"] == 1, "the summary")
    groups = json.loads(agentlog("2", "--json"))["failures"]
    expect({group["trace_id"] for group in groups} == {failed[0]["trace_id"]}, groups)
    expect("✗ llm_call" in agentlog("3"), "the trace")
    expect("From the manual" in agentlog("5"), "what the memory found")
    traces = {trace["trace_id"] for trace in json.loads(agentlog("6", "--json"))["traces"]}
    expect(traces == {failed[0]["trace_id"], culprit["trace_id"]}, traces)


def telemetry_only(output, folder):
    log = spans(folder, "crawl.jsonl")
    roots = {span["trace_id"]: span["data"]["user_id"] for span in log if "parent_span_id" not in span}
    expect(sorted(roots.values()) == ["ada", "grace"], roots)
    kinds = {span["span_id"]: span["event_type"] for span in log}
    for span in log:
        parent = {"fetch": "agent_run", "parse": "fetch"}.get(span["event_type"])
        expect(kinds.get(span.get("parent_span_id")) == parent, span)
    expect([s["error"] for s in log if "error" in s] == ["404 Not Found"] * 2, "both meet the broken link")
    program = str(BUILD / "debug" / "TelemetryOnly")
    command = ["otool", "-L", program] if sys.platform == "darwin" else ["ldd", program]
    libraries = subprocess.run(command, check=True, capture_output=True, text=True).stdout.lower()
    expect("swiftcore" in libraries, libraries)
    for unwanted in ["foundation", "llama", "ggml", "icu"]:
        expect(unwanted not in libraries, libraries)
    symbols = subprocess.run(["nm", program], check=True, capture_output=True, text=True).stdout
    expect("llama_" not in symbols and "ggml_" not in symbols, "llama.cpp is linked statically")


def your_own_model(output, folder):
    source = (HERE / "YourOwnModel/Sources/YourOwnModel/main.swift").read_text()
    expect(source.count("\n") < 60, f"{source.count(chr(10))} lines")
    calls = spans(folder, "handbook.jsonl", "llm_call")
    expect([call["name"] for call in calls] == ["handbook"] * 2, calls)
    expect("A trace is all spans" in calls[0]["data"]["response"], calls[0])
    expect(all(call["data"]["response"] in output for call in calls), "the answers are streamed")


EXAMPLES = {
    "TelemetryOnly": telemetry_only,
    "YourOwnModel": your_own_model,
    "MultiStepTrace": multi_step_trace,
    "FindTheFailure": find_the_failure,
    "ParseRate": parse_rate,
    "PromptLength": prompt_length,
}


def shape(text):
    """Lines without what differs from run to run: numbers, times, ids, and the space and order that follow from them."""
    text = re.sub(r"\b(?=[0-9a-f]*\d)[0-9a-f]{8}\b|\b[0-9a-f]{8}\b|\d+(\.\d+)?(us|ms|s)?\b", "N", text)
    text = re.sub(r"(?<=\s)-N", "N", text)
    return sorted({re.sub(r"[\s│├└─]+", " ", line).strip() for line in text.splitlines()})


def build(package, *more):
    subprocess.run(
        ["swift", "build", "--package-path", HERE / package, "--scratch-path", BUILD, "--disable-index-store", "-Xswiftc",
         "-gnone", "-q", *more], check=True)


def check(name):
    start = time.monotonic()
    build(name)
    built = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        run = subprocess.run([BUILD / "debug" / name, MODEL], cwd=folder, capture_output=True, text=True)
        expect(run.returncode == 0, f"{name} ended with {run.returncode}:\n{run.stdout}\n{run.stderr}")
        EXAMPLES[name](run.stdout, pathlib.Path(folder))
    shown = re.search(r"```text\n(.*?)```", (HERE / name / "README.md").read_text(), re.S)
    expect(shown, f"{name}/README.md shows no output")
    missing = set(shape(shown[1])) - set(shape(run.stdout)) - {"…"}
    expect(not missing, f"{name}/README.md shows what the program doesn't print: {missing}\n{run.stdout}")
    print(f"{name}: built in {built - start:.0f} s, ran in {time.monotonic() - built:.0f} s", flush=True)


def main():
    names = sys.argv[1:] or list(EXAMPLES)
    unknown = set(names) - set(EXAMPLES)
    if unknown:
        sys.exit(f"{', '.join(unknown)}: no such example. There are: {', '.join(EXAMPLES)}")
    if {path.parent.name for path in HERE.glob("*/Package.swift")} != set(EXAMPLES):
        sys.exit("examples/check.py doesn't know every folder of examples/ that has a Package.swift. Add a check.")
    for name in names:
        try:
            check(name)
        except AssertionError as error:
            sys.exit(f"{name}: {error}")


main()
