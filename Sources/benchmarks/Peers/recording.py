"""Other ways to log a span from Python: the lesson's (open, append and close for each), and orjson with a buffer."""
import dataclasses
import datetime
import json
import os
import sys
import tempfile
import time
import uuid


@dataclasses.dataclass
class Span:
    span_id: str
    trace_id: str
    event_type: str
    timestamp: str
    duration_ms: float
    data: dict
    error: str | None = None


def span(new_id):
    return Span(
        new_id(), "6dc7e5ab432e200e2056a74c41e85b87", "llm_call", datetime.datetime.now().isoformat(), 1523.0,
        {"model": "SmolLM2-135M-Instruct", "prompt_length": 256, "response_length": 89, "prompt_tokens": 64,
         "completion_tokens": 22, "success": True},
    )


def lesson(path, count):
    for _ in range(count):
        record = span(lambda: str(uuid.uuid4())[:8])
        with open(path, "a") as file:
            file.write(json.dumps(dataclasses.asdict(record)) + "\n")


def with_orjson(path, count):
    import orjson
    with open(path, "ab", buffering=64 << 10) as file:
        for _ in range(count):
            record = {
                "span_id": "80cb4bc90aa1e090", "trace_id": "6dc7e5ab432e200e2056a74c41e85b87", "event_type": "llm_call",
                "name": "SmolLM2-135M-Instruct", "timestamp": time.time_ns(), "duration_ms": 1523.0,
                "data": {"model": "SmolLM2-135M-Instruct", "prompt_length": 256, "response_length": 89,
                         "prompt_tokens": 64, "completion_tokens": 22, "success": True},
            }
            file.write(orjson.dumps(record, option=orjson.OPT_APPEND_NEWLINE))


for name, way, count in [("the lesson's way in Python", lesson, 20_000), ("orjson, buffered", with_orjson, 300_000)]:
    path = os.path.join(tempfile.mkdtemp(), "log.jsonl")
    try:
        start = time.perf_counter_ns()
        way(path, count)
        print(f"  {name}: {(time.perf_counter_ns() - start) / count:.0f} until written")
    except ImportError:
        print(f"  {name}: not installed (pip install orjson)")
