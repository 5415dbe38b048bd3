"""One case whose exported series are compared through what makes exporters lie: deaths, hand-overs and jumps."""

import asyncio
import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from random import Random

import structlog.testing
from prometheus_client.parser import text_string_to_metric_families

from drd.daemon.virtual_time import VirtualTimeLoop
from drd.domain.lifecycle import RunState
from drd.domain.plan import Mode
from drd.operations.show_run import RunView
from proofs.figures import times_of_points
from proofs.stage import HELD, sample_configuration, whole
from proofs.truth import seen, told
from proofs.truth.draw import Drawn
from proofs.truth.lives import LEASE, Life, Lives
from proofs.truth.virtually import Play, green_of

SERIES = (
    "drd_service_rto_objective_seconds",
    "drd_service_rpo_objective_seconds",
    "drd_service_achieved_recovery_time_seconds",
    "drd_service_achieved_recovery_point_seconds",
    "drd_service_last_recovery_timestamp_seconds",
    "drd_service_last_recovery_success_timestamp_seconds",
    "drd_service_recovery_point_timestamp_seconds",
    "drd_service_proven_recovery_point_timestamp_seconds",
    "drd_item_recovery_point_timestamp_seconds",
    "drd_item_proven_recovery_point_timestamp_seconds",
)
"""What RTO and RPO are told with."""
LONGEST_SILENCE = LEASE * 1.25 + timedelta(seconds=1)
"""A lease that nobody gave back, a quarter of it until somebody looks again, and the second in which that is seen."""

_ONE, _OTHER = "eerste", "tweede"
_LOOK = timedelta(seconds=5)
_JUMPS = (timedelta(hours=1), timedelta(hours=-1), timedelta(minutes=15), timedelta(seconds=-5), timedelta(days=-2))
_ENDS = ("is killed", "is told to stop", "is cut off from the database")
_LONGEST = timedelta(hours=12)

