"""Whose is it? A look adopts only what is provably this step's own; for anything else that is in the way it asks.

A job is the step's own when it names one of the step's requests; or, where it names none, when something that the
step sent is in doubt and the job may be that by its item and its time. Whatever began while nothing of the step had
left was started by others, however well it fits.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from drd.domain.durations import format_instant
from drd.domain.errors import OperationFailedError, RefusedError
from drd.domain.ids import ArmId
from drd.ports.action import Absent, Sighting, StepContext, Unclear, Underway
from drd.ports.backups import KNOWN_BY, Backups, CrossRegionBackups, RestoreDisks
from drd.ports.capabilities import Operation
from drd.ports.machines import MACHINES

CLOCK_MARGIN = timedelta(seconds=5)
"""How far a service's clock may be behind drd's, fractions that it cuts off included."""
EARLIER = timedelta(days=1)
"""How far back a step looks for what an attempt before this one started, or for what is in its way."""
LISTS_LAG = timedelta(minutes=5)
"""How long a restore that was accepted may be missing from the list of jobs, where nothing else would show it."""

Restorer = Backups | CrossRegionBackups


def since(context: StepContext) -> datetime:
    """Give the instant from which on a job counts as this attempt's own."""
    return context.intended_at - CLOCK_MARGIN


def is_ours(context: StepContext, found: Operation) -> bool:
    """Tell whether this step started what was found."""
    if found.request_id:
        return found.request_id.casefold() in {each.casefold() for each in context.requests | {context.request_id}}
    return context.in_doubt


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """A verb of Site Recovery that a step wants to have sent once.

    Attributes:
        what: the item or the plan, for people.
        allowed: what Site Recovery would take now; nothing while it works.
        job, work: the job that works on it and what it does, where it says so.
        find: gives the newest job of the verb from an instant on, one of the step's own requests first.
    """

    verb: str
    what: str
    vault: ArmId
    allowed: tuple[str, ...]
    job: str
    work: str
    find: Callable[[datetime], Awaitable[Operation | None]]


async def sighted_job(context: StepContext, wanted: Wanted) -> Sighting | None:
    """Tell whether this step started the verb's job, may send it now, or somebody else's is in its way.

    None: nothing works on it, and the verb is not allowed.
    """
    may = any(each.casefold() == wanted.verb.casefold() for each in wanted.allowed)
    found = await wanted.find(since(context))
    if found is not None and is_ours(context, found) and (context.in_doubt or not may):
        return Underway(operation=found)
    if may:
        return Absent()
    if found is None and not wanted.allowed:
        found = await wanted.find(context.intended_at - EARLIER)
    if found is not None and wanted.job and found.job.casefold() != wanted.job.casefold():
        found = None
    if found is not None and (context.in_doubt or not wanted.allowed):
        return Unclear(question=asked(found, wanted.what, wanted.vault, "Site Recovery jobs"), found=found)
    if not wanted.allowed:
        job = " ".join(["a job", *filter(None, (wanted.job, f"({wanted.work})" if wanted.work else ""))])
        return Unclear(
            question=f"{job} works on {wanted.what}, and {wanted.verb} cannot be sent meanwhile. Which job is it, who"
            f" started it, and when will it end? Look in the vault {wanted.vault.name} (resource group"
            f" {wanted.vault.resource_group}), under Monitoring, Site Recovery jobs, and retry the step when it has"
            " ended"
        )
    return None


def asked(found: Operation, what: str, vault: ArmId, page: str) -> str:
    """Put the question whether to adopt what was found: what it is, where it is seen, and why it is not adopted."""
    named = f"it names the request {found.request_id}, which is none of this step's" if found.request_id else ""
    job = f"the job {found.job} " if found.job else "an operation "
    return (
        f"{job}on {what}, begun {format_instant(found.started_at)}, is in the way, and nothing shows that this step"
        f" started it{f': {named}' if named else ''}. Is it meant for this run? See it in the vault {vault.name}"
        f" (resource group {vault.resource_group}), under Monitoring, {page}: who started it, and for what? Adopt it"
        " if it does what this step should; else let it end, and retry the step"
    )


async def sighted_restore(restorer: Restorer, wish: RestoreDisks, context: StepContext) -> Sighting:
    """Look for a restore to the wish's own group or new machine; an earlier attempt's is adopted too.

    Raises:
        RefusedError: what it would make is there, and no restore of this step tells why.
    """
    found = await restorer.find_restore(wish, since=since(context), requests=context.requests)
    if found is not None and not _is_own(context, found):
        found = None
    if found is None:
        found = await restorer.find_restore(wish, since=context.intended_at - EARLIER, requests=context.requests)
        if found is not None and (KNOWN_BY not in found.details or await has_failed(restorer, found)):
            found = None
    if found is not None:
        return Underway(operation=found)
    machines = context.provider.capability(MACHINES)
    if await (machines.get(wish.machine) if wish.machine else machines.disks(wish.resource_group)):
        raise RefusedError(
            "what the restore would make is there already, and a restore is recognised by its target",
            target=str(wish.machine or wish.resource_group),
            hint="give each restore a resource group of its own, and a new machine a new name",
        )
    return Absent(shows_within=LISTS_LAG)


def _is_own(context: StepContext, found: Operation) -> bool:
    """Tell it of a restore into a place that is this step's alone: who restores there restores for this step."""
    return KNOWN_BY in found.details or is_ours(context, found)


async def has_failed(restorer: Restorer, operation: Operation) -> bool:
    """Ask whether a restore ended badly."""
    try:
        await restorer.follow(operation)
    except OperationFailedError:
        return True
    return False
