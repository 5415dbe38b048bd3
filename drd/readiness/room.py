"""Whether the recovery region has room, on paper, for the machines that a failover would make."""

from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Iterable, Iterator, Mapping

from drd.domain.errors import DrdError
from drd.domain.estate import Mechanism
from drd.domain.findings import Finding
from drd.domain.ids import ItemId
from drd.domain.plan import Mode, RecoveryPlan, Step
from drd.ports.capabilities import Provider
from drd.ports.capacity import CAPACITY, CORES, Quota, RecoveryRoom, Size
from drd.ports.replication import REPLICATION
from drd.readiness.asking import World
from drd.readiness.matter import Matter, own_steps, resources_in

_MAKES = frozenset({"vm.create", "desktop.host"})
"""Actions that make a machine of the size that they name."""


async def look_at_room(matter: Matter, world: World) -> AsyncIterator[Finding]:
    """Look at the plan for a failover: sizes on offer, and vCPUs that are free. A quota promises no hardware."""
    plan = matter.plans.get(Mode.FAILOVER)
    if plan is None:
        return
    try:
        needed = await _sizes(matter, (plan,), world.standing)
        for subscription, sizes in needed.items():
            offered, quotas = await _room(matter, subscription, world.standing)
            for finding in (*_not_offered(matter, sizes, offered), *_beyond(matter, sizes, offered, quotas)):
                yield finding
    except DrdError as error:
        yield matter.unknown("capacity-unknown", str(matter.runbook), error)


async def look_at_room_together(matter: Matter, world: World) -> AsyncIterator[Finding]:
    """Look at what all services of a tenant need on the same day: each may fit alone, and not all at once."""
    try:
        needed = await _sizes(matter, matter.under, world.standing)
        for subscription, sizes in needed.items():
            offered, quotas = await _room(matter, subscription, world.standing)
            for finding in _beyond(matter, sizes, offered, quotas):
                if finding.code == "quota-short":
                    yield matter.found("quota-short-together", finding.subject, f"for all services: {finding.message}")
    except DrdError as error:
        yield matter.unknown("capacity-unknown", matter.tenant.id, error)


async def room_together(matter: Matter, world: World) -> tuple[RecoveryRoom, ...]:
    """Give the room for all services of a tenant at once, by family; nothing where it cannot be told.

    Of several subscriptions the one in which the least would be left: what is free in another one does not help it.
    """
    rooms: dict[str, RecoveryRoom] = {}
    try:
        for subscription, sizes in (await _sizes(matter, matter.under, world.standing)).items():
            offered, quotas = await _room(matter, subscription, world.standing)
            for name, needed in _cores(sizes, offered).items():
                quota = quotas.get(name.casefold())
                if quota is not None:
                    room = RecoveryRoom(
                        tenant=matter.tenant.id,
                        region=matter.tenant.recovery_region,
                        family=quota.name,
                        limit=quota.limit,
                        used=quota.used,
                        needed=needed,
                    )
                    rooms[name] = min(rooms.get(name, room), room, key=_left)
    except DrdError:
        return ()
    return tuple(rooms.values())


def _left(room: RecoveryRoom) -> int:
    return room.limit - room.used - room.needed


async def _room(
    matter: Matter, subscription: str, provider: Provider
) -> tuple[Mapping[str, Size], Mapping[str, Quota]]:
    """Give the sizes that the recovery region offers and the quotas there, by their names in lower case."""
    capacity, region = provider.capability(CAPACITY), matter.tenant.recovery_region
    offered = {size.name.casefold(): size for size in await capacity.sizes(subscription, region)}
    return offered, {quota.name.casefold(): quota for quota in await capacity.quotas(subscription, region)}


async def _sizes(matter: Matter, plans: Iterable[RecoveryPlan], provider: Provider) -> Mapping[str, Counter[str]]:
    """Count the machines that would be made, by subscription and size."""
    found: dict[str, Counter[str]] = defaultdict(Counter)
    steps = [(each, step) for each in plans for step in own_steps(each)]
    for plan, step in steps:
        size = step.call.values.get("size")
        if step.call.uses in _MAKES and isinstance(size, str):
            found[_subscription(matter, plan, step)][size] += 1
        elif step.call.uses == "asr.failover":
            replicated = await _replicated_size(plan, step, provider)
            if replicated:
                found[_subscription(matter, plan, step)][replicated] += 1
    return found


async def _replicated_size(plan: RecoveryPlan, step: Step, provider: Provider) -> str:
    """Give the size that Site Recovery would make; empty for a machine that is there already, or is not replicated."""
    item = plan.item(ItemId(str(step.call.values.get("item", ""))))
    protection = item.protected_by(Mechanism.SITE_RECOVERY) if item else None
    if item is None or protection is None:
        return ""
    for each in await provider.capability(REPLICATION).items(protection.vault):
        if item.resource.name.casefold() in {each.name.casefold(), each.source.name.casefold()}:
            return "" if each.is_active_in(plan.recovery_region) else each.size
    return ""


def _subscription(matter: Matter, plan: RecoveryPlan, step: Step) -> str:
    item = plan.item(ItemId(str(step.call.values.get("item", ""))))
    if item is not None:
        return item.resource.subscription
    named = sorted(each.subscription for each in resources_in(step.call.values))
    return named[0] if named else matter.tenant.subscriptions[0]


def _not_offered(matter: Matter, sizes: Counter[str], offered: Mapping[str, Size]) -> Iterator[Finding]:
    region = matter.tenant.recovery_region
    for name in sizes:
        size = offered.get(name.casefold())
        if size is None:
            yield matter.found("size-unavailable", name, f"{region} does not offer it")
        elif size.closed:
            yield matter.found(
                "size-unavailable", name, f"it is closed to the subscription in {region} ({size.closed})"
            )


def _beyond(
    matter: Matter, sizes: Counter[str], offered: Mapping[str, Size], quotas: Mapping[str, Quota]
) -> Iterator[Finding]:
    region = matter.tenant.recovery_region
    for name, needed in _cores(sizes, offered).items():
        quota = quotas.get(name.casefold())
        if quota is None:
            yield matter.found("capacity-unknown", f"{region}/{name}", f"no quota of {name} is told for {region}")
        elif quota.free < needed:
            said = f"{needed} vCPUs are needed in {region}, {quota.free} of {quota.limit} are free"
            yield matter.found("quota-short", f"{region}/{name}", said)


def _cores(sizes: Counter[str], offered: Mapping[str, Size]) -> Counter[str]:
    """Count vCPUs by family, and together."""
    cores: Counter[str] = Counter()
    for name, count in sizes.items():
        size = offered.get(name.casefold())
        if size is not None:
            cores[size.family] += size.cores * count
            cores[CORES] += size.cores * count
    return cores
