"""Azure Site Recovery, Azure to Azure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from drd.domain.errors import NotFoundError, RefusedError
from drd.domain.estate import RecoveryPoint
from drd.domain.ids import ArmId
from drd.ports.capabilities import Operation, Status
from drd.ports.clock import Clock
from drd.ports.replication import ReplicatedItem, ReverseWish
from drd.providers.azure.body import Body, request_of
from drd.providers.azure.by_id import ById
from drd.providers.azure.operations import Operations, Sent, recorded
from drd.providers.azure.replicated import (
    container_of,
    ended_badly,
    is_of,
    job_status,
    read_item,
    read_points,
    started_at,
    switch_body,
    vault_of,
)

KIND = "site-recovery"
JOBS = "replicationJobs"
SKEW = timedelta(seconds=5)
"""How far the service's clock may be behind ours; an older job is ours only if it did not fail."""
_WIDE = timedelta(hours=1)
"""How much earlier lists begin: a job that names our request is ours whatever the service's clock says."""

_DIRECTION = "PrimaryToRecovery"


@dataclass(frozen=True, slots=True, kw_only=True)
class Verb:
    """One of Site Recovery's verbs: among the allowed ones, in jobs, in addresses, and in words for people."""

    allowed: str
    scenario: str
    action: str
    what: str


class AzureReplication:
    """Answers `drd.ports.replication.Replication`.

    Permissions, under `Microsoft.RecoveryServices/vaults/`:
        items, item: `replicationProtectedItems/read` and
        `replicationFabrics/replicationProtectionContainers/replicationProtectedItems/read`.
        points: `.../replicationProtectedItems/recoveryPoints/read`.
        fail_over: `.../replicationProtectedItems/unplannedFailover/action`. commit: `.../failoverCommit/action`.
        switch_protection: `replicationFabrics/replicationProtectionContainers/switchprotection/action`.
        cancel_failover: `.../failoverCancel/action`. test_fail_over: `.../testFailover/action`, and
        `Microsoft.Network/virtualNetworks/subnets/join/action` on the network.
        clean_up_test: `.../testFailoverCleanup/action`.
        find: `replicationJobs/read`. follow: `replicationOperationStatus/read` and `replicationJobs/read`.
    """

    def __init__(self, *, resources: ById, operations: Operations, clock: Clock) -> None:
        """Take what asks and sends by id, what follows, and world time."""
        self._resources = resources
        self._operations = operations
        self._clock = clock

    async def items(self, vault: ArmId) -> tuple[ReplicatedItem, ...]:
        """Give every replicated item of a vault."""
        found = await self._resources.read_all(
            vault, "replicationProtectedItems", what="list the vault's replicated items"
        )
        items = (read_item(one) for one in found)
        return tuple(item for item in items if item is not None)

    async def item(self, vault: ArmId, name: str) -> ReplicatedItem:
        """Give one item by its name in the vault, or by its source machine's name. Raises NotFoundError.

        The vault is listed: the name alone does not tell fabric and container.
        """
        wanted = name.casefold()
        items = await self.items(vault)
        by_name = [item for item in items if item.name.casefold() == wanted]
        found = by_name or [item for item in items if item.source.name.casefold() == wanted]
        if not found:
            raise NotFoundError(
                f"the vault replicates no item {name}", target=str(vault), hint="is replication still enabled for it?"
            )
        return found[0]

    async def points(self, item: ReplicatedItem) -> tuple[RecoveryPoint, ...]:
        """Give an item's recovery points, newest first. `id` is the whole ARM id of the point."""
        what = f"list the recovery points of {item.name}"
        return read_points(await self._resources.read_all(item.id, "recoveryPoints", what=what))

    async def fail_over(self, item: ReplicatedItem, *, point: str | None, graceful: bool, request_id: str) -> Operation:
        """Fail over unplanned to the other region; `point` None lets Site Recovery make the latest one it can.

        `graceful` lets Site Recovery shut the source down first; without it nothing is asked of the home region.
        """
        body = {
            "failoverDirection": _DIRECTION,
            "sourceSiteOperations": "Required" if graceful else "NotRequired",
            "providerSpecificDetails": _a2a(point),
        }
        return await self._do(
            item, verb_of("UnplannedFailover", "unplannedFailover", f"fail over {item.name}"), request_id, body
        )

    async def commit(self, item: ReplicatedItem, *, request_id: str) -> Operation:
        """Make a failover final."""
        return await self._do(
            item, verb_of("Commit", "failoverCommit", f"commit the failover of {item.name}"), request_id
        )

    async def cancel_failover(self, item: ReplicatedItem, *, request_id: str) -> Operation:
        """Take a failover back that was not committed."""
        return await self._do(
            item, verb_of("CancelFailover", "failoverCancel", f"cancel the failover of {item.name}"), request_id
        )

    async def switch_protection(self, item: ReplicatedItem, wish: ReverseWish, *, request_id: str) -> Operation:
        """Let a committed item replicate the other way. Afterwards it has another id, and the same name."""
        verb = Verb(
            allowed="ReverseReplicate",
            scenario="SwitchProtection",
            action="switchprotection",
            what=f"switch the protection of {item.name}",
        )
        return await self._do(item, verb, request_id, switch_body(item, wish), at=container_of(item.id))

    async def test_fail_over(
        self, item: ReplicatedItem, *, point: str | None, network: ArmId, request_id: str
    ) -> Operation:
        """Make a test copy in an isolated network."""
        body = {
            "failoverDirection": _DIRECTION,
            "networkType": "VmNetworkAsInput",
            "networkId": str(network),
            "providerSpecificDetails": _a2a(point),
        }
        return await self._do(
            item, verb_of("TestFailover", "testFailover", f"test the failover of {item.name}"), request_id, body
        )

    async def clean_up_test(self, item: ReplicatedItem, *, comment: str, request_id: str) -> Operation:
        """Let Site Recovery remove the test copy."""
        return await self._do(
            item,
            verb_of("TestFailoverCleanup", "testFailoverCleanup", f"clean up the test failover of {item.name}"),
            request_id,
            {"comments": comment},
        )

    async def find(
        self, item: ReplicatedItem, *, scenario: str, since: datetime, requests: frozenset[str] = frozenset()
    ) -> Operation | None:
        """Find a job of this scenario on the item that started at or after `since`, as an operation to follow."""
        names = {"item": item.name, "machine": item.source.name, "scenario": scenario}
        job = await self._newest_job(item.id, names, since, requests)
        if job is None:
            return None
        return Operation(
            kind=KIND,
            target=str(item.id),
            started_at=started_at(job) or since,
            request_id=request_of(job),
            job=str(job.get("name") or ""),
            details={"what": f"finish {scenario} of {item.name}", **names},
        )

    async def follow(self, operation: Operation) -> Status:
        """Ask how an operation stands. Its times are the service's own.

        The status address of Site Recovery tells the truth until the action is done; what it brought up is known only
        to the job, which is looked up at the end. What stands at the Location address is never read: it may fail after
        a success, and what it answers is junk.
        """
        if operation.job:
            return await self._by_job(operation, operation.job)
        asked = replace(operation, location_url="")
        told = await self._operations.follow(asked)
        if told is not None and not told.status.finished:
            return told.status
        requests = frozenset({operation.request_id})
        job = await self._newest_job(ArmId(operation.target), operation.details, operation.started_at, requests)
        if job is None:
            unknown = Status(finished=False, started_at=operation.started_at, known=False)
            return told.status if told is not None else unknown
        status = await self._by_job(operation, str(job.get("name") or ""))
        if told is None:
            return status
        # The status address decides; the job adds what it alone knows.
        return replace(
            told.status,
            started_at=told.status.started_at or status.started_at,
            ended_at=told.status.ended_at or status.ended_at,
            job=status.job,
            details=status.details,
        )

    async def _do(
        self,
        item: ReplicatedItem,
        verb: Verb,
        request_id: str,
        properties: Mapping[str, Any] | None = None,
        *,
        at: ArmId | None = None,
    ) -> Operation:
        if verb.allowed.casefold() not in {word.casefold() for word in item.allowed}:
            raise RefusedError(
                f"Site Recovery does not allow to {verb.what} now",
                target=str(item.id),
                hint=f"allowed are: {', '.join(item.allowed) or 'nothing while it works'}; its state is {item.state}",
            )
        now, body = self._clock.now(), None if properties is None else {"properties": properties}
        answered = await self._resources.post(
            at or item.id, verb.action, body=body, what=verb.what, request_id=request_id
        )
        details = {"item": item.name, "machine": item.source.name, "scenario": verb.scenario}
        sent = Sent(kind=KIND, target=str(item.id), what=verb.what, request_id=request_id, details=details)
        return recorded(sent, answered, now)

    async def _by_job(self, operation: Operation, job: str) -> Status:
        address = job_id(vault_of(ArmId(operation.target)), job)
        return job_status(await self._resources.read(address, what="read Site Recovery's job"), operation)

    async def _newest_job(
        self, item: ArmId, names: Mapping[str, str], since: datetime, requests: frozenset[str]
    ) -> Body | None:
        found = await self._resources.read_all(
            vault_of(item), JOBS, what="list Site Recovery's jobs", query=jobs_filter(since, self._clock.now())
        )
        wanted = {name: names[name] for name in ("item", "machine", "scenario")}
        return newest((body for body in found if is_of(body, **wanted)), since, requests)


