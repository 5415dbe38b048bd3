"""Whose points are listed in this collection: Azure has no list of all points of a vault, and bears few questions.

A list of items tells every item's newest point, and with it whose job made one since: no list of jobs has to be asked.
The whole chain is asked for item by item, so many a subscription and collection, the most urgent first; in an estate
that is small those are all of them each time.
"""

from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TypeAlias

from drd.domain.errors import DrdError
from drd.domain.estate import Mechanism, RecoveryPoint
from drd.domain.ids import TenantId
from drd.ports.inventory import Chain, ItemFacts
from drd.ports.journal import Journal, RunFilter

BELIEVED = timedelta(hours=26)
"""World time for which points are believed that were listed once: each item's turn comes within a day, or it is
unknown."""
_OLD = timedelta(hours=18)
"""From then on an item without news counts as one with news; until it is not believed it can be asked."""
_EACH = timedelta(seconds=3)
"""So much of the interval between two collections is one list of points worth: Azure's own bucket takes 210 questions
in 5 minutes, of which this is half; the other lists of an estate of 50 vaults are most of the rest."""
_EACH_BESIDE_RUNS = timedelta(seconds=6)
"""The same while runs are under way: drills ask as the same identity, and so draw on the same bucket."""
_FEWEST = 50
Share: TypeAlias = tuple[str, TenantId, Mechanism]
"""Who holds items: in which subscription, of which tenant, under which mechanism."""
_BEFORE_ALL = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """An item that its vault holds.

    Attributes:
        facts: what the list of items told, without points.
        list_points: lists the item's points.
        chain: when its points were listed last; None when never, or when somebody else now tells of them.
        news: whether a point was made since.
        tier: of its service.
        steady: whether the points that were listed before go on being true when they are not listed now.
    """

    subscription: str
    facts: ItemFacts
    list_points: Callable[[], Awaitable[tuple[RecoveryPoint, ...]]]
    chain: Chain | None
    news: bool = False
    tier: int = 0
    steady: bool = True

    def is_believed(self, now: datetime) -> bool:
        """Say whether what is known of its points still counts, so that the rest may be told with a new age."""
        return self.steady and self.chain is not None and now - self.chain.seen_at <= BELIEVED


def lists_of(interval: timedelta, *, busy: bool) -> int:
    """Give how many items' points one collection lists in a subscription, for an interval between collections."""
    return max(_FEWEST, interval // (_EACH_BESIDE_RUNS if busy else _EACH))


class Room:
    """Gives of how many items of a subscription points are listed now: fewer while runs are under way."""

    def __init__(self, journal: Journal, interval: timedelta) -> None:
        """Take the journal, which knows the runs, and the interval between collections."""
        self._journal = journal
        self._interval = interval

    async def __call__(self) -> int:
        """Give how many; where nobody can say what is under way, as if something were."""
        try:
            busy = bool(await self._journal.runs(RunFilter(active=True, newest=1)))
        except DrdError:
            busy = True
        return lists_of(self._interval, busy=busy)


def allotted(held: Mapping[Share, int], most: int) -> Mapping[Share, int]:
    """Divide the lists of points of each subscription among those who hold items there, by how many they hold."""
    total: dict[str, int] = {}
    for (subscription, _, _), items in held.items():
        total[subscription] = total.get(subscription, 0) + items
    return {share: items if total[share[0]] <= most else max(1, most * items // total[share[0]])
            for share, items in held.items()}  # fmt: skip


def chosen(candidates: Iterable[Candidate], most: Mapping[str, int], now: datetime) -> frozenset[int]:
    """Choose, by their place, whose points are listed now: at most so many of each subscription.

    Those never listed come first, those of the first tiers before the others; then those with news or whose points were
    listed long ago, the oldest first; then the others.
    """
    found: dict[str, list[tuple[int, int, datetime, int]]] = {}
    for place, each in enumerate(candidates):
        found.setdefault(each.subscription, []).append((*_urgency(each, now), place))
    return frozenset(
        ranked[-1]
        for subscription, all_ranked in found.items()
        for ranked in sorted(all_ranked)[: most.get(subscription, 0)]
    )


def _urgency(each: Candidate, now: datetime) -> tuple[int, int, datetime]:
    if each.chain is None:
        return 0, each.tier, _BEFORE_ALL
    due = each.news or not each.steady or now - each.chain.seen_at > _OLD
    return (1 if due else 2), 0, each.chain.seen_at
