"""A drill that ends its own conductor: at which step the daemon that moves the run dies, drawn from a seed."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from hashlib import sha256

from drd.domain.canonical import Json
from drd.domain.errors import RefusedError
from drd.domain.events import KILL, Event, Kind
from drd.domain.ids import StepId
from drd.domain.plan import APPROVE, RecoveryPlan, Step

_CHECK = "check."


class Moment(StrEnum):
    """Moments of a step's protocol at which the daemon may die, in their order.

    INTENT: the intent is durable and nothing was sent. SENT: the request was answered, and the journal does not hold
    the answer yet. RECORDED: what the other side accepted is durable, and nobody has asked how it goes. ENDED: it
    ended, and was not read back yet.
    """

    INTENT = "intent"
    SENT = "sent"
    RECORDED = "recorded"
    ENDED = "ended"


_MOMENTS = tuple(Moment)


@dataclass(frozen=True, slots=True, kw_only=True)
class KillWish:
    """That a drill's daemon is to die once.

    Attributes:
        seed: what the draw is made from; the same seed and plan give the same step and moment.
        among_others: also while other drills are under way on that daemon; never while a real run is.
    """

    seed: str
    among_others: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Kill:
    """What was drawn, as the run's first event holds it."""

    seed: str
    step: StepId
    moment: Moment
    among_others: bool = False

    def due(self, step: StepId, moment: Moment) -> bool:
        """Say whether the daemon dies now: at the drawn step, at the first moment that it reaches from the drawn on.

        Not every step comes by every moment: what is done at once is never recorded.
        """
        return step == self.step and _MOMENTS.index(moment) >= _MOMENTS.index(self.moment)

    def to_json(self) -> dict[str, Json]:
        """Write it for the journal."""
        return {
            "seed": self.seed,
            "step": self.step,
            "moment": self.moment.value,
            "among-others": self.among_others,
        }

    @classmethod
    def from_json(cls, stored: Mapping[str, Json]) -> "Kill":
        """Read it from the journal."""
        return cls(
            seed=str(stored["seed"]),
            step=StepId(str(stored["step"])),
            moment=Moment(str(stored["moment"])),
            among_others=bool(stored.get("among-others")),
        )


def draw(plan: RecoveryPlan, wish: KillWish, *, graceful: bool) -> Kill:
    """Draw the step and the moment.

    Raises:
        RefusedError: with the code `nothing-to-kill-at`, where no step of the plan changes anything.
    """
    steps = [step for step in plan.steps if _acts(step) and not step.why_left_out(graceful=graceful)]
    if not steps:
        raise RefusedError(
            "the plan has no step at which its daemon could be ended",
            target=plan.runbook,
            hint="checks and approvals send nothing; choose a runbook that acts, or start without --kill-conductor",
            code="nothing-to-kill-at",
        )
    step = steps[_lot(wish.seed, "step", len(steps))]
    moment = _MOMENTS[_lot(wish.seed, "moment", len(_MOMENTS))]
    return Kill(seed=wish.seed, step=step.id, moment=moment, among_others=wish.among_others)


def _acts(step: Step) -> bool:
    return step.call.uses != APPROVE and not step.call.uses.startswith(_CHECK)


def _lot(seed: str, what: str, most: int) -> int:
    return int.from_bytes(sha256(f"{seed}/{what}".encode()).digest()[:8], "big") % most


def drawn(first: Event) -> Kill | None:
    """Read from a run's first event what was drawn; None where its daemon is not to die."""
    stored = first.payload.get(KILL)
    return Kill.from_json(stored) if isinstance(stored, Mapping) else None


def kill_due(events: Iterable[Event]) -> Kill | None:
    """Give the kill that is still to come; None where there is none, or where it came, or was let be, before."""
    told = tuple(events)
    return None if any(kill_notes(told)) else drawn(told[0])


def kill_notes(events: Iterable[Event]) -> Iterator[Event]:
    """Give the notes about the kill, in order: that the daemon is about to end, or why it goes on."""
    return (event for event in events if event.kind is Kind.RUN_NOTE and KILL in event.payload)
