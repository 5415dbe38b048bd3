"""Measures drd beside other tools, and writes docs/benchmarks.md. Started by `make bench`.

`python -m benchmarks [steps] [start] [demo] [sandbox]` measures only these parts.
"""

import json
import os
import platform
import sqlite3
import statistics
import sys
import tempfile
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path

from benchmarks.page import put, steps_table
from benchmarks.process import measured
from benchmarks.sandbox import sandbox_text
from benchmarks.steps import results

_DRD = str(Path(sys.executable).with_name("drd"))
_STARTS = 15
_START_GOAL_SECONDS = 0.4
_DEMO_GOAL_SECONDS = 60
_DEMO_GOAL_MIB = 300


def measure_where() -> None:
    """Say on what machine and when."""
    model = next(
        (
            line.split(":")[1].strip()
            for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
            if line.startswith("model name")
        ),
        platform.machine(),
    )
    load = ", ".join(f"{each:.1f}" for each in os.getloadavg())
    put(
        "where",
        f"{datetime.now(UTC):%Y-%m-%d}, {os.cpu_count()} cores ({model}), {platform.system()} {platform.release()}, "
        f"Python {platform.python_version()}, SQLite {sqlite3.sqlite_version}, drd {metadata.version('drd')}. "
        f"Load of the machine when the run began (1, 5 and 15 minutes): {load}.",
    )


def measure_steps() -> None:
    """Measure plans of steps that do nothing."""
    with tempfile.TemporaryDirectory(dir=".", prefix=".bench-") as folder:
        found = []
        for each in results(str(Path(folder).absolute())):
            print(f"{each.form:13} {each.contender.name:13} {each.per_second:10,.0f} steps/s  {each.peak_mib:6.0f} MiB")
            found.append(each)
    put("steps", steps_table(found))


def measure_start() -> None:
    """Measure the whole process of the smallest command."""
    runs = [measured([_DRD, "version"]) for _ in range(_STARTS + 1)][1:]
    seconds = [run.seconds for run in runs]
    text = (
        f"`drd version`, whole process, {_STARTS} times: median {statistics.median(seconds):.2f} s, "
        f"slowest {max(seconds):.2f} s, peak memory {max(run.peak_mib for run in runs):.0f} MiB. "
        f"Goal: under {_START_GOAL_SECONDS} s."
    )
    print(text)
    put("start", text)


def measure_demo() -> None:
    """Measure a whole demo: sandbox, daemon and all."""
    if not Path("drd/cli/commands/demo.py").exists():
        print("the command demo is not there yet")
        return
    run = measured([_DRD, "demo", "--json"], check=False)
    services = json.loads(run.output).get("services", []) if run.output.startswith("{") else []
    text = (
        f"`drd demo`: exit code {run.code}, {run.seconds:.1f} s (goal {_DEMO_GOAL_SECONDS} s), peak memory of sandbox, "
        f"daemon and command line together {run.peak_mib:.0f} MiB (goal {_DEMO_GOAL_MIB} MiB), "
        f"{len(services)} services."
    )
    print(text)
    put("demo", text)


def measure_sandbox() -> None:
    """Measure the sandbox as an emulator; DRD_BENCH_SHARE below 1 tries it out with less, and writes nothing."""
    share = float(os.environ.get("DRD_BENCH_SHARE", "1"))
    text = sandbox_text(share)
    print(text)
    if share >= 1:
        put("sandbox", text)


_PARTS = {"steps": measure_steps, "start": measure_start, "demo": measure_demo, "sandbox": measure_sandbox}


def main() -> None:
    """Measure the parts that were named, or all."""
    wanted = sys.argv[1:] or list(_PARTS)
    if unknown := set(wanted) - set(_PARTS):
        raise SystemExit(f"no such part: {', '.join(sorted(unknown))}; there are {', '.join(_PARTS)}")
    measure_where()
    for part in wanted:
        _PARTS[part]()


if __name__ == "__main__":
    main()
