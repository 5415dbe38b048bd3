"""Finding again what a lost answer may have started: which job is ours, by its group, its item and its time."""

from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from drd.domain.durations import format_instant
from drd.domain.errors import AmbiguousError, OperationFailedError
from drd.domain.points import POINT_TIME
from drd.ports.backups import BY_REQUEST, BY_TARGET, KNOWN_BY, BackupJob, RestoreDisks
from drd.ports.capabilities import Operation, Status
from drd.providers.azure.body import Body, branch, text
from drd.providers.azure.points import ended_badly, is_running, job_status, read_job

SKEW = timedelta(minutes=2)
"""How far the service's clock may be behind ours. What is older than the intent is adopted only if it did not fail."""
WIDE = timedelta(hours=1)
"""How much earlier lists begin: a job that names our request is ours whatever the service's clock says."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Search:
    """What is looked for: restores to the wish's target since an instant, or of one of these requests."""

    wish: RestoreDisks
    since: datetime
    requests: frozenset[str] = frozenset()

    def candidates(self, jobs: Iterable[BackupJob]) -> list[BackupJob]:
        """Give the jobs on the wish's item that may be ours, newest first."""
        name = self.wish.item.name.casefold()
        ours = [job for job in jobs if job.item_name.casefold() == name and (self.proves(job) or self._in_time(job))]
        return sorted(ours, key=lambda job: job.started_at or self.since, reverse=True)

    def proves(self, job: BackupJob) -> bool:
        """Say whether the job names one of our requests. One that failed counts only if it began since."""
        named = job.request_id in {each.casefold() for each in self.requests if each}
        return named and (not ended_badly(job) or self._in_time(job))

    def _in_time(self, job: BackupJob) -> bool:
        if job.started_at is None:
            return is_running(job)
        return job.started_at >= self.since or (job.started_at >= self.since - SKEW and not ended_badly(job))


async def find_ours(
    jobs: Iterable[BackupJob], search: Search, details: Callable[[str], Awaitable[Body]]
) -> tuple[BackupJob, str] | None:
    """Pick the job that restores to the wish's target, and say by what it was known: `request`, `target`, or nothing.

    A job that has ended names its target, and then only ours will do. One that still runs need not: it may be ours when
    it is the only one on this item that names no request; its end is compared with the target when it comes
    (`job_told`).

    Raises:
        AmbiguousError: several run on this item, and which of them is ours cannot be told before they end.
    """
    likely = search.candidates(jobs)
    proven = next((job for job in likely if search.proves(job)), None)
    if proven is not None:
        return proven, BY_REQUEST
    nameless = []
    for job in likely:
        known = read_job(await details(job.id))
        if _is_ours(known, search.wish):
            return known, BY_TARGET
        if not known.resource_group and not known.machine and not known.request_id and is_running(known):
            nameless.append(known)
    if len(nameless) > 1:
        wish = search.wish
        raise AmbiguousError(
            f"{len(nameless)} restores of {wish.item.name} run, and none tells its target before it ends",
            target=f"{wish.item.vault}/{wish.item.path}",
            hint=f"look in the vault for the one into {wish.resource_group.resource_group}, or wait until one ends",
        )
    return (nameless[0], "") if nameless else None


def _is_ours(job: BackupJob, wish: RestoreDisks) -> bool:
    same_group = job.resource_group.casefold() == wish.resource_group.resource_group.casefold()
    if wish.machine is None:
        return same_group and not job.machine
    # A replacement of disks has no target group: it goes where the machine is.
    replaced = wish.subnet is None and not job.resource_group
    return job.machine.casefold() == wish.machine.name.casefold() and (replaced or (same_group and bool(wish.subnet)))


def found_restore(kind: str, search: Search, found: tuple[BackupJob, str]) -> Operation:
    """Make the record of a restore that was found."""
    job, known_by = found
    record = restore_operation(kind, search.wish, job=job, started_at=job.started_at or search.since)
    known = {KNOWN_BY: known_by} if known_by else {}
    return replace(record, request_id=job.request_id, details={**record.details, **known})


def restore_operation(kind: str, wish: RestoreDisks, *, job: BackupJob | None, started_at: datetime) -> Operation:
    """Make the record of a restore, without addresses: those of the answer are added by who has them."""
    return Operation(
        kind=kind,
        target=f"{wish.item.vault}/{wish.item.path}",
        started_at=started_at,
        request_id=wish.request_id,
        job=job.id if job else "",
        details={
            "what": f"restore the disks of {wish.item.name}",
            "vault": str(wish.item.vault),
            "path": wish.item.path,
            "item": wish.item.name,
            "source": str(wish.item.source),
            "point": wish.point,
            "resource-group": str(wish.resource_group),
            "staging": str(wish.staging),
            "region": wish.region,
            "machine": str(wish.machine or ""),
            "subnet": str(wish.subnet or ""),
        },
    )


def job_of(properties: Body) -> str:
    """Give the job that an operation's status names, there and nowhere in the headers; empty when it names none."""
    several = branch(properties, "jobIds")
    return text(properties, "jobId") or next((str(job) for job in several.values() if job), "")


def job_told(operation: Operation, body: Body) -> Status:
    """Say how the restore stands by its job.

    Raises:
        OperationFailedError: it ended badly; with the code `restore-not-ours`, it went into another group, so it was
            somebody else's, and another attempt looks for ours first.
    """
    job = read_job(body)
    wanted = operation.details.get("resource-group", "").rsplit("/", 1)[-1]
    if job.resource_group and wanted and job.resource_group.casefold() != wanted.casefold():
        raise OperationFailedError(
            "the restore that was followed went into another resource group",
            target=job.id,
            hint=f"retry the step: it looks for the one into {wanted} before it sends anything",
            code="restore-not-ours",
        )
    status = job_status(job, body)
    if status.finished and job.point_time is not None and POINT_TIME not in operation.details:
        # Whoever sent the restore knows the point to the fraction; the job cuts it off.
        return replace(status, details={**status.details, POINT_TIME: format_instant(job.point_time)})
    return status
