"""What a process pays for the library: a program that logs, and one that does nothing, from start to exit.

Prints the median of each in microseconds, and the peak memory in KiB of a program that logs many spans.
"""
import os
import statistics
import subprocess
import sys
import time

work = sys.argv[1]


def run(name, *arguments):
    """Microseconds, and KiB."""
    start = time.perf_counter_ns()
    process = subprocess.Popen([f"{work}/{name}/program", *arguments], stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    assert process.returncode == 0, name
    return (time.perf_counter_ns() - start) / 1000, usage.ru_maxrss // (1024 if sys.platform == "darwin" else 1)


log = f"{work}/one.jsonl"
times = {"one": [], "empty": []}
for _ in range(150):
    times["one"].append(run("one", log, "1")[0])
    times["empty"].append(run("empty")[0])
for name, runs in times.items():
    print(f"process.{name} {statistics.median(runs):.0f}")
for count in (100_000, 1_000_000):
    os.remove(log)
    print(f"rss.{count} {run('one', log, str(count))[1]}")
os.remove(log)
