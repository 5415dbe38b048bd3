"""Recovery plans of Site Recovery: which replicated machines come up together, in which order, and what people do."""

from collections.abc import Iterable, Iterator, Sequence

from pydantic import Field

from drd.sandbox.estate.field import Name, Region, Strict
from drd.sandbox.estate.plot import Plot
from drd.sandbox.estate.section import Named, Problem, Section, used_by
from drd.sandbox.recovery_services.plan_state import (
    BACK,
    BOOT,
    FAILOVER,
    FORWARD,
    MANUAL,
    SHUTDOWN,
    Plan,
    PlanAction,
    PlanGroup,
    add_plan,
)

_EVERY_OPERATION = ("UnplannedFailover", "TestFailover")
_EVERY_DIRECTION = (FORWARD, BACK)


class ManualActionModel(Strict):
    """Something that a person does; the plan's job waits for it."""

    name: str
    instructions: str
    only_in: str = ""
    """`UnplannedFailover` or `TestFailover`; empty for both."""


class PlanGroupModel(Strict):
    """Machines that come up together, and what a person does before and after."""

    machines: list[Name] = Field(min_length=1)
    before: list[ManualActionModel] = Field(default_factory=list)
    after: list[ManualActionModel] = Field(default_factory=list)


class RecoveryPlanModel(Strict):
    """One recovery plan, its groups in order."""

    name: Name
    vault: Name
    primary: Region
    recovery: Region
    groups: list[PlanGroupModel] = Field(min_length=1)


def plant(plot: Plot, rows: Sequence[RecoveryPlanModel]) -> None:
    """Let the vaults have the plans, as made some weeks ago."""
    for one in rows:
        boots = tuple(
            PlanGroup(kind=BOOT, items=tuple(group.machines), start=_actions(group.before), end=_actions(group.after))
            for group in one.groups
        )
        groups = (PlanGroup(kind=SHUTDOWN), PlanGroup(kind=FAILOVER), *boots)
        plan = Plan(primary=one.primary, recovery=one.recovery, groups=groups)
        add_plan(plot.world, plot.found("vaults", one.vault), one.name, plan, plot.since)


def _actions(models: Sequence[ManualActionModel]) -> tuple[PlanAction, ...]:
    return tuple(
        PlanAction(
            name=one.name,
            operations=(one.only_in,) if one.only_in else _EVERY_OPERATION,
            directions=_EVERY_DIRECTION,
            details={"instanceType": MANUAL, "description": one.instructions},
        )
        for one in models
    )


def _uses(rows: Sequence[RecoveryPlanModel]) -> Iterable[Named]:
    machines = [
        Named(path=(place, "groups", number, "machines", each), name=name, of="machines")
        for place, one in enumerate(rows)
        for number, group in enumerate(one.groups)
        for each, name in enumerate(group.machines)
    ]
    return [*used_by(rows, "vault", "vaults"), *machines]


def _check(rows: Sequence[RecoveryPlanModel]) -> Iterator[Problem]:
    for place, one in enumerate(rows):
        names = [name for group in one.groups for name in group.machines]
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            yield Problem(
                path=(place, "groups"),
                message=f"{', '.join(twice)} stands in the plan {one.name} more than once",
                hint="a machine belongs to one group",
            )


SECTION = Section(
    key="recovery-plans",
    shape=list[RecoveryPlanModel],
    plant=plant,
    about="Recovery plans of Site Recovery.",
    uses=_uses,
    check=_check,
)
