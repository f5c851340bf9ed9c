"""The checks of check-independent.sh."""
import csv
import json
import math
import subprocess
import sys
from collections import Counter, defaultdict

import duckdb
from google.protobuf import json_format
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

agentlog, log, work = sys.argv[1:]


def run(*words):
    return subprocess.run([agentlog, *words, "--log", log], check=True, capture_output=True, text=True).stdout


spans = [json.loads(line) for line in open(log)]
checks = 0


def same(what, ours, theirs, tolerance=0.0):
    global checks
    checks += 1
    if ours != theirs and not (tolerance and math.isclose(ours, theirs, rel_tol=tolerance)):
        sys.exit(f"check-independent: {what}: agentlog says {ours!r}, but it is {theirs!r}")


def failed(span):
    return "error" in span or span.get("data", {}).get("success") is False


def quantile(values, q):
    ordered = sorted(values)
    return ordered[max(0, math.ceil(q * len(ordered)) - 1)]


# Figures, counted anew.
summary = json.loads(run("summary", "--json"))
same("spans", summary["spans"], len(spans))
same("traces", summary["traces"], len({s["trace_id"] for s in spans if "parent_span_id" not in s}))
groups = defaultdict(list)
for span in spans:
    groups[span["event_type"]].append(span)
same("event types", sorted(row["name"] for row in summary["rows"]), sorted(groups))
for row in summary["rows"]:
    group = groups[row["name"]]
    same(row["name"], row["count"], len(group))
    same("failures of " + row["name"], row["failures"], sum(map(failed, group)))
    same("retries", row["retries"], sum(s.get("data", {}).get("attempt", 1) > 1 for s in group))
    for key in ["prompt_tokens", "cached_tokens", "completion_tokens"]:
        same(key, row[key], sum(s.get("data", {}).get(key, 0) for s in group))
    durations = [s["duration_ms"] for s in group if "duration_ms" in s]
    for q in [50, 95, 99]:
        if durations:
            same(f"p{q} of {row['name']}", row[f"p{q}_ms"], quantile(durations, q / 100), 0.01)
    if durations:
        same("longest", row["max_ms"], max(durations))
same("failures", sum(f["count"] for f in summary["failures"]), sum(map(failed, spans)))

# Traces.
by_trace = defaultdict(list)
for span in spans:
    by_trace[span["trace_id"]].append(span)
listed = json.loads(run("traces", "--failed", "--json", "--limit", "1000000"))["traces"]
same("failed traces", {t["trace_id"] for t in listed}, {t for t, s in by_trace.items() if any(map(failed, s))})
for trace in listed[:5]:
    shown = json.loads(run("trace", trace["trace_id"][:12], "--json"))["spans"]
    same("a trace's spans", sorted(s["span_id"] for s in shown), sorted(s["span_id"] for s in by_trace[trace["trace_id"]]))

# Comma-separated values, by Python's reader.
rows = list(csv.DictReader(run("export", "--csv").splitlines(keepends=True)))
same("rows", [r["span_id"] for r in rows], [s["span_id"] for s in spans])
same("data", [json.loads(r["data"]) for r in rows[:2000]], [s["data"] for s in spans[:2000]])

# OTLP, by the protocol's own types.
found = []
for text in run("export", "--otlp").splitlines():
    # The package wants bytes in base64; OTLP wants these ids in hexadecimal, and its own parsers read them so.
    message = json.loads(text)
    for span in message["resourceSpans"][0]["scopeSpans"][0]["spans"]:
        for key in ["traceId", "spanId", "parentSpanId"]:
            if key in span:
                import base64
                span[key] = base64.b64encode(bytes.fromhex(span[key])).decode()
    request = json_format.ParseDict(message, ExportTraceServiceRequest())
    for resource in request.resource_spans:
        for scope in resource.scope_spans:
            found += scope.spans
same("OTLP spans", [s.span_id.hex() for s in found], [s["span_id"] for s in spans])
for ours, span in list(zip(found, spans))[:5000]:
    same("parent", ours.parent_span_id.hex(), span.get("parent_span_id", ""))
    # Rounded to microseconds by both.
    took = (ours.end_time_unix_nano - ours.start_time_unix_nano) / 1e6
    same("duration", round(took, 3), round(span.get("duration_ms", 0), 3))
    same("status", ours.status.code == 2, failed(span))
    values = {a.key: a.value for a in ours.attributes}
    if span["event_type"] == "llm_call" and "prompt_tokens" in span["data"]:
        same("input tokens", values["gen_ai.usage.input_tokens"].int_value, span["data"]["prompt_tokens"])
        same("model", values["gen_ai.request.model"].string_value, span["data"]["model"])

# Perfetto: slices on one thread nest.
events = json.loads(run("export", "--perfetto"))["traceEvents"]
kinds = Counter(e["ph"] for e in events)
same("slices", kinds["X"] + kinds["i"], len(spans))
threads = defaultdict(list)
for event in events:
    if event["ph"] == "X":
        threads[event["pid"], event["tid"]].append((event["ts"], -event["dur"]))
for slices in threads.values():
    open_ends = []
    for start, length in sorted(slices):
        while open_ends and open_ends[-1] <= start:
            open_ends.pop()
        end = start - length
        if open_ends and end > open_ends[-1]:
            sys.exit("check-independent: slices of a thread overlap without nesting")
        open_ends.append(end)
    checks += 1

# The log itself, by DuckDB.
query = f"select event_type, count(*), count(error) from read_json('{log}', format='newline_delimited') group by 1"
same("DuckDB's counts", {r[0]: (r[1], r[2]) for r in duckdb.sql(query).fetchall()},
     {k: (len(g), sum("error" in s for s in g)) for k, g in groups.items()})
print(f"check-independent: {checks} checks, {len(spans)} spans: all agree")
