"""Whether Site Recovery would take the verbs of a plan now: `allowedOperations` is the gate of each."""

from collections.abc import AsyncIterator

from drd.domain.errors import DrdError
from drd.domain.estate import Mechanism, ProtectedItem
from drd.domain.findings import Finding
from drd.domain.ids import ItemId
from drd.domain.plan import Mode, RecoveryPlan
from drd.ports.capabilities import Provider
from drd.ports.replication import REPLICATION, ReplicatedItem
from drd.readiness.asking import World
from drd.readiness.matter import Matter, own_steps

_VERBS = {"asr.failover": "UnplannedFailover", "asr.test-failover": "TestFailover"}
"""What must be allowed before a run begins. The verbs that follow are allowed by the one before them."""


async def look_at_verbs(matter: Matter, world: World) -> AsyncIterator[Finding]:
    """Look at the items that the plans for a drill and for a failover would fail over."""
    for mode in (Mode.DRILL, Mode.FAILOVER):
        plan = matter.plans.get(mode)
        for item, verb in _wanted(plan) if plan else ():
            async for finding in _item(matter, world.standing, item, verb):
                yield finding


def _wanted(plan: RecoveryPlan) -> list[tuple[ProtectedItem, str]]:
    found: dict[ItemId, tuple[ProtectedItem, str]] = {}
    for step in own_steps(plan):
        verb, name = _VERBS.get(step.call.uses), step.call.values.get("item")
        item = plan.item(ItemId(str(name))) if verb and name else None
        if item is not None and verb is not None:
            found[item.id] = (item, verb)
    return list(found.values())


async def _item(matter: Matter, provider: Provider, item: ProtectedItem, verb: str) -> AsyncIterator[Finding]:
    protection = item.protected_by(Mechanism.SITE_RECOVERY)
    if protection is None:
        yield matter.found(
            "replication-refuses", item.id, "the plan fails it over, and the catalogue replicates it not"
        )
        return
    try:
        items = await provider.capability(REPLICATION).items(protection.vault)
    except DrdError as error:
        yield matter.unknown("replication-unknown", str(protection.vault), error)
        return
    names = {(protection.item or item.resource.name).casefold(), item.resource.name.casefold()}
    seen = next((each for each in items if names & {each.name.casefold(), each.source.name.casefold()}), None)
    # One that the vault does not hold is told where items are looked at.
    if seen is not None:
        for finding in _allowed(matter, item, seen, verb):
            yield finding


def _allowed(matter: Matter, item: ProtectedItem, seen: ReplicatedItem, verb: str) -> list[Finding]:
    if seen.is_active_in(matter.tenant.recovery_region):
        said = f"it runs in {seen.active_region} already, so it cannot be failed over to there"
        return [matter.found("runs-in-recovery-region", item.id, said)]
    if verb.casefold() not in {word.casefold() for word in seen.allowed}:
        allowed = ", ".join(seen.allowed) or "nothing"
        said = f"Site Recovery does not allow {verb} now; it allows {allowed}, and its state is {seen.state}"
        return [matter.found("replication-refuses", f"{item.id}/{verb}", said)]
    return []
