"""The estate as people see it: promises beside evidence, and nothing green that is not known."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from drd.domain.actor import Actor, Role
from drd.domain.errors import ForbiddenError, NotFoundError
from drd.domain.estate import Mechanism
from drd.domain.figures import Verdict
from drd.domain.ids import ItemId, ServiceId, TenantId
from drd.domain.plan import Mode
from drd.operations.list_services import ListServices, ServiceView
from drd.ports.inventory import ItemFacts
from drd.ports.readings import Recovery
from tests.fakes.busy_house import NOW, item_facts, recovery
from tests.fakes.small_estate import (
    TENANT,
    FixedReadings,
    FixedServices,
    MemoryInventory,
    item,
    no_figures,
    points,
    service,
    tenant,
)
from tests.fakes.stepping_clock import SteppingClock

pytestmark = pytest.mark.anyio

VIEWER = Actor(name="an", roles=frozenset({Role.VIEWER}))
FRESH = timedelta(minutes=15)


async def _estate(*facts: ItemFacts, last: tuple[Recovery, ...] = ()) -> ListServices:
    inventory = MemoryInventory()
    await inventory.put_items(facts)
    return ListServices(
        services=FixedServices(),
        inventory=inventory,
        readings=FixedReadings(no_figures(last=last)),
        clock=SteppingClock(NOW),
        fresh=FRESH,
    )


async def _burgerzaken(*facts: ItemFacts, last: tuple[Recovery, ...] = ()) -> ServiceView:
    return await (await _estate(*facts, last=last)).show(VIEWER, None, ServiceId("burgerzaken"))


def _both(name: str, point: datetime, **others: object) -> tuple[ItemFacts, ItemFacts]:
    return (
        item_facts(name, Mechanism.SITE_RECOVERY, points=points(point), **others),
        item_facts(name, Mechanism.BACKUP, points=points(point - timedelta(hours=5)), **others),
    )


async def test_the_worst_item_speaks_for_the_service() -> None:
    """By the newest point of whatever mechanism."""
    young, old = NOW - timedelta(minutes=5), NOW - timedelta(minutes=50)
    view = await _burgerzaken(*_both("vm-app", young), *_both("vm-sql", old))

    assert (view.point_at, view.point_age, view.point_verdict) == (old, timedelta(minutes=50), Verdict.MET)


async def test_a_point_older_than_was_promised_is_missed() -> None:
    """One hour was promised."""
    view = await _burgerzaken(*_both("vm-app", NOW), *_both("vm-sql", NOW - timedelta(minutes=61)))

    assert view.point_verdict is Verdict.MISSED


@pytest.mark.parametrize(
    "facts",
    [
        (),
        _both("vm-app", NOW),
        (*_both("vm-app", NOW), *_both("vm-sql", NOW, seen_at=NOW - FRESH - timedelta(seconds=1))),
        (*_both("vm-app", NOW), item_facts("vm-sql", points=points(NOW, usable=False))),
    ],
    ids=["nothing was collected", "one item was not", "one item's facts are stale", "one item has no usable point"],
)
async def test_what_is_not_known_is_unknown_and_never_met(facts: tuple[ItemFacts, ...]) -> None:
    """A green light that is not true is worse than none."""
    view = await _burgerzaken(*facts)

    assert (view.point_at, view.point_verdict) == (None, Verdict.UNKNOWN)


async def test_a_fact_that_is_just_fresh_is_believed() -> None:
    """To the second."""
    view = await _burgerzaken(*_both("vm-app", NOW, seen_at=NOW - FRESH), *_both("vm-sql", NOW))

    assert view.point_verdict is Verdict.MET
    assert not any(item.stale for item in view.items)


async def test_an_item_of_which_one_mechanism_is_stale_says_so() -> None:
    """Its other mechanism's point still counts."""
    replicated, backed_up = _both("vm-app", NOW)
    stale = item_facts("vm-app", Mechanism.BACKUP, points=backed_up.points, seen_at=NOW - timedelta(days=1))
    estate = await _estate(replicated, stale)
    view = await estate.item(VIEWER, None, ItemId("vm-app"))

    assert (view.stale, view.newest_point_at, len(view.facts)) == (True, NOW, 1)


