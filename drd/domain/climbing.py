"""How an item climbs: the plan of a drill that restores it, and asks of the copy what each rung wants to know.

The same plan serves a person and a schedule. It holds no service's lock, so that it never stands in the way of a
recovery, and its steps have names by which the end of the run tells what was proven (`drd.domain.climbed`).
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta

from drd.domain.call import Call
from drd.domain.canonical import Json
from drd.domain.errors import RefusedError
from drd.domain.estate import ItemKind, Mechanism, ProofPlace, ProtectedItem, Service, Tenant
from drd.domain.ids import RunbookId, StepId
from drd.domain.ladder import Rung
from drd.domain.language import Text
from drd.domain.plan import Mode, OnFailure, Phase, RecoveryGroup, RecoveryPlan, Retry, Step
from drd.domain.points import NEWEST

PREFIX = "verify-"
"""A plan that climbs is called after its item: `verify-ITEM`."""

GROUP, RESTORE, NIC, MACHINE = "group", "restore", "nic", "machine"
SCANNER_NIC, SCANNER, GONE = "scanner-nic", "scanner", "scanner-gone"
PROBE_GROUP, PROBE, PROBE_GONE = "probe-group", "probe", "probe-cleanup"
BOOTS, READABLE, CLEAN, ANSWERS, USEFUL = "boots", "readable", "clean", "answers", "useful"
"""What the steps are called; those of an item carry its id: `boots[vm-bv-app-1]`."""
PROBE_CORES = 1
"""The probe of the network is one small machine, however many items climb."""

_PATIENCE = "15m"
_LONGEST_NAME = 64
_ONCE = Retry(times=1, wait=timedelta(seconds=20))


@dataclass(frozen=True, slots=True, kw_only=True)
class Climb:
    """What is to be proven.

    Attributes:
        to: the rung that the item shall reach; one that needs a restore.
        point: `newest`, or the id of a point.
    """

    tenant: Tenant
    service: Service
    item: ProtectedItem
    to: Rung
    point: str = NEWEST


def climb_plan(climb: Climb) -> RecoveryPlan:
    """Give the plan that takes an item up the ladder. From L5 on it restores all of the service that can be.

    Raises:
        RefusedError: it cannot be restored in this way, or the rung has nothing that could be asked.
    """
    place = _place(climb)
    _check(climb, place)
    items = _items(climb)
    restored = [step for number, item in enumerate(items) for step in _of(climb, place, item, number)]
    steps = [_isolated(place), *_probed(climb, place), *restored]
    asked = list(_asked(climb))
    always = [*(_removed(step_of("cleanup", item), step_of(GROUP, item)) for item in items), _PROBE_REMOVED]
    return RecoveryPlan(
        runbook=RunbookId(f"{PREFIX}{climb.item.id}"),
        title=Text(
            nl=f"{climb.item.id} bewijzen tot {climb.to.value}",
            en=f"Prove {climb.item.id} up to {climb.to.value}",
            fr=f"Prouver {climb.item.id} jusqu'à {climb.to.value}",
        ),
        tenant=climb.tenant.id,
        service=None,
        mode=Mode.DRILL,
        home_region=climb.tenant.home_region,
        recovery_region=climb.tenant.recovery_region,
        groups=(RecoveryGroup(id="climb"),),
        steps=(*steps, *asked, *always),
        items=items,
        on_failure=OnFailure.STOP,
        tier=climb.service.tier,
        choices={"prove": climb.item.id, "of": climb.service.id, "to": climb.to.value, "recovery-point": climb.point},
    )


def _place(climb: Climb) -> ProofPlace:
    if climb.tenant.proofs is None:
        raise RefusedError(
            f"{climb.tenant.id} has no place where copies may be restored",
            target=climb.item.id,
            hint="name an isolated subnet and a staging account in the catalogue, section `proofs`",
            code="no-place-for-proofs",
        )
    return climb.tenant.proofs


def _check(climb: Climb, place: ProofPlace) -> None:
    item = climb.item
    if not can_be_restored(item):
        raise RefusedError(
            f"{item.id} is no machine with backups, so it cannot be restored to be proven",
            target=str(item.resource),
            hint="L0 and L1 can be told; the drill of its service's runbook proves L4 and L5, and L2, L3 and L6 stay "
            "unknown without a backup",
            code="cannot-be-proven",
        )
    if not _has_question(climb, place, climb.to):
        raise RefusedError(
            f"nothing can be asked of {item.id} at {climb.to.value}",
            target=item.id,
            hint="L2 and L3 need the scripts `readable` and `clean` in the catalogue's section `proofs`, L5 needs "
            "checks of the service, L6 its question",
            code="nothing-to-ask",
        )


def _has_question(climb: Climb, place: ProofPlace, rung: Rung) -> bool:
    known = {
        Rung.L2: bool(place.readable),
        Rung.L3: bool(place.clean),
        Rung.L4: True,
        Rung.L5: bool(climb.service.checks),
        Rung.L6: climb.service.question is not None,
    }
    return known.get(rung, False)


def asked_rungs(climb: Climb) -> tuple[Rung, ...]:
    """Give the rungs that need a restore and can be asked of the item, lowest first, none above what is wanted.

    Nothing for what cannot be restored in this way.
    """
    place = climb.tenant.proofs
    if place is None or not can_be_restored(climb.item):
        return ()
    return tuple(
        rung for rung in Rung if rung.height <= climb.to.height and rung.restores and _has_question(climb, place, rung)
    )


def can_be_restored(item: ProtectedItem) -> bool:
    """Say whether drd can restore an item by itself, to prove it: a machine that has backups."""
    return item.kind is ItemKind.VIRTUAL_MACHINE and item.protected_by(Mechanism.BACKUP) is not None


def _items(climb: Climb) -> tuple[ProtectedItem, ...]:
    """Give what is restored: a service answers only when all of it is there. The item that is proven comes first."""
    if climb.to.height < Rung.L5.height:
        return (climb.item,)
    others = [each for each in climb.service.items if each.id != climb.item.id]
    return (climb.item, *(each for each in others if each.protected_by(Mechanism.BACKUP) is not None))


def step_of(name: str, item: ProtectedItem) -> StepId:
    """Name an item's step."""
    return StepId(f"{name}[{item.id}]")


