"""Recovery plans of Azure Site Recovery."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from drd.domain.errors import RefusedError
from drd.domain.ids import ArmId
from drd.ports.capabilities import Operation
from drd.ports.clock import Clock
from drd.ports.recovery_plans import PlanFacts, PlanStatus, PointKind
from drd.providers.azure.body import Body, request_of
from drd.providers.azure.by_id import ById
from drd.providers.azure.operations import Operations, Sent, recorded
from drd.providers.azure.planned import KINDS, is_of_plan, plan_status, read_plan
from drd.providers.azure.replicated import started_at, vault_of
from drd.providers.azure.replication import JOBS, Verb, job_id, jobs_filter, newest, verb_of

KIND = "recovery-plan"


class AzureRecoveryPlans:
    """Answers `drd.ports.recovery_plans.RecoveryPlans`.

    Permissions, under `Microsoft.RecoveryServices/vaults/`: `replicationRecoveryPlans/read` and one
    `replicationRecoveryPlans/VERB/action` a verb; `replicationJobs/read` to find and follow, and
    `replicationJobs/resume/action` to resume.
    """

    def __init__(self, *, resources: ById, operations: Operations, clock: Clock) -> None:
        """Take what asks and sends by id, what follows, and world time."""
        self._resources = resources
        self._operations = operations
        self._clock = clock

    async def get(self, plan: ArmId) -> PlanFacts:
        """Give a plan. Raises NotFoundError."""
        return read_plan(await self._resources.read(plan, what="read the recovery plan"), plan)

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
            plan, verb_of("TestFailover", "testFailover", f"test the failover of plan {plan.name}"), request_id, body
        )

    async def clean_up_test(self, plan: PlanFacts, *, comment: str, request_id: str) -> Operation:
        """Let Site Recovery remove the test copies."""
        return await self._do(
            plan,
            verb_of("TestFailoverCleanup", "testFailoverCleanup", f"clean up the test failover of plan {plan.name}"),
            request_id,
            {"comments": comment},
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
            plan, verb_of("UnplannedFailover", "unplannedFailover", f"fail over plan {plan.name}"), request_id, body
        )

    async def commit(self, plan: PlanFacts, *, request_id: str) -> Operation:
        """Make a failover final."""
        return await self._do(
            plan, verb_of("Commit", "failoverCommit", f"commit the failover of plan {plan.name}"), request_id
        )

    async def cancel_failover(self, plan: PlanFacts, *, request_id: str) -> Operation:
        """Take a failover back that was not committed."""
        return await self._do(
            plan, verb_of("CancelFailover", "failoverCancel", f"cancel the failover of plan {plan.name}"), request_id
        )

    async def reprotect(self, plan: PlanFacts, *, request_id: str) -> Operation:
        """Let all items replicate the other way."""
        what = f"reprotect plan {plan.name}"
        verb = Verb(allowed="ReverseReplicate", scenario="SwitchProtection", action="reProtect", what=what)
        return await self._do(plan, verb, request_id)

    async def resume(self, plan: PlanFacts, *, job: str, comment: str, request_id: str) -> Operation:
        """Say that the manual action that a job waits for was done. The operation follows the job."""
        now, body = self._clock.now(), {"properties": {"comments": comment}}
        await self._resources.post(
            job_id(vault_of(plan.id), job),
            "resume",
            body=body,
            what=f"resume plan {plan.name}",
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
            address = job_id(vault_of(plan), operation.job)
            return plan_status(await self._resources.read(address, what="read the plan's job"), operation)
        details, requests = operation.details, frozenset({operation.request_id})
        name, scenario = details.get("plan", plan.name), details["scenario"]
        job = await self._newest(plan, name, scenario, operation.started_at, requests)
        if job is not None:
            return plan_status(job, operation)
        # The operation itself tells of a failure that came before there was a job.
        told = await self._operations.follow(operation)
        return PlanStatus(finished=False, job="", known=told is not None and not told.status.finished)

    async def _do(
        self, plan: PlanFacts, verb: Verb, request_id: str, properties: Mapping[str, Any] | None = None
    ) -> Operation:
        if verb.allowed.casefold() not in {word.casefold() for word in plan.allowed}:
            raise RefusedError(
                f"Site Recovery does not allow to {verb.what} now",
                target=str(plan.id),
                hint=f"allowed are: {', '.join(plan.allowed) or 'nothing while it works or waits'}",
                code="not-allowed-now",
            )
        now, body = self._clock.now(), None if properties is None else {"properties": properties}
        answered = await self._resources.post(plan.id, verb.action, body=body, what=verb.what, request_id=request_id)
        details = {"plan": plan.name, "scenario": verb.scenario}
        sent = Sent(kind=KIND, target=str(plan.id), what=verb.what, request_id=request_id, details=details)
        return recorded(sent, answered, now)

    async def _newest(
        self, plan: ArmId, name: str, scenario: str, since: datetime, requests: frozenset[str]
    ) -> Body | None:
        found = await self._resources.read_all(
            vault_of(plan), JOBS, what="list Site Recovery's jobs", query=jobs_filter(since, self._clock.now())
        )
        ours = (body for body in found if is_of_plan(body, plan=name, scenario=scenario))
        return newest(ours, since, requests)


def _direction(back: bool) -> str:  # noqa: FBT001 - a word for one thing
    return "RecoveryToPrimary" if back else "PrimaryToRecovery"


def _a2a(kind: PointKind) -> dict[str, str]:
    return {"instanceType": "A2A", "recoveryPointType": KINDS[kind]}
