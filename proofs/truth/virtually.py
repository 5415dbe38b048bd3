"""One case under the virtual clock, and how far what drd tells is from what happened."""

import asyncio
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from http import HTTPStatus
from typing import Any

import httpx2

from drd.api.authentication import Authentication, Person
from drd.api.peer import UID_PREFIX
from drd.daemon.virtual_time import VirtualTimeLoop
from drd.domain.actor import Role
from drd.domain.durations import format_instant
from drd.domain.ids import RunbookId, TenantId
from drd.domain.lifecycle import RunState
from drd.domain.plan import Mode, Phase
from drd.operations.show_run import RunView
from drd.operations.start_run import StartOrder
from drd.sandbox.recovery_services.addresses import BACKUP_ITEM_TYPE
from proofs.figures import question, times_of_points
from proofs.stage import HOME, STARTER, TENANT, Entries, Stage, virtually
from proofs.truth import seen, told
from proofs.truth.draw import Drawn, Telling
from proofs.truth.told import PROVEN, Said

_UID = 4_711
_ROUNDS = 40
_CONFIRMED = timedelta(minutes=30)
"""A drill proves its points when nothing of it is left, which is looked at once more some minutes later."""
_PLAIN = "text/plain"


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """How a case went.

    Attributes:
        apart: how far each figure is from the truth, in seconds; infinite where one is known and the other is not.
        at_odds: what the sandbox tells in two ways, and not alike: the proof itself would be wrong.
        waited: how often the run waited for a person.
    """

    case: str
    state: str
    apart: Mapping[str, float]
    missing: frozenset[str]
    at_odds: tuple[str, ...]
    waited: int

    @property
    def furthest(self) -> float:
        """Give the largest difference, in seconds."""
        return max(self.apart.values(), default=math.inf)

    @property
    def good(self) -> bool:
        """Say whether every figure is told everywhere, and true to a second."""
        ended = self.state == RunState.SUCCEEDED.value
        return ended and not self.missing and not self.at_odds and self.furthest <= 1.0


def compare(drawn: Drawn) -> Compared:
    """Play a case in virtual time."""

    async def play(stage: Stage) -> Compared:
        return await Play(stage, drawn).compared()

    return virtually(play, seed=drawn.seed, spread=None)