def verb_of(word: str, action: str, what: str) -> Verb:
    """Make a verb that is called the same among the allowed ones and in jobs."""
    return Verb(allowed=word, scenario=word, action=action, what=what)


def job_id(vault: ArmId, job: str) -> ArmId:
    """Give the address of one of Site Recovery's jobs."""
    return ArmId(f"{vault}/{JOBS}/{job}")


def newest(jobs: Iterable[Body], since: datetime, requests: frozenset[str]) -> Body | None:
    """Pick the newest job that names one of these requests; else the newest that may have been sent since."""
    known = tuple(jobs)
    proven = [body for body in known if request_of(body) in {each.casefold() for each in requests}]
    ours = proven or [body for body in known if in_time(body, since)]
    return max(ours, key=lambda body: started_at(body) or since, default=None)


def in_time(body: Body, since: datetime) -> bool:
    """Tell whether a job may be that of a verb sent at or after `since`; clocks differ, so a little before counts too.

    What began before and ended badly is an earlier attempt's.
    """
    began = started_at(body)
    if began is None:
        return not ended_badly(body)
    return began >= since or (began >= since - SKEW and not ended_badly(body))


def _a2a(point: str | None) -> dict[str, Any]:
    details: dict[str, Any] = {"instanceType": "A2A"}
    if point is not None:
        details["recoveryPointId"] = point
    return details


def jobs_filter(since: datetime, until: datetime) -> dict[str, str]:
    """Narrow a list of jobs, wide enough for a clock that differs from ours."""
    form, end = "%Y-%m-%d %I:%M:%S %p", until + _WIDE
    return {"$filter": f"StartTime eq '{since - _WIDE:{form}}' and EndTime eq '{end:{form}}'"}
