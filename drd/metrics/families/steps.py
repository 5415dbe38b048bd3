"""Steps that this process carried out, counted as their events become durable."""

from datetime import datetime

from prometheus_client import Counter, Histogram

from drd.domain.events import Event, Kind
from drd.domain.ids import RunId, StepId
from drd.domain.spread import SHORT
from drd.metrics.family import Ears, Family, Process, of_run
from drd.ports.observer import Seen

_OUTCOMES = {Kind.STEP_DONE: "done", Kind.STEP_SKIPPED: "skipped", Kind.STEP_PARKED: "parked"}


class StepInstruments:
    """Counts steps by action and outcome, retries, and how long steps took in world time."""

    def __init__(self, process: Process) -> None:
        """Enter the instruments."""
        registry = process.registry
        self._total = Counter(
            "drd_steps", "Steps that ended, by action and outcome.", ("action", "outcome"), registry=registry
        )
        self._took = Histogram(
            "drd_step_duration_seconds",
            "World time from a step's first intent to its end.",
            ("action",),
            buckets=SHORT,
            registry=registry,
        )
        self._retries = Counter(
            "drd_step_retries", "Attempts beyond a step's first, by action.", ("action",), registry=registry
        )
        self._actions: dict[str, dict[StepId, str]] = {}
        self._began: dict[tuple[RunId, StepId], datetime] = {}

    def saw(self, seen: Seen) -> None:
        """Count one durable event."""
        event = seen.event
        if event.kind is Kind.RUN_FINISHED:
            self._forget(event.run)
        if event.step is None:
            return
        action = self._action(seen)
        if event.kind is Kind.STEP_INTENT:
            self._intent(event, action)
        elif event.kind in _OUTCOMES:
            self._ended(event, action, _OUTCOMES[event.kind])
        elif event.kind is Kind.STEP_FAILED and event.payload.get("final"):
            self._ended(event, action, "failed")

    def _intent(self, event: Event, action: str) -> None:
        if event.step is not None:
            self._began.setdefault((event.run, event.step), event.at)
        if event.attempt > 1:
            self._retries.labels(action).inc()

    def _ended(self, event: Event, action: str, outcome: str) -> None:
        self._total.labels(action, outcome).inc()
        began = self._began.pop((event.run, event.step), None) if event.step else None
        if began is not None:
            self._took.labels(action).observe((event.at - began).total_seconds(), of_run(event.run))

    def _action(self, seen: Seen) -> str:
        run = seen.event.run
        if run not in self._actions:
            self._actions[run] = {step.id: step.call.uses for step in seen.plan.steps}
        step = seen.event.step or StepId("")
        return self._actions[run].get(step, "undo")

    def _forget(self, run: RunId) -> None:
        self._actions.pop(run, None)
        for key in [key for key in self._began if key[0] == run]:
            del self._began[key]


def count_steps(process: Process) -> Ears:
    """Enter the instruments and say what they want to be told."""
    return Ears(saw=StepInstruments(process).saw)


FAMILY = Family(count=count_steps)
