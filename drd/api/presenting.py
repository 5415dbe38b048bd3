"""From what use cases give to the shapes on the wire: runs, approvals, plans."""

from datetime import timedelta

from drd.api.presenting_cost import cost_shape
from drd.api.wire.approvals import ApprovalShape
from drd.api.wire.runbooks import PlannedStepShape, PlanShape, RunbookShape
from drd.api.wire.runs import (
    AbandonedShape,
    DrillShape,
    EventShape,
    FiguresShape,
    ListingShape,
    NoteShape,
    PointShape,
    RunDetailShape,
    RunShape,
    StepShape,
)
from drd.api.wire.shape import milliseconds, seconds
from drd.domain.abandonment import Abandonment
from drd.domain.drill_verdict import due_at
from drd.domain.events import Event
from drd.domain.figures import RecoveryFigures, Verdict
from drd.domain.plan import APPROVE, RecoveryPlan
from drd.domain.plan_status import PlanStatus
from drd.domain.progress import StepProgress
from drd.domain.step_progress import Remark
from drd.operations.list_approvals import ApprovalView
from drd.operations.show_plan import PlannedStep, PlanView
from drd.operations.show_run import DamagedView, RunView
from drd.ports.journal import RunCard
from drd.ports.runbooks import RunbookCard


def run_shape(card: RunCard) -> RunShape:
    """Present a line of a list of runs."""
    return RunShape(
        id=card.id,
        runbook=card.runbook,
        tenant=card.tenant,
        service=card.service,
        mode=card.mode,
        state=card.state,
        plan_hash=card.plan_hash,
        accepted_at=card.accepted_at,
        ended_at=card.ended_at,
        parent=card.parent,
        abandoned=_abandoned_shape(card.abandoned) if card.abandoned else None,
        verdict=card.verdict.value if card.verdict else None,
    )


def _abandoned_shape(word: Abandonment) -> AbandonedShape:
    return AbandonedShape(
        at=word.at, actor=word.actor, reason=word.reason, damage=word.damage, under_way=word.under_way
    )


def run_detail_shape(view: RunView | DamagedView) -> RunDetailShape:
    """Present a run, whole; of one that cannot be believed, what is known."""
    if isinstance(view, DamagedView):
        return _damaged_shape(view)
    accepted = view.progress.accepted
    return RunDetailShape(
        run=run_shape(view.card),
        title=view.plan.title.to_json(),
        graceful=view.progress.graceful,
        paused=view.progress.paused,
        pause=_note_shape(view.progress.pause) if view.progress.pause else None,
        parked=view.progress.parked,
        notes=tuple(_note_shape(each) for each in view.progress.remarks),
        starter=accepted.actor if accepted else "",
        reason=accepted.reason if accepted else "",
        steps=tuple(step_shape(each) for each in view.progress.steps.values()),
        figures=figures_shape(view.figures),
        children=(
            *(run_detail_shape(child) for child in view.children),
            *(_damaged_shape(child) for child in view.damaged),
        ),
        drill=_drill_shape(view),
    )


def _drill_shape(view: RunView) -> DrillShape | None:
    verdict, ended = view.card.verdict, view.card.ended_at
    if verdict is None or ended is None:
        return None
    return DrillShape(
        verdict=verdict.value,
        because=view.judgement.because if view.judgement else "",
        listings=tuple(
            ListingShape(at=each.at, found=each.found, impossible=each.impossible) for each in view.listings
        ),
        due_at=None if verdict.settled else due_at(ended, view.listings),
    )


def _note_shape(each: Remark) -> NoteShape:
    return NoteShape(at=each.at, actor=each.actor, step=each.step, text=each.text)


def _damaged_shape(view: DamagedView) -> RunDetailShape:
    unknown = Verdict.UNKNOWN.value
    return RunDetailShape(
        run=run_shape(view.card),
        title={},
        graceful=True,
        paused=False,
        starter="",
        reason="",
        steps=(),
        figures=FiguresShape(
            incident_at=view.card.accepted_at,
            green_at=None,
            recovery_time_objective_ms=None,
            achieved_recovery_time_ms=None,
            recovery_point_objective_ms=None,
            achieved_recovery_point_ms=None,
            recovery_time=unknown,
            recovery_point=unknown,
            met=False,
            points=(),
        ),
        children=(),
        damage=view.damage,
    )


def step_shape(each: StepProgress) -> StepShape:
    """Present where a step stands."""
    step = each.step
    return StepShape(
        id=step.id,
        uses=step.call.uses,
        phase=step.phase.value,
        group=step.group,
        state=each.state,
        attempt=each.attempt,
        critical=step.critical,
        settled=each.settled,
        item=step.item,
        text=step.text.to_json() if step.text else None,
        started_at=each.started_at,
        ended_at=each.ended_at,
        outputs=dict(each.outputs),
        operation=dict(each.operation) if each.operation else None,
        failure=dict(each.failure) if each.failure else None,
        because=each.because,
        question=each.question,
        found=dict(each.found) if each.found else None,
        held=each.held,
        by_hand=each.by_hand,
        ask=step.approval.ask.to_json() if step.approval else None,
        approvals=tuple(actor for actor, _ in each.approvals),
        child=each.child,
        needs=step.needs,
        estimate_seconds=seconds(step.estimate),
    )


