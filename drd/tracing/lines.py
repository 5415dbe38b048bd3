"""The canonical log lines: one at the end of each step and one at the end of each run, with all that matters of it."""

from datetime import datetime
from typing import Any

import structlog

from drd.domain.course import RunCourse, RunEnd, StepEnd, seconds
from drd.domain.durations import format_instant
from drd.domain.events import Event, Kind

_log = structlog.get_logger(__name__)

_FAILED = "failed"


class Lines:
    """Answers `Teller` with lines. Members that say nothing are left out."""

    def went_on(self, course: RunCourse, event: Event) -> None:
        """Tell of what a reader would look for between a beginning and an end, and of nothing else."""
        run, tenant, step = event.run, course.plan.tenant, event.step
        if event.kind is Kind.RUN_CLAIMED:
            _log.info("run taken up", run=run, tenant=tenant, daemon=event.payload.get("daemon"), claims=course.claims)
        elif event.kind is Kind.STEP_PARKED:
            question = event.payload.get("question")
            _log.warning("step parked", run=run, tenant=tenant, step=step, attempt=event.attempt, question=question)
        elif event.kind is Kind.STEP_FAILED and not event.payload.get("final"):
            told = {"attempt": event.attempt, "code": _code(event), "again": event.payload.get("retry-at")}
            _log.info("attempt failed", run=run, tenant=tenant, step=step, **told)

    def step_ended(self, course: RunCourse, end: StepEnd) -> None:
        """Tell how a step ended."""
        told = _told(
            run=end.run,
            tenant=course.plan.tenant,
            step=end.step,
            action=end.action,
            outcome=end.outcome,
            took_seconds=_seconds(end.began, end.ended),
            began=format_instant(end.began),
            attempts=end.attempts,
            operation_id=end.operation,
            request_id=end.request,
            correlation_id=end.correlation,
            job=end.job,
            by_hand=end.by_hand or None,
            code=end.code,
            because=end.because,
            child=end.child,
        )
        if end.outcome == _FAILED:
            _log.warning("step ended", **told)
        else:
            _log.info("step ended", **told)

    def run_ended(self, course: RunCourse, end: RunEnd) -> None:
        """Tell how a run ended, with its figures."""
        plan, figures = course.plan, end.figures
        told = _told(
            run=end.run,
            tenant=plan.tenant,
            service=plan.service,
            runbook=plan.runbook,
            mode=plan.mode.value,
            state=end.state,
            because=end.because,
            took_seconds=_seconds(end.began, end.ended),
            began=format_instant(end.began),
            incident_at=figures.get("incident-at"),
            claims=end.claims,
            steps_done=end.steps["done"],
            steps_failed=end.steps["failed"],
            steps_skipped=end.steps["skipped"],
            attempts=end.attempts,
            recovery_time=figures.get("recovery-time"),
            recovery_time_objective_seconds=seconds(figures, "recovery-time-objective"),
            achieved_recovery_time_seconds=seconds(figures, "achieved-recovery-time"),
            recovery_point=figures.get("recovery-point"),
            recovery_point_objective_seconds=seconds(figures, "recovery-point-objective"),
            achieved_recovery_point_seconds=seconds(figures, "achieved-recovery-point"),
            parent=end.parent,
        )
        if end.state == _FAILED:
            _log.warning("run ended", **told)
        else:
            _log.info("run ended", **told)


def _told(**members: Any) -> dict[str, Any]:  # noqa: ANN401 - whatever a line holds
    return {name: value for name, value in members.items() if value not in {None, ""}}


def _seconds(began: datetime, ended: datetime) -> float:
    return round((ended - began).total_seconds(), 3)


def _code(event: Event) -> str:
    failure = event.payload.get("failure")
    return str(failure.get("code", "")) if isinstance(failure, dict) else ""
