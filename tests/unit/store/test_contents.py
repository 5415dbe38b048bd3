"""What lies in the database: the schema that migrations make, plain values only, and nothing that hides a change."""

import asyncio
import json
import sqlite3
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Boolean, Float, Integer, String, create_engine

from drd.domain.drill_verdict import DrillVerdict, Judgement, Listing
from drd.domain.errors import PermanentError
from drd.domain.estate import Mechanism
from drd.domain.events import Kind, first_broken
from drd.domain.evidence import EvidenceKind
from drd.domain.findings import Finding, Severity
from drd.domain.ids import ItemId, RunbookId, RunId, ServiceId, StepId
from drd.domain.lifecycle import RunState
from drd.domain.plan import Mode
from drd.domain.plan_status import StandingPlan
from drd.domain.trigger import Trigger
from drd.ports.capacity import RecoveryRoom
from drd.ports.inventory import Collection, ItemFacts, VaultFacts, VaultList
from drd.ports.ledger import Entry
from drd.ports.slots import Pause, Slot
from drd.ports.vault_lists import ListKind
from drd.ports.vaults import VaultPosture
from drd.store.folder import FILE
from drd.store.opening import open_store
from drd.store.schema import upgrade
from drd.store.tables import METADATA
from tests.contract.store.sample import MACHINE, NOON, TENANT, VAULT, Pen, card, plan, reseal, verification

pytestmark = pytest.mark.anyio
JSON_COLUMNS = {
    ("plans", "body"),
    ("events", "payload"),
    ("ledger", "details"),
    ("item_facts", "body"),
    ("vault_facts", "body"),
    ("item_points", "body"),
    ("vault_lists", "body"),
    ("drill_listings", "found"),
    ("orders", "body"),
    ("findings", "body"),
    ("evidence", "text"),
    ("verifications", "body"),
}


async def filled(folder: Path) -> None:
    """Write something into every table."""
    store = await open_store(folder, daemon="a")
    of, pen = plan(mode=Mode.DRILL), Pen("run-1")
    trigger = Trigger(key="k", digest="d")
    await store.journal.accept(card("run-1", of), of, pen.write(Kind.RUN_ACCEPTED), trigger=trigger)
    other = plan("financien")
    await store.journal.accept(card("run-2", other), other, Pen("run-2").write(Kind.RUN_ACCEPTED))
    figures: dict[str, Any] = {"points": [{"item": "vm-1", "time": "2026-11-22T11:00:00.000Z"}]}
    payload: dict[str, Any] = {"state": "succeeded", "figures": figures}
    await store.journal.append([*pen.many(3), pen.write(Kind.RUN_FINISHED, payload=payload)], state=RunState.SUCCEEDED)
    await store.drills.note(RunId("run-1"), Listing(at=NOON, found=("x",)), number=1)
    await store.drills.settle(RunId("run-1"), Judgement(verdict=DrillVerdict.PASSED, because="two looks found nothing"))
    await store.orders.post(RunId("run-2"), {"request": "pause"})
    made = Entry(
        id=MACHINE, kind="resource", run=RunId("r"), step=StepId("s"), tenant=TENANT, recorded_at=NOON, keep=False
    )
    facts = ItemFacts(
        tenant=TENANT,
        service=ServiceId("burgerzaken"),
        item=ItemId("vm-1"),
        mechanism=Mechanism.BACKUP,
        seen_at=NOON,
        state="ok",
        points=(),
        points_total=0,
    )
    posture = VaultPosture(id=VAULT, location="northeurope")
    jobs = VaultList(
        tenant=TENANT, vault=VAULT, mechanism=Mechanism.BACKUP, kind=ListKind.JOBS, asked_at=NOON, seen_at=NOON
    )
    went = Collection(collector="points", tenant=TENANT, at=NOON, succeeded=True, took=timedelta(seconds=1))
    found = Finding(
        code="point-too-old", severity=Severity.WARNING, tenant=TENANT, subject="vm-1", message="m", hint="h"
    )
    room = RecoveryRoom(tenant=TENANT, region="northeurope", family="cores", limit=100, used=10, needed=20)
    standing = StandingPlan(tenant=TENANT, runbook=RunbookId("b"), mode=Mode.DRILL, hash="h")
    await asyncio.gather(
        store.ledger.record((made,)),
        store.lease.hold("reaper", holder="a", length=timedelta(minutes=1)),
        store.slots.claim(Slot(schedule="s", wall="w", due_at=NOON)),
        store.slots.standing("s", at=NOON),
        store.slots.pause(Pause(schedule="s", since=NOON, actor="an", reason="r")),
        store.inventory.put_items((facts,)),
        store.inventory.put_vaults((VaultFacts(tenant=TENANT, posture=posture, seen_at=NOON),)),
        store.inventory.put_collection(went),
        store.inventory.put_lists((jobs,)),
        store.rooms.put(TENANT, [room]),
        store.findings.put("readiness/burgerzaken", [found], NOON),
        store.plan_book.note(TENANT, [standing], NOON),
        store.evidence.append(EvidenceKind.DRILL, TENANT, {}, NOON, key="run/run-1"),
        store.verifications.append([verification()], told_by=RunId("run-1")),
    )
    await store.close()


