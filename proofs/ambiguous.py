"""Answers that are lost after Azure accepted: nothing is sent twice, everything is found again (T4, P1).

Whole journeys are played while most of what changes anything is accepted and its answer spoiled, in every way that an
answer can be lost. What counts is the sandbox's own journal: how many of the spoiled calls had taken effect, and
whether any effect came twice.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from itertools import count
from typing import Any

from drd.domain.ids import RunbookId, TenantId
from drd.domain.lifecycle import RunState
from drd.domain.plan import Mode
from drd.operations.start_run import StartOrder
from proofs import account
from proofs.result import Extent, Proof, Result, told
from proofs.stage import SERVICES, STARTER, TENANT, Stage, virtually, whole

_LOOK = timedelta(minutes=3)
_LOOKS = 400
_HELD = frozenset({RunState.PAUSED, RunState.PARKED})
_CHANGES = ("POST", "PUT", "PATCH", "DELETE")
_OF_PCS = (
    "Microsoft.Resources/deployments/write",
    "Microsoft.DesktopVirtualization/hostpools/write",
    "Microsoft.DesktopVirtualization/hostpools/sessionhosts/write",
    "Microsoft.DesktopVirtualization/hostpools/sessionhosts/usersessions/delete",
    "Microsoft.DesktopVirtualization/workspaces/write",
)
"""What drd itself sends for virtual PCs."""
_PCS = "werkplek"
_SHARE = 0.7
"""Share of the changes whose answer is lost; the rest, and every other question by POST, goes well in the end."""

LOSSES: dict[str, dict[str, Any]] = {
    "connection reset": {"kind": "reply-lost"},
    "503": {"kind": "server-error-after", "status": 503, "code": "ServerBusy"},
    "500": {"kind": "server-error-after", "status": 500, "code": "InternalServerError"},
    "silence": {"hang": True, "code": "Silence", "after-accepting": True},
    "429 with Retry-After": {"status": 429, "code": "TooManyRequests", "retry-after": 20, "after-accepting": True},
    "504 with Retry-After": {"status": 504, "code": "GatewayTimeout", "retry-after": 45, "after-accepting": True},
    "another page": {"status": 200, "code": "NotJson", "body": "<html>gateway</html>", "after-accepting": True},
}
"""Ways in which an answer is lost after the call took effect."""

Leg = Callable[[Stage], Awaitable[str]]
"""Starts one run of a journey; gives its id."""


def _leg(runbook: str, mode: Mode, *, lost: bool = False) -> Leg:
    async def start(stage: Stage) -> str:
        if lost:
            stage.lose_home()
        return str((await stage.start(runbook, mode, lost=lost)).id)

    return start


async def _after_ransomware(stage: Stage) -> str:
    stage.control("scenarios", {"name": "ransomware"})
    return await _failover(stage, "ransomware", "burgerzaken")


async def _after_a_deletion(stage: Stage) -> str:
    group = "/subscriptions/00000000-0000-0000-0000-000000000001/resourceGroups/rg-besluitvorming"
    stage.arm("DELETE", f"{group}?api-version=2021-04-01")
    await stage.world.clock.sleep(timedelta(minutes=30))
    stage.world.sandbox.world.settle()
    return await _failover(stage, "verwijderd", "besluitvorming")


async def _failover(stage: Stage, runbook: str, service: str) -> str:
    order = StartOrder(
        runbook=RunbookId(runbook),
        tenant=TenantId(TENANT),
        mode=Mode.FAILOVER,
        actor=STARTER,
        graceful=True,
        confirm=service,
        reason="scenario",
    )
    return str((await stage.world.installation.use_cases.start_run(order)).id)


def _there_and_back(service: str) -> tuple[Leg, ...]:
    return (
        _leg(service, Mode.FAILOVER),
        _leg(f"{service}-reprotect", Mode.FAILOVER),
        _leg(service, Mode.FAILBACK),
        _leg(f"{service}-reprotect", Mode.FAILBACK),
    )


_ALONE = tuple(service for service in SERVICES if service != _PCS)
JOURNEYS: dict[str, tuple[Leg, ...]] = {
    **{f"{service} there and back": _there_and_back(service) for service in ("burgerzaken", "sociaal-huis")},
    **{f"{service} lost": (_leg(service, Mode.FAILOVER, lost=True),) for service in _ALONE},
    **{f"drill of {service}": (_leg(service, Mode.DRILL),) for service in (*_ALONE, "ransomware", "verwijderd")},
    "ransomware": (_after_ransomware,),
    "deleted group": (_after_a_deletion,),
    _PCS: (_leg(_PCS, Mode.FAILOVER, lost=True),),
}
"""Journeys over every shipped runbook, in every mode that it has."""
SHORT = tuple(name for name in JOURNEYS if name != _PCS and "back" not in name)
"""Those that take a second or two."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Spoiled:
    """One journey under one kind of loss.

    Attributes:
        lost: calls that took effect and whose answer was lost, by the sandbox's account.
        repeated: effects that came twice within a leg.
        said: what was told to a person on the way.
    """

    journey: str
    loss: str
    seed: int
    lost: int = 0
    repeated: dict[tuple[str, str], int] = field(default_factory=dict)
    states: tuple[RunState, ...] = ()
    said: tuple[str, ...] = ()

    def __str__(self) -> str:
        """Name the trial."""
        return f"{self.journey}, {self.loss}, seed {self.seed}"

    @property
    def good(self) -> bool:
        """Say whether every leg ended well, nothing came twice, and whoever was asked was told why."""
        return not self.repeated and all(state is RunState.SUCCEEDED for state in self.states)


