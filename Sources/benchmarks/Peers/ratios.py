"""Prints both sides of each ratio, and the ratio beside the one that is promised, from `key value` lines."""
import sys

figures = {}
for line in open(sys.argv[1]):
    words = line.split()
    if len(words) == 2:
        figures[words[0]] = float(words[1])

# What is compared, ours, the other side, what the ratio must be, and whether ours must be the smaller one (<=) or the
# other side so many times as much (>=).
ROWS = [
    ("typed, paced, mean of 20, p50 / spdlog", "typed.paced", "spdlog.paced", "<=", 1 / 4),
    ("typed, single calls, p99.9 / spdlog", "typed.single", "spdlog.single", "<=", 1 / 8),
    ("withSpan / typed, paced", "scoped.paced", "typed.paced", "<=", 2.5),
    ("the lesson's way / typed, until written", "typed.sustained", "lesson.sustained", ">=", 150),
    ("orjson / typed, until written", "typed.sustained", "orjson.sustained", ">=", 5),
    ("spdlog / typed, until written", "typed.sustained", "spdlog.sustained", ">=", 4),
    ("the lesson's way / withSpan, until written", "scoped.sustained", "lesson.sustained", ">=", 60),
    ("orjson / withSpan, until written", "scoped.sustained", "orjson.sustained", ">=", 2),
    ("spdlog / withSpan, until written", "scoped.sustained", "spdlog.sustained", ">=", 1.6),
    ("until written / write(2) of 64 KiB blocks", "typed.sustained", "write64k", "<=", 3),
    ("one thread / two threads, ns a span", "threads.2", "threads.1", ">=", 1.2),
    ("4 KiB clean / memcpy, ns", "clean4k", "memcpy4k", "<=", 8),
    ("orjson / 4 KiB of quotes and newlines, ns", "hostile4k", "orjson.hostile4k", ">=", 0.9),
    ("RSS after 1,000,000 / the lesson's way, KiB", "rss.1000000", "lesson.rss.1000000", "<=", 1 / 20),
    ("RSS after 1,000,000 / after 100,000, KiB", "rss.1000000", "rss.100000", "<=", 1.05),
    ("idle, of a core / 1, in millionths", "idle", "core", "<=", 0.01),
    ("one span and exit / an empty program, us", "process.one", "process.empty", "<=", 2),
]
figures["core"] = 1e6

print(f"{'':44} {'ours':>10} {'other':>10} {'ratio':>8}   must be")
for name, ours, other, sign, bound in ROWS:
    missing = [key for key in (ours, other) if key not in figures]
    if missing:
        print(f"{name:44} {figures.get(ours, float('nan')):10.0f} {'':>10} {'':>8}   not measured: {', '.join(missing)}")
        continue
    a, b = figures[ours], figures[other]
    ratio = (a / b if sign == "<=" else b / a) if a and b else 0
    holds = ratio <= bound if sign == "<=" else ratio >= bound
    print(f"{name:44} {a:10.0f} {b:10.0f} {ratio:8.3f}   {sign} {bound:g}{'' if holds else '  NOT REACHED'}")