Page = Mapping[tuple[str, frozenset[tuple[str, str]]], float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Followed:
    """How a case went.

    Attributes:
        apart: how far each figure is from what happened, at every place that tells it and at each moment, in seconds.
        inexact: series that are not the journal's figure, to the last digit.
        changed: series that a death, a hand-over or a jump changed, added or took away, and after which of them.
        compared: how many series were held against an earlier page.
        most, silent: how many daemons told at the same time at most, and how long nobody did, in seconds.
    """

    case: str
    state: str
    apart: Mapping[str, float]
    inexact: tuple[str, ...]
    changed: tuple[str, ...]
    missing: frozenset[str]
    compared: int
    most: int
    silent: float

    @property
    def furthest(self) -> float:
        """Give the largest difference, in seconds."""
        return max(self.apart.values(), default=math.inf)

    @property
    def good(self) -> bool:
        """Say whether every series was true, exact and there, and told by one daemon at a time."""
        broken = (self.inexact, self.changed, self.missing)
        once = self.most == 1 and self.silent <= LONGEST_SILENCE.total_seconds()
        return self.state == RunState.SUCCEEDED.value and not any(broken) and self.furthest <= 1.0 and once


def follow(drawn: Drawn) -> Followed:
    """Play a case in virtual time."""
    # Two daemons renew leases all along, so the days before are cut short.
    short = replace(
        drawn,
        shift=drawn.shift / 100,
        backup_before=drawn.backup_before and drawn.backup_before / 24,
        outage=drawn.outage and drawn.outage / 6,
        calm=drawn.calm / 6,
    )
    with asyncio.Runner(loop_factory=VirtualTimeLoop) as runner, structlog.testing.capture_logs():
        return runner.run(_followed(short))


async def _followed(drawn: Drawn) -> Followed:
    lives = await Lives.build(sample_configuration(), seed=drawn.seed)
    try:
        one = await lives.start(_ONE)
        await lives.start(_OTHER)
        watching = asyncio.create_task(lives.watch())
        found = await _Following(lives, one, drawn).followed()
        watching.cancel()
        return found
    finally:
        await lives.close()


class _Following(Play):
    """One case at two daemons."""

    def __init__(self, lives: Lives, one: Life, drawn: Drawn) -> None:
        super().__init__(one.stage, drawn)
        self._lives = lives
        self._chance = Random(f"exported {drawn.seed}")  # noqa: S311 - no secrets
        self._end = _ENDS[drawn.seed % len(_ENDS)]
        self._changed: list[str] = []
        self._compared = 0

    async def followed(self) -> Followed:
        """Play it."""
        drawn, stage = self._drawn, self._stage
        await self._clock.sleep(drawn.shift)
        await self._earlier()
        # Somebody tells before the collection: who waits for him afterwards may see a point that came meanwhile.
        await self._metrics()
        items = await self._points()
        incident, since = self._lost(), len(stage.entries())
        self._sicken()
        run = await self._start(incident)
        if items and drawn.mode is not Mode.DRILL:
            # Else the checks may be green at once, and what an instant is read from must be right when that is noted.
            # In a drill the probe is under way, and a clock an hour fast passes its deadline, which stops the drill.
            await self._jumped("a jump at the run's beginning")
        view = await self._brought_home(run)
        entries = self._stage.entries(since)
        green = green_of(drawn, view, entries)
        truth = seen.of_run(incident, green, times_of_points(entries, self._ask), items)
        places, inexact = await self._held_against(view, truth, f"after one {self._end}")
        await self._troubled()
        again, still = await self._held_against(view, truth, "after everything")
        return Followed(
            case=f"{drawn}; who moves it {self._end}",
            state=view.card.state.value,
            apart=self._apart,
            inexact=(*inexact, *still),
            changed=tuple(self._changed),
            missing=told.PLACES - (places & again),
            compared=self._compared,
            most=self._lives.most,
            silent=self._lives.silent,
        )

    async def _brought_home(self, run: str) -> RunView:
        """Wait for the end; somewhere on the way the daemon that moves the run goes away."""
        due = self._clock.now() + timedelta(seconds=self._chance.uniform(5, 400))
        until = self._clock.now() + _LONGEST
        gone = False
        while self._clock.now() < until:
            await self._clock.sleep(_LOOK)
            if not gone and self._clock.now() >= due:
                gone = True
                await self._end_one()
            await self._stage.approve_all()
            view = await self._stage.show(run)
            if self._stage.is_over(view.card) and gone:
                return view
            if any(each.card.state in HELD for each in whole(view)):
                self._waited += 1
                await self._clock.sleep(self._drawn.helped_after)
                await self._stage.help_along(view)
        raise AssertionError(f"{run} did not end within {_LONGEST}")

    async def _end_one(self) -> None:
        """Let the first daemon go as it must, and start it again; the second one goes on."""
        one, other = self._lives.all
        if self._end == _ENDS[1]:
            await one.stop()
        else:
            if self._end == _ENDS[2]:
                one.lose_its_lease()
                await self._clock.sleep(LONGEST_SILENCE)
                # It answers as ever, and says nothing of the estate.
                self._note("a page of who is cut off", {}, figures(await one.page()))
            await one.crash()
        self.move(other.stage)
        await self._lives.start(_ONE)

    async def _troubled(self) -> None:
        """Hand back, jump and start again; nothing of it may change a figure."""
        before = figures(await self._metrics())
        _, other, one = self._lives.all
        await other.stop()
        self.move(one.stage)
        self._note("a hand-over", before, figures(await self._metrics()))
        await self._jumped("a jump")
        await one.crash()
        self.move((await self._lives.start(_ONE)).stage)
        self._note("a restart", before, figures(await self._metrics()))

    async def _jumped(self, when: str) -> None:
        """Let the clock of who tells be wrong for a while."""
        before = figures(await self._metrics())
        self._lives.wrong(_ONE, self._chance.choice(_JUMPS))
        await self._clock.sleep(_LOOK)
        self._note(when, before, figures(await self._metrics()))
        self._lives.wrong(_ONE, timedelta(0))

    def _note(self, when: str, before: Page, after: Page) -> None:
        self._compared += len(before)
        self._changed += [f"{key} after {when}" for key in {*before, *after} if before.get(key) != after.get(key)]

    async def _held_against(
        self, view: RunView, truth: Mapping[str, float | None], when: str
    ) -> tuple[frozenset[str], tuple[str, ...]]:
        """Compare all places with the truth, and the series with the journal; gives the places, and what is inexact."""
        so_far, self._apart = self._apart, {}
        places = frozenset(await self._told(view, truth))
        self._apart = so_far | {f"{what}, {when}": far for what, far in self._apart.items()}
        ended = (await self._stage.events(str(view.card.id)))[-1].payload["figures"]
        assert isinstance(ended, Mapping)
        journal = {each.what: each.value for each in told.in_journal(ended)}
        said = told.in_metrics(await self._metrics(), str(view.card.service), view.card.mode.value)
        return places, tuple(f"{each.what}, {when}" for each in said if each.value != journal[each.what])

    async def _metrics(self) -> str:
        """Scrape everybody; one of them tells, at the latest when the lease has ended."""
        until = self._clock.now() + LONGEST_SILENCE
        while not (telling := self._lives.telling()) and self._clock.now() < until:
            await self._clock.sleep(timedelta(seconds=1))
        return await telling[0].page() if telling else ""


def figures(text: str) -> Page:
    """Give every series with which RTO and RPO are told."""
    return {
        (sample.name, frozenset(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(text)
        if family.name in SERIES
        for sample in family.samples
    }