async def test_a_service_without_items_has_no_point_and_misses_none() -> None:
    """It has no data of its own."""
    view = await (await _estate()).show(VIEWER, None, ServiceId("netwerk"))

    assert (view.point_at, view.point_verdict) == (None, Verdict.NONE)


async def test_the_newest_recovery_and_the_newest_drill_are_told_apart() -> None:
    """A failover is not the drill that was promised every ninety days."""
    drill = recovery(mode=Mode.DRILL, ended_at=NOW - timedelta(days=12))
    view = await _burgerzaken(last=(drill, recovery()))

    assert view.last is not None
    assert view.last.mode is Mode.FAILOVER
    assert view.last_drill == drill


async def test_all_services_come_in_the_order_of_the_catalogue() -> None:
    """With what is asked for left as it is."""
    views = await (await _estate()).list(VIEWER)

    assert [view.service.id for view in views] == ["burgerzaken", "netwerk"]


async def test_who_has_no_role_sees_nothing() -> None:
    """Not even names."""
    with pytest.raises(ForbiddenError):
        await (await _estate()).list(Actor(name="an", roles=frozenset()))


@pytest.mark.parametrize("name", ["", "vm-elsewhere"])
async def test_an_item_that_is_not_there_is_not_found(name: str) -> None:
    """The hint says where to look."""
    with pytest.raises(NotFoundError):
        await (await _estate()).item(VIEWER, None, ItemId(name))


async def test_what_is_proven_is_told_beside_what_is_newest() -> None:
    """The newest point is a promise, a proven one was restored; one item that never was leaves the service unproven."""
    one, other = NOW - timedelta(days=3), NOW - timedelta(days=9)
    inventory = MemoryInventory()
    await inventory.put_items((*_both("vm-app", NOW), *_both("vm-sql", NOW)))
    known = {
        (TENANT, ItemId("vm-app"), "backup"): other,
        (TENANT, ItemId("vm-app"), "site-recovery"): one,
        (TENANT, ItemId("vm-sql"), "backup"): other,
    }

    async def seen(proven: dict[tuple[TenantId, ItemId, str], datetime]) -> ServiceView:
        estate = ListServices(
            services=FixedServices(),
            inventory=inventory,
            readings=FixedReadings(no_figures(proven=proven)),
            clock=SteppingClock(NOW),
            fresh=FRESH,
        )
        return await estate.show(VIEWER, None, ServiceId("burgerzaken"))

    view, half = await seen(known), await seen({key: at for key, at in known.items() if key[1] == "vm-app"})

    assert [each.proven_point_at for each in view.items] == [one, other]
    assert (view.proven_at, half.proven_at) == (other, None)
    assert (view.point_at, view.point_verdict) == (NOW, Verdict.MET)


class Counting(str):
    """A name that counts how often it is held against another."""

    __slots__ = ()
    compared = 0

    def __eq__(self, other: object) -> bool:
        """Compare, and count."""
        Counting.compared += 1
        return str.__eq__(self, other) is True

    __hash__ = str.__hash__


async def test_the_work_grows_with_the_items_and_not_with_their_square() -> None:
    """Each of a thousand items is held against its own facts, not against those of all the others."""
    names, many = [f"vm-{number}" for number in range(1000)], 1000
    protected = [replace(item(name, Mechanism.BACKUP), id=ItemId(Counting(name))) for name in names]
    inventory = MemoryInventory()
    await inventory.put_items(tuple(item_facts(Counting(name), Mechanism.BACKUP) for name in names))
    estate = ListServices(
        services=FixedServices(tenant(service("burgerzaken", *protected))),
        inventory=inventory,
        readings=FixedReadings(),
        clock=SteppingClock(NOW),
        fresh=FRESH,
    )
    Counting.compared = 0

    (view,) = await estate.list(VIEWER)

    assert all(len(each.facts) == 1 for each in view.items)
    assert many <= Counting.compared <= 4 * many
