"""Where Azure Backup keeps a point: its tiers, in drd's words, as far as they hold the point now."""

from datetime import UTC, datetime
from typing import Any

import pytest

from drd.providers.azure.points import read_points

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("told", "tiers"),
    [
        ([{"type": "InstantRP", "status": "Valid"}, {"type": "HardenedRP", "status": "Valid"}], ("snapshot", "vault")),
        ([{"type": 1, "status": 1}, {"type": 2, "status": 1}], ("snapshot", "vault")),
        ([{"type": "InstantRP", "status": "Deleted"}, {"type": "HardenedRP", "status": "Valid"}], ("vault",)),
        ([{"type": "ArchivedRP", "status": "Rehydrated"}], ("archive",)),
        ([{"type": "SomethingNew", "status": "Valid"}], ()),
        (None, ()),
    ],
)
def test_a_tier_that_holds_the_point_is_told_and_no_other(
    told: list[dict[str, Any]] | None, tiers: tuple[str, ...]
) -> None:
    """What was deleted there, or has a name that nobody knows, is none; silence is not known."""
    properties = {"recoveryPointTime": "2026-11-22T02:00:00Z", "recoveryPointTierDetails": told}
    [point] = read_points([{"name": "p", "properties": properties}], region="westeurope", now=NOW)

    assert point.tiers == tiers
