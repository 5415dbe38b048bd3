"""The same over HTTP: real processes, sockets and files, with a world that runs many times as fast as the host."""

import math
import threading
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from http import HTTPStatus
from typing import Any

import httpx2

from drd.api.wire.runs import ControlBody, StartBody
from drd.domain.durations import format_instant
from drd.domain.lifecycle import StepState
from drd.domain.plan import Mode
from proofs import account
from proofs.figures import question, times_of_points
from proofs.processes import Driven, House, drive, house
from proofs.stage import HOME, TENANT
from proofs.truth import seen, told

SPEED = 120
_ROUNDS = 10
_RECORD_SECONDS = 20.0
_PAUSE_SECONDS = 0.2


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One run.

    `ago`: how long before it the home region was lost; None where it is not. `told`: whether drd is told since when.
    `sick`: a guest that is, and for how long.
    """

    runbook: str
    mode: Mode
    ago: timedelta | None = None
    told: bool = True
    sick: tuple[str, timedelta] | None = None

    def __str__(self) -> str:
        """Name it."""
        return f"{self.mode.value} of {self.runbook} at x{SPEED}"


CASES = (
    Case(runbook="burgerzaken", mode=Mode.DRILL),
    Case(runbook="sociaal-huis", mode=Mode.DRILL),
    Case(runbook="identiteit", mode=Mode.FAILOVER, ago=timedelta(seconds=737)),
    Case(
        runbook="besluitvorming",
        mode=Mode.FAILOVER,
        ago=timedelta(minutes=51, seconds=11),
        sick=("vm-bv-app-1", timedelta(minutes=22)),
    ),
    Case(runbook="burgerzaken", mode=Mode.FAILOVER, ago=timedelta(minutes=4), told=False),
)
"""In one installation, one after the other: once the home region is lost it stays so."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """How a case went.

    Attributes:
        figures: how far what lies between host and world is from the truth, in seconds of the world.
        points: the same of recovery points and their ages at the incident, which no host's time touches.
    """

    case: str
    state: str
    figures: Mapping[str, float]
    points: Mapping[str, float]
    missing: frozenset[str]

    @property
    def furthest(self) -> float:
        """Give the largest difference of a figure that passes through the host's time, in seconds of the host."""
        return max(self.figures.values(), default=math.inf) / SPEED

    @property
    def good(self) -> bool:
        """Say whether every figure is told everywhere and true."""
        ended = self.state == "succeeded" and not self.missing
        return ended and self.furthest <= 1.0 and max(self.points.values(), default=0.0) <= 1.0


def play(count: int = len(CASES)) -> Iterator[Compared]:
    """Play so many cases in one installation."""
    with house(speed=SPEED) as made:
        for case in CASES[:count]:
            yield _played(made, case)


def _played(made: House, case: Case) -> Compared:
    since = len(made.entries())
    lost = made.rehearsed.lose_region(HOME, ago=case.ago) if case.ago is not None else None
    if case.sick:
        name, lasts = case.sick
        _guest(made, name, healthy=False)
        threading.Timer(lasts.total_seconds() / SPEED, _guest, (made, name), {"healthy": True}).start()
    with made.as_somebody() as me:
        body = StartBody(
            runbook=case.runbook,
            tenant=TENANT,
            mode=case.mode,
            graceful=lost is None,
            incident_at=format_instant(lost) if lost and case.told else "",
            confirm=case.runbook,
            reason="proof",
        )
        before = made.rehearsed.clock.now()
        run = me.start(body).id
        after = made.rehearsed.clock.now()
    driven = _driven(made, run)
    entries = made.entries()[since:]
    operation = seen.GUEST_IN_DRILL if case.mode is Mode.DRILL else seen.GUEST
    green = seen.green_at(entries, _questions(driven), operation=operation)
    places = _places(made, driven, case.runbook)
    items = [str(item["id"]) for item in places.service["items"]]
    # The declaration is the instant at which the daemon has it, and lies on the way there and back.
    declared = min(max(account.instant(places.journal["incident-at"]), before), after)
    incident = lost if lost and case.told else declared
    truth = seen.of_run(incident, green, times_of_points(entries, made.arm), items)
    said = tuple(places.said())
    apart = told.differences(said, truth)
    exact = {what for what in apart if ": point of " in what or (lost and case.told and _is_of_points(what))}
    return Compared(
        case=str(case),
        state=driven.view.run.state.value,
        figures={what: far for what, far in apart.items() if what not in exact},
        points={what: far for what, far in apart.items() if what in exact},
        missing=told.PLACES - {each.where for each in said},
    )


def _driven(made: House, run: str) -> Driven:
    """Drive a run to its end; a person retries what failed meanwhile."""
    driven, rounds = drive(made, run), 0
    while not driven.view.run.state.final and rounds < _ROUNDS:
        rounds += 1
        with made.as_somebody() as me:
            for step in driven.view.steps:
                if step.state in {StepState.FAILED, StepState.PARKED}:
                    me.control(run, ControlBody(request="retry", step=step.id, reason="proof"))
        driven = drive(made, run)
    return driven


def _is_of_points(what: str) -> bool:
    return ": age of " in what or what.endswith((told.LOST, told.INCIDENT))


def _guest(made: House, name: str, *, healthy: bool) -> None:
    body = {"machine": name, "healthy": healthy}
    httpx2.post(f"{made.rehearsed.sandbox}/_sandbox/guests", json=body).raise_for_status()


def _questions(driven: Driven) -> tuple[str, ...]:
    events = driven.events[driven.view.run.id]
    values = {event.step: event.payload["values"] for event in events if event.kind == "step.intent"}
    return tuple(question(values[step.id]) for step in driven.view.steps if step.phase == "after" and step.id in values)


def _places(made: House, driven: Driven, service: str) -> told.Places:
    run = driven.view.run.id
    return told.Places(
        journal=driven.events[run][-1].payload["figures"],
        run=_api(made, f"/runs/{run}"),
        record=_api(made, f"/evidence/{run}")["record"],
        service=next(each for each in _api(made, "/services") if each["id"] == service),
        metrics=httpx2.get(made.rehearsed.metrics).raise_for_status().text,
    )


def _api(made: House, path: str) -> Any:  # noqa: ANN401 - JSON
    """Ask the daemon; a record of evidence is written some moments after the end of its run."""
    transport = httpx2.HTTPTransport(uds=str(made.rehearsed.socket))
    with httpx2.Client(transport=transport, base_url="http://drd/api/v1") as client:
        answer, until = client.get(path), time.monotonic() + _RECORD_SECONDS
        while answer.status_code == HTTPStatus.NOT_FOUND and time.monotonic() < until:
            time.sleep(_PAUSE_SECONDS)
            answer = client.get(path)
    answer.raise_for_status()
    return answer.json()
