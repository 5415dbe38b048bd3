"""Which regions are lost, since when, and how a lost region answers."""

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


class Regions:
    """The regions' condition."""

    def __init__(self) -> None:
        """Start with every region up."""
        self._losses: dict[str, Loss] = {}

    def down(self, region: str, at: datetime, mode: str = "unavailable", *, fault: str = "") -> None:
        """Declare a region lost since `at`, which may lie in the past; again, and the last word counts."""
        self._losses[region.lower()] = Loss(region=region.lower(), at=at, mode=mode, fault=fault)

    def up(self, region: str) -> None:
        """Declare a region up; a region that is up stays so."""
        self._losses.pop(region.lower(), None)

    def lost_at(self, region: str) -> datetime | None:
        """Return since when the region is lost, None when it is up."""
        loss = self._losses.get(region.lower())
        return loss.at if loss else None

    def is_lost(self, region: str, at: datetime) -> bool:
        """Tell whether the region is lost at an instant."""
        since = self.lost_at(region)
        return since is not None and since <= at

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