class Play:
    """One case on its stage."""

    def __init__(self, stage: Stage, drawn: Drawn) -> None:
        """Take the stage."""
        self._drawn = drawn
        self._clock = stage.world.clock
        self._world = stage.world.sandbox.world
        self._apart: dict[str, float] = {}
        self._waited = 0
        self.move(stage)

    def move(self, stage: Stage) -> None:
        """Go on at another daemon of the same world."""
        self._stage = stage
        person = Person(name="proof", uid=_UID, roles=frozenset({Role.ADMIN}))
        stage.world.installation.app.state.authentication = Authentication((person,))

    async def compared(self) -> Compared:
        """Play it."""
        drawn, stage = self._drawn, self._stage
        await self._clock.sleep(drawn.shift)
        await self._earlier()
        items = await self._points()
        incident, since = self._lost(), len(stage.entries())
        self._sicken()
        view = await self._ended(await self._start(incident))
        entries = stage.entries(since)
        used = times_of_points(entries, self._ask)
        green = green_of(drawn, view, entries)
        truth = seen.of_run(incident, green, used, items)
        places = await self._told(view, truth)
        if drawn.mode is Mode.DRILL:
            await self._proven(items, used)
        return Compared(
            case=str(drawn),
            state=view.card.state.value,
            apart=self._apart,
            missing=told.PLACES - places,
            at_odds=self._at_odds(used, items),
            waited=self._waited,
        )

    async def _earlier(self) -> None:
        """Let happen what happens before: a backup that somebody makes, and a region that was lost once already."""
        drawn, stage = self._drawn, self._stage
        if drawn.backup_before:
            for item in self._world.store.each(BACKUP_ITEM_TYPE):
                if not seen.is_workload(item.id):
                    body = {"properties": {"objectType": "IaasVMBackupRequest"}}
                    stage.arm("POST", f"{item.id}/backup?api-version=2025-02-01", body)
            await self._clock.sleep(drawn.backup_before)
        if drawn.outage:
            stage.control("region-down", {"region": HOME, "at": self._clock.now().isoformat()})
            await self._clock.sleep(drawn.outage)
            stage.control("region-up", {"region": HOME})
            await self._clock.sleep(drawn.calm)

    async def _points(self) -> list[str]:
        """Collect and compare the newest points; gives the service's items."""
        items = [str(item["id"]) for item in (await self._service())["items"]]
        before: set[tuple[str, str, float]] | None = None
        # A collection takes some seconds. Where a point came meanwhile, it is known from the next one on.
        while (there := set(seen.newest_points(self._world, self._ask, items))) != before:
            before = there
            await self._stage.world.installation.collect()
        service, metrics = await self._service(), await self._metrics()
        truth = seen.of_points(self._world, self._ask, items, self._clock.now())
        said = [*told.points_in_metrics(metrics, items), *told.points_in_services(service)]
        self._apart |= told.differences(said, truth)
        return items

    def _lost(self) -> datetime:
        """Lose the region; gives when it began."""
        now = self._clock.now()
        if not self._drawn.lost:
            return now
        at = now - self._drawn.ago
        self._stage.control("region-down", {"region": HOME, "at": at.isoformat()})
        return now if self._drawn.telling is Telling.NOBODY else at

    def _sicken(self) -> None:
        guests = [
            guest.name for guest in self._world.guests.by_lineage.values() if guest.service == self._drawn.runbook
        ]
        for sick in self._drawn.sick if guests else ():
            name = guests[sick.which % len(guests)]
            self._stage.control("guests", {"machine": name, "healthy": False})
            self._later(sick.lasts.total_seconds(), name)

    def _later(self, seconds: float, name: str) -> None:
        asyncio.get_running_loop().call_later(
            seconds, lambda: self._stage.control("guests", {"machine": name, "healthy": True})
        )

    async def _start(self, incident: datetime) -> str:
        drawn = self._drawn
        typed = {
            Telling.INSTANT: format_instant(incident),
            Telling.LENGTH: f"-{int(drawn.ago.total_seconds())}s",
            Telling.NOBODY: "",
        }
        order = StartOrder(
            runbook=RunbookId(drawn.runbook),
            tenant=TenantId(TENANT),
            mode=drawn.mode,
            actor=STARTER,
            graceful=not drawn.lost,
            incident_at=typed[drawn.telling],
            confirm=drawn.runbook,
            reason="proof",
        )
        return str((await self._stage.world.installation.use_cases.start_run(order)).id)

    async def _ended(self, run: str) -> RunView:
        """Wait for the end; what fails meanwhile is retried by a person, some time later."""
        view = await self._stage.until_settled(run)
        while not view.card.state.final and self._waited < _ROUNDS:
            self._waited += 1
            await self._clock.sleep(self._drawn.helped_after)
            await self._stage.help_along(view)
            view = await self._stage.until_settled(run)
        return view

    async def _told(self, view: RunView, truth: Mapping[str, float | None]) -> set[str]:
        """Compare what drd tells of the run, at every place that tells it; gives the places."""
        run = str(view.card.id)
        await self._stage.world.installation.evidence.catch_up()
        figures = (await self._stage.events(run))[-1].payload["figures"]
        assert isinstance(figures, Mapping)
        places = told.Places(
            journal=figures,
            run=await self._api(f"/runs/{run}"),
            record=(await self._api(f"/evidence/{run}"))["record"],
            service=await self._service(),
            metrics=await self._metrics(),
        )
        said = tuple(places.said())
        self._apart |= told.differences(said, truth)
        return {each.where for each in said}

    async def _proven(self, items: Sequence[str], used: Mapping[str, datetime]) -> None:
        """Compare what a drill has proven: the points that it used."""
        truth = {f"{PROVEN} of {item}": told.in_seconds(used.get(item)) for item in items}
        service, until = await self._service(), self._clock.now() + _CONFIRMED
        while any(one["proven_point_at"] is None for one in service["items"]) and self._clock.now() < until:
            await self._clock.sleep(timedelta(minutes=1))
            service = await self._service()
        said = [
            *told.proven_in_metrics(await self._metrics(), items),
            *(
                Said(where="item", what=f"{PROVEN} of {one['id']}", value=told.in_seconds(one["proven_point_at"]))
                for one in service["items"]
            ),
        ]
        self._apart |= told.differences(said, truth)

    def _at_odds(self, used: Mapping[str, datetime], items: Sequence[str]) -> tuple[str, ...]:
        if self._drawn.mode is Mode.DRILL:
            return ()
        held = seen.held_by_machines(self._world, items)
        return tuple(
            f"{item}: its job says {used.get(item)}, its disk {at}" for item, at in held.items() if at != used.get(item)
        )

    def _ask(self, path: str, version: str) -> Mapping[str, Any]:
        found: Mapping[str, Any] = self._stage.arm("GET", f"{path}?api-version={version}").json()
        return found

    async def _api(self, path: str) -> Any:  # noqa: ANN401 - JSON
        transport = httpx2.ASGITransport(app=self._stage.world.installation.app, client=(f"{UID_PREFIX}{_UID}", 0))
        loop = asyncio.get_running_loop()
        assert isinstance(loop, VirtualTimeLoop)
        # The API's framework has threads of its own, and no time may pass while they are at work.
        with loop.standing_still():
            async with httpx2.AsyncClient(transport=transport, base_url="http://drd/api/v1") as client:
                answer = await client.get(path)
        assert answer.status_code == HTTPStatus.OK, (path, answer.text)
        return answer.json()

    async def _service(self) -> Mapping[str, Any]:
        services = await self._api("/services")
        found: Mapping[str, Any] = next(each for each in services if each["id"] == self._drawn.runbook)
        return found

    async def _metrics(self) -> str:
        page = await self._stage.world.installation.exporter.render(_PLAIN)
        return page.body.decode()


def green_of(drawn: Drawn, view: RunView, entries: Entries) -> datetime | None:
    """Give when the last guest answered well that the checks of a run's end ask."""
    questions = tuple(question(step.call.values) for step in view.plan.steps if step.phase is Phase.AFTER)
    operation = seen.GUEST_IN_DRILL if drawn.mode is Mode.DRILL else seen.GUEST
    return seen.green_at(entries, questions, operation=operation)
