"""What happens in one case: when the region is lost, when points were taken, how long guests stay sick."""

from dataclasses import dataclass, replace
from datetime import timedelta
from enum import StrEnum
from random import Random

from drd.domain.plan import Mode

SERVICES = ("identiteit", "netwerk", "databank", "burgerzaken", "sociaal-huis", "besluitvorming")
"""Services whose checks all ask guests, so that the sandbox knows when each was green."""

_WITHOUT_MACHINES = "netwerk"
_DAY = 86_400.0


class Telling(StrEnum):
    """How a person tells when it began."""

    INSTANT = "instant"
    LENGTH = "length"
    """`-754s`: so long before the declaration."""
    NOBODY = "nobody"
    """Not at all: the clock starts at the declaration."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sick:
    """A guest that does not answer well until some world time after the start. `which`: of the service's machines."""

    which: int
    lasts: timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawn:
    """One case.

    Attributes:
        shift: world time from the sandbox's beginning to the first thing that happens.
        backup_before: somebody has everything backed up so long before the loss; None where nobody does.
        outage, calm: how long the home region was lost once before, and how long it was up again after that; both None
            where it was not.
        lost: the home region is lost when the run starts.
        ago: world time from the loss to the declaration.
        helped_after: how long a run that waits for a person waits.
    """

    seed: int
    runbook: str
    mode: Mode
    shift: timedelta
    backup_before: timedelta | None
    outage: timedelta | None
    calm: timedelta
    lost: bool
    ago: timedelta
    telling: Telling
    sick: tuple[Sick, ...]
    helped_after: timedelta

    def __str__(self) -> str:
        """Name it."""
        lost = f"lost {self.ago.total_seconds():g} s ago, told by {self.telling.value}" if self.lost else "not lost"
        return f"seed {self.seed}: {self.mode.value} of {self.runbook}, {lost}, {len(self.sick)} sick"


_MODES = ((Mode.FAILOVER, True), (Mode.FAILOVER, False), (Mode.DRILL, False))


def draw(seed: int) -> Drawn:
    """Draw a case; the same seed gives the same. Services come in turn, so that any few seeds meet several."""
    chance = Random(f"truth {seed}")  # noqa: S311 - no secrets
    mode, lost = chance.choices(_MODES, weights=(5, 1, 2))[0]
    telling = chance.choice(tuple(Telling)) if lost else Telling.NOBODY
    ago = _length(chance, 0, 5_400)
    runbook = SERVICES[seed % len(SERVICES)]
    # A drill of what has no machines of its own asks no guest.
    mode = Mode.FAILOVER if runbook == _WITHOUT_MACHINES else mode
    drawn = Drawn(
        seed=seed,
        runbook=runbook,
        mode=mode,
        shift=_length(chance, 0, 2 * _DAY),
        backup_before=_length(chance, 3_600, _DAY) if chance.random() < _OFTEN else None,
        outage=_length(chance, 300, 7_200) if chance.random() < _OFTEN else None,
        calm=_length(chance, 60, 3_600),
        lost=lost,
        # A length of time is typed in whole seconds.
        ago=timedelta(seconds=1 + round(ago.total_seconds())) if telling is Telling.LENGTH else ago,
        telling=telling,
        sick=tuple(
            Sick(which=chance.randrange(4), lasts=_length(chance, 30, 5_400))
            for _ in range(chance.choice((0, 0, 1, 1, 2)))
        ),
        helped_after=_length(chance, 0, 900),
    )
    # A drill is not begun while production is unwell, and then there is nothing to compare.
    return replace(drawn, sick=()) if mode is Mode.DRILL else drawn


_OFTEN = 0.5


def _length(chance: Random, least: float, most: float) -> timedelta:
    # drd keeps instants to the millisecond.
    return timedelta(milliseconds=round(1000 * chance.uniform(least, most)))
