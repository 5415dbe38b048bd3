"""Facts of items for figures, read again only where they changed."""

from datetime import datetime

from sqlalchemy import and_, select

from drd.ports.inventory import Chain, ItemFacts, joined
from drd.store.facts import item_facts, points_of
from drd.store.inventory_tables import CHAINS_OF_POINTS, ITEMS
from drd.store.remembered import Cells, Remembered
from drd.store.rows import instant

_POINTS = CHAINS_OF_POINTS.c
_COLUMNS = (_POINTS.newest, _POINTS.total, _POINTS.seen_at, _POINTS.newest_at, _POINTS.policy, _POINTS.since)
_QUERY = (
    select(ITEMS.c.body, *_COLUMNS)
    .outerjoin(CHAINS_OF_POINTS, and_(*(ITEMS.c[key.name] == _POINTS[key.name] for key in ITEMS.primary_key)))
    .order_by(*ITEMS.primary_key)
)


def known_items() -> Remembered[ItemFacts]:
    """Give what reads items, by tenant, item and mechanism, each with the few points that figures tell."""
    return Remembered(_QUERY, _facts)


def _facts(row: Cells) -> ItemFacts:
    body, newest, total, seen_at, newest_at, policy, since = row
    facts = item_facts(body)
    if newest is None:
        return facts
    chain = Chain(
        seen_at=datetime.fromisoformat(seen_at), newest_at=instant(newest_at), policy=policy, since=instant(since)
    )
    return joined(facts, points_of(newest), total, chain)