def spoil(journey: str, loss: str, *, seed: int) -> Spoiled:
    """Play a journey while answers are lost; a person retries what waits for one."""

    async def play(stage: Stage) -> Spoiled:
        lost, states = 0, []
        repeated: dict[tuple[str, str], int] = {}
        said: list[str] = []
        for leg in JOURNEYS[journey]:
            since = len(stage.entries())
            run = await leg(stage)
            stage.control("faults", {"faults": _orders(journey, loss)})
            state = await _settled(stage, run, said)
            stage.control("faults", method="DELETE")
            seen = stage.entries(since)
            lost += sum(1 for entry in seen if entry["fault"] and entry["effects"])
            repeated |= account.repeated(seen)
            states.append(state)
        return Spoiled(
            journey=journey,
            loss=loss,
            seed=seed,
            lost=lost,
            repeated=repeated,
            states=tuple(states),
            said=tuple(said),
        )

    return virtually(play, seed=seed)


def _orders(journey: str, loss: str) -> list[dict[str, Any]]:
    # A deployment's own calls are the service's, and lose no answer of drd's.
    how = {"probability": _SHARE, "callers-only": True, **LOSSES[loss]}
    if journey == _PCS:
        return [{"operation": operation, **how} for operation in _OF_PCS]
    return [{"method": method, **how} for method in _CHANGES]


async def _settled(stage: Stage, run: str, said: list[str]) -> RunState:
    """Wait until a run is over; approve what asks for it, and retry what waits for a person."""
    view = await stage.show(run)
    for _ in range(_LOOKS):
        await stage.world.clock.sleep(_LOOK)
        await stage.approve_all()
        view = await stage.show(run)
        if view.card.state.final:
            break
        if any(each.card.state in _HELD for each in whole(view)):
            said += await stage.help_along(view)
    return view.card.state


def trials(extent: Extent) -> list[Spoiled]:
    """Play trials until so many answers were lost as were asked for; `turn` says where to begin."""
    pairs = [(journey, loss) for loss in LOSSES for journey in JOURNEYS]
    found: list[Spoiled] = []
    for place in count(extent.turn):
        if sum(each.lost for each in found) >= extent.count:
            break
        round_, at = divmod(place, len(pairs))
        journey, loss = pairs[at]
        found.append(
            told("lost answers", f"{journey}, {loss}", partial(spoil, journey, loss, seed=extent.seed + round_))
        )
    return found


def ambiguous(extent: Extent) -> Result:
    """Lose so many answers, over all journeys and all ways to lose one."""
    tried = trials(extent)
    lost, asked = sum(each.lost for each in tried), sum(bool(each.said) for each in tried)
    twice = sum(len(each.repeated) for each in tried)
    return Result(
        done=lost,
        bad=tuple(str(each) for each in tried if not each.good),
        figures=(
            f"{len(tried)} journeys, {len({each.loss for each in tried})} ways to lose an answer;"
            f" effects that came twice: {twice}; journeys in which a person was asked: {asked}; all others found"
            " everything again by themselves"
        ),
        seeds=f"{extent.seed}, turn {extent.turn}",
    )


LOST_ANSWERS = Proof(
    name="lost-answers",
    tests="T4",
    promises="P1, P2",
    says="answers are lost after Azure accepted, over every runbook, in virtual time",
    asks="no second send; adopted, done or parked",
    unit="answers",
    full=1_000,
    share=40,
    prove=ambiguous,
)
