"""Orders of people at odd times that need another one, or a step, to mean something: drawn in couples, and aimed."""

from collections.abc import Callable, Mapping
from random import Random

from drd.domain.ids import StepId
from drd.domain.lifecycle import Request, StepState
from drd.domain.plan import Mode
from drd.domain.progress import Progress, StepProgress, is_undo
from proofs.simulation.play import Fault, Play

_CALM = 0.5
"""So many plays have none of these."""
_LATEST = 300.0
_AT_ALL = 0.25
"""So many orders name any step there is, whether or not it fits."""
_NOWHERE = StepId("nergens")


def draw_orders(seed: int, play: Play, *, first: int) -> list[Fault]:
    """Draw what people order, numbered from `first` on."""
    chance = Random(f"people {seed}")  # noqa: S311 - no secrets
    if chance.random() < _CALM:
        return []
    kinds = list(_DRAWN)
    found: list[Fault] = []
    for _ in range(chance.choice((1, 1, 2, 3))):
        kind = chance.choices(kinds, weights=[_DRAWN[name][0] for name in kinds])[0]
        _DRAWN[kind][1](chance, play, found)
    return [
        Fault(number=first + n, kind=each.kind, at=each.at, where=each.where, details=each.details)
        for n, each in enumerate(found)
    ]


def _order(chance: Random, asked: Request, at: float, which: int, **more: int) -> Fault:
    at_all = {"any": 1} if chance.random() < _AT_ALL else {}
    return Fault(number=0, kind="order", at=round(at, 3), where=asked.value, details={"which": which, **at_all, **more})


def _single(asked: Request, **more: int) -> Callable[[Random, Play, list[Fault]], None]:
    def drawn(chance: Random, _play: Play, found: list[Fault]) -> None:
        found.append(_order(chance, asked, chance.uniform(0, _LATEST), chance.randint(0, 9), **more))

    return drawn


def _couple(one: Request, other: Request, longest: float) -> Callable[[Random, Play, list[Fault]], None]:
    """Draw an order, and a later one to the same run that mostly follows it."""

    def drawn(chance: Random, _play: Play, found: list[Fault]) -> None:
        at, which = chance.uniform(0, _LATEST), chance.randint(0, 9)
        found.append(_order(chance, one, at, which))
        if chance.random() < _CHANGED_MIND:
            found.append(_order(chance, other, at + chance.uniform(1, longest), which))

    return drawn


_CHANGED_MIND = 0.8


def _grace(chance: Random, play: Play, found: list[Fault]) -> None:
    """Draw the other word than the run began with, and maybe the first one again."""
    at, which = chance.uniform(0, _LATEST), chance.randint(0, 9)
    words = (Request.GRACEFUL, Request.UNGRACEFUL) if play.lost else (Request.UNGRACEFUL, Request.GRACEFUL)
    found += [
        _order(chance, word, at + later, which)
        for word, later in zip(words[: chance.choice((1, 1, 2))], (0.0, chance.uniform(1, 90)), strict=False)
    ]


def _habit(chance: Random, _play: Play, found: list[Fault]) -> None:
    """Draw what people answer first when a step asks them."""
    word = chance.choice((Request.ADOPT, Request.RESOLVE))
    found.append(Fault(number=0, kind="habit", at=0.0, where=word.value))


def _portal(chance: Random, play: Play, found: list[Fault]) -> None:
    """Draw somebody who begins the same failover in the portal, and maybe a person who takes it for the run's own."""
    if play.runbook != "archief" and play.mode is Mode.FAILOVER:
        found.append(Fault(number=0, kind="portal", at=round(chance.uniform(0, chance.choice((9, 60, 200))), 3)))
        if chance.random() < _CHANGED_MIND:
            found.append(Fault(number=0, kind="habit", at=0.0, where=Request.ADOPT.value))


