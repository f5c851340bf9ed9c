"""Prints both sides of each ratio, and the ratio beside the one that is promised, from `key value` lines.

A line `round N` begins a round; medians of the rounds are printed, and the ratios' range.
"""
import statistics
import sys

rounds = []
for line in open(sys.argv[1]):
    words = line.split()
    if words and words[0] == "round":
        rounds.append({"core": 1e6})
    elif len(words) == 2:
        rounds[-1][words[0]] = float(words[1])

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
print(f"{'':44} {'ours':>10} {'other':>10} {'ratio':>8}   {'of rounds':>15}   must be")
for name, ours, other, sign, bound in ROWS:
    pairs = [(figures[ours], figures[other]) for figures in rounds if ours in figures and other in figures]
    if not pairs:
        missing = [key for key in (ours, other) if not any(key in figures for figures in rounds)]
        print(f"{name:44} {'':>10} {'':>10} {'':>8}   not measured: {', '.join(missing)}")
        continue
    ratios = [(a / b if sign == "<=" else b / a) if a and b else 0 for a, b in pairs]
    ratio = statistics.median(ratios)
    holds = ratio <= bound if sign == "<=" else ratio >= bound
    sides = [statistics.median(side) for side in zip(*pairs)]
    print(f"{name:44} {sides[0]:10.0f} {sides[1]:10.0f} {ratio:8.3f}   {min(ratios):6.3f} … {max(ratios):6.3f}   "
          f"{sign} {bound:g}{'' if holds else '  NOT REACHED'}")
