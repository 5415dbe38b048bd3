"""1,000 steps that do nothing, side by side and in a chain: drd beside other tools, each in a process of its own."""

import json
import statistics
from collections.abc import Iterator
from dataclasses import dataclass

from benchmarks.databases import POSTGRESQL, SQLITE, Site
from benchmarks.disk import syncs_per_second
from benchmarks.process import measured, python

STEPS = 1000
FORMS = ("side-by-side", "chain")
GOALS = {
    (SQLITE, "side-by-side"): 10_000,
    (SQLITE, "chain"): 1_500,
    (POSTGRESQL, "side-by-side"): 2_500,
    (POSTGRESQL, "chain"): 550,
}
_HERE = "benchmarks/contenders"


@dataclass(frozen=True, slots=True, kw_only=True)
class Contender:
    """Something that carries out steps.

    Attributes:
        durable: what is on disk when a step has ended.
        databases: which ones it can keep that on.
        times: how often it is measured; the median counts.
    """

    name: str
    program: str
    durable: str
    databases: frozenset[str]
    environment: str = ""
    times: int = 1


CONTENDERS = (
    Contender(
        name="drd", program="drd_runbook.py", times=7, databases=frozenset({SQLITE, POSTGRESQL}),
        durable="intent before and end after each step, one hash chain, fsync; steps side by side share a commit",
    ),
    Contender(
        name="dbos", program="dbos_workflow.py", environment=".venv-bench", times=3,
        databases=frozenset({SQLITE, POSTGRESQL}),
        durable="end of each step, a commit each",
    ),
    Contender(
        name="ansible-core", program="ansible_playbook.py", environment=".venv-bench", databases=frozenset({SQLITE}),
        durable="nothing",
    ),
    Contender(
        name="chaostoolkit", program="chaostoolkit_experiment.py", environment=".venv-bench", times=3,
        databases=frozenset({SQLITE}),
        durable="nothing until the experiment's end, then its journal without fsync",
    ),
)  # fmt: skip
"""Who keeps nothing in a database takes part once, beside SQLite."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """How one contender did in one form. `events` is 0 where nothing is journaled."""

    contender: Contender
    form: str
    per_second: float
    best_per_second: float
    cpu_us_per_event: float
    events: int
    peak_mib: float
    syncs_per_second: float


def results(site: Site) -> Iterator[Result]:
    """Measure every contender that uses this database in every form, with the disk's own rate right before."""
    for form in FORMS:
        for contender in CONTENDERS:
            if site.name in contender.databases:
                yield _measured(contender, form, site)


def _measured(contender: Contender, form: str, site: Site) -> Result:
    rate = syncs_per_second(str(site.folder))
    program = [python(contender.environment), f"{_HERE}/{contender.program}"]
    runs = [measured([*program, site.new(), str(STEPS), form]) for _ in range(contender.times)]
    told = [json.loads(run.output.strip().splitlines()[-1]) for run in runs]
    seconds = [each["seconds"] for each in told]
    events = int(told[0].get("events", 0))
    cpu = statistics.median(each.get("cpu_seconds", 0.0) for each in told)
    return Result(
        contender=contender,
        form=form,
        per_second=STEPS / statistics.median(seconds),
        best_per_second=STEPS / min(seconds),
        cpu_us_per_event=cpu / events * 1e6 if events else 0.0,
        events=events,
        peak_mib=max(run.peak_mib for run in runs),
        syncs_per_second=rate,
    )