_DRAWN: Mapping[str, tuple[int, Callable[[Random, Play, list[Fault]], None]]] = {
    "hold": (6, _couple(Request.HOLD, Request.RELEASE, 120)),
    "release": (1, _single(Request.RELEASE)),
    "resolve": (5, _single(Request.RESOLVE)),
    "adopt": (2, _single(Request.ADOPT)),
    "undo": (5, _couple(Request.PAUSE, Request.UNDO, 60)),
    "undo at once": (2, _single(Request.UNDO)),
    "grace": (6, _grace),
    "note": (2, _single(Request.NOTE)),
    "go back": (3, _single(Request.RETRY, onwards=1)),
    "habit": (4, _habit),
    "portal": (4, _portal),
}

OF_STEPS: Mapping[Request, frozenset[StepState]] = {
    Request.RETRY: frozenset({StepState.FAILED, StepState.PARKED}),
    Request.SKIP: frozenset({StepState.FAILED, StepState.PARKED, StepState.WAITING, StepState.RETRYING}),
    Request.APPROVE: frozenset({StepState.WAITING}),
    Request.DENY: frozenset({StepState.WAITING}),
    Request.HOLD: frozenset({StepState.PENDING}),
    Request.RELEASE: frozenset({StepState.PENDING}),
    Request.RESOLVE: frozenset({StepState.PENDING, StepState.PARKED, StepState.RETRYING, StepState.FAILED}),
    Request.ADOPT: frozenset({StepState.PARKED}),
}
"""The states of a step in which each order about a step may be legal."""

_NEWER = frozenset({Request.HOLD, Request.RELEASE, Request.RESOLVE, Request.ADOPT})
"""Given at any step where none fits, to be refused."""


def aimed(progress: Progress, fault: Fault) -> StepId | None:
    """Choose a step for an order: one that fits, where there is one; None where nobody would give the order now."""
    details = fault.details or {}
    request, which = Request(fault.where), int(details["which"])
    fitting = [each for each in progress.steps.values() if _fits(request, each, onwards="onwards" in details)]
    if "any" in details or (not fitting and request in _NEWER):
        names = [*progress.steps, _NOWHERE]
        return names[which * _STRIDE % len(names)]
    return fitting[which % len(fitting)].step.id if fitting else None


_STRIDE = 7


def _fits(request: Request, each: StepProgress, *, onwards: bool) -> bool:
    if onwards:
        return each.state is not StepState.PENDING and not is_undo(each.step.id)
    if request is Request.RELEASE:
        return each.held
    return each.state in OF_STEPS.get(request, ())


def gave(step: StepId, mode: Mode) -> Mapping[str, str]:
    """Give what a person says that a step of the village gave, who did it themselves: all that later steps need."""
    return _GAVE_IN_DRILL.get(step, {}) if mode is Mode.DRILL else _GAVE.get(step, {})


_SUBSCRIPTION = "/subscriptions/00000000-0000-0000-0000-000000000001"
_COMPUTE, _NETWORK = "providers/Microsoft.Compute", "providers/Microsoft.Network"
_BY_HAND = f"{_SUBSCRIPTION}/resourceGroups/rg-met-de-hand"
_RECOVERED = f"{_SUBSCRIPTION}/resourceGroups/rg-archief-neu"
_DISKS = {"os-disk": f"{_BY_HAND}/{_COMPUTE}/disks/os", "data-disks": ""}

_GAVE: Mapping[str, Mapping[str, str]] = {
    "failover": {
        "machine": f"{_SUBSCRIPTION}/resourceGroups/rg-loket-neu/{_COMPUTE}/virtualMachines/vm-loket",
        "address": "10.2.1.41",
    },
    "group": {"id": _BY_HAND},
    "disks": _DISKS,
    "nic": {"id": f"{_RECOVERED}/{_NETWORK}/networkInterfaces/vm-archief-nic", "address": "10.2.1.51"},
}
_GAVE_IN_DRILL: Mapping[str, Mapping[str, str]] = {
    "group": {"id": _BY_HAND},
    "disks": _DISKS,
    "drill-nic": {"id": f"{_BY_HAND}/{_NETWORK}/networkInterfaces/vm-archief-drill-nic"},
}
