"""Whether the identities may do what the plans need, where they need it, and the subscriptions may use it."""

from collections import defaultdict
from collections.abc import AsyncIterator, Mapping

from drd.domain.errors import DrdError
from drd.domain.estate import ProtectedItem
from drd.domain.findings import Finding
from drd.domain.grants import missing_from
from drd.domain.ids import ArmId, ItemId
from drd.domain.plan import ENGINE_WORDS, Mode, RecoveryPlan, Step
from drd.ports.capabilities import Provider
from drd.ports.rights import RIGHTS
from drd.readiness.asking import World
from drd.readiness.matter import Matter, own_steps, resources_in, several

_FREE = frozenset({"microsoft.resources", "microsoft.authorization"})
"""Namespaces that need no registration."""

_Places = Mapping[ArmId, frozenset[str]]


async def look_at_rights(matter: Matter, world: World) -> AsyncIterator[Finding]:
    """Look at each mode's plan with the eyes of the identity that would carry it out."""
    for mode, plan in matter.plans.items():
        provider = world.standing if mode is Mode.DRILL else world.failover
        needed = _needed(matter, plan, world)
        async for finding in _rights(matter, mode, provider, needed):
            yield finding
        async for finding in _registrations(matter, world.standing, needed):
            yield finding


def _needed(matter: Matter, plan: RecoveryPlan, world: World) -> _Places:
    """Give the operations by the place where they are needed: a resource group, or the subscription."""
    found: dict[ArmId, set[str]] = defaultdict(set)
    questions = frozenset(world.checks.names())
    verbs = frozenset(world.actions.names())
    for step in own_steps(plan):
        uses = step.call.uses
        if uses in ENGINE_WORDS or uses not in questions | verbs:
            continue
        operations = (world.checks if uses in questions else world.actions).permissions(uses)
        resources = _resources(plan, step)
        for operation in operations:
            for place in _places(matter, operation, resources):
                found[place].add(operation)
    return {place: frozenset(operations) for place, operations in found.items()}


def _resources(plan: RecoveryPlan, step: Step) -> frozenset[ArmId]:
    named = resources_in(step.call.values)
    item: ProtectedItem | None = plan.item(ItemId(str(step.call.values.get("item", ""))))
    if item is None:
        return named
    return named | {item.resource, *(each.vault for each in item.protection)}


def _places(matter: Matter, operation: str, resources: frozenset[ArmId]) -> frozenset[ArmId]:
    """Give the groups of the resources that an operation is about; else the subscription as a whole."""
    namespace, kind = operation.casefold().split("/")[:2]
    about = {each.group_id for each in resources if each.kind.casefold() == f"{namespace}/{kind}"}
    if about:
        return frozenset(about)
    subscriptions = {each.subscription for each in resources} or set(matter.tenant.subscriptions[:1])
    return frozenset(ArmId(f"/subscriptions/{each}") for each in subscriptions)


async def _rights(matter: Matter, mode: Mode, provider: Provider, needed: _Places) -> AsyncIterator[Finding]:
    """A subscription is asked first: mostly a role there answers for every group in it."""
    rights = provider.capability(RIGHTS)
    by_subscription: dict[str, list[ArmId]] = defaultdict(list)
    for place in needed:
        by_subscription[place.subscription].append(place)
    for subscription, places in by_subscription.items():
        whole = ArmId(f"/subscriptions/{subscription}")
        try:
            held = await rights.held(whole)
            for place in places:
                missing = missing_from(held, needed[place])
                if missing and place != whole:
                    missing = missing_from(await rights.held(place), missing)
                if missing:
                    yield _missing(matter, mode, place, missing)
        except DrdError as error:
            yield matter.unknown("rights-unknown", f"{mode.value}/{whole}", error)


def _missing(matter: Matter, mode: Mode, place: ArmId, missing: tuple[str, ...]) -> Finding:
    duty = "standing" if mode is Mode.DRILL else "failover"
    who = matter.tenant.identities.get(duty, duty)
    said = f"in mode {mode.value} {who} may not do there: {several(list(missing))}"
    return matter.found("right-missing", f"{mode.value}/{place}", said)


async def _registrations(matter: Matter, provider: Provider, needed: _Places) -> AsyncIterator[Finding]:
    wanted: dict[str, set[str]] = defaultdict(set)
    for place, operations in needed.items():
        wanted[place.subscription] |= {each.split("/")[0].casefold() for each in operations} - _FREE
    for subscription, namespaces in wanted.items():
        try:
            states = await provider.capability(RIGHTS).registered(subscription)
        except DrdError as error:
            yield matter.unknown("registration-unknown", subscription, error)
            continue
        for namespace in sorted(namespaces):
            state = states.get(namespace, "not known there")
            if state.casefold() != "registered":
                said = f"the subscription's registration is {state}"
                yield matter.found("provider-not-registered", f"{subscription}/{namespace}", said)
