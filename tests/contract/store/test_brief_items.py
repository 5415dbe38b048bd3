"""Figures tell of items by a few of their points, and never what was true before, on every database."""

from dataclasses import replace
from datetime import timedelta

import pytest

from drd.domain.estate import Mechanism, RecoveryPoint
from drd.domain.ids import ItemId, ServiceId
from drd.ports.inventory import ItemFacts, brief
from drd.store.opening import Store
from tests.contract.store.sample import NOON, TENANT

pytestmark = pytest.mark.anyio


def _point(minutes: int, consistency: str = "application", *, usable: bool = True) -> RecoveryPoint:
    return RecoveryPoint(
        id=f"p{minutes}", time=NOON - timedelta(minutes=minutes), consistency=consistency, usable=usable
    )


POINTS = (
    _point(1, "crash", usable=False),
    _point(2),
    _point(3, "crash"),
    _point(4),
    _point(5, "crash", usable=False),
    _point(6, "crash"),
)


def _facts(item: str = "vm-1", points: tuple[RecoveryPoint, ...] = POINTS) -> ItemFacts:
    return ItemFacts(
        tenant=TENANT,
        service=ServiceId("burgerzaken"),
        item=ItemId(item),
        mechanism=Mechanism.BACKUP,
        seen_at=NOON,
        state="ok",
        points=points,
        points_total=100,
        points_seen_at=NOON,
    )


def test_the_newest_of_each_consistency_are_enough() -> None:
    """Usable or not: what is newest of all, what is newest and usable, and which consistencies there are."""
    assert brief(POINTS) == (POINTS[0], POINTS[1], POINTS[2])
    assert brief(reversed(POINTS)) == brief(POINTS)
    assert brief(()) == ()


async def test_figures_hold_few_points_and_the_inventory_all(store: Store) -> None:
    """How many there are is told all the same."""
    await store.inventory.put_items((_facts(), _facts("vm-2", points=())))
    told = (await store.readings.figures()).items

    assert told == (_facts(points=brief(POINTS)), _facts("vm-2", points=()))
    assert (await store.inventory.items())[0].points == POINTS


async def test_what_changed_is_read_anew(store: Store) -> None:
    """The state without the points, the points without the state, a new item: each is in the very next figures."""
    first = _facts()
    await store.inventory.put_items((first,))
    before = (await store.readings.figures()).items
    again = (await store.readings.figures()).items

    news = replace(first, state="critical", told_at=NOON + timedelta(minutes=1))
    await store.inventory.put_states((news,))
    [changed] = (await store.readings.figures()).items
    await store.inventory.put_items((replace(news, points=(_point(0),), points_total=7), _facts("vm-0")))
    added, listed = (await store.readings.figures()).items

    assert before == again
    assert (changed.state, changed.points[0].time, changed.points_total) == ("critical", news.told_at, 101)
    assert changed.points[1:] == brief(POINTS)
    assert (added.item, listed.item) == ("vm-0", "vm-1")
    assert [point.id for point in listed.points] == ["", "p0"]
    assert listed.points_total == 8
