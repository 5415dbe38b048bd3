"""Plans of a seed: steps with needs, lanes, groups, undo, approvals, checks and child runs."""

from dataclasses import replace
from datetime import timedelta
from random import Random
from typing import Any

from drd.domain.call import Call
from drd.domain.canonical import Json
from drd.domain.estate import Objectives
from drd.domain.ids import RunbookId, ServiceId, StepId, TenantId
from drd.domain.language import Text
from drd.domain.plan import (
    APPROVE,
    RUNBOOK,
    ApprovalTerms,
    Mode,
    OnFailure,
    Phase,
    RecoveryGroup,
    RecoveryPlan,
    Retry,
    Step,
    Ungraceful,
)

CHECK = "check.it"
TEAM = "team"
PUT, ADOPT, TELL = "put", "adopt", "tell"

_VERBS = (PUT, ADOPT, ADOPT, TELL)
_LENGTHS = (0, 0, 5, 45, 70, 300)
_SIZES = (5, 5, 5, 5, 5, 6, 6, 6, 7, 7, 8, 8, 9, 10, 12, 16, 20, 40)
_TITLE = Text(nl="Model")
_OBJECTIVES = Objectives(rpo=timedelta(hours=1), rto=timedelta(hours=2))


def drawn_plan(
    chance: Random, name: str, *, size: int | None = None, child: RecoveryPlan | None = None
) -> RecoveryPlan:
    """Draw a plan: some steps in a row, some side by side, some that ask people."""
    count = size or chance.choice(_SIZES)
    in_doubt = chance.choice((OnFailure.PAUSE, OnFailure.PAUSE, OnFailure.UNDO, OnFailure.STOP, OnFailure.CONTINUE))
    steps = [_main(chance, number, in_doubt) for number in range(count)]
    if child is not None:
        steps.append(_step("child", RUNBOOK, child=child, needs=_needs(chance, count)))
    steps += [_step(f"green{number}", CHECK, phase=Phase.AFTER) for number in range(chance.randint(1, 2))]
    steps += [_step("always", PUT, phase=Phase.ALWAYS)] if chance.random() < 0.4 else []  # noqa: PLR2004 - two of five
    return RecoveryPlan(
        runbook=RunbookId(name),
        title=_TITLE,
        tenant=TenantId("model"),
        service=ServiceId(name) if child is None else None,
        mode=Mode.FAILOVER,
        home_region="weu",
        recovery_region="neu",
        groups=(RecoveryGroup(id="g", join=StepId("group:g")),),
        steps=tuple(steps),
        objectives=_OBJECTIVES if child is None else None,
        tier=1 if child is None else None,
    )


def without(plan: RecoveryPlan, steps: frozenset[StepId]) -> RecoveryPlan:
    """Give the plan without some steps and without the needs of them."""
    kept = (step for step in plan.steps if step.id not in steps)
    return replace(
        plan, steps=tuple(replace(step, needs=tuple(n for n in step.needs if n not in steps)) for step in kept)
    )


def _main(chance: Random, number: int, on_failure: OnFailure) -> Step:
    others: dict[str, Any] = {"needs": _needs(chance, number), "on_failure": on_failure, "group": "g"}
    kind = chance.random()
    name = f"s{number}"
    if kind < 0.05:  # noqa: PLR2004 - one in twenty
        terms = ApprovalTerms(ask=_TITLE, by=(TEAM,), minimum=chance.choice((1, 2)))
        return _step(name, APPROVE, approval=terms, **others)
    if kind < 0.1:  # noqa: PLR2004 - one in twenty
        return _step(name, CHECK, **others)
    if chance.random() < 0.2:  # noqa: PLR2004 - one in five
        others |= {"lane": "lane", "parallel": 2}
    values: dict[str, Json] = {"lasts": chance.choice(_LENGTHS)}
    if chance.random() < 0.3:  # noqa: PLR2004 - three in ten
        values["undo"] = True
    return _step(
        name,
        chance.choice(_VERBS),
        values,
        critical=chance.random() < 0.8,  # noqa: PLR2004 - four in five
        ungraceful=chance.choice((Ungraceful.RUN, Ungraceful.RUN, Ungraceful.RUN, Ungraceful.SKIP)),
        left_out="skip" if chance.random() < 0.03 else "",  # noqa: PLR2004 - three in a hundred
        **others,
    )


def _needs(chance: Random, number: int) -> tuple[StepId, ...]:
    if not number:
        return ()
    if chance.random() < 0.5:  # noqa: PLR2004 - half of them stand in a row
        return (StepId(f"s{number - 1}"),)
    return tuple({StepId(f"s{chance.randrange(number)}"): None for _ in range(chance.randint(0, 2))})


def _step(name: str, uses: str, values: dict[str, Json] | None = None, **others: Any) -> Step:  # noqa: ANN401 - members of Step
    return Step(
        id=StepId(name),
        call=Call(uses=uses, values=values or {}),
        timeout=timedelta(minutes=40),
        retry=Retry(times=2, wait=timedelta(seconds=20)),
        **others,
    )
