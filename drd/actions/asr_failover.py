"""asr.failover: fails an item, or a recovery plan, over to the other region with Site Recovery.

In mode failover the other region is the recovery region, in mode failback the home region: then the item must
replicate back, see asr.reprotect. `latest-processed` names the newest point there is when the request leaves. `latest`
lets Site Recovery process all that has arrived, which loses less and takes longer; the job tells which point that made.

A recovery plan ends this step when its job ends, or when the job waits for a person: then let an `approve` follow, and
`asr.resume-plan`.

```yaml
- {id: db, uses: asr.failover, for-each: {items: {role: sql}}, with: {item: "${{ each.id }}"}}
```
"""

from collections.abc import Mapping
from typing import Any, Literal, Self

from pydantic import model_validator

from drd.acting import recovery_plans as plans
from drd.actions import (
    JOB,
    LONG_AGO,
    Item,
    Resource,
    Values,
    item_of,
    polled_recovery,
    recovered_machine,
    replicated,
    risen,
    sighted,
    with_point,
    wrong,
)
from drd.domain.call import Call
from drd.domain.errors import PermanentError
from drd.domain.ids import ArmId
from drd.domain.plan import Mode
from drd.domain.points import NEWEST, POINT, POINT_TIME, chosen_point
from drd.ports.action import (
    Creation,
    Doubt,
    Outputs,
    OutputType,
    Pending,
    Present,
    Sighting,
    Simulation,
    StepContext,
    Underway,
    Verb,
)
from drd.ports.capabilities import Operation
from drd.ports.recovery_plans import RECOVERY_PLANS
from drd.ports.replication import REPLICATION, ReplicatedItem

SCENARIO = "UnplannedFailover"


class Params(Values):
    """What fails over, and from when."""

    item: Item | None = None
    """The protected item."""
    recovery_plan: Resource | None = None
    """Or a recovery plan of Site Recovery, with all items of the service in it."""
    recovery_point: Literal["latest", "latest-processed", "latest-app-consistent"] = "latest-processed"
    """The latest that can be made, the newest that is ready, or the newest that its applications had a part in."""

    @model_validator(mode="after")
    def _one(self) -> Self:
        if (self.item is None) == (self.recovery_plan is None):
            raise wrong("exactly one of item and recovery-plan is needed", "write item: ID, or recovery-plan: an id")
        return self


