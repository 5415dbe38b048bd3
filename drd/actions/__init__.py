"""Verbs of a runbook, one a file, each ending with its typed constant. They know capabilities, never a provider.

May import: `drd.acting`, `drd.domain`, `drd.ports` and pydantic. One action never imports another: what several of them
share, the kinds of parameters and how the world is read back, stands here, because a discovered folder holds nothing
else.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, PlainValidator, WithJsonSchema
from pydantic_core import PydanticCustomError

from drd.acting.sighting import Restorer, Wanted, sighted_job
from drd.domain.canonical import Json
from drd.domain.durations import format_instant, parse_duration, parse_instant
from drd.domain.errors import InvalidError, NotFoundError, OperationFailedError, PermanentError, RefusedError
from drd.domain.estate import Mechanism, ProtectedItem, Protection, RecoveryPoint
from drd.domain.ids import NAME, ArmId, ItemId
from drd.domain.plan import Mode
from drd.domain.points import POINT, POINT_TIME, Choice, agreed_point, used_point
from drd.ports.action import Outputs, Pending, Present, Sighting, StepContext
from drd.ports.capabilities import Operation, Status
from drd.ports.machines import MACHINES
from drd.ports.networks import NETWORKS, NetworkFacts
from drd.ports.replication import REPLICATION, ReplicatedItem

EVERY_MODE = frozenset(Mode)
JOB = "job"
LONG_AGO = timedelta(days=30)
"""How far back a step looks for what happened before the run."""


class Values(BaseModel):
    """Parameters of an action: unknown keys are errors, and nothing is turned into another type on the quiet."""

    model_config = ConfigDict(
        extra="forbid",
        frozen=True,
        strict=True,
        alias_generator=lambda name: name.replace("_", "-"),
        use_attribute_docstrings=True,
    )


def wrong(words: str, hint: str) -> PydanticCustomError:
    """Make a refusal that carries its hint to the catalogue."""
    return PydanticCustomError("wrong", "{words}", {"words": words, "hint": hint})


def _length(value: Any) -> timedelta:  # noqa: ANN401 - anything may stand in a runbook
    try:
        return parse_duration(value if isinstance(value, str) else str(value))
    except PermanentError as error:
        raise wrong(error.message, error.hint) from error


def _instant(value: Any) -> datetime | None:  # noqa: ANN401 - anything may stand in a runbook
    try:
        return parse_instant(str(value)) if value else None
    except PermanentError as error:
        raise wrong(error.message, error.hint) from error


def _resource(value: Any) -> ArmId:  # noqa: ANN401 - anything may stand in a runbook
    if not isinstance(value, str):
        raise wrong("expected a text with an Azure resource id", "it looks like /subscriptions/ID/resourceGroups/GROUP")
    try:
        return ArmId.parse(value)
    except PermanentError as error:
        raise wrong(error.message, error.hint) from error


def _group(value: Any) -> ArmId:  # noqa: ANN401 - anything may stand in a runbook
    group = _resource(value)
    if group.kind or not group.resource_group:
        raise wrong("not the id of a resource group", "it looks like /subscriptions/ID/resourceGroups/GROUP")
    return group


def several(value: Any) -> tuple[str, ...]:  # noqa: ANN401 - anything may stand in a runbook
    """Read one text or a list of texts, none of them empty."""
    given = [value] if isinstance(value, str) else value
    if not isinstance(given, list | tuple) or not given or not all(isinstance(each, str) and each for each in given):
        raise wrong("expected a text or a list of texts, not empty", "write a, or [a, b]")
    return tuple(given)


_RESOURCE = {"type": "string", "pattern": "^/[sS]ubscriptions/[^/]+/.+$"}
_TEXT = {"type": "string", "minLength": 1}
_SEVERAL = {"anyOf": [_TEXT, {"type": "array", "minItems": 1, "items": _TEXT}]}

Length = Annotated[timedelta, PlainValidator(_length), WithJsonSchema({"type": "string", "examples": ["90s", "15m"]})]
Resource = Annotated[ArmId, PlainValidator(_resource), WithJsonSchema(_RESOURCE)]
ResourceGroup = Annotated[ArmId, PlainValidator(_group), WithJsonSchema(_RESOURCE)]
Resources = Annotated[
    tuple[ArmId, ...],
    PlainValidator(lambda value: () if value == [] else tuple(_resource(each) for each in several(value))),
    WithJsonSchema({"anyOf": [_RESOURCE, {"type": "array", "items": _RESOURCE}]}),
]
Several = Annotated[tuple[str, ...], BeforeValidator(several), WithJsonSchema(_SEVERAL)]
Before = Annotated[datetime | None, PlainValidator(_instant), WithJsonSchema({"type": "string"})]
Item = Annotated[str, Field(pattern=NAME.pattern)]
ResourceName = Annotated[str, Field(pattern=r"^[A-Za-z0-9](?:[A-Za-z0-9_.-]{0,62}[A-Za-z0-9_])?$")]


class PointValues(Values):
    """Which recovery point is restored."""

    point: str
    """`newest`, `newest-clean` (by the vault's scan), or the id of a recovery point."""
    before: Before = None
    """Only points older than this instant, such as when attackers came in; an empty text is no limit."""
    accept_unknown: bool = False
    """Whether a point of which the scan says nothing counts as clean."""

    @property
    def choice(self) -> Choice:
        """Give the wish."""
        return Choice(wanted=self.point, before=self.before, accept_unknown=self.accept_unknown)


def item_of(context: StepContext, item: str) -> ProtectedItem:
    """Give the plan's item. Raises NotFoundError."""
    found = context.items.get(ItemId(item))
    if found is None:
        raise NotFoundError(
            f"the plan has no protected item {item}", target=context.step, hint="name an item of the runbook's service"
        )
    return found


def protection_of(item: ProtectedItem, mechanism: Mechanism) -> Protection:
    """Give how the item is protected. Raises RefusedError when it is not protected in this way."""
    found = item.protected_by(mechanism)
    if found is None:
        raise RefusedError(
            f"{item.id} is not protected by {mechanism.value}",
            target=str(item.resource),
            hint="add its protection to the service catalogue, or use a verb that fits how it is protected",
        )
    return found


def machine_of(context: StepContext, item: str | None, machine: ArmId | None) -> ArmId:
    """Give the machine that a step means: in a drill only a copy of this run's. Raises RefusedError for another."""
    if context.mode is not Mode.DRILL:
        return machine if machine is not None else item_of(context, item or "").resource
    copies = frozenset(context.copies.values())
    wanted = machine if machine is not None else context.copies.get(ItemId(item or ""))
    if wanted is None or not (wanted in copies or wanted in context.owned or wanted.group_id in context.owned):
        raise RefusedError(
            "in a drill only copies that this run made may be touched",
            target=str(wanted or item),
            hint="let the step need the one that makes the copy",
        )
    return wanted


def named_machine(context: StepContext | None, item: str | None, machine: ArmId | None) -> str:
    """Name for people what a step is about, as far as is known."""
    if machine is not None:
        return str(machine)
    known = context.items.get(ItemId(item or "")) if context is not None else None
    return str(known.resource) if known is not None else str(item)


def only_own(context: StepContext, resource: ArmId) -> None:
    """Refuse, in a drill, what lies outside the groups that this run made. Raises RefusedError."""
    if context.mode is Mode.DRILL and not {resource, resource.group_id} & context.owned:
        raise RefusedError(
            "a drill makes things only in resource groups of its own",
            target=str(resource),
            hint="make one with resource-group.create and use its id",
        )


def only_this_runs(
    context: StepContext, what: str, resource: ArmId, tags: Mapping[str, str], *, hint: str = "choose another name"
) -> None:
    """Refuse what stands under the name that a step would use and lacks this run's tag. Raises RefusedError."""
    if tags.get("drd-run") != context.tags.get("drd-run"):
        raise RefusedError(f"a {what} of this name exists and is not this run's", target=str(resource), hint=hint)


def one_of(item: object, machine: object) -> None:
    """Refuse parameters that name both an item and a machine, or neither."""
    if (item is None) == (machine is None):
        raise wrong("exactly one of item and machine is needed", "write item: ID, or machine: an Azure resource id")


async def proven_isolated(context: StepContext, network: ArmId) -> NetworkFacts:
    """Read a network's facts and refuse one that is not proven isolated. Raises RefusedError."""
    facts = await context.provider.capability(NETWORKS).facts(network)
    if not facts.isolated:
        raise RefusedError(
            f"the network is not isolated: {', '.join(facts.openings)}",
            target=str(network),
            hint="remove what is named, or choose another network for drills",
            code="network-not-isolated",
        )
    return facts


def network_of(subnet: ArmId) -> ArmId:
    """Give the network that a subnet belongs to. Raises InvalidError."""
    network, found, _ = subnet.text.rpartition("/subnets/")
    if not found:
        raise InvalidError("not the id of a subnet", target=str(subnet), hint="it ends with /subnets/NAME")
    return ArmId.parse(network)


def pending(status: Status) -> Pending:
    """Say that an operation goes on, with the wait that the service asked for."""
    wait = timedelta(seconds=status.wait_seconds) if status.wait_seconds else None
    note = f"{status.progress_percent}%" if status.progress_percent is not None else ""
    return Pending(wait=wait, note=note, known=status.known)


async def followed(follow: Callable[[Operation], Awaitable[Status]], operation: Operation) -> Pending | Present:
    """Follow an operation that gives no outputs of its own."""
    if not (operation.status_url or operation.location_url or operation.job):
        return Present()
    status = await follow(operation)
    return Present() if status.finished else pending(status)


async def risen(context: StepContext, machine: ArmId) -> Pending | Present:
    """Read whether a machine runs, its agent is ready and it has an address; Present carries both.

    Raises:
        OperationFailedError: the machine is there, and its making failed.
    """
    seen = await context.provider.capability(MACHINES).get(machine)
    if seen is None:
        return Pending(note=f"{machine.name} is not there yet")
    if seen.state.casefold() == "failed":
        raise OperationFailedError(
            "the machine is there, but Azure says that making it failed",
            target=str(machine),
            hint="see the machine's activity log, then retry the step",
        )
    if seen.power != "running" or not seen.agent_ready:
        agent = "ready" if seen.agent_ready else "not ready"
        return Pending(note=f"{machine.name} is {seen.power or 'in an unknown state'}, its agent {agent}")
    address = await address_of(context, seen.interfaces)
    if not address:
        return Pending(note=f"{machine.name} has no address yet")
    return Present(outputs={"machine": str(seen.id), "address": address})


async def address_of(context: StepContext, interfaces: Sequence[ArmId]) -> str:
    """Give the first private address of the first interface that has one, or an empty text."""
    networks = context.provider.capability(NETWORKS)
    for each in interfaces:
        interface = await networks.interface(each)
        if interface is not None and interface.addresses:
            return interface.addresses[0]
    return ""


def with_point(operation: Operation, point: RecoveryPoint) -> Operation:
    """Note the chosen point in the operation, so that it is known after a restart."""
    return replace(operation, details={**operation.details, POINT: point.id, POINT_TIME: format_instant(point.time)})


async def polled_restore(
    restorer: Restorer, operation: Operation, points: Callable[[], Awaitable[Sequence[RecoveryPoint]]]
) -> Pending | Present:
    """Follow a restore's job; once it has ended, say from which point it was made."""
    status = await restorer.follow(operation)
    if not status.finished:
        return pending(status)
    told = agreed_point(operation.details, status.details)
    known = () if told.get(POINT) and told.get(POINT_TIME) else await points()
    used = used_point(told, known, target=operation.target)
    return Present(outputs={**used, JOB: status.job or operation.job})


async def restored_disks(context: StepContext, group: ArmId, outputs: Outputs) -> Pending | Present:
    """Read the restored disks back from their group. Raises PermanentError when it is unclear which one boots."""
    disks = await context.provider.capability(MACHINES).disks(group)
    boots = [each for each in disks if each.boots]
    if not boots:
        return Pending(note="the restored disks are not listed yet")
    if len(boots) > 1:
        raise PermanentError(
            f"{len(boots)} disks in the group hold an operating system",
            target=str(group),
            hint="give each restore a resource group of its own",
        )
    ids = sorted(str(each.id) for each in disks)
    data: list[Json] = [each for each in ids if each != str(boots[0].id)]
    return Present(
        outputs={**outputs, "disks": [str(boots[0].id), *data], "os-disk": str(boots[0].id), "data-disks": data}
    )


async def replicated(context: StepContext, item: str) -> ReplicatedItem:
    """Read the plan's item as Site Recovery sees it now."""
    wanted = item_of(context, item)
    protection = protection_of(wanted, Mechanism.SITE_RECOVERY)
    return await context.provider.capability(REPLICATION).item(
        protection.vault, protection.item or wanted.resource.name
    )


def recovered_machine(item: ReplicatedItem, name: str) -> ArmId:
    """Name the machine that Site Recovery makes in the item's recovery group. Raises PermanentError."""
    if item.recovery_group is None or not name:
        raise PermanentError(
            "Site Recovery does not say where it makes the machine",
            target=str(item.id),
            hint="see the replicated item's compute settings in the vault",
        )
    return ArmId.parse(f"{item.recovery_group}/providers/Microsoft.Compute/virtualMachines/{name}")


def not_allowed(item: ReplicatedItem, verb: str) -> RefusedError:
    """Say why Site Recovery would refuse a verb."""
    why = "; ".join(item.errors) or f"its state is {item.state}, health {item.health or 'unknown'}"
    return RefusedError(
        f"Site Recovery does not allow {verb} of {item.name} now: {why}",
        target=str(item.id),
        hint=f"allowed now: {', '.join(item.allowed) or 'nothing'}; mend that, then retry the step",
        code="not-allowed-now",
    )


async def sighted(context: StepContext, item: ReplicatedItem, scenario: str, verb: str) -> Sighting:
    """Tell whether this step started the verb's job, may send it now, or somebody else's is in its way.

    Raises:
        RefusedError: Site Recovery does not allow the verb in the state that the item is in.
    """

    async def find(since: datetime) -> Operation | None:
        replication = context.provider.capability(REPLICATION)
        return await replication.find(item, scenario=scenario, since=since, requests=context.requests)

    vault = ArmId(item.id.text.partition("/replicationFabrics/")[0])
    work = item.scenario or item.state
    wanted = Wanted(verb=verb, what=item.name, vault=vault, allowed=item.allowed, job=item.job, work=work, find=find)
    seen = await sighted_job(context, wanted)
    if seen is None:
        raise not_allowed(item, verb)
    return seen


async def polled_recovery(context: StepContext, item: str, operation: Operation, *, points: bool) -> Pending | Present:
    """Follow a job of Site Recovery; with `points`, say from which point it made the machine."""
    replication = context.provider.capability(REPLICATION)
    status = await replication.follow(operation)
    if not status.finished:
        return pending(status)
    job = status.job or operation.job
    if not points:
        return Present(outputs={JOB: job})
    told = agreed_point(operation.details, status.details)
    known = (
        () if told.get(POINT) and told.get(POINT_TIME) else await replication.points(await replicated(context, item))
    )
    return Present(outputs={**used_point(told, known, target=operation.target), JOB: job})
