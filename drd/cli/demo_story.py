"""What the demo does: loses a region, brings the services back through the API, and measures. A true run."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from drd.api.wire.approvals import AnswerBody
from drd.api.wire.runbooks import PlanBody
from drd.api.wire.runs import RunDetailShape, RunShape, StartBody
from drd.cli.attention import is_asked, things_due
from drd.cli.client import Daemon
from drd.cli.following import Follower, Pace, Sight
from drd.cli.outcome import exit_of_run, family
from drd.cli.proving import Proof, proof_of
from drd.cli.stage import Stage
from drd.cli.words import Words
from drd.domain.durations import format_instant
from drd.domain.lifecycle import RunState
from drd.domain.plan import Mode

TENANT, RUNBOOK, REGION = "voorbeeld", "minimale-dienstverlening", "westeurope"
INCIDENT = timedelta(minutes=10)
LIMIT_SECONDS = 300.0
"""Host time after which the demo gives up; it takes less than a minute."""

_HELD = frozenset({RunState.PAUSED, RunState.PARKED})

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """A question that the second person answered."""

    approval: str
    question: str
    by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Ending:
    """How the demo ended.

    Attributes:
        host_seconds: from the start of the run to its end.
    """

    exit_code: int
    lost_at: datetime
    run: RunDetailShape
    answered: tuple[Answered, ...]
    proof: Proof
    host_seconds: float


class Story:
    """One demo, from the loss to the figures."""

    def __init__(self, stage: Stage, words: Words, pace: Pace, *, say: Say, see: Callable[[Sight], None]) -> None:
        """Take the stage, and how to tell: `say` takes lines, `see` shows each look at the run."""
        self._stage = stage
        self._words = words
        self._pace = pace
        self._say = say
        self._see = see
        self._answered: list[Answered] = []

    def play(self) -> Ending:
        """Play it; waits for the end of the run.

        Raises:
            CommandError: the daemon refused something.
        """
        stage, began = self._stage, self._pace.elapsed()
        lost_at = stage.lose_region(REGION, ago=INCIDENT)
        self._say(self._words.say("demo-lost", region=REGION))
        with Daemon(stage.socket) as daemon, Daemon(stage.socket, stage.second_actor) as second:
            run = self._start(daemon, lost_at)
            self._say(self._words.say("demo-started", runbook=RUNBOOK, tenant=TENANT, run=run.id))
            newest = self._follow(daemon, second, run.id)
            took = self._pace.elapsed() - began
            proof = proof_of(stage, daemon, newest)
        return Ending(
            exit_code=exit_of_run(newest),
            lost_at=lost_at,
            run=newest,
            answered=tuple(self._answered),
            proof=proof,
            host_seconds=took,
        )

    def _start(self, daemon: Daemon, lost_at: datetime) -> RunShape:
        plan = daemon.plan(PlanBody(runbook=RUNBOOK, tenant=TENANT, mode=Mode.FAILOVER, graceful=False))
        return daemon.start(
            StartBody(
                runbook=RUNBOOK,
                tenant=TENANT,
                mode=Mode.FAILOVER,
                graceful=False,
                incident_at=format_instant(lost_at),
                confirm=plan.to_confirm,
                reason=self._words.say("demo-reason", region=REGION),
                plan_hash=plan.hash,
            )
        )

    def _follow(self, daemon: Daemon, second: Daemon, run: str) -> RunDetailShape:
        follower = Follower(daemon, run, self._pace)
        newest = None
        for sight in follower.sights(seconds=LIMIT_SECONDS):
            newest = sight.run
            self._see(sight)
            self._answer(second, sight.run)
            if self._is_stuck(sight.run):
                break
        return newest if newest is not None else daemon.run(run)

    def _answer(self, second: Daemon, run: RunDetailShape) -> None:
        done = {each.approval for each in self._answered}
        for approval, question in _asked(self._words, run):
            if approval in done:
                continue
            second.answer(approval, AnswerBody(decision="approve", reason=self._words.say("demo-yes")))
            self._answered.append(Answered(approval=approval, question=question, by=self._stage.second_actor))
            self._say(self._words.say("demo-answered", who=self._stage.second_actor, question=question))

    def _is_stuck(self, run: RunDetailShape) -> bool:
        """Say whether nothing goes on without a person: in a good demo nothing fails, so nobody is there to decide."""
        leaves = [each for each in family(run) if not each.children and not each.run.state.final]
        held = bool(leaves) and all(each.run.state in _HELD for each in leaves)
        return held and any(True for _ in things_due(self._words, run))


def _asked(words: Words, run: RunDetailShape) -> Iterator[tuple[str, str]]:
    for each in family(run):
        for step in each.steps:
            if is_asked(step) and not each.run.state.final:
                yield f"{each.run.id}/{step.id}", f"{each.run.service or each.run.runbook}: {words.of(step.ask)}"


def ending_json(ending: Ending, stage: Stage) -> dict[str, Any]:
    """Give everything as JSON data."""
    proof = ending.proof
    return {
        "exit_code": ending.exit_code,
        "speed": stage.speed,
        "region": REGION,
        "lost_at": format_instant(ending.lost_at),
        "run": ending.run.model_dump(mode="json")["run"],
        "services": [_service_json(each) for each in family(ending.run) if each.run.service],
        "approvals": [
            {"approval": each.approval, "question": each.question, "by": each.by} for each in ending.answered
        ],
        "checks": [
            {"service": each.service, "check": each.step, "at": format_instant(each.at), "sentence": each.sentence}
            for each in proof.checks
        ],
        "recomputed_from_the_journal": proof.recomputed,
        "sandbox_log": {
            "compared": proof.compared,
            "largest_difference_seconds": proof.difference_seconds,
            "allowed_seconds": stage.speed,
        },
        "metrics": list(proof.metrics),
        "host_seconds": round(ending.host_seconds, 1),
        "peak_memory_mib": proof.memory_mib,
    }


def _service_json(run: RunDetailShape) -> dict[str, Any]:
    return {
        "service": run.run.service,
        "run": run.run.id,
        "state": run.run.state.value,
        **run.figures.model_dump(mode="json"),
    }
