"""The sandbox as an emulator: its price for each call, its size, and that it repeats itself."""

import json
from typing import Any

from benchmarks.process import measured, python
from benchmarks.sandbox_http import served

_CALLS, _OPERATIONS, _GETS, _WORLDS, _STARTS = 3000, 10_000, 15_000, 100, 5
_CALL_MS, _OPERATIONS_SECONDS, _OPERATIONS_MIB, _PER_SECOND, _START_SECONDS = 0.5, 90, 1024, 1500, 1.0


def sandbox_text(share: float = 1.0) -> str:
    """Measure everything, and return it for the page.

    Args:
        share: how much of the whole to measure; less than 1 only for trying it out.
    """
    calls = _work("calls", int(_CALLS * share))
    operations = _work("operations", int(_OPERATIONS * share))
    http = served(int(_GETS * share), _STARTS)
    digests = _work("digests", int(_WORLDS * share))
    size = _work("size", 1)
    same = f"{digests['worlds'] if digests['different'] == 1 else 'not all'} of {digests['worlds']}"
    done = (
        f"{operations['seconds']:.0f} s, {operations['peak-mib']} MiB, {operations['calls']:,} calls, "
        f"{operations['cpu-ms-per-call']:.2f} ms of CPU each"
    )
    world = (
        f"a world of {size['subscriptions']} subscriptions, {size['machines']:,} machines, "
        f"{size['resources']:,} resources"
    )
    built = (
        f"built in {size['build-seconds']:.1f} s, {size['peak-mib']} MiB; a list of a subscription's machines "
        f"{size['machines-ms']:.1f} ms, of all subscriptions {size['subscriptions-ms']:.1f} ms"
    )
    rows = [
        (
            "a call in process through Azure's SDK, CPU",
            f"{calls['sdk-ms']:.2f} ms, {calls['alone-ms']:.2f} ms of it the sandbox's",
            f"{_CALL_MS} ms",
        ),
        (
            f"{operations['operations']:,} long-running operations at once, polled to their end, virtual clock",
            done,
            f"{_OPERATIONS_SECONDS} s, {_OPERATIONS_MIB} MiB",
        ),
        (
            "GETs over HTTP on loopback, one core",
            f"{http.per_second:,.0f} a second, {http.cpu_ms:.2f} ms of CPU each, {http.peak_mib:.0f} MiB",
            f"{_PER_SECOND:,} a second",
        ),
        (
            f"start of `drd sandbox start`, until it answers, median of {_STARTS}",
            f"{http.start_seconds:.2f} s",
            f"{_START_SECONDS:.0f} s",
        ),
        (f"same seed, same journal ({digests['entries']} entries, some struck by chance)", same, "all"),
        (world, built, "one process"),
    ]
    return "\n".join(["| what | measured | goal |", "|---|---|---|", *(f"| {a} | {b} | {c} |" for a, b, c in rows)])


def _work(what: str, count: int) -> dict[str, Any]:
    run = measured([python(), "-m", "benchmarks.sandbox_work", what, str(count)])
    told: dict[str, Any] = json.loads(run.output.strip().splitlines()[-1])
    print(what, told)
    return told