def _isolated(place: ProofPlace) -> Step:
    return Step(
        id=StepId("isolation"),
        call=Call(uses="check.isolation", values={"network": str(place.network)}),
        phase=Phase.BEFORE,
        timeout=timedelta(minutes=10),
        on_failure=OnFailure.STOP,
    )


def _probed(climb: Climb, place: ProofPlace) -> tuple[Step, Step]:
    """Try from inside whether anything gets out, beside the restore: nothing that sees restored disks boots before.

    It has a group of its own, because a restore is recognised by what lies in its group.
    """
    made = Call(uses="resource-group.create", values=_group_values(climb, place, "probe"))
    values: dict[str, Json] = {"resource-group": f"${{{{ steps.{PROBE_GROUP}.id }}}}", "subnet": str(place.subnet)}
    probe = place.probe
    values |= {"reach": list(probe.reach)} if probe.reach else {}
    values |= {"size": probe.size} if probe.size else {}
    values |= {"image": probe.image} if probe.image else {}
    return _step(PROBE_GROUP, None, made, (), 5), _step(
        PROBE, None, Call(uses="network.probe", values=values), (PROBE_GROUP,), 30
    )


def probe_or_step(name: str, item: ProtectedItem) -> StepId:
    """Name a step of an item, or one that all items of a climb share."""
    return StepId(name) if name in {PROBE_GROUP, PROBE} else step_of(name, item)


def _step(name: str, item: ProtectedItem | None, call: Call, needs: tuple[str, ...], minutes: int) -> Step:
    return Step(
        id=step_of(name, item) if item else StepId(name),
        call=call,
        group="climb",
        needs=tuple(probe_or_step(each, item) if item else StepId(each) for each in needs),
        item=item.id if item else None,
        timeout=timedelta(minutes=minutes),
        retry=_ONCE,
        on_failure=OnFailure.STOP,
    )


def _of(climb: Climb, place: ProofPlace, item: ProtectedItem, number: int) -> Iterator[Step]:
    group, short = f"${{{{ steps.{step_of(GROUP, item)}.id }}}}", _short(item)
    yield _step(
        GROUP, item, Call(uses="resource-group.create", values=_group_values(climb, place, f"{number + 1}")), (), 5
    )
    values: dict[str, Json] = {
        "item": item.id,
        "point": climb.point if item.id == climb.item.id else NEWEST,
        "resource-group": group,
        "staging": str(place.staging),
    }
    yield _step(RESTORE, item, Call(uses=_RESTORES[place.home], values=values), (GROUP,), 240)
    scans = scans_outside(climb)
    if scans:
        yield from _scanned(climb, place, item, group)
    if scans and climb.to.height < Rung.L4.height:
        return
    nic: dict[str, Json] = {"resource-group": group, "name": f"{short}-nic", "subnet": str(place.subnet)}
    yield _step(NIC, item, Call(uses="nic.create", values=nic), (GROUP,), 10)
    restored = step_of(RESTORE, item)
    machine: dict[str, Json] = {
        "item": item.id,
        "resource-group": group,
        "name": short,
        "size": place.size,
        "interface": f"${{{{ steps.{step_of(NIC, item)}.id }}}}",
        "os-disk": f"${{{{ steps.{restored}.os-disk }}}}",
        "data-disks": f"${{{{ steps.{restored}.data-disks }}}}",
    }
    needed = (RESTORE, PROBE, NIC, GONE) if scans else (RESTORE, PROBE, NIC)
    yield _step(MACHINE, item, Call(uses="vm.create", values=machine), needed, 45)
    boots: dict[str, Json] = {"item": item.id, "power": "running", "agent": True, "within": _PATIENCE}
    yield _step(BOOTS, item, Call(uses="check.vm", values=boots), (MACHINE,), 20)
    if not scans:
        yield from _examined(climb, place, item, {"item": item.id}, BOOTS)


