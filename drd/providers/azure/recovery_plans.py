"""Recovery plans of Azure Site Recovery."""

from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from typing import Any

from azure.mgmt.recoveryservicessiterecovery.aio import SiteRecoveryManagementClient

from drd.domain.errors import RefusedError
from drd.domain.ids import ArmId
from drd.ports.capabilities import Operation
from drd.ports.clock import Clock
from drd.ports.recovery_plans import PlanFacts, PlanStatus, PointKind
from drd.providers.azure.body import Body, plain, request_of
from drd.providers.azure.clients import Clients
from drd.providers.azure.operations import Operations, Sent, recorded
from drd.providers.azure.planned import KINDS, is_of_plan, plan_status, read_plan
from drd.providers.azure.reading import Reader
from drd.providers.azure.replicated import started_at
from drd.providers.azure.replication import Verb, jobs_filter, newest
from drd.providers.azure.sending import Sender

KIND = "recovery-plan"


class AzureRecoveryPlans:
    """Answers `drd.ports.recovery_plans.RecoveryPlans`.

    Permissions, under `Microsoft.RecoveryServices/vaults/`: `replicationRecoveryPlans/read` and one
    `replicationRecoveryPlans/VERB/action` a verb; `replicationJobs/read` to find and follow, and
    `replicationJobs/resume/action` to resume.
    """

    def __init__(
        self, *, clients: Clients, reader: Reader, sender: Sender, operations: Operations, clock: Clock
    ) -> None:
        """Take the clients, what asks, what sends, what follows, and world time."""
        self._clients = clients
        self._reader = reader
        self._sender = sender
        self._operations = operations
        self._clock = clock

    async def get(self, plan: ArmId) -> PlanFacts:
        """Give a plan. Raises NotFoundError."""
        client = self._clients.site_recovery(plan.subscription).replication_recovery_plans
        found = await self._reader.read(
            lambda: client.get(*_parts(plan)), what="read the recovery plan", target=str(plan)
        )
        return read_plan(plain(found), plan)

    async def test_fail_over(
        self, plan: PlanFacts, *, kind: PointKind, network: ArmId, back: bool, request_id: str
    ) -> Operation:
        """Make test copies in an isolated network."""
        body = {
            "failoverDirection": _direction(back),
            "networkType": "VmNetworkAsInput",
            "networkId": str(network),
            "providerSpecificDetails": [_a2a(kind)],
        }
        return await self._do(
            plan,
            Verb(allowed="TestFailover", scenario="TestFailover", what=f"test the failover of plan {plan.name}"),
            lambda client, options: client.replication_recovery_plans.begin_test_failover(
                *_parts(plan.id), {"properties": body}, polling=False, **options
            ),
            request_id,
        )

    async def clean_up_test(self, plan: PlanFacts, *, comment: str, request_id: str) -> Operation:
        """Let Site Recovery remove the test copies."""
        word = "TestFailoverCleanup"
        return await self._do(
            plan,
            Verb(allowed=word, scenario=word, what=f"clean up the test failover of plan {plan.name}"),
            lambda client, options: client.replication_recovery_plans.begin_test_failover_cleanup(
                *_parts(plan.id), {"properties": {"comments": comment}}, polling=False, **options
            ),
            request_id,
        )

    async def fail_over(
        self, plan: PlanFacts, *, kind: PointKind, graceful: bool, back: bool, request_id: str
    ) -> Operation:
        """Fail all items over, group after group."""
        body = {
            "failoverDirection": _direction(back),
            "sourceSiteOperations": "Required" if graceful else "NotRequired",
            "providerSpecificDetails": [_a2a(kind)],
        }
        return await self._do(
            plan,
            Verb(allowed="UnplannedFailover", scenario="UnplannedFailover", what=f"fail over plan {plan.name}"),
            lambda client, options: client.replication_recovery_plans.begin_unplanned_failover(
                *_parts(plan.id), {"properties": body}, polling=False, **options
            ),
            request_id,
        )

    async def commit(self, plan: PlanFacts, *, request_id: str) -> Operation:
        """Make a failover final."""
        return await self._do(
            plan,
            Verb(allowed="Commit", scenario="Commit", what=f"commit the failover of plan {plan.name}"),
            lambda client, options: client.replication_recovery_plans.begin_failover_commit(
                *_parts(plan.id), polling=False, **options
            ),
            request_id,
        )

    async def cancel_failover(self, plan: PlanFacts, *, request_id: str) -> Operation:
        """Take a failover back that was not committed."""
        return await self._do(
            plan,
            Verb(allowed="CancelFailover", scenario="CancelFailover", what=f"cancel the failover of plan {plan.name}"),
            lambda client, options: client.replication_recovery_plans.begin_failover_cancel(
                *_parts(plan.id), polling=False, **options
            ),
            request_id,
        )

    async def reprotect(self, plan: PlanFacts, *, request_id: str) -> Operation:
        """Let all items replicate the other way."""
        return await self._do(
            plan,
            Verb(allowed="ReverseReplicate", scenario="SwitchProtection", what=f"reprotect plan {plan.name}"),
            lambda client, options: client.replication_recovery_plans.begin_reprotect(
                *_parts(plan.id), polling=False, **options
            ),
            request_id,
        )

    async def resume(self, plan: PlanFacts, *, job: str, comment: str, request_id: str) -> Operation:
        """Say that the manual action that a job waits for was done. The operation follows the job."""
        client, now = self._clients.site_recovery(plan.id.subscription).replication_jobs, self._clock.now()
        group, vault, _ = _parts(plan.id)
        await self._sender.send(
            lambda options: client.begin_resume(
                group, vault, job, {"properties": {"comments": comment}}, polling=False, **options
            ),
            what=f"resume plan {plan.name}",
            target=str(plan.id),
            request_id=request_id,
        )
        details = {"what": f"go on with plan {plan.name}", "plan": plan.name}
        return Operation(
            kind=KIND, target=str(plan.id), started_at=now, request_id=request_id, job=job, details=details
        )

    async def find(
        self, plan: PlanFacts, *, scenario: str, since: datetime, requests: frozenset[str] = frozenset()
    ) -> Operation | None:
        """Find a job of this scenario on the plan that started at or after `since`, as an operation to follow."""
        job = await self._newest(plan.id, plan.name, scenario, since, requests)
        if job is None:
            return None
        return Operation(
            kind=KIND,
            target=str(plan.id),
            started_at=started_at(job) or since,
            request_id=request_of(job),
            job=str(job.get("name") or ""),
            details={"what": f"finish {scenario} of plan {plan.name}", "plan": plan.name, "scenario": scenario},
        )

    async def follow(self, operation: Operation) -> PlanStatus:
        """Ask how a job stands. Raises OperationFailedError when it ended badly or was cancelled."""
        plan = ArmId(operation.target)
        if operation.job:
            group, vault, _ = _parts(plan)
            client = self._clients.site_recovery(plan.subscription).replication_jobs
            found = await self._reader.read(
                lambda: client.get(group, vault, operation.job), what="read the plan's job", target=operation.job
            )
            return plan_status(plain(found), operation)
        details, requests = operation.details, frozenset({operation.request_id})
        name, scenario = details.get("plan", plan.name), details["scenario"]
        job = await self._newest(plan, name, scenario, operation.started_at, requests)
        if job is not None:
            return plan_status(job, operation)
        # The operation itself tells of a failure that came before there was a job.
        told = await self._operations.follow(operation)
        return PlanStatus(finished=False, job="", known=told is not None and not told.status.finished)

    async def _do(
        self,
        plan: PlanFacts,
        verb: Verb,
        begin: Callable[[SiteRecoveryManagementClient, Mapping[str, Any]], Awaitable[object]],
        request_id: str,
    ) -> Operation:
        if verb.allowed.casefold() not in {word.casefold() for word in plan.allowed}:
            raise RefusedError(
                f"Site Recovery does not allow to {verb.what} now",
                target=str(plan.id),
                hint=f"allowed are: {', '.join(plan.allowed) or 'nothing while it works or waits'}",
                code="not-allowed-now",
            )
        client, now = self._clients.site_recovery(plan.id.subscription), self._clock.now()
        answered = await self._sender.send(
            lambda options: begin(client, options), what=verb.what, target=str(plan.id), request_id=request_id
        )
        details = {"plan": plan.name, "scenario": verb.scenario}
        sent = Sent(kind=KIND, target=str(plan.id), what=verb.what, request_id=request_id, details=details)
        return recorded(sent, answered, now)

    async def _newest(
        self, plan: ArmId, name: str, scenario: str, since: datetime, requests: frozenset[str]
    ) -> Body | None:
        group, vault, _ = _parts(plan)
        client = self._clients.site_recovery(plan.subscription).replication_jobs
        found = await self._reader.read_all(
            lambda: client.list(group, vault, filter=jobs_filter(since, self._clock.now())),
            what="list Site Recovery's jobs",
            target=str(plan),
        )
        ours = (body for body in map(plain, found) if is_of_plan(body, plan=name, scenario=scenario))
        return newest(ours, since, requests)


def _direction(back: bool) -> str:  # noqa: FBT001 - a word for one thing
    return "RecoveryToPrimary" if back else "PrimaryToRecovery"


def _a2a(kind: PointKind) -> dict[str, str]:
    return {"instanceType": "A2A", "recoveryPointType": KINDS[kind]}


def _parts(plan: ArmId) -> tuple[str, str, str]:
    """Give resource group, vault and plan name of a plan's id."""
    parts = plan.text.split("/")
    vault = parts[[part.casefold() for part in parts].index("vaults") + 1]
    return plan.resource_group, vault, plan.name
