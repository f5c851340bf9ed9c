"""Other ways to log the same span from Python: the lesson's (open, append and close for each), and orjson with a buffer.

Prints `key nanoseconds` lines, as the other sides do; ratios.py makes a table of them.
"""
import dataclasses
import datetime
import json
import os
import resource
import sys
import time
import uuid

try:
    import orjson
except ImportError:
    orjson = None

MODEL = "SmolLM2-135M-Instruct"
TRACE = "6dc7e5ab432e200e2056a74c41e85b87"


def data():
    return {"model": MODEL, "prompt_length": 256, "response_length": 89, "prompt_tokens": 64, "completion_tokens": 22,
            "attempt": 1, "success": True}


@dataclasses.dataclass
class Span:
    span_id: str
    trace_id: str
    parent_span_id: str
    event_type: str
    name: str
    timestamp: str
    duration_ms: float
    data: dict
    error: str | None = None


class Lesson:
    """The lesson's class: a span is made, kept for its trace, and written by a file opened for it."""

    def __init__(self, path):
        self.path = path
        self.spans = []
        self.calls = 0
        self.latency = 0.0

    def log(self, keep):
        span = Span(str(uuid.uuid4())[:8], TRACE, "00f067aa0ba902b7", "llm_call", MODEL,
                    datetime.datetime.now().isoformat(), 1523.0, data())
        with open(self.path, "a") as file:
            file.write(json.dumps(dataclasses.asdict(span)) + "\n")
        if keep:
            self.spans.append(span)
        self.calls += 1
        self.latency += 1523.0


def timed(count, body):
    start = time.perf_counter_ns()
    for _ in range(count):
        body()
    return (time.perf_counter_ns() - start) / count


def with_orjson(path, count):
    """Ids and the time as cheaply as Python has them, so that what is measured is the encoder and the buffer."""
    trait = orjson.OPT_APPEND_NEWLINE
    random = os.urandom
    with open(path, "ab", buffering=64 << 10) as file:
        def span():
            now = datetime.datetime.now(datetime.timezone.utc)
            file.write(orjson.dumps({
                "span_id": random(8).hex(), "trace_id": TRACE, "parent_span_id": "00f067aa0ba902b7",
                "event_type": "llm_call", "name": MODEL, "timestamp": now, "duration_ms": 1523.0, "data": data(),
            }, option=trait))
        return timed(count, span)


def kib():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // (1024 if sys.platform == "darwin" else 1)


path = os.path.join(sys.argv[1], "python.jsonl")
lesson = Lesson(path)
print(f"lesson.sustained {timed(20_000, lambda: lesson.log(False)):.0f}")
if orjson:
    print(f"orjson.sustained {with_orjson(path, 300_000):.0f}")
    # Full of quotes and newlines, as code in a prompt is: one character in eight is escaped.
    hostile = ("print(\"1\")\nreturn \"abc\" " * 200)[:4096]
    print(f"orjson.hostile4k {min(timed(20_000, lambda: orjson.dumps(hostile)) for _ in range(5)):.0f}")
os.truncate(path, 0)
base = kib()
count = 100_000
kept = Lesson(path)
timed(count, lambda: kept.log(True))
# Memory grows by each span that is kept: a tenth of the million is run, and the rest is linear.
print(f"lesson.rss.1000000 {base + (kib() - base) * 10}")
