"""The runs in one daemon's hands, and until when, measured by its own host."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass

from drd.domain.ids import RunId
from drd.ports.dispatcher import Claim
from drd.store.terms import HostTime


@dataclass(slots=True)
class _Hold:
    claim: Claim
    since: float
    until: float | None
    proven: bool = False
    lost: bool = False


class Held:
    """Claims by run. `until` is the host's time, taken before the database was asked: never later than the lease's end.

    A lease without an end lasts until the claim is dropped. Whether something is due and how long until it is are
    reckoned in the same way, to the last bit: who waits until it is due must not find that it is not.
    """

    def __init__(self, host: HostTime, *, margin: float) -> None:
        """Measure by this time; what has less than `margin` seconds left is as good as over."""
        self._host = host
        self._margin = margin
        self._holds: dict[RunId, _Hold] = {}

    def __iter__(self) -> Iterator[RunId]:
        """Give the runs whose moves have not returned."""
        return iter(tuple(self._holds))

    def __len__(self) -> int:
        """Count them."""
        return len(self._holds)

    def __contains__(self, run: object) -> bool:
        """Say whether a run's move has not returned."""
        return run in self._holds

    def add(self, claim: Claim, *, since: float, until: float | None) -> None:
        """Take a claim that was just made."""
        self._holds[claim.run] = _Hold(claim, since, until)

    def drop(self, claim: Claim) -> None:
        """Let go of it."""
        del self._holds[claim.run]

    def holds(self, claim: Claim) -> bool:
        """Say whether the claim is the newest here, is not lost, and outlives a request by the margin."""
        hold = self._holds.get(claim.run)
        if hold is None or hold.lost or hold.claim.token != claim.token:
            return False
        return hold.until is None or self._host() < hold.until - self._margin

    def renewed(self, runs: Collection[RunId], until: float) -> None:
        """Take a later end."""
        for run in runs:
            hold = self._holds.get(run)
            if hold is not None:
                hold.until = until

    def lose(self, runs: Collection[RunId]) -> list[RunId]:
        """Note that these are lost; gives those that were not before."""
        known = [(run, self._holds[run]) for run in runs if run in self._holds]
        newly = [run for run, hold in known if not hold.lost]
        for _, hold in known:
            hold.lost = True
        return newly

    def lapsed(self) -> list[RunId]:
        """Give what has come too near its end."""
        now = self._host()
        return [run for run, hold in self._holds.items() if hold.until is not None and hold.until - self._margin <= now]

    def renewable(self) -> list[RunId]:
        """Give what is not lost: what was is claimed again, never renewed."""
        return [run for run, hold in self._holds.items() if not hold.lost]

    def seconds_left(self) -> float | None:
        """Give how long until the first of them has come too near its end; None when none ever does."""
        ends = [hold.until for hold in self._holds.values() if hold.until is not None and not hold.lost]
        return min(ends) - self._margin - self._host() if ends else None

    def due_for_proof(self, seconds: float) -> list[RunId]:
        """Give what has been held for so many seconds and was not noted as harmless yet."""
        now = self._host()
        return [run for run, hold in self._holds.items() if not hold.proven and hold.since + seconds <= now]

    def next_proof(self, seconds: float) -> float | None:
        """Give how long until there is more of it; None when there is nothing to wait for."""
        begun = [hold.since for hold in self._holds.values() if not hold.proven]
        return min(begun) + seconds - self._host() if begun else None

    def proved(self, runs: Collection[RunId]) -> None:
        """Take note that these do no harm."""
        for run in runs:
            hold = self._holds.get(run)
            if hold is not None:
                hold.proven = True
