"""What collections saw of vaults, and how old it is. `freshness`: fresh, unknown (too old, or not all), never."""

from drd.api.wire.shape import Instant, Shape


class ListedShape(Shape):
    """One line of a vault's list. `at`: an item's newest point, or when a job began; null when it is not said."""

    name: str
    state: str
    about: str
    at: Instant | None


class InventoryShape(Shape):
    """One kind of fact of one vault.

    `what`: items, policies, jobs, points, posture. `total`: how many were seen; of points, of how many items they are
    known. `missing`: of how many items nothing is believed. `trouble`: why it could not be read last, or empty.
    """

    tenant: str
    vault: str
    name: str
    mechanism: str | None
    what: str
    seen_at: Instant | None
    age_seconds: int | None
    freshness: str
    total: int
    missing: int
    trouble: str


class VaultShape(Shape):
    """What is known of a vault, with the lines of one of its lists: at most the newest 200."""

    row: InventoryShape
    entries: tuple[ListedShape, ...]