def figures_shape(figures: RecoveryFigures) -> FiguresShape:
    """Present achieved against promised."""
    return FiguresShape(
        incident_at=figures.incident_at,
        green_at=figures.green_at,
        recovery_time_objective_ms=milliseconds(figures.recovery_time_objective),
        achieved_recovery_time_ms=milliseconds(figures.achieved_recovery_time),
        recovery_point_objective_ms=milliseconds(figures.recovery_point_objective),
        achieved_recovery_point_ms=milliseconds(figures.achieved_recovery_point),
        recovery_time=figures.recovery_time_verdict.value,
        recovery_point=figures.recovery_point_verdict.value,
        met=figures.met,
        points=tuple(
            PointShape(item=point.item, time=point.time, achieved_ms=point.achieved // timedelta(milliseconds=1))
            for point in figures.points
        ),
    )


def event_shape(event: Event) -> EventShape:
    """Present a fact of a run."""
    return EventShape(
        format=event.format,
        run=event.run,
        sequence=event.sequence,
        kind=event.kind,
        at=event.at,
        step=event.step,
        attempt=event.attempt,
        payload=dict(event.payload),
        actor=event.actor,
        reason=event.reason,
        token=event.token,
        previous=event.previous,
        hash=event.hash,
    )


def approval_shape(view: ApprovalView) -> ApprovalShape:
    """Present a question that waits."""
    expires = view.asked_at + view.terms.expires if view.asked_at and view.terms.expires else None
    return ApprovalShape(
        id=view.id,
        run=view.card.id,
        step=view.step,
        title=view.title.to_json(),
        ask=view.terms.ask.to_json(),
        tenant=view.card.tenant,
        service=view.card.service,
        mode=view.card.mode,
        plan_hash=view.card.plan_hash,
        by=view.terms.by,
        minimum=view.terms.minimum,
        not_the_starter=view.terms.not_the_starter,
        starter=view.starter,
        given=view.given,
        asked_at=view.asked_at,
        expires_at=expires,
    )


def runbook_shape(card: RunbookCard, status: PlanStatus = PlanStatus.UNKNOWN) -> RunbookShape:
    """Present a runbook on the shelf."""
    return RunbookShape(
        id=card.id,
        title=card.title.to_json(),
        service=card.service,
        modes=card.modes,
        path=card.path,
        faults=card.faults,
        status=status.value,
    )


def plan_shape(view: PlanView, *, graceful: bool) -> PlanShape:
    """Present a resolved plan and what it would do."""
    plan = view.plan
    return PlanShape(
        runbook=plan.runbook,
        title=plan.title.to_json(),
        tenant=plan.tenant,
        service=plan.service,
        mode=plan.mode,
        hash=view.hash,
        to_confirm=plan.to_confirm(),
        graceful=graceful,
        forecast_seconds=round(view.forecast.total.total_seconds()),
        forecast_to_green_seconds=round(view.forecast.to_green.total_seconds()),
        rto_seconds=seconds(plan.objectives.rto) if plan.objectives else None,
        rpo_seconds=seconds(plan.objectives.rpo) if plan.objectives else None,
        approvals=_approvals(plan),
        approvers=tuple(sorted(_approvers(plan))),
        choices=dict(plan.choices),
        items=_items(plan),
        steps=tuple(planned_step_shape(each) for each in view.steps),
        cost=cost_shape(view.cost) if view.cost else None,
    )


def planned_step_shape(each: PlannedStep) -> PlannedStepShape:
    """Present what one step would do, with the steps of its child run."""
    return PlannedStepShape(
        id=each.id,
        uses=each.uses,
        phase=each.phase.value,
        group=each.group,
        sentence=each.sentence,
        targets=each.targets,
        destructive=each.destructive,
        needs=each.needs,
        starts_after_seconds=round(each.starts_after.total_seconds()),
        estimate_seconds=round(each.estimate.total_seconds()),
        critical_path=each.critical_path,
        skipped=each.skipped,
        children=tuple(planned_step_shape(child) for child in each.children),
    )


def _approvals(plan: RecoveryPlan) -> int:
    own = sum(step.call.uses == APPROVE for step in plan.steps)
    return own + sum(_approvals(step.child) for step in plan.children() if step.child)


def _approvers(plan: RecoveryPlan) -> set[str]:
    own = {each for step in plan.steps if step.approval for each in step.approval.by}
    return own.union(*(_approvers(step.child) for step in plan.children() if step.child))


def _items(plan: RecoveryPlan) -> tuple[str, ...]:
    own: list[str] = [item.id for item in plan.items]
    for step in plan.children():
        own.extend(_items(step.child) if step.child else ())
    return tuple(dict.fromkeys(own))
