"""What a recovery plan of Site Recovery is: groups of items in order, with actions before and after each group."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from drd.sandbox.recovery_services import addresses
from drd.sandbox.recovery_services.replicated import replicated
from drd.sandbox.recovery_services.replication_lifecycle import STATES
from drd.sandbox.state import Resource
from drd.sandbox.wire import JsonObject
from drd.sandbox.world import AZURE, World

SHUTDOWN, FAILOVER, BOOT = "Shutdown", "Failover", "Boot"
FORWARD, BACK = "PrimaryToRecovery", "RecoveryToPrimary"
MANUAL, SCRIPT, AUTOMATION = "ManualActionDetails", "ScriptActionDetails", "AutomationRunbookActionDetails"
CLEANUP = "TestFailoverCleanup"
_IN_ORDER = ("UnplannedFailover", "TestFailover", "TestFailoverCleanup", "Commit", "CancelFailover", "ReverseReplicate")


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanAction:
    """One action of a group: in which operations and directions it is carried out, and its details as on the wire."""

    name: str
    operations: tuple[str, ...]
    directions: tuple[str, ...]
    details: JsonObject

    def applies(self, operation: str, direction: str) -> bool:
        """Tell whether an operation of the plan in a direction carries the action out."""
        return operation in self.operations and direction in self.directions


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanGroup:
    """One group: its kind, the names of its items, and what happens before and after them."""

    kind: str
    items: tuple[str, ...] = ()
    start: tuple[PlanAction, ...] = ()
    end: tuple[PlanAction, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """A recovery plan. `primary` and `recovery` are regions; `scenario` and `job` those of the last run."""

    primary: str
    recovery: str
    groups: tuple[PlanGroup, ...]
    scenario: str = ""
    job: str = ""
    moved_at: datetime | None = None
    last_test_at: datetime | None = None
    last_failover_at: datetime | None = None


def plan_of(resource: Resource) -> Plan:
    """Return what a recovery plan is."""
    plan: Plan = resource.hidden["plan"]
    return plan


def build_plan(vault: Resource, name: str, plan: Plan) -> Resource:
    """Return a recovery plan of a vault."""
    return Resource(
        id=f"{vault.id}/replicationRecoveryPlans/{name}",
        type=addresses.RECOVERY_PLAN_TYPE,
        location=vault.location,
        hidden={"plan": plan},
    )


def add_plan(world: World, vault: Resource, name: str, plan: Plan, since: datetime) -> Resource:
    """Store a recovery plan of an estate."""
    return world.store.put(build_plan(vault, name, plan), at=since, by=AZURE)


def named_item(world: World, vault_id: str, name: str) -> Resource | None:
    """Return the replicated item of a name, under whichever fabric it lives now."""
    items = world.store.each(addresses.REPLICATED_ITEM_TYPE, under=vault_id)
    return next((item for item in items if item.name.casefold() == name.casefold()), None)


def items_of(world: World, resource: Resource) -> list[Resource]:
    """Return the items of a plan, in the order of its groups; one that is no longer protected is left out."""
    vault_id = addresses.vault_of(resource.id)
    found = (named_item(world, vault_id, name) for group in plan_of(resource).groups for name in group.items)
    return [item for item in found if item is not None]


def direction_of(world: World, resource: Resource) -> str:
    """Return the direction in which a plan would fail over now."""
    regions = {replicated(item).original.location.lower() for item in items_of(world, resource)}
    return BACK if regions == {plan_of(resource).recovery.lower()} else FORWARD


def allowed_operations(world: World, resource: Resource, *, runs: bool) -> list[str]:
    """Return what all items of a plan allow, or any for a cleanup; nothing while a job of the plan runs."""
    allowed = [set(STATES[replicated(item).stage].allowed) for item in items_of(world, resource)]
    common = set.intersection(*allowed) if allowed and not runs else set()
    # A test that came only half way must be cleaned up too: one item that was tested is enough.
    if not runs and any(CLEANUP in one for one in allowed):
        common.add(CLEANUP)
    return [operation for operation in _IN_ORDER if operation in common]


def applying(actions: tuple[PlanAction, ...], operation: str, direction: str) -> Iterator[PlanAction]:
    """Yield the actions that an operation carries out."""
    return (action for action in actions if action.applies(operation, direction))
