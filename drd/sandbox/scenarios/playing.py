"""Plays a scenario: puts its steps on the world's agenda, where they happen in world time, whatever the clock."""

import json
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from typing import Any
from urllib.parse import quote

from drd.document import Fault as Mistake
from drd.document import Refused, suggestion
from drd.sandbox.agenda import Effect
from drd.sandbox.arm import fold
from drd.sandbox.compute.machine import disk_ids
from drd.sandbox.faults.fault import Asked, Fault, Selection
from drd.sandbox.faults.model import FaultModel
from drd.sandbox.faults.term import instant_of
from drd.sandbox.journal import Entry
from drd.sandbox.ordering import order, withdraw_all
from drd.sandbox.scenarios.file import Scenario
from drd.sandbox.scenarios.step import CallModel, DeletionModel, GuestModel, LossModel, StepModel
from drd.sandbox.state import Resource
from drd.sandbox.wire import JsonObject, Request
from drd.sandbox.world import World

_MACHINE_TYPE = "Microsoft.Compute/virtualMachines"
_BASE = "http://sandbox"

_INFECTED = "infected"
"""What disks hide that carry what an attacker left; copies of them, and machines made of them, inherit it."""

_Does = Callable[[World, Any, datetime], JsonObject]


def play(world: World, scenario: Scenario) -> list[JsonObject]:
    """Put the steps of a scenario on the agenda, from now on, and apply those that are due.

    Returns:
        What will happen: `at` and `does` of each step.

    Raises:
        Refused: the scenario names what is not in this world; nothing is applied.
    """
    mistakes = list(_unknown(world, scenario))
    if mistakes:
        raise Refused(mistakes)
    start = world.now()
    for step in scenario.file.steps:
        world.schedule(start + step.at, _effect(world, scenario.name, step))
    world.settle()
    return [{"at": start + step.at, "does": step.verbs[0]} for step in scenario.file.steps]


def _effect(world: World, name: str, step: StepModel) -> Effect:
    verb = step.verbs[0]
    wanted = getattr(step, verb.replace("-", "_"))

    def happen(instant: datetime) -> None:
        facts = _DOES[verb](world, wanted, instant)
        journal = world.journal
        journal.append(
            Entry(
                number=journal.next_number,
                at=instant,
                host_at=world.host(),
                method="",
                path=f"{name}: {verb}",
                operation="scenario",
                status=200,
                effects=({"kind": f"scenario.{verb}", **facts},),
            )
        )

    return happen


def _lose(world: World, wanted: LossModel, at: datetime) -> JsonObject:
    world.regions.down(wanted.region, instant_of(wanted.since, at) or at, wanted.mode)
    return {"region": wanted.region, "mode": wanted.mode}


def _give_back(world: World, wanted: str, _at: datetime) -> JsonObject:
    world.regions.up(wanted)
    return {"region": wanted}


def _fault(world: World, wanted: FaultModel, at: datetime) -> JsonObject:
    return {"faults": [one.id for one in order(world, [wanted], at)], "fault": wanted.kind}


def _clear(world: World, _wanted: object, _at: datetime) -> JsonObject:
    withdraw_all(world)
    return {}


def _guest(world: World, wanted: GuestModel, _at: datetime) -> JsonObject:
    world.guests.set_health(wanted.machine, healthy=wanted.healthy)
    return {"machine": wanted.machine, "healthy": wanted.healthy}


def _poison(world: World, wanted: list[str], at: datetime) -> JsonObject:
    names = {name.casefold() for name in wanted}
    poisoned = [one for one in world.store.each(_MACHINE_TYPE) if one.name.casefold() in names]
    for machine in poisoned:
        found = (world.store.get(disk_id) for disk_id in disk_ids(machine))
        for disk in [one for one in found if one is not None]:
            world.store.put(disk.with_hidden(**{_INFECTED: True}), at=at, by="attacker")
    return {"machines": [machine.id for machine in poisoned]}


def _delete(world: World, wanted: DeletionModel, at: datetime) -> JsonObject:
    deleted = [one.id for one in _meant(world, wanted) if world.store.delete(one.id, at=at, by="scenario")]
    return {"deleted": deleted}


def _meant(world: World, wanted: DeletionModel) -> list[Resource]:
    selection = Selection(Fault(resource=wanted.resource))
    return [
        one
        for one in world.store.each(wanted.type or None)
        if selection.covers(Asked(path=one.id)) or fold(one.id) == fold(wanted.resource)
    ]


def _call(world: World, wanted: CallModel, at: datetime) -> JsonObject:
    subscriptions = list(world.subscriptions) if "{subscription}" in wanted.path else [""]
    statuses: dict[str, int] = {}
    for subscription in subscriptions * wanted.times:
        path = quote(wanted.path.replace("{subscription}", subscription), safe="/")
        request = Request(
            method=wanted.method,
            url=f"{_BASE}{path}?api-version={wanted.api_version}",
            headers={"content-type": "application/json"},
            body=json.dumps(wanted.body).encode() if wanted.body else b"",
        )
        status = str(world.inner.ask(request, identity=wanted.identity, at=at).status)
        statuses[status] = statuses.get(status, 0) + 1
    return {"method": wanted.method, "path": wanted.path, "statuses": statuses}


_DOES: Mapping[str, _Does] = {
    "region-down": _lose,
    "region-up": _give_back,
    "fault": _fault,
    "clear-faults": _clear,
    "guest": _guest,
    "poison": _poison,
    "delete": _delete,
    "call": _call,
}


def _unknown(world: World, scenario: Scenario) -> Iterator[Mistake]:
    machines = {one.name for one in world.store.each(_MACHINE_TYPE)}
    guests = {one.name for one in world.guests.by_lineage.values()}
    folded, served = {name.casefold() for name in machines}, {name.casefold() for name in guests}
    document = scenario.document
    for place, step in enumerate(scenario.file.steps):
        at = ("steps", place, step.verbs[0])
        for index, name in enumerate(step.poison or ()):
            if name.casefold() not in folded:
                yield document.fault((*at, index), f'there is no machine "{name}"', suggestion(name, machines))
        if step.guest is not None and step.guest.machine.casefold() not in served:
            hint = suggestion(step.guest.machine, guests)
            yield document.fault((*at, "machine"), f'no guest runs in "{step.guest.machine}"', hint)
        if step.delete is not None and not _meant(world, step.delete):
            message = f'nothing is called "{step.delete.resource}"'
            yield document.fault((*at, "resource"), message, "give an id, or whole segments of one with `*`")
