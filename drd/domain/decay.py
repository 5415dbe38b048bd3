"""How proof decays: a score of what is still proven of an item, and when each rung should be proven again."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import MappingProxyType

from drd.domain.ladder import Outcome, Rung, Verification

WORTH: Mapping[Rung, float] = MappingProxyType(
    {
        Rung.L0: 0.10,
        Rung.L1: 0.10,
        Rung.L2: 0.15,
        Rung.L3: 0.15,
        Rung.L4: 0.25,
        Rung.L5: 0.15,
        Rung.L6: 0.10,
    }
)
"""What a fresh proof of each rung is worth; all of them together are 1."""

_DAILY = timedelta(days=1)
_WEEKLY = timedelta(days=7)
_MONTHLY = timedelta(days=30)
_MOST_IMPORTANT_TIERS = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """What is proven of an item now.

    Attributes:
        newest: the newest verification of each rung that ended in a proof or its opposite.
        proven: the highest rung that is proven; a rung above one that failed does not count. None for none.
        score: from 0 (nothing is proven) to 1 (everything was proven just now).
    """

    newest: Mapping[Rung, Verification]
    proven: Verification | None
    score: float


def remaining(age: timedelta, half_life: timedelta) -> float:
    """Give what is left of a proof: 1 when it is new, a half after the half-life, and never below 0.

    Proof from the future counts as new: clocks of two hosts differ.
    """
    if half_life <= timedelta(0):
        return 0.0
    return float(0.5 ** (max(age, timedelta(0)) / half_life))


def standing_of(verifications: Iterable[Verification], now: datetime, half_life: timedelta) -> Standing:
    """Tell what is proven of one item, from its verifications in any order.

    A rung that failed after it was proven loses its worth until it is proven again; of those that need a restore,
    every rung above it does too. What was inconclusive or aborted changes nothing: the older proof goes on to decay.
    """
    newest = _newest(verifications)
    proven: Verification | None = None
    score = 0.0
    for rung in Rung:
        found = newest.get(rung)
        if found is None:
            continue
        if found.proves:
            proven = found
            score += WORTH[rung] * remaining(now - found.at, half_life)
        elif rung.restores:
            break
    return Standing(newest=newest, proven=proven, score=min(max(score, 0.0), 1.0))


def _newest(verifications: Iterable[Verification]) -> dict[Rung, Verification]:
    newest: dict[Rung, Verification] = {}
    for each in verifications:
        if each.outcome not in {Outcome.PASSED, Outcome.FAILED}:
            continue
        known = newest.get(each.rung)
        # Of two of one instant the failure counts: nothing is green that is not certain.
        if known is None or (each.at, not each.proves) > (known.at, not known.proves):
            newest[each.rung] = each
    return newest


def cadence(rung: Rung, tier: int, half_life: timedelta) -> timedelta:
    """Give how long a proof of a rung should stand before the next one."""
    if not rung.restores:
        return _DAILY
    if rung.height <= Rung.L3.height:
        return min(_WEEKLY if tier <= _MOST_IMPORTANT_TIERS else _MONTHLY, half_life)
    return half_life


def due_at(standing: Standing, rung: Rung, tier: int, half_life: timedelta) -> datetime | None:
    """Give when a rung should be proven again; None when it is not proven: it is due now."""
    found = standing.newest.get(rung)
    if found is None or not found.proves:
        return None
    return found.at + cadence(rung, tier, half_life)
