"""Which regions are lost, since when, and how a lost region answers."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from drd.sandbox.errors import ArmError

PAIRS = {"westeurope": "northeurope", "northeurope": "westeurope"}
"""Azure's paired regions, as far as the sandbox knows them."""

MODES = ("unavailable", "hang", "refused")
"""How a lost region answers: 503 at once, never, or with a connection that is reset."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Loss:
    """A region that is lost since an instant, and how it answers; `fault` names the order that lost it, if one did."""

    region: str
    at: datetime
    mode: str
    fault: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outage:
    """A time in which a region was lost, and which is over: from `since` until just before `until`."""

    since: datetime
    until: datetime

    def covers(self, at: datetime) -> bool:
        """Tell whether an instant lies in it."""
        return self.since <= at < self.until


class Regions:
    """The regions' condition, now and in the past: what could not be done while a region was lost stays undone."""

    def __init__(self, now: Callable[[], datetime] | None = None) -> None:
        """Start with every region up; `now` tells when a region comes back, and without it no outage is remembered."""
        self._losses: dict[str, Loss] = {}
        self._outages: dict[str, tuple[Outage, ...]] = {}
        self._now = now

    def down(self, region: str, at: datetime, mode: str = "unavailable", *, fault: str = "") -> None:
        """Declare a region lost since `at`, which may lie in the past; again, and the last word counts."""
        self._losses[region.lower()] = Loss(region=region.lower(), at=at, mode=mode, fault=fault)

    def up(self, region: str) -> None:
        """Declare a region up; a region that is up stays so."""
        loss = self._losses.pop(region.lower(), None)
        if loss is not None and self._now is not None and (now := self._now()) > loss.at:
            known = self._outages.get(loss.region, ())
            self._outages[loss.region] = (*known, Outage(since=loss.at, until=now))

    def outages(self, region: str) -> tuple[Outage, ...]:
        """Return when the region was lost before, oldest first; a loss that goes on is not among them."""
        return self._outages.get(region.lower(), ())

    def lost_at(self, region: str) -> datetime | None:
        """Return since when the region is lost, None when it is up."""
        loss = self._losses.get(region.lower())
        return loss.at if loss else None

    def is_lost(self, region: str, at: datetime) -> bool:
        """Tell whether the region is lost, or was, at an instant."""
        loss = self._losses.get(region.lower())
        if loss is not None and loss.at <= at:
            return True
        return any(outage.covers(at) for outage in self._outages.get(region.lower(), ()))

    def loss(self, region: str, at: datetime) -> Loss | None:
        """Return how a region is lost at an instant, None when it is up then."""
        found = self._losses.get(region.lower())
        return found if found is not None and found.at <= at else None

    def mode(self, region: str) -> str:
        """Return how the region answers; `up` when it is up."""
        loss = self._losses.get(region.lower())
        return loss.mode if loss else "up"

    def lost(self) -> dict[str, Loss]:
        """Return the losses by region."""
        return dict(self._losses)

    def paired(self, region: str) -> str:
        """Return the paired region.

        Raises:
            ArmError: 400, the region has no pair here.
        """
        pair = PAIRS.get(region.lower())
        if pair is None:
            raise ArmError(400, "LocationNotAvailable", f"Region '{region}' has no paired region.")
        return pair


def unavailable(region: str) -> ArmError:
    """Return the refusal of a lost region."""
    return ArmError(503, "ServiceUnavailable", f"The service is unavailable in region '{region}'. Try again later.")
