"""What schedules can do. A new work is a word in `WORDS`, with what it is told, and a line in `plug`.

The word is known when the settings are read; what it does is known once the use cases are there.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from drd.daemon.catalogue import faults_of_values, parsed_values
from drd.domain.canonical import Json
from drd.domain.ids import RunbookId
from drd.operations.kill_conductor import KillOrder
from drd.operations.start_due_drills import DueWish, StartDueDrills
from drd.operations.start_run import StartRun
from drd.operations.start_scheduled import StartScheduled
from drd.ports.clock import Clock
from drd.ports.parameters import Fault
from drd.ports.slots import Slot
from drd.scheduling.rules import Rules
from drd.scheduling.schedule import Schedule
from drd.scheduling.ticker import Work
from drd.scheduling.timetable import Timetable
from drd.settings.field import wrong


class _Told(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class NothingTold(_Told):
    """A work that is told nothing."""


class DrillTold(_Told):
    """Which drills are started: of one runbook, or those that are due."""

    runbook: str | None = None
    """One runbook, at each slot."""
    due: Literal["services", "whole"] | None = None
    """`services`: those whose last green drill gets too old; `whole`: the runbooks that span a municipality."""
    most: int = Field(default=2, ge=1, le=100)
    """With `due`: how many drills one slot starts at most."""
    kill_conductor: bool = Field(default=False, alias="kill-conductor")
    """The drill ends the daemon that moves it, once, at a step that is drawn; then one slot starts one drill."""

    @model_validator(mode="after")
    def _one(self) -> "DrillTold":
        if (self.runbook is None) == (self.due is None):
            raise wrong("it needs `runbook` or `due`, and only one of them", "write `with: {due: services}`")
        if self.kill_conductor and self.due is not None and self.most > 1:
            raise wrong("drills that end their daemon come one at a time", "add `most: 1`")
        return self


class ProveTold(_Told):
    """How much is proven in one slot by restores. A budget of zero proves nothing, and is a finding."""

    to: Literal["L2", "L3", "L4", "L5", "L6"] = "L4"
    """The highest rung; an item of which less can be asked is proven as far as that goes."""
    only_due: bool = Field(default=True, alias="only-due")
    """Only items of which a rung should be proven again by the next slot."""
    restores: int = Field(ge=0, le=1000)
    """At most so many restores."""
    core_hours: int | None = Field(default=None, ge=0, alias="core-hours")
    """At most so many hours of cores."""
    quota_cores: int | None = Field(default=None, ge=0, alias="quota-cores")
    """At most so many cores at the same time, for all copies of one slot together."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Word:
    """A work that schedules can name.

    Attributes:
        told: the shape of what it is told.
        gentle: it only looks, so no freeze holds it unless the schedule says so.
    """

    told: type[BaseModel]
    gentle: bool = False


WORDS: Mapping[str, Word] = {
    "collect": Word(told=NothingTold, gentle=True),
    "readiness": Word(told=NothingTold, gentle=True),
    "drill": Word(told=DrillTold),
    "verify": Word(told=NothingTold, gentle=True),
    "prove": Word(told=ProveTold),
}
"""Every work, by its word."""

GENTLE = frozenset(name for name, word in WORDS.items() if word.gentle)

Do = Callable[[Schedule, Slot, Any], Awaitable[object]]
"""Does a work: for a schedule and a slot, with what it is told, parsed."""


def calendar_rules(now: datetime) -> Rules:
    """Give the rules by which a calendar is judged, from an instant on."""
    return Rules(WORDS, _faults, now=now)


def _faults(word: str, values: Mapping[str, Json]) -> tuple[Fault, ...] | None:
    known = WORDS.get(word)
    return None if known is None else faults_of_values(word, known.told, values)


def work_of(timetable: Timetable, does: Mapping[str, Do]) -> Work:
    """Give what the ticker calls: it looks up the schedule's word and parses what the work is told.

    Raises:
        ValueError: a word has nothing that does it, or the other way round.
    """
    if does.keys() != WORDS.keys():
        raise ValueError(f"words and what does them differ: {sorted(does.keys() ^ WORDS.keys())}")

    async def work(schedule: Schedule, slot: Slot) -> object:
        told = parsed_values(schedule.does, WORDS[schedule.does].told, timetable.terms(schedule.id).values)
        return await does[schedule.does](schedule, slot, told)

    return work


@dataclass(frozen=True, slots=True, kw_only=True)
class Drills:
    """Does the work `drill`."""

    start_run: StartRun
    due: StartDueDrills
    timetable: Timetable
    clock: Clock

    async def __call__(self, schedule: Schedule, slot: Slot, told: DrillTold) -> str:
        """Start what the schedule calls for, and say it in one line. Raises as the use cases."""
        kill = KillOrder() if told.kill_conductor else None
        if told.runbook is not None:
            start = StartScheduled(
                start_run=self.start_run, runbook=RunbookId(told.runbook), tenant=schedule.tenant, kill=kill
            )
            return f"started {told.runbook} ({(await start(slot)).id})"
        now = self.clock.now()
        following = next(self.timetable.coming(schedule.id, after=now), None)
        wish = DueWish(
            tenant=schedule.tenant,
            whole=told.due == "whole",
            most=told.most,
            until=following.starts_at if following else now,
            kill=kill,
        )
        return await self.due(slot, wish)
