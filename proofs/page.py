"""The page `docs/proof.md`: what was proven, when, how often, and what was not."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from proofs.records import Record
from proofs.result import Proof

STALE = timedelta(days=30)
"""An older result is told as such."""

_ELSEWHERE = (
    ("T11: 200 damaged files", "tests of the store, in CI in full"),
    ("T12, T13: schedules", "twenty changes of the clocks, jumps, days away, several daemons: tests, in CI"),
    ("T16: journals of older versions", "golden journals, in CI in full"),
    ("T19, T33: identical triggers, the stop button", "tests of engine and operations, in CI in full"),
    ("T14, T17, T18, T20 to T22, T24 to T29, T31, T32", "see the tests that carry their names, where there are any"),
    ("Anything against real Azure", "the sandbox stands in for it; docs/sandbox says what it models"),
)

_HEAD = """\
# Proof

Written by `make proof`, a row each time its proof is run; `make proof ONLY=NAME` renews one. Do not edit. What the rows
hold is in [`docs/proof`](proof), one file a proof.

The other side of every figure is the sandbox's own journal of requests, not what drd says of itself. The promises P1
to P8 are those of [architecture](architecture.md); T1 to T33 are the names of tests, and tests that cover one carry it.
"Asked" is the whole of it; CI takes a share at each run, rotating where there is more than it can afford. What the
proofs do is told in [resilience](resilience.md#proofs).
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """The whole page: each proof with its last record, or None."""

    now: datetime
    version: str
    rows: Sequence[tuple[Proof, Record | None]]

    def text(self) -> str:
        """Write it as Markdown."""
        return "\n".join([_HEAD, *self._table(), *self._broken(), *self._short(), *_elsewhere()]) + "\n"

    def _table(self) -> Iterable[str]:
        yield "| test | promise | proof | asked (CI) | done | broken | figures | goal | when, where, seed |"
        yield "|---|---|---|---|---|---|---|---|---|"
        for proof, record in self.rows:
            asked = f"{proof.full:,} {proof.unit} ({proof.share:,})"
            start = f"| {proof.tests} | {proof.promises} | `{proof.name}`: {proof.says} | {asked} |"
            yield start + (f" {_cells(proof, record, self._doubt(record))} |" if record else " 0 | | | not run | |")

    def _doubt(self, record: Record) -> str:
        found = []
        if self.now - record.began > STALE:
            found.append(f"older than {STALE.days} days")
        if record.version != self.version:
            found.append(f"of version {record.version}, this is {self.version}")
        return f"; **{', '.join(found)}**" if found else ""

    def _broken(self) -> Iterable[str]:
        found = [f"- `{proof.name}`: {each}" for proof, record in self.rows if record for each in record.result.bad]
        return ["", "## Broken promises", "", *(found or ["None in these results."])]

    def _short(self) -> Iterable[str]:
        yield from ("", "## Short of what is asked", "")
        found = False
        for proof, record in self.rows:
            for each in _shortcomings(proof, record):
                found = True
                yield f"- `{proof.name}`: {each}"
        if not found:
            yield "Nothing."


def _cells(proof: Proof, record: Record, doubt: str) -> str:
    result = record.result
    enough = result.done >= proof.full and not result.partly
    goals = [f"{goal.text}{'' if goal.met else ' **missed**'}" for goal in result.goals]
    verdict = (
        "**broken**" if result.bad else "met" if enough and record.good() else "in part" if not enough else "missed"
    )
    revision = f", {record.revision}" if record.revision else ""
    where = (
        f"{record.began:%Y-%m-%d %H:%M} UTC, {record.minutes:.0f} min, {record.machine}, load {record.load:.1f},"
        f" drd {record.version}{revision}; {result.seeds}{doubt}"
    )
    figures = "; ".join([*goals, result.figures]).replace("|", "/")
    return f"{result.done:,} | {len(result.bad)} | {figures} | {verdict}: {proof.asks} | {where}"


def _shortcomings(proof: Proof, record: Record | None) -> Iterable[str]:
    if record is None:
        yield f"not run; asked are {proof.full:,} {proof.unit}"
        return
    if record.result.done < proof.full:
        yield f"{record.result.done:,} of {proof.full:,} {proof.unit}"
    if record.result.partly:
        yield record.result.partly
    for goal in record.result.goals:
        if not goal.met:
            yield goal.text


def _elsewhere() -> Iterable[str]:
    return ["", "## Shown elsewhere", "", *(f"- {what}: {where}." for what, where in _ELSEWHERE)]
