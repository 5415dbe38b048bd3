"""asr.resume-plan: tells Site Recovery that the manual action that a recovery plan waits for was done, and follows it.

A person does that action and says so: let an `approve` step come before. A plan that waits for nobody is followed to
its end. The step ends when the plan's job ends, or when it waits for the next person.

```yaml
- id: go-on
  uses: asr.resume-plan
  needs: [licence]
  with: {recovery-plan: "${{ inputs.plan }}"}
```
"""

from collections.abc import Mapping

from drd.acting import recovery_plans as plans
from drd.actions import Resource, Values, risen
from drd.domain.call import Call
from drd.domain.errors import PermanentError
from drd.domain.ids import ArmId
from drd.domain.plan import Mode
from drd.ports.action import (
    Absent,
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
from drd.ports.recovery_plans import RECOVERY_PLANS, PlanFacts


class Params(Values):
    """Which plan goes on."""

    recovery_plan: Resource
    """The recovery plan of Site Recovery, with all items of the service in it."""


class ResumePlan:
    """Since when the plan's job waits says whether it was resumed."""

    doubt = Doubt.ADOPTABLE
    modes: frozenset[Mode] = frozenset(Mode)
    permissions: tuple[str, ...] = (
        *plans.PERMISSIONS,
        "Microsoft.RecoveryServices/vaults/replicationJobs/resume/action",
        "Microsoft.RecoveryServices/vaults/replicationFabrics/replicationProtectionContainers/replicationProtectedItems/read",
        "Microsoft.RecoveryServices/vaults/replicationProtectedItems/read",
        "Microsoft.RecoveryServices/vaults/replicationOperationStatus/read",
        "Microsoft.Compute/virtualMachines/read",
        "Microsoft.Compute/virtualMachines/instanceView/read",
        "Microsoft.Network/networkInterfaces/read",
    )
    outputs: Mapping[str, OutputType] = {plans.JOB: OutputType.TEXT, **plans.OUTPUTS}

    def creates(self, parameters: Params, context: StepContext) -> tuple[Creation, ...]:
        """Create nothing that the step which started the plan has not named."""
        return ()

    def targets(self, parameters: Params, context: StepContext) -> tuple[ArmId, ...]:
        """Move the items on; in a drill only tests that the ledger holds."""
        items = plans.planned_items(context, parameters.recovery_plan)
        if context.mode is not Mode.DRILL:
            return tuple(item.resource for item in items)
        vault = plans.vault_of(parameters.recovery_plan)
        tests = [ArmId(f"{vault}/replicationProtectedItems/{plans.name_in_vault(item)}") for item in items]
        return tuple(test for test in tests if test in context.owned)

    async def look(self, parameters: Params, context: StepContext) -> Sighting:
        """See whether the plan's job waits for what this step is about, or goes on already."""
        if context.mode is Mode.DRILL and not set(self.targets(parameters, context)) & context.owned:
            return Present()  # this run has not started the plan, so nothing of it is to go on
        plan = await plans.plan_of(context, parameters.recovery_plan)
        operation = _followed(plan, context)
        status = await context.provider.capability(RECOVERY_PLANS).follow(operation)
        if status.waits is None:
            return Underway(operation=operation)
        began = status.waits.since
        # What began to wait after the intent waits for the next person: this step's own was resumed.
        return Absent() if began is None or began < context.intended_at else Underway(operation=operation)

    async def act(self, parameters: Params, context: StepContext) -> Underway:
        """Send the word that it was done."""
        plan = await plans.plan_of(context, parameters.recovery_plan)
        capability = context.provider.capability(RECOVERY_PLANS)
        status = await capability.follow(_followed(plan, context))
        operation = await capability.resume(
            plan, job=status.job, comment=f"drd run {context.run}", request_id=context.request_id
        )
        return Underway(operation=plans.waiting_for(operation, status.waits.name if status.waits else ""))

    async def poll(self, parameters: Params, context: StepContext, operation: Operation) -> Pending | Present:
        """Follow the job to its end, or to the next person."""
        return await plans.polled(context, operation, stops_for_people=True)

    async def verify(self, parameters: Params, context: StepContext, outputs: Outputs) -> Pending | Present:
        """Read back that everything that the plan has brought up runs."""
        return await plans.brought_up(context, parameters.recovery_plan, outputs, risen)

    def undo(self, parameters: Params, outputs: Outputs) -> Call | None:
        """The step that started the plan is taken back, not this one."""
        return None

    def simulate(self, parameters: Params, context: StepContext | None) -> Simulation:
        """Say what would go on."""
        plan = str(parameters.recovery_plan)
        return Simulation(
            sentence="let the recovery plan go on after what people did", targets=(plan,), destructive=True
        )


def _followed(plan: PlanFacts, context: StepContext) -> Operation:
    if not plan.job:
        raise PermanentError(
            f"the recovery plan {plan.name} never ran, so nothing of it can go on",
            target=str(plan.id),
            hint="let the step need the one that starts the plan",
            code="nothing-to-resume",
        )
    details = {"what": f"go on with plan {plan.name}", "plan": plan.name}
    return Operation(
        kind="recovery-plan", target=str(plan.id), started_at=context.intended_at, job=plan.job, details=details
    )


ACTION = Verb("asr.resume-plan", Params, ResumePlan())
