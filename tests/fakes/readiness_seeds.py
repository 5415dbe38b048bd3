"""One thing wrong with the sample municipality at a time, by the code that must fire on it."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from datetime import timedelta

from drd.domain.call import Call
from drd.domain.clock_offset import ClockOffset
from drd.domain.errors import InvalidError, TransientError
from drd.domain.estate import Mechanism, Objectives
from drd.domain.findings import Finding
from drd.domain.ids import RunbookId, ServiceId
from drd.domain.plan import Mode, Step
from drd.domain.plan_status import GreenDrill
from drd.ports.rights import RIGHTS
from drd.sandbox.compute.usage import build_quota
from drd.sandbox.governance import REGISTRATION_TYPE, registration_id
from drd.sandbox.state import Resource
from proofs.drills import DRILL_NETWORK, PEERING
from proofs.stage import EPOCH
from tests.fakes.readiness_stage import (
    BURGERZAKEN,
    PARENT,
    Looked,
    changed_service,
    changed_steps,
    failing,
    restored,
    with_rto,
    withdrawn,
)

SUBSCRIPTION = "00000000-0000-0000-0000-000000000001"
NETWORKING = f"/subscriptions/{SUBSCRIPTION}/resourceGroups/rg-netwerk-neu/providers/Microsoft.Network"
ZONE = f"{NETWORKING}/dnsZones/voorbeeld.example"
SQL = "vm-bz-sql-1"
DAYS = timedelta(days=1)
BEHIND = ClockOffset(at=EPOCH, least=timedelta(seconds=-9), most=timedelta(seconds=-7))
Found = tuple[Finding, ...]
Seed = Callable[[Looked], Awaitable[Found]]


def _drilled(looked: Looked, plan_hash: str, age: timedelta) -> Found | Awaitable[Found]:
    matter, now = looked.runbook(), looked.known.now
    drill = GreenDrill(
        tenant=matter.tenant.id,
        runbook=RunbookId(BURGERZAKEN),
        plan_hash=plan_hash,
        accepted_at=now - age,
        ended_at=now - age,
    )
    return looked.judged(matter, known=replace(looked.known, drills=(drill,)))


async def _changed(looked: Looked) -> Found:
    return await _drilled(looked, "another", DAYS)  # type: ignore[misc]  # an awaitable here


async def _overdue(looked: Looked) -> Found:
    return await _drilled(looked, "another", 91 * DAYS)  # type: ignore[misc]  # an awaitable here


async def _size(looked: Looked) -> Found:
    def bigger(step: Step) -> Step:
        if step.call.uses != "vm.create":
            return step
        return replace(step, call=replace(step.call, values={**step.call.values, "size": "Standard_NV6ads_A10_v5"}))

    return await looked.judged(changed_steps(looked.runbook("besluitvorming"), Mode.FAILOVER, bigger))


async def _red(looked: Looked) -> Found:
    def stricter(step: Step) -> Step:
        if step.call.uses != "check.recovery-point":
            return step
        return replace(step, call=replace(step.call, values={**step.call.values, "younger-than": "1s"}))

    return await looked.judged(changed_steps(looked.runbook("besluitvorming"), Mode.FAILOVER, stricter))


async def _peered(looked: Looked) -> Found:
    path = f"{DRILL_NETWORK}/virtualNetworkPeerings/drill-to-neu?api-version=2024-05-01"
    looked.stage.arm("PUT", path, dict(PEERING))
    try:
        return await looked.judged(looked.runbook())
    finally:
        looked.stage.arm("DELETE", path)


async def _blind(looked: Looked) -> Found:
    """Look with an identity that may not read: nothing that it cannot tell is green."""
    taken = withdrawn(looked.stage, "drd-standing")
    try:
        found = [await looked.judged(looked.runbook(name)) for name in (BURGERZAKEN, "besluitvorming", "netwerk")]
    finally:
        restored(looked.stage, taken)
    return tuple(each for some in found for each in some)


async def _without_role(looked: Looked) -> Found:
    taken = withdrawn(looked.stage, "drd-failover", "drd traffic")
    try:
        return await looked.judged(looked.runbook())
    finally:
        restored(looked.stage, taken)


async def _unregistered(looked: Looked) -> Found:
    place = registration_id(SUBSCRIPTION, "Microsoft.Network")
    store, now = looked.stage.world.sandbox.world.store, looked.known.now
    off = Resource(id=place, type=REGISTRATION_TYPE, location="", properties={"registrationState": "NotRegistered"})
    kept = store.put(off, at=now, by="test")
    try:
        return await looked.judged(looked.runbook())
    finally:
        store.put(kept.with_properties(registrationState="Registered"), at=now, by="test")


async def _quota(looked: Looked) -> Found:
    store, now = looked.stage.world.sandbox.world.store, looked.known.now
    quota = build_quota(subscription=SUBSCRIPTION, region="northeurope", name="standardDSv5Family", limit=1)
    store.put(quota, at=now, by="test")
    return await looked.judged(looked.runbook())


async def _quota_of_all(looked: Looked) -> Found:
    store, now = looked.stage.world.sandbox.world.store, looked.known.now
    quota = build_quota(subscription=SUBSCRIPTION, region="northeurope", name="standardDSv5Family", limit=50)
    store.put(quota, at=now, by="test")
    alone, together = await looked.judged(looked.runbook()), await looked.judged(looked.tenant)
    assert "quota-short" not in {each.code for each in alone}
    return together


async def _slow_name(looked: Looked) -> Found:
    record = f"{ZONE}/A/burgerzaken?api-version=2018-05-01"
    body = {"properties": {"TTL": 86_400, "ARecords": [{"ipv4Address": "10.1.1.41"}]}}
    looked.stage.arm("PUT", record, body)
    return await looked.judged(looked.runbook())


async def _no_token(looked: Looked) -> Found:
    error = TransientError("no token for Azure", code="token-unavailable")
    world = replace(looked.world, failover=failing(looked.world.failover, RIGHTS.name, error))
    return await looked.judged(looked.tenant, world=world)


async def _defect(looked: Looked) -> Found:
    def broken(_plan: object) -> timedelta:
        raise KeyError("a defect of drd")

    return await looked.judged(looked.runbook(), known=replace(looked.known, to_green=broken))


async def _disordered(looked: Looked) -> Found:
    return await looked.judged(
        changed_steps(looked.runbook(PARENT), Mode.FAILOVER, lambda step: replace(step, needs=()))
    )


async def _uncovered(looked: Looked) -> Found:
    def without(step: Step) -> Step | None:
        if step.child is not None and step.child.service == "identiteit":
            return None
        return replace(step, needs=tuple(each for each in step.needs if each.startswith("group")))

    return await looked.judged(changed_steps(looked.runbook(PARENT), Mode.FAILOVER, without))


def _known(item: str, mechanism: Mechanism, service: str = BURGERZAKEN, **changed: object) -> Seed:
    return lambda looked: looked.judged(looked.service(service), known=looked.seeing(item, mechanism, **changed))


def _service(name: str = BURGERZAKEN, **changed: object) -> Seed:
    return lambda looked: looked.judged(changed_service(looked.service(name), **changed))


def _card(**changed: object) -> Seed:
    def seed(looked: Looked) -> Awaitable[Found]:
        matter = looked.runbook()
        assert matter.card is not None
        return looked.judged(replace(matter, card=replace(matter.card, **changed)))  # type: ignore[arg-type]  # named

    return seed


def _refused(looked: Looked) -> Awaitable[Found]:
    error = InvalidError("it cannot be planned", faults=("burgerzaken.yaml:3:1: no such step",))
    return looked.judged(replace(looked.runbook(), plans={}, refusals={Mode.DRILL: error}))


def _no_drill(looked: Looked) -> Awaitable[Found]:
    matter = looked.runbook()
    return looked.judged(replace(matter, plans={Mode.FAILOVER: matter.plans[Mode.FAILOVER]}))


def _unprobed(looked: Looked) -> Awaitable[Found]:
    """Let a step stand where the probe stood: nothing waits for a try from inside."""

    def blind(step: Step) -> Step:
        return replace(step, call=Call(uses="noop", values={})) if step.call.uses == "network.probe" else step

    return looked.judged(changed_steps(looked.runbook(), Mode.DRILL, blind))


def _in_known(**changed: object) -> Seed:
    return lambda looked: looked.judged(looked.tenant, known=replace(looked.known, **changed))  # type: ignore[arg-type]  # named


def _unnotified(looked: Looked) -> Awaitable[Found]:
    contacts = tuple(replace(each, notify=()) for each in looked.tenant.tenant.contacts)
    return looked.judged(replace(looked.tenant, tenant=replace(looked.tenant.tenant, contacts=contacts)))


def _nobody(looked: Looked) -> Awaitable[Found]:
    return looked.judged(looked.runbook(), known=replace(looked.known, answerers={}))


def _aged(looked: Looked) -> Awaitable[Found]:
    return looked.judged(looked.service(), known=replace(looked.known, host_now=looked.known.host_now + 29 * DAYS))


def _nowhere(looked: Looked) -> Awaitable[Found]:
    service = looked.service().service
    assert service is not None
    call = replace(service.checks[-1].call, values={"url": "https://nergens.voorbeeld.example/"})
    return looked.judged(changed_service(looked.service(), checks=(replace(service.checks[-1], call=call),)))


SEEDS: Mapping[str, Seed] = {
    "runbook-invalid": _refused,
    "plan-unknown": _card(asks=("since",)),
    "language-missing": _card(findings=("burgerzaken.yaml:9:3: no French",)),
    "no-drill-mode": _no_drill,
    "forecast-beyond-rto": lambda looked: looked.judged(
        with_rto(looked.runbook(), Mode.FAILOVER, timedelta(minutes=1))
    ),
    "never-drilled": lambda looked: looked.judged(looked.runbook()),
    "changed-since-drill": _changed,
    "drill-overdue": _overdue,
    "before-check-red": _red,
    "before-check-unknown": _blind,
    "drill-network-open": _peered,
    "drill-not-probed": _unprobed,
    "drill-network-unknown": _blind,
    "right-missing": _without_role,
    "rights-unknown": _blind,
    "provider-not-registered": _unregistered,
    "registration-unknown": _blind,
    "quota-short": _quota,
    "size-unavailable": _size,
    "quota-short-together": _quota_of_all,
    "capacity-unknown": _blind,
    "replication-refuses": lambda looked: looked.judged(looked.runbook(), world=looked.replicating(allowed=())),
    "replication-unknown": _blind,
    "runs-in-recovery-region": lambda looked: looked.judged(
        looked.runbook(), world=looked.replicating(active_location="Recovery")
    ),
    "dns-ttl-too-long": _slow_name,
    "dns-unknown": _blind,
    "approver-missing": _nobody,
    "dependency-order": _disordered,
    "dependency-not-covered": _uncovered,
    "service-without-runbook": _service(runbook=None),
    "replication-off": _known(SQL, Mechanism.SITE_RECOVERY, state="unprotected"),
    "backup-off": _known(SQL, Mechanism.BACKUP, state="unprotected"),
    "snapshots-missing": _known("vm-el-web-1", Mechanism.SNAPSHOT, "e-loket", state="unprotected"),
    "protection-unknown": _known(SQL, Mechanism.BACKUP, gone=True),
    "certificate-expiring": _aged,
    "certificate-unknown": _nowhere,
    "dependency-circle": lambda looked: looked.judged(
        changed_service(looked.service("identiteit"), depends_on=(ServiceId("databank"),))
    ),
    "tier-order": _service(tier=0),
    "dependency-slower": _service(objectives=Objectives(rpo=DAYS, rto=timedelta(minutes=1))),
    "owner-missing": _service(owner=""),
    "nobody-notified": _unnotified,
    "place-in-home-region": _in_known(region="westeurope"),
    "place-unknown": _in_known(region=""),
    "host-clock-off": _in_known(clock=BEHIND),
    "identity-unusable": _no_token,
    "readiness-unknown": _defect,
    # Codes of the ladder that readiness finds too.
    "item-unprotected": lambda looked: looked.judged(
        changed_service(looked.service(), items=tuple(replace(each, protection=()) for each in _items(looked)))
    ),
    "protection-unhealthy": _known(SQL, Mechanism.BACKUP, state="warning"),
    "no-usable-point": _known("vm-bv-app-1", Mechanism.BACKUP, "besluitvorming", points=()),
    "recovery-points-unknown": _known("vm-bv-app-1", Mechanism.BACKUP, "besluitvorming", gone=True),
    "recovery-point-too-old": lambda looked: looked.judged(
        looked.service(), known=replace(looked.known, now=looked.known.now + 2 * DAYS)
    ),
}


def _items(looked: Looked) -> tuple:  # type: ignore[type-arg]  # items of the service
    service = looked.service().service
    return service.items if service else ()
