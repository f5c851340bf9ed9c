#!/usr/bin/env python3
"""Builds and runs every example, and checks what it prints and logs. Give names to check only these.

The examples share one build folder, so the package is compiled once. Run models/setup.sh before.
"""
import json, pathlib, re, subprocess, sys, tempfile, time
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
    calls = spans(folder, "multi-step.jsonl", "tool_call")
    outcomes = [(call["name"], "error" in call) for call in calls]
    expect(outcomes == [("prices", True), ("prices", False), ("calculator", False)], outcomes)
    expect(calls[1]["data"]["result"] == 3.5 and calls[2]["data"]["result"] == 294, calls)
    expect(len({span["trace_id"] for span in spans(folder, "multi-step.jsonl")}) == 1, "one trace")
    expect("   ├─ llm_call" in output.replace("│  │  ├─", "   ├─"), "the tree")


def parse_rate(output, folder):
    rows = {line.split()[0]: re.findall(r"\d+(?= %)", line) for line in output.splitlines() if "%" in line}
    expect(rows["constrained"] == ["100", "100"], rows)
    first, after = map(int, rows["unconstrained"])
    expect(first <= after <= 100 and first < 100, rows)
    for kind in rows:
        calls = spans(folder, f"parse-rate-{kind}.jsonl", "llm_call")
        good = sum(call["data"]["attempt"] == 1 and call["data"]["success"] for call in calls)
        expect(good * 5 == int(rows[kind][0]), f"{kind}: the log has {good} good first attempts of 20")


def prompt_length(output, folder):
    def calls(name): return spans(folder, f"prompt-length-{name}.jsonl", "llm_call")
    expect(len(calls("reuse")) == len(calls("no-reuse")) == 18, "18 calls each")
    expect(all(call["data"]["cached_tokens"] == 0 for call in calls("no-reuse")), "nothing is reused")
    expect(any(call["data"]["cached_tokens"] > 0 for call in calls("reuse")), "something is reused")
    prompt, completion = map(float, re.search(r"([-\d.]+) ms per prompt token, ([-\d.]+) ms per comp", output).groups())
    expect(prompt > 0 and completion > 0, output)
    chart = xml.dom.minidom.parse(str(folder / "prompt-length.svg"))
    expect(len(chart.getElementsByTagName("circle")) == 36, "a point for each call")
    expect("href" not in (folder / "prompt-length.svg").read_text(), "the chart needs nothing else")


def find_the_failure(output, folder):
    roots = spans(folder, "find-the-failure.jsonl", "agent_run")
    expect(len(roots) == 200, f"{len(roots)} traces")
    failed = [root for root in roots if "error" in root]
    expect([root["name"] for root in failed] == ["question 154"], failed)
    culprit = next(root for root in roots if root["name"] == "question 77")
    expect(f"in trace {failed[0]['trace_id'][:8]}" in output, "the failing trace")
    expect(f"trace {culprit['trace_id'][:8]}, user-17: question 77\n" in output, "the cause")


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


def check(name):
    start = time.monotonic()
    subprocess.run(
        ["swift", "build", "--package-path", HERE / name, "--scratch-path", BUILD, "--disable-index-store", "-Xswiftc",
         "-gnone", "-q"], check=True)
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
