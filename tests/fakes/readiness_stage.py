"""The sample municipality, looked at: what readiness finds of it as it is, and with one thing wrong at a time."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from drd.domain.estate import Mechanism, Service
from drd.domain.findings import Finding
from drd.domain.ids import ItemId
from drd.domain.plan import Mode, RecoveryPlan, Step
from drd.operations.evaluate_readiness import collected
from drd.ports.capabilities import Offer, Provider
from drd.ports.replication import REPLICATION, ReplicatedItem
from drd.readiness.asking import World, asking_once
from drd.readiness.judging import Judge
from drd.readiness.matter import Known, Matter
from drd.sandbox.roles import Assignment
from proofs.stage import Stage

BURGERZAKEN, PARENT = "burgerzaken", "minimale-dienstverlening"


@dataclass(frozen=True, slots=True, kw_only=True)
class Looked:
    """What can be judged: the sample's matters, what is known, and whom one may ask."""

    stage: Stage
    matters: Sequence[Matter]
    known: Known
    world: World

    @classmethod
    async def at(cls, stage: Stage) -> "Looked":
        """Take what a collection and an evaluation have seen already."""
        installation = stage.world.installation
        parts = installation.readiness.parts
        matters = [each async for each in installation.readiness.matters(parts.services.tenants())]
        known = await installation.readiness.known()
        return cls(stage=stage, matters=matters, known=known, world=parts.world)

    @property
    def tenant(self) -> Matter:
        """Give the tenant as a whole."""
        return next(each for each in self.matters if each.card is None and each.service is None)

    def service(self, name: str = BURGERZAKEN) -> Matter:
        """Give a service."""
        return next(each for each in self.matters if each.card is None and each.service and each.service.id == name)

    def runbook(self, name: str = BURGERZAKEN) -> Matter:
        """Give a runbook with its plans."""
        return next(each for each in self.matters if each.runbook == name)

    async def judged(
        self, matter: Matter, *, known: Known | None = None, world: World | None = None
    ) -> tuple[Finding, ...]:
        """Judge one matter, asking anew."""
        knows = known or self.known
        asked = asking_once(world or self.world, collected(knows, [self.tenant.tenant]))
        return tuple(await Judge(knows, asked).judge(matter))

    def seeing(self, item: str, mechanism: Mechanism, **changed: Any) -> Known:
        """Know something else of an item; `gone=True` for nothing."""
        gone = changed.pop("gone", False)
        key = (self.tenant.tenant.id, ItemId(item), mechanism)
        others = {each: facts for each, facts in self.known.items.items() if each != key}
        return replace(self.known, items=others if gone else {**others, key: replace(self.known.items[key], **changed)})

    def replicating(self, **changed: Any) -> World:
        """Let Site Recovery say something else of every item."""
        return replace(self.world, standing=_with(self.world.standing, REPLICATION.name, _Other(self.world, changed)))


class _Other:
    """Site Recovery, whose items are otherwise."""

    def __init__(self, world: World, changed: Mapping[str, Any]) -> None:
        self._real = world.standing.capability(REPLICATION)
        self._changed = changed

    async def items(self, vault: Any) -> tuple[ReplicatedItem, ...]:
        return tuple(replace(each, **self._changed) for each in await self._real.items(vault))


def _with(provider: Provider, name: str, answer: object) -> Provider:
    offers = tuple(Offer(name, answer) if each.name == name else each for each in provider.offers)
    return replace(provider, offers=offers)


def failing(provider: Provider, name: str, error: Exception) -> Provider:
    """Let every question of a capability fail."""

    class Silent:
        def __getattr__(self, _method: str) -> Callable[..., Any]:
            async def fail(*_given: Any) -> None:
                raise error

            return fail

    return _with(provider, name, Silent())


def changed_plan(matter: Matter, mode: Mode, change: Callable[[RecoveryPlan], RecoveryPlan]) -> Matter:
    """Change one plan of a runbook."""
    return replace(matter, plans={**matter.plans, mode: change(matter.plans[mode])})


def changed_steps(matter: Matter, mode: Mode, change: Callable[[Step], Step | None]) -> Matter:
    """Change the steps of one plan; None takes a step out."""
    return changed_plan(
        matter, mode, lambda plan: replace(plan, steps=tuple(each for each in map(change, plan.steps) if each))
    )


def changed_service(matter: Matter, **changed: Any) -> Matter:
    """Change a service, for its matter and among its tenant's services."""
    assert matter.service is not None
    service: Service = replace(matter.service, **changed)
    services = tuple(service if each.id == service.id else each for each in matter.tenant.services)
    return replace(matter, service=service, tenant=replace(matter.tenant, services=services))


def with_rto(matter: Matter, mode: Mode, rto: timedelta) -> Matter:
    """Promise something else."""

    def promise(plan: RecoveryPlan) -> RecoveryPlan:
        assert plan.objectives is not None
        return replace(plan, objectives=replace(plan.objectives, rto=rto))

    return changed_plan(matter, mode, promise)


def withdrawn(stage: Stage, identity: str, *roles: str) -> list[Assignment]:
    """Take roles from an identity; gives what `restored` takes."""
    held = stage.world.sandbox.world.roles
    taken = [
        each
        for each in held.assignments.values()
        if each.identity == identity and (not roles or each.role.name in roles)
    ]
    assert taken, [(each.identity, each.role.name) for each in held.assignments.values()]
    for each in taken:
        held.withdraw(each.id)
    return taken


def restored(stage: Stage, taken: Sequence[Assignment]) -> None:
    """Give them back."""
    for each in taken:
        stage.world.sandbox.world.roles.assign(each.identity, each.role, each.scope, id=each.id)
