"""What was seen of items, with as few of their points as figures need; what did not change is not parsed again."""

from collections.abc import Mapping
from threading import Lock
from typing import Any

from sqlalchemy import Connection, select

from drd.ports.inventory import ItemFacts, joined
from drd.store.facts import item_facts, points_of
from drd.store.inventory import chain_of
from drd.store.inventory_tables import CHAINS_OF_POINTS, ITEMS

_C = CHAINS_OF_POINTS.c
_SAME = (ITEMS.c.tenant == _C.tenant) & (ITEMS.c.item == _C.item) & (ITEMS.c.mechanism == _C.mechanism)
_QUERY = (
    select(*ITEMS.primary_key, ITEMS.c.body, _C.seen_at, _C.newest_at, _C.total, _C.policy, _C.since, _C.brief)
    .outerjoin(CHAINS_OF_POINTS, _SAME)
    .order_by(*ITEMS.primary_key)
)


class BriefItems:
    """Reads all items, again and again: a scrape of an estate of 20,000 must not parse what it parsed before."""

    def __init__(self) -> None:
        """Know nothing yet."""
        self._known: Mapping[tuple[str, ...], tuple[tuple[Any, ...], ItemFacts]] = {}
        self._lock = Lock()

    def read(self, connection: Connection) -> tuple[ItemFacts, ...]:
        """Read every item, by tenant, item and mechanism; `points` are the `brief` ones of `drd.ports.inventory`."""
        with self._lock:
            known = self._known
            read = {}
            for row in connection.execute(_QUERY).all():
                values = tuple(row)
                before = known.get(values[:3])
                read[values[:3]] = before if before is not None and before[0] == values else (values, _facts(row))
            self._known = read
            return tuple(facts for _, facts in read.values())


def _facts(row: Any) -> ItemFacts:  # noqa: ANN401 - a row of the query above
    facts = item_facts(row.body)
    return facts if row.brief is None else joined(facts, points_of(row.brief), row.total, chain_of(row))
