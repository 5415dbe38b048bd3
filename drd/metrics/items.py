"""Which protected items get series of their own: all of a small estate, of a large one those that are wrong."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from drd.domain.estate import Tenant
from drd.domain.ladder import Outcome
from drd.ports.inventory import ItemFacts
from drd.ports.readings import Figures, VerificationFigures

ALL, BREACHING, NONE = "all", "breaching", "none"
MANY = 2_000
"""From so many protected items on, only those that are wrong are told, unless the settings say which."""

Key = tuple[str, str]
"""Tenant and item."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Items:
    """What families need to know of all items at once.

    Attributes:
        newest: seconds since 1970 of the newest usable point of an item, by whatever mechanism; an item without one is
            not in it.
        told: the items that get series of their own; None for every one.
    """

    newest: Mapping[Key, float]
    told: frozenset[Key] | None = None

    def tells(self, tenant: str, item: str) -> bool:
        """Say whether an item gets series of its own."""
        return self.told is None or (tenant, item) in self.told


def items_of(figures: Figures, tenants: Iterable[Tenant], *, wanted: str | None, now: datetime) -> Items:
    """Choose the items.

    Args:
        figures: what was seen of items and verifications.
        tenants: the catalogue.
        wanted: `all`, `breaching` or `none`; None for `all` while there are fewer than `MANY`, and `breaching` else.
        now: world time.
    """
    known = tuple(tenants)
    newest = _newest(figures.items)
    if wanted is None:
        count = sum(len(service.items) for tenant in known for service in tenant.services)
        wanted = ALL if count < MANY else BREACHING
    if wanted == ALL:
        return Items(newest=newest)
    return Items(newest=newest, told=_breaching(figures, known, newest, now) if wanted == BREACHING else frozenset())


def _newest(facts: Iterable[ItemFacts]) -> dict[Key, float]:
    newest: dict[Key, float] = {}
    for each in facts:
        at = max([point.time for point in each.points if point.usable], default=None)
        if at is not None:
            key, seconds = (each.tenant, each.item), at.timestamp()
            if seconds > newest.get(key, 0.0):
                newest[key] = seconds
    return newest


def _breaching(
    figures: Figures, tenants: tuple[Tenant, ...], newest: Mapping[Key, float], now: datetime
) -> frozenset[Key]:
    """Give the items that are not ok, have no point that is young enough, or failed their newest verification."""
    unwell = {(each.tenant, each.item) for each in figures.items if each.state != "ok"}
    at = now.timestamp()
    old = {
        (tenant.id, item.id)
        for tenant in tenants
        for service in tenant.services
        if service.objectives.rpo is not None
        for item in service.items
        if at - newest.get((tenant.id, item.id), 0.0) > service.objectives.rpo.total_seconds()
    }
    return frozenset(unwell | old | _failed(figures.verifications))


def _failed(verifications: tuple[VerificationFigures, ...]) -> set[Key]:
    failed = {
        (each.tenant, each.item, each.rung): each.last_at for each in verifications if each.outcome is Outcome.FAILED
    }
    again = {
        (each.tenant, each.item, each.rung)
        for each in verifications if failed and each.outcome is Outcome.PASSED
        and each.last_at >= failed.get((each.tenant, each.item, each.rung), each.last_at)
    }  # fmt: skip
    return {(tenant, item) for tenant, item, _ in failed.keys() - again}