def change(folder: Path, statement: str) -> None:
    """Tamper with the database behind drd's back, and make its seal anew, as somebody would who knows of it."""
    database = sqlite3.connect(folder / FILE)
    database.execute(statement)
    database.commit()
    reseal(database, folder)


def test_migrations_make_the_schema_that_the_code_knows() -> None:
    """A column that is in one and not in the other is a fault that only a customer would find."""
    engine = create_engine("sqlite://")
    with engine.begin() as connection:
        upgrade(connection, place="memory")
        upgrade(connection, place="memory")

        assert compare_metadata(MigrationContext.configure(connection, opts={"compare_type": True}), METADATA) == []
    engine.dispose()


def test_columns_hold_texts_and_numbers_only() -> None:
    """There is no type in the schema that could turn bytes into objects."""
    types = {type(column.type) for table in METADATA.tables.values() for column in table.columns}

    assert all(issubclass(each, Boolean | Float | Integer | String) for each in types)


async def test_no_stored_value_can_be_executed(tmp_path: Path) -> None:
    """Every value is a text or a number, never bytes; what is structured is JSON. No pickle, no code."""
    await filled(tmp_path)
    database = sqlite3.connect(tmp_path / FILE)
    database.row_factory = sqlite3.Row
    for name in METADATA.tables:
        rows = database.execute(f"SELECT * FROM {name}").fetchall()  # noqa: S608 - the names are the schema's own
        assert rows, f"{name} is empty: this test proves nothing about it"
        for row in rows:
            assert {type(value) for value in tuple(row)} <= {str, int, float, type(None)}
            for column in row.keys():  # noqa: SIM118 - a row's iteration gives its values
                if (name, column) in JSON_COLUMNS:
                    json.loads(row[column])
    database.close()


@pytest.mark.parametrize(
    "column",
    [
        "payload = '{}'",
        "actor = 'x'",
        "reason = 'x'",
        "at = '2026-11-22T12:00:00.124Z'",
        "attempt = 2",
        "token = 7",
        "format = 1",
    ],
)
async def test_a_changed_event_breaks_the_chain(tmp_path: Path, column: str) -> None:
    """Whatever of it was changed."""
    await filled(tmp_path)
    change(tmp_path, f"UPDATE events SET {column} WHERE run = 'run-1' AND sequence = 3")  # noqa: S608 - a test's own
    store = await open_store(tmp_path, daemon="a")

    events = await store.journal.events(RunId("run-1"))
    await store.close()

    assert first_broken(events) == 3


@pytest.mark.parametrize("sequence", [1, 3, 5])
async def test_a_removed_event_is_missed_when_the_journal_is_read(tmp_path: Path, sequence: int) -> None:
    """The first, one between, and the last: the run knows where its journal ends."""
    await filled(tmp_path)
    change(tmp_path, f"DELETE FROM events WHERE run = 'run-1' AND sequence = {sequence}")  # noqa: S608 - a test's own
    store = await open_store(tmp_path, daemon="a")

    with pytest.raises(PermanentError, match=f"broken at event {sequence}"):
        await store.journal.events(RunId("run-1"))
    with pytest.raises(PermanentError):
        await store.journal.events(RunId("run-1"), after=sequence - 1)
    await store.close()


async def test_a_changed_plan_is_not_given(tmp_path: Path) -> None:
    """What runs is what people approved."""
    await filled(tmp_path)
    change(tmp_path, "UPDATE plans SET body = replace(body, 'noop', 'asr.failover')")
    store = await open_store(tmp_path, daemon="a")

    with pytest.raises(PermanentError, match="not what was approved"):
        await store.journal.plan(plan(mode=Mode.DRILL).hash())
    await store.close()
