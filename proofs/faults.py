"""An ARM error at every call that a run makes: it ends well, or waits for a person with a clear error (P1, P2, P3)."""

from dataclasses import dataclass, replace
from typing import Any

from drd.domain.lifecycle import RunState, StepState
from drd.domain.plan import Mode, OnFailure, Phase
from drd.operations.reap import Reap
from drd.operations.show_run import RunView
from drd.ports.journal import RunCard
from proofs import account
from proofs.reaping import book_of, with_a_reaper
from proofs.stage import NO_CODE, NO_HINT, UNEXPECTED, Stage, complaint, virtually, whole

_ROUNDS = 12
_ENOUGH = 10_000
"""More than any caller tries, so that the fault reaches a person, or is cleared by one."""

FAULTS: dict[str, dict[str, Any]] = {
    "500 before accepting": {"status": 500, "code": "InternalServerError"},
    "503 after accepting": {"status": 503, "code": "ServerBusy", "after-accepting": True},
    "silence after accepting": {"hang": True, "code": "Silence", "after-accepting": True},
    "reset after accepting": {"kind": "reply-lost"},
    "429 with Retry-After": {"status": 429, "code": "TooManyRequests", "retry-after": 30},
    "403": {"status": 403, "code": "AuthorizationFailed"},
    "404": {"status": 404, "code": "ResourceNotFound"},
    "409": {"status": 409, "code": "Conflict"},
    "not JSON": {"status": 200, "code": "NotJson", "body": "<html>gateway</html>"},
    "not its JSON after accepting": {
        "status": 200,
        "code": "OtherJson",
        "body": '{"value": 7}',
        "after-accepting": True,
    },
}
"""What is injected, by name. Each comes once at the chosen call, except where `STUBBORN` says otherwise."""


_STUBBORN = frozenset({"403", "500 before accepting", "not JSON"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One fault at one kind of call of one runbook."""

    runbook: str
    method: str
    operation: str
    fault: str
    mode: Mode = Mode.FAILOVER
    stubborn: bool = False
    """True: the fault stays until a person clears it. False: it comes once."""

    def __str__(self) -> str:
        """Name the case."""
        short = self.operation.removeprefix("Microsoft.").replace(
            "replicationFabrics/replicationProtectionContainers/", ""
        )
        lasting = " for good" if self.stubborn else ""
        return f"{self.mode.value} of {self.runbook} {self.method} {short} {self.fault}{lasting}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """How a case went.

    Attributes:
        alone: it ended well without a person.
        said: what the run said each time it waited for a person, and why it stopped.
        stopped: it failed because the runbook has the run stop or end where this step fails, which asks nobody.
        repeated: what happened twice at the other side.
        state: of the run at the end.
        left: what a drill left in the sandbox, or in the ledger, after the reaper passed once where its own clean-up
            had failed.
    """

    case: Case
    hits: int
    alone: bool
    said: tuple[str, ...]
    repeated: dict[tuple[str, str], int]
    state: RunState
    stopped: bool = False
    left: frozenset[str] = frozenset()

    @property
    def ended(self) -> bool:
        """Say whether it ended well, or as its runbook has it end."""
        return self.state is RunState.SUCCEEDED or (self.state is RunState.FAILED and self.stopped)

    @property
    def good(self) -> bool:
        """Say whether the promises were kept."""
        return self.ended and not self.repeated and self.hits > 0 and not self.unclear and not self.left

    @property
    def unclear(self) -> tuple[str, ...]:
        """Give what was said to a person without a reason, without a hint, or as a failure of drd itself."""
        bad = (NO_CODE, NO_HINT, f"{UNEXPECTED}:")
        return tuple(each for each in self.said if any(mark in each for mark in bad))


async def _start(stage: Stage, runbook: str, mode: Mode) -> RunCard:
    lost = mode is Mode.FAILOVER
    if lost:
        stage.lose_home()
    return await stage.start(runbook, mode, lost=lost)


def calls_of(runbook: str, mode: Mode) -> list[tuple[str, str]]:
    """Give every (method, operation) of Azure that this runbook uses in this mode when nothing goes wrong."""

    async def play(stage: Stage) -> list[tuple[str, str]]:
        card = await _start(stage, runbook, mode)
        view = await stage.until_settled(card.id)
        assert view.card.state is RunState.SUCCEEDED
        asked = account.of_runs(stage.entries(), rehearsed=mode is Mode.DRILL)
        # What carries no id of a caller's request is sent by Azure to itself.
        return sorted({(entry["method"], entry["operation"]) for entry in asked if entry["client-request-id"]})

    return virtually(play)


def cases_of(runbook: str, mode: Mode = Mode.FAILOVER) -> list[Case]:
    """Give every case of a runbook: each call, each fault, once; and for good where that cannot be waited out."""
    cases = []
    for method, operation in calls_of(runbook, mode):
        for fault in FAULTS:
            once = Case(runbook=runbook, method=method, operation=operation, fault=fault, mode=mode)
            cases.append(once)
            if fault in _STUBBORN:
                cases.append(replace(once, stubborn=True))
    return cases


def try_case(case: Case) -> Outcome:
    """Play one case to its end: as long as the run waits for a person, clear the fault and retry."""

    async def play(stage: Stage, reaper: Reap) -> Outcome:
        before = stage.resources()
        count = _ENOUGH if case.stubborn else 1
        order = {"method": case.method, "operation": case.operation, "count": count, **FAULTS[case.fault]}
        order["callers-only"] = True
        stage.control("faults", order)
        card = await _start(stage, case.runbook, case.mode)
        view = await stage.until_settled(card.id)
        said: list[str] = []
        for _ in range(_ROUNDS):
            if view.card.state.final:
                break
            stage.control("faults", method="DELETE")
            said += await stage.help_along(view)
            view = await stage.until_settled(card.id)
        entries, stops = stage.entries(), _stops(view)
        if case.mode is Mode.DRILL and stops:
            stage.control("faults", method="DELETE")
            await reaper(book_of(stage))
        return Outcome(
            case=case,
            hits=sum(1 for entry in entries if entry["fault"]),
            alone=not said,
            said=(*said, *stops),
            stopped=bool(stops),
            repeated=account.repeated(entries),
            state=view.card.state,
            left=frozenset(await _left(stage, before)) if case.mode is Mode.DRILL else frozenset(),
        )

    return with_a_reaper(play)


def _stops(view: RunView) -> list[str]:
    """Give what failed for good where the run stops then, or ends: what always runs in a drill asks nobody."""
    steps = [step for each in whole(view) for step in each.progress.steps.values()]
    return [
        complaint(step.failure, step.question)
        for step in steps
        if step.state is StepState.FAILED
        and step.step.critical
        and (step.step.on_failure is OnFailure.STOP or step.step.phase is Phase.ALWAYS)
    ]


async def _left(stage: Stage, before: set[str]) -> set[str]:
    return stage.resources() - before | {str(entry.id) for entry in await stage.world.store.ledger.open()}
