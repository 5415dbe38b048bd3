"""What every book of evidence keeps, on every database."""

import asyncio
import json
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import delete, func, select, update

from drd.domain.errors import InvalidError, NotFoundError
from drd.domain.events import Kind
from drd.domain.evidence import FIELDS, GENESIS, UNKNOWN, ChainHead, EvidenceKind, EvidenceRecord
from drd.domain.ids import ServiceId, TenantId
from drd.domain.lifecycle import RunState
from drd.domain.plan import Mode
from drd.operations.record_evidence import RecordEvidence
from drd.ports.evidence import EvidenceFilter
from drd.store.examining import examine
from drd.store.opening import Store
from drd.store.tables import CHAINS, EVIDENCE
from tests.contract.store.conftest import Site
from tests.contract.store.sample import NOON, Pen, card, plan
from tests.fakes.served_house import FakeServices
from tests.fakes.virtual_clock import VirtualClock

pytestmark = pytest.mark.anyio
TOWN = TenantId("voorbeeld")


async def _append(store: Store, key: str, **body: Any) -> EvidenceRecord:
    return await store.evidence.append(EvidenceKind.VERIFICATION, TOWN, body, NOON, key=key)


async def test_records_make_one_chain(store: Store) -> None:
    """Each names the one before; the head is the last."""
    assert await store.evidence.head() == ChainHead("", 0, GENESIS)
    records = [await _append(store, f"verification/{n}") for n in range(3)]

    assert [each.sequence for each in records] == [1, 2, 3]
    assert [each.previous for each in records] == [GENESIS, records[0].hash, records[1].hash]
    assert all(each.intact() for each in records)
    assert await store.evidence.head() == ChainHead(records[0].installation, 3, records[2].hash)
    assert await store.evidence.page(after=1, most=1) == (records[1],)


async def test_a_key_has_one_record(store: Store) -> None:
    """The first stays, and nothing is computed for the second."""
    first = await _append(store, "run/r-1", outcome={"state": "succeeded"})

    def never() -> dict[str, Any]:
        raise AssertionError("it was computed again")

    again = await store.evidence.append(EvidenceKind.REAL, TOWN, never, NOON, key="run/r-1")

    assert again == first
    assert (await store.evidence.head()).sequence == 1


async def test_what_nobody_knows_stands_there_as_unknown(store: Store) -> None:
    """Every member is there; none is invented."""
    body = (await _append(store, "verification/1", outcome={"state": "passed"})).body()

    assert set(body) == set(FIELDS)
    assert body["outcome"] == {"state": "passed"}
    assert body["cost"] == body["suppliers"] == UNKNOWN


@pytest.mark.parametrize("body", [{"cost": 1.5}, {"weather": "fine"}])
async def test_what_is_no_record_is_refused(store: Store, body: dict[str, Any]) -> None:
    """A float has several spellings; a member that no record has is a mistake."""
    with pytest.raises((TypeError, ValueError)):
        await _append(store, "verification/1", **body)
    assert (await store.evidence.head()).sequence == 0


async def test_several_daemons_make_one_chain(durable: Site) -> None:
    """Also those that begin it in the same instant, and write the same key."""
    ours = await durable.open()
    stores = [ours]
    if ours.backend == "postgresql":
        stores += [await durable.open(daemon=f"other-{n}") for n in range(3)]
    keys = [f"verification/{n}" for n in range(12)]

    written = await asyncio.gather(*(_append(each, key) for key in keys for each in stores))

    records = await ours.evidence.page(after=0, most=100)
    assert {each.body()["key"] for each in records} == set(keys)
    assert [each.sequence for each in records] == list(range(1, 13))
    assert [each.previous for each in records[1:]] == [each.hash for each in records[:-1]]
    assert set(written) == set(records)
    for each in reversed(stores):
        await each.close()


async def test_a_chain_goes_on_after_a_restart(durable: Site) -> None:
    """It is the same installation."""
    store = await durable.open()
    first = await _append(store, "verification/1")
    await store.close()

    store = await durable.open()
    second = await _append(store, "verification/2")
    assert (second.installation, second.previous) == (first.installation, first.hash)
    await store.close()


async def test_records_are_found_by_what_people_have_at_hand(store: Store) -> None:
    """Number, id, beginning of it, key, run."""
    records = [await _append(store, f"run/r-{n}", service={"id": f"s{n}"}) for n in range(3)]
    identity = records[1].body()["id"]

    for name in ("2", identity, identity[:9], "run/r-1", "r-1"):
        assert await store.evidence.get(name) == records[1]
    with pytest.raises(InvalidError, match="several"):
        await store.evidence.get("e-")
    with pytest.raises(InvalidError):
        await store.evidence.get("")
    with pytest.raises(NotFoundError):
        await store.evidence.get("e-nothing")