class FailOver:
    """The vault's job and the item's active location say whether it was done."""

    doubt = Doubt.ADOPTABLE
    modes: frozenset[Mode] = frozenset({Mode.FAILOVER, Mode.FAILBACK})
    permissions: tuple[str, ...] = (
        "Microsoft.RecoveryServices/vaults/replicationFabrics/replicationProtectionContainers/replicationProtectedItems/read",
        "Microsoft.RecoveryServices/vaults/replicationFabrics/replicationProtectionContainers/replicationProtectedItems/recoveryPoints/read",
        "Microsoft.RecoveryServices/vaults/replicationFabrics/replicationProtectionContainers/replicationProtectedItems/unplannedFailover/action",
        "Microsoft.RecoveryServices/vaults/replicationJobs/read",
        "Microsoft.Compute/virtualMachines/read",
        "Microsoft.Compute/virtualMachines/instanceView/read",
        "Microsoft.Network/networkInterfaces/read",
        "Microsoft.RecoveryServices/vaults/replicationOperationStatus/read",
        "Microsoft.RecoveryServices/vaults/replicationProtectedItems/read",
        *plans.PERMISSIONS,
        "Microsoft.RecoveryServices/vaults/replicationRecoveryPlans/unplannedFailover/action",
    )
    outputs: Mapping[str, OutputType] = {
        "machine": OutputType.ARM_ID,
        "address": OutputType.TEXT,
        POINT: OutputType.TEXT,
        POINT_TIME: OutputType.INSTANT,
        JOB: OutputType.TEXT,
        **plans.OUTPUTS,
    }

    def creates(self, parameters: Params, context: StepContext) -> tuple[Creation, ...]:
        """Leave it to Site Recovery, which names the machine; from then on it is production."""
        return ()

    def targets(self, parameters: Params, context: StepContext) -> tuple[ArmId, ...]:
        """Change where the item is active."""
        if parameters.recovery_plan is not None:
            return tuple(item.resource for item in plans.planned_items(context, parameters.recovery_plan))
        return (item_of(context, parameters.item or "").resource,)

    async def look(self, parameters: Params, context: StepContext) -> Sighting:
        """Look for this attempt's job, then at where the item is active."""
        region = _wanted(context)
        if parameters.recovery_plan is not None:
            plan = await plans.plan_of(context, parameters.recovery_plan)
            if all(each.is_active_in(region) for each in await plans.items_in(context, plan.id)):
                return await plans.earlier(context, plan, SCENARIO)
            return await plans.sighted(context, plan, SCENARIO, SCENARIO)
        item = await replicated(context, parameters.item or "")
        if item.is_active_in(region):
            return await self._earlier(item, context)
        return await sighted(context, item, SCENARIO, SCENARIO)

    async def _earlier(self, item: ReplicatedItem, context: StepContext) -> Underway:
        """Find the job that failed it over: only that knows the point. Raises PermanentError."""
        found = await context.provider.capability(REPLICATION).find(
            item, scenario=SCENARIO, since=context.intended_at - LONG_AGO
        )
        if found is None:
            raise PermanentError(
                f"{item.name} has failed over already, and no job says from which recovery point",
                target=str(item.id),
                hint="find the point in the vault, and resolve the step with it",
                code="recovery-point-unknown",
            )
        return Underway(operation=found)

    async def act(self, parameters: Params, context: StepContext) -> Underway:
        """Choose the point, and send the failover."""
        if parameters.recovery_plan is not None:
            return await self._act_on_plan(parameters.recovery_plan, parameters, context)
        replication = context.provider.capability(REPLICATION)
        item = await replicated(context, parameters.item or "")
        how: dict[str, Any] = {"graceful": context.graceful, "request_id": context.request_id}
        if parameters.recovery_point == "latest":
            return Underway(operation=await replication.fail_over(item, point=None, **how))
        consistency = "application" if parameters.recovery_point == "latest-app-consistent" else ""
        point = chosen_point(await replication.points(item), NEWEST, consistency=consistency)
        return Underway(operation=with_point(await replication.fail_over(item, point=point.id, **how), point))

    async def _act_on_plan(self, asked: ArmId, parameters: Params, context: StepContext) -> Underway:
        plan = await plans.plan_of(context, asked)
        operation = await context.provider.capability(RECOVERY_PLANS).fail_over(
            plan,
            kind=parameters.recovery_point,
            graceful=context.graceful,
            back=plan.primary_region.casefold() == _wanted(context).casefold(),
            request_id=context.request_id,
        )
        return Underway(operation=operation)

    async def poll(self, parameters: Params, context: StepContext, operation: Operation) -> Pending | Present:
        """Follow the job."""
        if parameters.recovery_plan is not None:
            return await plans.polled(context, operation, stops_for_people=True)
        return await polled_recovery(context, parameters.item or "", operation, points=True)

    async def verify(self, parameters: Params, context: StepContext, outputs: Outputs) -> Pending | Present:
        """Read back that the item is active in the recovery region and its machine runs there."""
        if parameters.recovery_plan is not None:
            return await plans.brought_up(context, parameters.recovery_plan, outputs, risen)
        item = await replicated(context, parameters.item or "")
        if not item.is_active_in(_wanted(context)):
            return Pending(note=f"{item.name} is still active in {item.active_region or item.active_location}")
        seen = await risen(context, recovered_machine(item, item.recovery_machine_name))
        return seen if isinstance(seen, Pending) else Present(outputs={**outputs, **seen.outputs})

    def undo(self, parameters: Params, outputs: Outputs) -> Call | None:
        """Cancel it, as long as it is not committed."""
        if parameters.recovery_plan is not None:
            return Call(uses="asr.cancel-failover", values={"recovery-plan": str(parameters.recovery_plan)})
        return Call(uses="asr.cancel-failover", values={"item": parameters.item})

    def simulate(self, parameters: Params, context: StepContext | None) -> Simulation:
        """Say what would fail over."""
        what = str(parameters.item or parameters.recovery_plan)
        region = "home" if context is not None and context.mode is Mode.FAILBACK else "recovery"
        return Simulation(
            sentence=f"fail {what} over to the {region} region, {parameters.recovery_point} point",
            targets=(what,),
            destructive=True,
        )


def _wanted(context: StepContext) -> str:
    return context.home_region if context.mode is Mode.FAILBACK else context.recovery_region


ACTION = Verb("asr.failover", Params, FailOver())