_RESTORES = {True: "backup.restore-disks", False: "backup.cross-region-restore"}


def _group_values(climb: Climb, place: ProofPlace, what: str) -> dict[str, Json]:
    values: dict[str, Json] = {"prefix": f"rg-drd-proof-{what}"}
    return values | ({"location": climb.tenant.home_region} if place.home else {})


def _short(item: ProtectedItem) -> str:
    return f"{item.id[: _LONGEST_NAME - 20]}-proof"


def scans_outside(climb: Climb) -> bool:
    """Say whether restored disks are examined by a machine of its own: where one is named, and has something to do."""
    place = climb.tenant.proofs
    if place is None or place.scanner is None:
        return False
    return any(_has_question(climb, place, rung) for rung in (Rung.L2, Rung.L3) if rung.height <= climb.to.height)


def cores_of(climb: Climb) -> int:
    """Give the cores that copies and probe need at the same time: a scanner is gone before its disks boot."""
    place = climb.tenant.proofs
    if place is None:
        return 0
    boots = climb.to.height >= Rung.L4.height or not scans_outside(climb)
    scanner = place.scanner.cores if place.scanner is not None and scans_outside(climb) else 0
    return max(place.cores if boots else 0, scanner) * len(_items(climb)) + PROBE_CORES


def _scanned(climb: Climb, place: ProofPlace, item: ProtectedItem, group: str) -> Iterator[Step]:
    """Attach the restored disks to a scanner in the same sealed group, ask there, and remove it before they boot."""
    if place.scanner is None:
        return
    name, restored = f"{_short(item)}-scan", step_of(RESTORE, item)
    nic: dict[str, Json] = {"resource-group": group, "name": f"{name}-nic", "subnet": str(place.subnet)}
    yield _step(SCANNER_NIC, item, Call(uses="nic.create", values=nic), (GROUP,), 10)
    values: dict[str, Json] = {
        "resource-group": group,
        "name": name,
        "image": str(place.scanner.image),
        "size": place.scanner.size,
        "interface": f"${{{{ steps.{step_of(SCANNER_NIC, item)}.id }}}}",
        "disks": f"${{{{ steps.{restored}.disks }}}}",
    }
    yield _step(SCANNER, item, Call(uses="scanner.create", values=values), (RESTORE, PROBE, SCANNER_NIC), 45)
    machine = f"${{{{ steps.{step_of(SCANNER, item)}.machine }}}}"
    last = SCANNER
    for step in _examined(climb, place, item, {"machine": machine}, SCANNER):
        yield step
        last = step.id.partition("[")[0]
    if climb.to.height >= Rung.L4.height:
        yield _step(GONE, item, Call(uses="scanner.delete", values={"machine": machine}), (last,), 20)


def _examined(
    climb: Climb, place: ProofPlace, item: ProtectedItem, where: Mapping[str, Json], before: str
) -> Iterator[Step]:
    """Ask a machine that sees the restored files: are they readable, and are they clean?"""
    tolerated: dict[str, Json] = {"at-most": dict(place.tolerances)} if place.tolerances else {}
    for name, rung, script in ((READABLE, Rung.L2, place.readable), (CLEAN, Rung.L3, place.clean)):
        if script and (climb.to.height >= rung.height):
            call = Call(uses="vm.run-command", values={**where, "script": script, **tolerated})
            yield _step(name, item, call, (before,), 120)
            before = name


def _asked(climb: Climb) -> Iterator[Step]:
    if climb.to.height >= Rung.L5.height:
        for check in climb.service.checks:
            yield _question(f"{ANSWERS}[{check.id}]", check.call)
    if climb.to is Rung.L6 and climb.service.question is not None:
        yield _question(USEFUL, climb.service.question)


def _question(name: str, call: Call) -> Step:
    values = {"within": _PATIENCE, **call.values}
    return Step(
        id=StepId(name),
        call=Call(uses=call.uses, values=values),
        phase=Phase.AFTER,
        timeout=timedelta(minutes=30),
        on_failure=OnFailure.CONTINUE,
    )


def _removed(step: StepId, group: str) -> Step:
    return Step(
        id=step,
        call=Call(uses="resource-group.delete", values={"id": f"${{{{ steps.{group}.id }}}}"}),
        phase=Phase.ALWAYS,
        timeout=timedelta(minutes=30),
        retry=_ONCE,
        on_failure=OnFailure.CONTINUE,
    )


_PROBE_REMOVED = _removed(StepId(PROBE_GONE), PROBE_GROUP)
