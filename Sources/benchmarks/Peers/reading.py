"""What reading.sh prints: for each row of the table both sides, alternated, their medians, and the ratio."""
import os
import statistics
import subprocess
import sys
import time

agentlog, log, runs = sys.argv[1], sys.argv[2], int(sys.argv[3])
SMALL, PART = 1_000_000, 100_000_000
# The columns that agentlog's summary looks at; DuckDB needn't guess their types.
COLUMNS = (
    "{span_id: 'VARCHAR', trace_id: 'VARCHAR', parent_span_id: 'VARCHAR', event_type: 'VARCHAR', name: 'VARCHAR', "
    "timestamp: 'VARCHAR', duration_ms: 'DOUBLE', error: 'VARCHAR', data: 'STRUCT(model VARCHAR, tool VARCHAR, "
    "success BOOLEAN, attempt BIGINT, prompt_tokens BIGINT, cached_tokens BIGINT, completion_tokens BIGINT)'}"
)


def query(path):
    return (
        "select event_type, coalesce(data.model, data.tool, name) as label, count(*), "
        "count(*) filter (where error is not null or data.success = false), count(*) filter (where data.attempt > 1), "
        "approx_quantile(duration_ms, [0.5, 0.95, 0.99]), max(duration_ms), min(timestamp), sum(data.prompt_tokens), "
        "sum(data.cached_tokens), sum(data.completion_tokens) "
        f"from read_json('{path}', format='newline_delimited', columns={COLUMNS}) group by 1, 2"
    )


def duck(path):
    connection = duckdb.connect(config={"threads": 2})
    return lambda: connection.sql(query(path)).fetchall()


def run(*words):
    def body():
        subprocess.run(words, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return body


def seconds(body):
    start = time.perf_counter()
    body()
    return time.perf_counter() - start


def row(what, ours, theirs, peer, size, wanted, most=False):
    """Measures both by turns. `most` says that `wanted` bounds our time over theirs, not theirs over ours."""
    ours(), theirs()
    pairs = [(seconds(ours), seconds(theirs)) for _ in range(runs)]
    a, b = (statistics.median(side) for side in zip(*pairs))
    ratio = a / b if most else b / a
    met = ratio <= wanted if most else ratio >= wanted
    speed = lambda t: f"{t * 1000:8.1f} ms" if most else f"{size / t / 1e6:8.0f} MB/s"
    print(f"{what:34} {speed(a)}  {peer:22} {speed(b)}  ratio {ratio:5.2f}, wanted {'<=' if most else '>='} {wanted}"
          f"{'' if met else '  MISSED'}", flush=True)


def memory(what, *words):
    process = subprocess.Popen(words, stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    assert status == 0
    peak = usage.ru_maxrss / 1024
    print(f"{what:34} {peak:8.1f} MiB  wanted < 64{'' if peak < 64 else '  MISSED'}", flush=True)


def part(name, size):
    """The log's first lines, once for all runs."""
    path = f"{log}.{name}"
    if not os.path.exists(path):
        with open(log, "rb") as source, open(path + ".new", "wb") as target:
            text = source.read(size)
            target.write(text[: text.rindex(b"\n") + 1])
        os.rename(path + ".new", path)
    return path


def reordered():
    """The log with its keys in another order: valid, but not as our recorder writes it."""
    path = f"{log}.reordered"
    if not os.path.exists(path):
        target = f"copy (select timestamp, event_type, data, name, duration_ms, error, trace_id, parent_span_id, span_id"
        source = f"read_json('{log}', format='newline_delimited', columns={COLUMNS.split(', data:')[0]}, data: 'JSON'}})"
        duckdb.sql(f"{target} from {source}) to '{path}.new' (format json)")
        os.rename(path + ".new", path)
    return path


size = os.path.getsize(log)
with open(log) as file:
    file.seek(size // 2)
    file.readline()
    trace = file.readline()[42:74]
# First: a child's figure begins with what its parent has.
memory("peak memory of summary", agentlog, "summary", "--log", log)
memory("peak memory of trace", agentlog, "trace", trace, "--log", log)
import duckdb  # noqa: E402

part_path, small, other = part("part", PART), part("small", SMALL), reordered()
for path in [log, part_path, small, other]:
    with open(path, "rb") as file:  # Into the page cache.
        while file.read(1 << 24):
            pass
print(f"{size / 1e6:.0f} MB, medians of {runs} runs by turns; agentlog's times include the process's start, DuckDB's don't")
row("summary, 2 threads", run(agentlog, "summary", "--log", log), duck(log), "DuckDB, 2 threads", size, 5)
row("summary, another order of keys", run(agentlog, "summary", "--log", other), duck(other), "DuckDB, 2 threads",
    os.path.getsize(other), 1.5)
find = [agentlog, "trace", trace, "--log", log]
# ripgrep shares out files, not parts of one: both -j1 and -j2 read this file on one thread.
row("trace ID, 2 threads", run(*find), run("rg", "-j2", "-F", trace, log), "rg -j2 -F", size, 1.5)
row("trace ID, 1 processor", run("taskset", "-c", "0", *find), run("taskset", "-c", "0", "rg", "-j1", "-F", trace, log),
    "rg -j1 -F", size, 1)
part_size = os.path.getsize(part_path)
row("export --otlp", run(agentlog, "export", "--otlp", "--log", part_path), run("jq", "-c", ".", part_path), "jq -c .",
    part_size, 4)
commands = subprocess.run([agentlog, "--help"], capture_output=True, text=True).stdout
if "  report" in commands:
    page = f"{log}.html"
    row("report", run(agentlog, "report", "-o", page, "--log", part_path), run("jq", "-c", ".", part_path), "jq -c .",
        part_size, 2)
    os.unlink(page)
with open(small) as file:
    first = file.readline()[42:74]
row("trace ID on 1 MB", run(agentlog, "trace", first, "--log", small), run("jq", "empty", small), "jq empty", SMALL, 3, True)
