"""What proves the demo's figures: the journal, recomputed; the green checks; the sandbox's own log; the metrics."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import httpx2

from drd.api.wire.runs import FiguresShape, RunDetailShape, StepShape
from drd.cli.client import Daemon
from drd.cli.outcome import family
from drd.cli.stage import Stage
from drd.domain.durations import parse_instant
from drd.domain.events import Kind
from drd.domain.lifecycle import StepState

_FAMILIES = (
    "drd_service_rpo_objective_seconds",
    "drd_service_achieved_recovery_point_seconds",
    "drd_service_rto_objective_seconds",
    "drd_service_achieved_recovery_time_seconds",
)
_GUEST = "guest"
"""The operation under which the sandbox notes a question that a guest answered."""
_GOOD = 200
_BAD = 400


@dataclass(frozen=True, slots=True, kw_only=True)
class Green:
    """A check that was green at the end."""

    service: str
    step: str
    at: datetime
    sentence: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """What proves the figures.

    Attributes:
        recomputed: whether the figures in each run's last event are those that its journal gives when recomputed.
        compared: of how many services the sandbox's log holds the answer that was the last green check.
        difference_seconds: the largest difference, in world time, between that answer and the journal's instant.
        metrics: the lines of `/metrics` about the recovered services.
    """

    checks: tuple[Green, ...]
    recomputed: bool
    compared: int
    difference_seconds: float | None
    metrics: tuple[str, ...]
    memory_mib: dict[str, int]


def proof_of(stage: Stage, daemon: Daemon, run: RunDetailShape) -> Proof:
    """Collect what proves the figures of a run and of those it started."""
    services = [each for each in family(run) if each.run.service]
    differences = [each for each in _differences(services, stage.journal()) if each is not None]
    return Proof(
        checks=tuple(green for each in services for green in _greens(each)),
        recomputed=all(_agrees(daemon, each) for each in services),
        compared=len(differences),
        difference_seconds=max(differences, default=None),
        metrics=tuple(_metrics(stage.metrics, {each.run.service or "" for each in services})),
        memory_mib=stage.peak_memory_mib(),
    )


def _is_green(step: StepShape) -> bool:
    return step.phase == "after" and step.state is StepState.DONE and step.ended_at is not None


def _greens(run: RunDetailShape) -> Iterator[Green]:
    for step in run.steps:
        if _is_green(step) and step.ended_at is not None:
            sentence = str(step.outputs.get("sentence", ""))
            yield Green(service=run.run.service or "", step=step.id, at=step.ended_at, sentence=sentence)


def _agrees(daemon: Daemon, run: RunDetailShape) -> bool:
    """Say whether what the engine wrote at the end is what the journal gives now."""
    finished = [event for event in daemon.events(run.run.id) if event.kind is Kind.RUN_FINISHED]
    told = finished[-1].payload.get("figures") if finished else None
    return isinstance(told, Mapping) and all(told.get(name) == value for name, value in _numbers(run.figures).items())


def _numbers(figures: FiguresShape) -> dict[str, Any]:
    return {
        "achieved-recovery-time-ms": figures.achieved_recovery_time_ms,
        "achieved-recovery-point-ms": figures.achieved_recovery_point_ms,
        "recovery-time": figures.recovery_time,
        "recovery-point": figures.recovery_point,
    }


def _differences(services: list[RunDetailShape], entries: list[dict[str, Any]]) -> Iterator[float | None]:
    answered = [each for each in entries if each["operation"] == _GUEST and _GOOD <= each["status"] < _BAD]
    for run in services:
        last = max((step for step in run.steps if _is_green(step)), key=_ended, default=None)
        if last is not None:
            yield _difference(last, answered)


def _ended(step: StepShape) -> float:
    return step.ended_at.timestamp() if step.ended_at else 0.0


def _difference(step: StepShape, answered: list[dict[str, Any]]) -> float | None:
    evidence = step.outputs.get("evidence", {})
    asked = str(evidence.get("url") or evidence.get("host") or "")
    host = asked.partition("://")[2] or asked
    host = host.partition("/")[0].partition(":")[0]
    times = [parse_instant(each["at"]) for each in answered if host and host in each["path"]]
    return min((abs(each.timestamp() - _ended(step)) for each in times), default=None)


def _metrics(url: str, services: set[str]) -> Iterator[str]:
    text = httpx2.get(url).raise_for_status().text
    for line in text.splitlines():
        is_wanted = line.startswith(_FAMILIES) and any(f'service="{each}"' in line for each in services)
        if is_wanted and ('mode="failover"' in line or "mode=" not in line):
            yield line
