"""What goes wrong in one seed, as a list: so that it can be played again, and shortened while it still breaks."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from random import Random

from drd.domain.ids import StepId
from drd.domain.lifecycle import Request
from drd.domain.plan import RecoveryPlan
from proofs.model.plans import drawn_plan

HORIZON = 1200.0
"""Seconds within which misfortunes begin; after them people help until everything is over."""

DAEMONS = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One misfortune, or one order of a person.

    Attributes:
        kind: which; see `drawn`.
        who: number of the daemon that it happens to, or that hears the order.
        nth: at the so-manieth call: of the daemon's ports, of the database's commits, or of an action's method.
        at: second at which it begins.
        length: seconds that it lasts.
        step: run and step, for what happens to one.
        request: what is ordered.
    """

    kind: str
    who: int = 0
    nth: int = 0
    at: float = 0.0
    length: float = 0.0
    step: tuple[str, StepId] | None = None
    request: Request | None = None

    def __str__(self) -> str:
        """Say it in one line."""
        parts = [self.kind]
        parts += [f"{name} {value}" for name, value in (("daemon", self.who), ("nth", self.nth)) if value]
        parts += [f"at {self.at:.1f} s" if self.at else "", f"for {self.length:.1f} s" if self.length else ""]
        parts += ["/".join(self.step) if self.step else "", self.request.value if self.request else ""]
        return " ".join(part for part in parts if part)


Steps = tuple[tuple[str, StepId], ...]

ACT_FAULTS = ("lost-after", "lost-before", "late", "throttled", "server-error", "broken", "job-fails", "job-endless")
READ_FAULTS = ("look-fails", "poll-fails", "verify-fails")
_ORDERS = tuple(request for request in Request if request not in {Request.APPROVE, Request.DENY})
_TYPICAL_POINTS = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Script:
    """One seed, spelled out.

    Attributes:
        seed: also of how long answers take.
        plans: what is started, each twice with one key.
    """

    seed: int
    plans: tuple[RecoveryPlan, ...]
    faults: tuple[Fault, ...]


def script_of(seed: int) -> Script:
    """Spell a seed out."""
    chance = Random(seed)  # noqa: S311 - luck, not secrets
    plans = [drawn_plan(chance, "first")]
    kind = chance.random()
    if kind < _PARENTS:
        child = drawn_plan(chance, "child", size=chance.randint(2, 6))
        plans.append(drawn_plan(chance, "parent", size=chance.randint(1, 4), child=child))
    elif kind < _TWO:
        plans.append(drawn_plan(chance, "second", size=chance.randint(2, 8)))
    steps = tuple((str(plan.runbook), step.id) for plan in _all(plans) for step in plan.steps)
    return Script(seed=seed, plans=tuple(plans), faults=drawn(chance, steps))


_PARENTS, _TWO = 0.12, 0.24
"""Shares of the seeds: with a parent and its child; and, up to here, with two services."""


def _all(plans: list[RecoveryPlan]) -> Iterator[RecoveryPlan]:
    for plan in plans:
        yield plan
        yield from (step.child for step in plan.steps if step.child is not None)


def drawn(chance: Random, steps: Steps) -> tuple[Fault, ...]:
    """Draw the misfortunes of a seed; some seeds have few, some have all kinds at once."""
    wild = chance.choice((0.3, 1.0, 1.0, 2.0))
    found: list[Fault] = []
    for make, most in _KINDS:
        for _ in range(_count(chance, most * wild)):
            found.extend(make(chance, steps))
    return tuple(found)


def _count(chance: Random, mean: float) -> int:
    return int(chance.expovariate(1 / mean)) if mean else 0


def _crash(chance: Random, steps: Steps) -> Iterator[Fault]:
    nth = chance.randint(2, _TYPICAL_POINTS * (len(steps) + 2))
    length = chance.choice((0.0, 1.0, 5.0, 40.0))
    yield Fault(kind="crash", who=chance.randrange(DAEMONS), nth=nth, length=length)


def _freeze(chance: Random, steps: Steps) -> Iterator[Fault]:
    nth = chance.randint(2, _TYPICAL_POINTS * (len(steps) + 2))
    length = chance.choice((2.0, 15.0, 18.0, 25.0, 90.0, 600.0))
    yield Fault(kind="freeze", who=chance.randrange(DAEMONS), nth=nth, length=length)


def _drain(chance: Random, _steps: Steps) -> Iterator[Fault]:
    yield Fault(kind="drain", who=chance.randrange(DAEMONS), at=chance.uniform(0.2, 120), length=3.0)


def _away(chance: Random, _steps: Steps) -> Iterator[Fault]:
    yield Fault(kind="away", at=chance.uniform(0, 120), length=chance.choice((0.5, 5.0, 16.0, 30.0, 300.0)))


def _lost_commit(chance: Random, steps: Steps) -> Iterator[Fault]:
    yield Fault(kind="lost-commit", nth=chance.randint(1, 3 * len(steps) + 2))


def _jump(chance: Random, _steps: Steps) -> Iterator[Fault]:
    yield Fault(kind="jump", at=chance.uniform(0, 120), length=chance.choice((-3600.0, -5.0, 7.0, 3600.0)))


def _act(chance: Random, steps: Steps) -> Iterator[Fault]:
    length = chance.uniform(1, 60)
    yield Fault(
        kind=chance.choice(ACT_FAULTS), step=chance.choice(steps), nth=chance.choice((1, 1, 1, 1, 2)), length=length
    )


def _read(chance: Random, steps: Steps) -> Iterator[Fault]:
    step = chance.choice(steps)
    for nth in range(1, chance.randint(1, 3) + 1):
        yield Fault(kind=chance.choice(READ_FAULTS), step=step, nth=nth)


def _order(chance: Random, steps: Steps) -> Iterator[Fault]:
    request, who, step = chance.choice(_ORDERS), chance.randrange(DAEMONS), chance.choice(steps)
    at = chance.uniform(0, chance.choice((5.0, 60.0, 300.0)))
    yield Fault(kind="order", who=who, at=at, request=request, step=step)
    if request is Request.PAUSE:
        yield Fault(kind="order", who=who, at=at + chance.uniform(2, 90), request=Request.RESUME, step=step)


_KINDS: tuple[tuple[Callable[[Random, Steps], Iterator[Fault]], float], ...] = (
    (_crash, 1.5),
    (_freeze, 0.8),
    (_drain, 0.3),
    (_away, 0.4),
    (_lost_commit, 0.7),
    (_jump, 0.2),
    (_act, 3.0),
    (_read, 1.0),
    (_order, 1.5),
)
