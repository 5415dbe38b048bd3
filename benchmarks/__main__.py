"""Measures drd beside other tools, and writes docs/benchmarks.md. Started by `make bench`.

`python -m benchmarks --only steps-postgresql,resume` measures only these parts.
"""

import argparse
import json
import os
import platform
import signal
import sqlite3
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import ExitStack
from datetime import UTC, datetime
from functools import partial
from importlib import metadata
from pathlib import Path

from benchmarks.databases import Site, postgresql, sqlite
from benchmarks.page import put, steps_table
from benchmarks.process import measured
from benchmarks.sandbox import sandbox_text
from benchmarks.scale import SCALE, scale_text
from benchmarks.scrapes import scrapes_text
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


class Sites:
    """The databases, each made when it is first asked for; all are gone at the end."""

    def __init__(self, stack: ExitStack) -> None:
        """Keep what they need in a folder on the disk that the checkout is on."""
        self._stack = stack
        self._folder = Path(stack.enter_context(tempfile.TemporaryDirectory(dir=".", prefix=".bench-"))).absolute()
        self._known: dict[str, Site] = {}

    def sqlite(self) -> Site:
        """Give folders."""
        return self._known.setdefault("sqlite", sqlite(self._folder))

    def postgresql(self) -> Site:
        """Give a server."""
        if "postgresql" not in self._known:
            self._known["postgresql"] = self._stack.enter_context(postgresql(self._folder))
        return self._known["postgresql"]


def measure_steps(name: str, site: Callable[[], Site]) -> None:
    """Measure plans of steps that do nothing."""
    found = []
    for each in results(site()):
        print(f"{each.form:13} {each.contender.name:13} {each.per_second:10,.0f} steps/s  {each.peak_mib:6.0f} MiB")
        found.append(each)
    put(name, steps_table(site(), found))


def measure_scale(part: str, sites: Sites) -> None:
    """Measure one thing at the size that drd is built for, on both databases."""
    text = scale_text(part, [sites.sqlite(), sites.postgresql()])
    print(text)
    put(part, text)


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


def measure_scrapes(sites: Sites) -> None:
    """Measure metrics of large estates, and what a run feels of scrapers that do not stop."""
    text = scrapes_text([sites.sqlite(), sites.postgresql()])
    print(text)
    put("scrapes", text)


def _parts(sites: Sites) -> dict[str, Callable[[], None]]:
    return {
        "steps-sqlite": partial(measure_steps, "steps-sqlite", sites.sqlite),
        "steps-postgresql": partial(measure_steps, "steps-postgresql", sites.postgresql),
        **{part: partial(measure_scale, part, sites) for part in SCALE},
        "scrapes": partial(measure_scrapes, sites),
        "start": measure_start,
        "demo": measure_demo,
        "sandbox": measure_sandbox,
    }


def main() -> None:
    """Measure the parts that were named, or all. One that breaks is told at the end, and keeps no other from it."""
    # Also told to stop, it takes its server and its folders with it.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("stopped"))
    with ExitStack() as stack:
        parts = _parts(Sites(stack))
        asked = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
        asked.add_argument("--only", default="", metavar="PART,...", help=f"of {', '.join(parts)}")
        wanted = [part for part in asked.parse_args().only.split(",") if part] or list(parts)
        if unknown := set(wanted) - set(parts):
            raise SystemExit(f"no such part: {', '.join(sorted(unknown))}; there are {', '.join(parts)}")
        measure_where()
        broken = [part for part in wanted if not _measure(part, parts[part])]
    if broken:
        raise SystemExit(f"not measured: {', '.join(broken)}")


def _measure(part: str, measure: Callable[[], None]) -> bool:
    began = time.perf_counter()
    try:
        measure()
    except (RuntimeError, OSError, AssertionError) as error:
        print(f"{part}: {error}", file=sys.stderr)
        return False
    print(f"-- {part} took {time.perf_counter() - began:.0f} s", flush=True)
    return True


if __name__ == "__main__":
    main()