async def test_a_list_is_newest_first_and_chosen(store: Store) -> None:
    """By service, kind, and the tenants that one may see."""
    other = await store.evidence.append(EvidenceKind.DRILL, TenantId("elders"), {}, NOON, key="run/r-9")
    ours = [await _append(store, f"verification/{n}", service={"id": f"s{n % 2}"}) for n in range(4)]
    listed = EvidenceFilter(tenants=frozenset({TOWN}))

    assert await store.evidence.list(EvidenceFilter(newest=2)) == (ours[3], ours[2])
    assert await store.evidence.list(replace(listed, service=ServiceId("s1"))) == (ours[3], ours[1])
    assert await store.evidence.list(EvidenceFilter(kind=EvidenceKind.DRILL)) == (other,)
    assert await store.evidence.list(replace(listed, kind=EvidenceKind.DRILL)) == ()


async def test_what_was_added_to_a_record_is_found_by_it(store: Store) -> None:
    """In the order in which it was told; nothing else names the record."""
    first, other = [await _append(store, f"run/r-{n}") for n in range(2)]
    about = first.body()["id"]
    added = [await _append(store, f"addition/{about}/a-{n}") for n in range(2)]
    await _append(store, f"addition/{other.body()['id']}/a-0")

    assert await store.evidence.additions(about) == tuple(added)
    assert await store.evidence.additions(added[0].body()["id"]) == ()
    assert await store.evidence.get(f"{about}/a-1") == added[1]


async def test_an_edited_row_is_not_intact(store: Store) -> None:
    """What the record says is covered, and its place."""
    await _append(store, "verification/1", outcome={"state": "failed"})
    await _append(store, "verification/2")
    edited = func.replace(EVIDENCE.c.text, "failed", "passed")
    await store._desk.change(lambda connection: connection.execute(update(EVIDENCE).values(text=edited)).rowcount)

    one, two = await store.evidence.page(after=0, most=2)
    assert json.loads(one.text)["outcome"] == {"state": "passed"}
    assert (one.intact(), two.intact()) == (False, True)


async def test_the_head_is_kept_beside_the_records(store: Store) -> None:
    """So that records which are gone from the end are missed."""
    last = await _append(store, "verification/1")
    rows = await store._desk.read(lambda connection: connection.execute(select(CHAINS)).all())
    assert [tuple(row) for row in rows] == [("evidence", last.installation, 1, last.hash)]


async def test_a_look_into_a_store_sees_the_chain_too(durable: Site) -> None:
    """An edited record, and records that are gone from the end; a daemon starts all the same."""
    store = await durable.open()
    for number in range(1, 4):
        await _append(store, f"verification/{number}", outcome={"state": "failed"})
    assert examine(durable.place) == ()
    gone = delete(EVIDENCE).where(EVIDENCE.c.sequence == 3)
    edited = (
        update(EVIDENCE).where(EVIDENCE.c.sequence == 2).values(text=func.replace(EVIDENCE.c.text, "failed", "passed"))
    )
    for change, told in ((gone, "should end at record 3 and ends at 2"), (edited, "is broken at record 2")):
        await store._desk.change(lambda connection, change=change: connection.execute(change).rowcount)  # type: ignore[misc]  # bound at once
        assert examine(durable.place) == (f"evidence: the chain {told}",)
    await store.close()

    await (await durable.open()).close()


async def test_what_a_daemon_left_without_a_record_gets_one_from_the_next(durable: Site) -> None:
    """It died between the end of the runs and their records; all who start look for them at the same time."""
    store, of = await durable.open(), plan(mode=Mode.FAILOVER)
    for run in ("r-1", "r-2", "r-3"):
        pen = Pen(run)
        accepted = pen.write(Kind.RUN_ACCEPTED, payload={"plan": of.hash(), "mode": "failover"})
        await store.journal.accept(card(run, of), of, accepted)
        if run != "r-3":
            payload: dict[str, Any] = {"state": "succeeded", "because": "", "figures": {"points": []}}
            await store.journal.append([pen.write(Kind.RUN_FINISHED, payload=payload)], state=RunState.SUCCEEDED)
    assert await store.evidence.unrecorded(most=10) == ("r-1", "r-2")
    await store.close()

    stores = [await durable.open()]
    if stores[0].backend == "postgresql":
        stores.append(await durable.open(daemon="other"))
    await asyncio.gather(*(_writer(each).catch_up() for each in stores for _ in range(2)))

    records = await stores[0].evidence.page(after=0, most=10)
    assert [each.body()["key"] for each in records] == ["run/r-1", "run/r-2"]
    assert await stores[0].evidence.unrecorded(most=10) == ()
    for each in reversed(stores):
        await each.close()


def _writer(store: Store) -> RecordEvidence:
    return RecordEvidence(
        book=store.evidence, journal=store.journal, ledger=store.ledger, inventory=store.inventory,
        services=FakeServices(), clock=VirtualClock(), version="1", drills=store.drills,
    )  # fmt: skip
