"""The newest clean point: which point to examine next, when each examination costs a restore.

Bisection. It assumes that what was infected stays infected, which is how it gets along with few restores; it never
believes it: only a point that was examined itself is ever given as clean.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from drd.domain.errors import RefusedError
from drd.domain.estate import Cleanliness, RecoveryPoint


class Examined(StrEnum):
    """What the examination of a point said. UNCLEAR is neither: it could not be examined."""

    CLEAN = "clean"
    INFECTED = "infected"
    UNCLEAR = "unclear"


@dataclass(frozen=True, slots=True, kw_only=True)
class Search:
    """Where a search stands.

    Attributes:
        next: the point to examine now; None when the search is over.
        found: the newest point that was examined and is clean, so far; None for none.
        exact: nothing newer than `found` can be clean, if infection lasts; True only when the search is over, and not
            where a newer point could not be examined.
        unexamined: points newer than `found`, and older than the infected one above it, of which nobody knows.
        because: how it stands, in one sentence.
    """

    next: RecoveryPoint | None
    found: RecoveryPoint | None
    exact: bool
    unexamined: int
    because: str


def search_clean_point(
    points: Sequence[RecoveryPoint],
    answers: Mapping[str, Examined],
    *,
    budget: int,
    before: datetime | None = None,
) -> Search:
    """Tell how the search for the newest clean point stands, and which point to examine next.

    Args:
        points: in any order. What the vault calls infected, or unusable, is believed without a restore; what it calls
            clean is not.
        answers: what is known of points by examination, by id.
        budget: how many restores may still be made.
        before: only points older than this, such as the instant at which attackers came in.

    Raises:
        RefusedError: with the code `no-budget`, when nothing may be restored.
    """
    if budget <= 0 and not answers:
        raise RefusedError(
            "a search for a clean point without a restore finds nothing",
            hint="allow at least one restore: 10 points need at most 4, 1,000 need at most 10",
            code="no-budget",
        )
    wanted = sorted((each for each in points if before is None or each.time < before), key=lambda each: each.time)
    chain = [_Link(point, _known(point, answers)) for point in wanted if point.usable or _is_infected(point)]
    low = max((at for at, link in enumerate(chain) if link.known is Examined.CLEAN), default=-1)
    high = min(
        (at for at, link in enumerate(chain) if at > low and link.known is Examined.INFECTED), default=len(chain)
    )
    between = chain[low + 1 : high]
    open_ = [link.point for link in between if link.known is None]
    found = chain[low].point if low >= 0 else None
    if not open_:
        # All that is left between what is clean and what is infected could not be examined, so it may be clean.
        exact = found is not None and not between
        return Search(next=None, found=found, exact=exact, unexamined=len(between), because=_over(chain, found))
    if budget <= 0:
        because = f"no restore is left, and {len(open_)} points that may be clean were not examined"
        return Search(next=None, found=found, exact=False, unexamined=len(open_), because=because)
    because = f"{len(open_)} points may be clean, {budget} restores are left"
    return Search(next=open_[len(open_) // 2], found=found, exact=False, unexamined=len(open_), because=because)


@dataclass(frozen=True, slots=True)
class _Link:
    point: RecoveryPoint
    known: Examined | None


def _is_infected(point: RecoveryPoint) -> bool:
    return point.cleanliness is Cleanliness.INFECTED


def _known(point: RecoveryPoint, answers: Mapping[str, Examined]) -> Examined | None:
    # An examination may be older than the vault's own finding: who says infected is believed.
    return Examined.INFECTED if _is_infected(point) else answers.get(point.id)


def _over(chain: Sequence[_Link], found: RecoveryPoint | None) -> str:
    if not chain:
        return "there is no usable point in that time"
    unclear = sum(link.known is Examined.UNCLEAR for link in chain)
    left = f"; {unclear} could not be examined" if unclear else ""
    if found is None:
        return f"none of the points is clean{left}"
    return f"the newest point that was examined and is clean{left}"
