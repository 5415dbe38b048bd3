"""T8: PostgreSQL is stopped in the middle of a failover and comes back later. Nothing may be done in between."""

import os
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from drd.domain.lifecycle import RunState
from proofs import account
from proofs.bench import patient_runbooks
from proofs.postgres import Server, on_postgresql, server
from proofs.processes import Driven, House, drive, house, start_failover
from proofs.result import Extent, Goal, Proof, Result, told

_RUNBOOK = "burgerzaken"
_SPEED = 30
"""Half an hour of the host is fifteen hours of this world: less than the time limits of the runbooks that it uses."""
_LENGTHS = (timedelta(seconds=20), timedelta(minutes=5), timedelta(minutes=30))
_ON = timedelta(seconds=15)
_LOOK_SECONDS = 0.02
_MOST_CHANGES = 4
"""So many come before somebody is asked, and nobody answers before the database is back."""
_END_SECONDS = 240.0
_QUIET = frozenset({"GET", "HEAD"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Gap:
    """When the database was away, in host time: from when it was gone to when it took connections again."""

    after: int
    began: datetime
    ended: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Away:
    """How a failover went whose database was away.

    Attributes:
        changes: that reached the sandbox in the gap. asked: all requests for the run in the gap.
        on: host time from the database's return to the run's next event.
    """

    gap: Gap
    state: RunState
    changes: int
    asked: int
    on: timedelta
    repeated: dict[tuple[str, str], int]
    broken: bool

    @property
    def good(self) -> bool:
        """Say whether nothing was done in the gap, nothing twice, and the run ended well."""
        return self.state is RunState.SUCCEEDED and not self.changes and not self.repeated and not self.broken

    def __str__(self) -> str:
        """Name it."""
        return f"away for {(self.gap.ended - self.gap.began).total_seconds():.0f} s after change {self.gap.after}"


def away(length: timedelta, *, after: int) -> Away:
    """Fail a service over, and take the database away for so long once so many changes were sent."""
    with TemporaryDirectory(prefix="drd-away-") as folder, server() as database:
        place = Path(folder)
        database.make("drd")
        runbooks = patient_runbooks(place / "runbooks")

        def change(settings: dict[str, Any]) -> dict[str, Any]:
            return on_postgresql(settings | {"runbooks": str(runbooks)}, "drd", database.port, daemon="alone")

        with house(speed=_SPEED, folder=place / "house", change=change) as made:
            made.kill()
            made.revive()
            run = start_failover(made, _RUNBOOK, confirm=_RUNBOOK)
            _await(lambda: len(_changes(made)) >= after)
            gap = _take_away(database, length, after=after)
            driven = drive(made, run, seconds=_END_SECONDS)
            return _told(made, driven, gap)


def _changes(made: House) -> list[account.Entry]:
    return [entry for entry in account.of_runs(made.entries()) if entry["method"] not in _QUIET]


def _await(enough: Callable[[], bool]) -> None:
    until = time.monotonic() + _END_SECONDS
    while not enough():
        if time.monotonic() > until:
            raise AssertionError("the run does not get so far")
        time.sleep(_LOOK_SECONDS)


def _take_away(database: Server, length: timedelta, *, after: int) -> Gap:
    database.stop()
    began = datetime.now(UTC)
    time.sleep(length.total_seconds())
    database.start()
    return Gap(after=after, began=began, ended=datetime.now(UTC))


def _told(made: House, driven: Driven, gap: Gap) -> Away:
    entries = made.entries()
    meanwhile = [
        entry
        for entry in account.of_runs(entries)
        if gap.began < account.instant(entry["host-at"]) < gap.ended - _RESTARTING
    ]
    events = driven.events[driven.view.run.id]
    later = [made.host_instant(event.at) for event in events if made.host_instant(event.at) > gap.ended - _RESTARTING]
    return Away(
        gap=gap,
        state=driven.view.run.state,
        changes=sum(entry["method"] not in _QUIET for entry in meanwhile),
        asked=len(meanwhile),
        on=max(min(later, default=datetime.max.replace(tzinfo=UTC)) - gap.ended, timedelta(0)),
        repeated=account.repeated(entries),
        broken=bool(driven.broken()),
    )


_RESTARTING = timedelta(seconds=2)
"""A server takes connections a little before the command that started it says so."""


def database_away(extent: Extent) -> Result:
    """T8: the shortest of three outages, or all of them at the same time."""
    lengths = _LENGTHS[: extent.count]
    with ThreadPoolExecutor(len(lengths)) as hands:
        gone = list(hands.map(partial(_one, turn=extent.turn), enumerate(lengths)))
    longest = max(each.on for each in gone)
    return Result(
        done=len(gone),
        bad=tuple(str(each) for each in gone if not each.good),
        figures=(
            f"{', '.join(f'{each}: {each.changes} changes and {each.asked} questions meanwhile' for each in gone)};"
            f" effects that happened twice: {sum(len(each.repeated) for each in gone)}; load {os.getloadavg()[1]:.1f}"
        ),
        goals=(
            Goal(
                text=(
                    f"goes on at most {_ON.total_seconds():g} s after the database's return:"
                    f" {', '.join(f'{each.on.total_seconds():.1f} s' for each in gone)}"
                ),
                met=longest <= _ON,
            ),
        ),
        seeds=f"turn {extent.turn}",
    )


def _one(numbered: tuple[int, timedelta], *, turn: int) -> Away:
    number, length = numbered
    after = 1 + (turn + number) % _MOST_CHANGES
    return told("database away", f"{length} after {after}", lambda: away(length, after=after))


PROOF = Proof(
    name="database-away",
    tests="T8",
    promises="P1, P2",
    says="PostgreSQL stopped at once in the middle of a failover, away for 20 s, 5 min and 30 min",
    asks="no change while it is away, nothing repeated, the run ends well",
    unit="outages",
    full=3,
    share=1,
    prove=database_away,
)
