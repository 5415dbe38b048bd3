"""Group commit: one transaction for all that waits, in order, and each failure its own."""

import asyncio
import sqlite3
from collections.abc import AsyncGenerator, Sequence
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, insert, select
from sqlalchemy.exc import IntegrityError

from drd.domain.errors import ConflictError, JournalUnavailableError
from drd.domain.events import Kind
from drd.domain.ids import RunId
from drd.domain.lifecycle import RunState
from drd.ports.journal import RunFilter
from drd.store.commit import Commit, Work
from drd.store.database import Database
from drd.store.desk import Desk, Inline, Threads
from drd.store.folder import FILE
from drd.store.journal import StoredJournal
from drd.store.rows import event_row
from drd.store.schema import upgrade
from drd.store.tables import EVENTS, LEASES
from tests.contract.store.sample import Pen, card, plan

pytestmark = pytest.mark.anyio


class Counting(Commit):
    """Notes how many works each transaction held."""

    def __init__(self, database: Database) -> None:
        super().__init__(database)
        self.sizes: list[int] = []

    def carry_out(self, works: Sequence[Work], *, tries: int = 1) -> list[Any]:
        """Write, and note the size; what finds its place taken is not tried again."""
        self.sizes.append(len(works))
        return super().carry_out(works, tries=tries)


@pytest.fixture
def database(tmp_path: Path) -> Database:
    """Give a database with its tables."""
    made = Database(tmp_path)
    with made.writing() as connection:
        upgrade(connection, place="here")
    return made


@pytest.fixture
def commit(database: Database) -> Counting:
    """Give a commit that counts."""
    return Counting(database)


@pytest.fixture(params=[Threads, Inline])
async def desk(request: pytest.FixtureRequest, database: Database, commit: Counting) -> AsyncGenerator[Desk]:
    """Give a desk with and without threads."""
    opened = Desk(database, request.param(commit))
    yield opened
    await opened.close()


async def begun(desk: Desk) -> tuple[StoredJournal, Pen]:
    """Give a journal with one run."""
    journal, pen, of = StoredJournal(desk), Pen("run-1"), plan()
    await journal.accept(card("run-1", of), of, pen.write(Kind.RUN_ACCEPTED))
    return journal, pen


def lease(name: str) -> Any:
    """Give a change that writes a row, once."""

    def change(connection: Connection) -> str:
        connection.execute(insert(LEASES).values(name=name, holder="a", until_seconds=1.0))
        return name

    return change


async def test_what_waits_together_is_written_together(desk: Desk, commit: Counting) -> None:
    """A thousand events of one turn of the loop are one transaction."""
    journal, pen = await begun(desk)
    commit.sizes.clear()

    await asyncio.gather(*(journal.append([event], state=RunState.RUNNING) for event in pen.many(1000)))

    assert commit.sizes == [1000]


async def test_a_crowd_of_other_writes_is_divided(desk: Desk, commit: Counting) -> None:
    """A transaction of a thousand acceptances could last longer than the database lets it."""
    await asyncio.gather(*(desk.change(lease(str(number))) for number in range(250)))

    assert commit.sizes == [100, 100, 50]


async def test_other_writes_share_the_transaction_in_order(desk: Desk, commit: Counting) -> None:
    """A ledger entry that was asked for before an event is durable before or with it."""
    journal, pen = await begun(desk)
    commit.sizes.clear()
    first, second = pen.many(2)
    order: list[str] = []

    async def note(name: str, waiting: Any) -> None:
        await waiting
        order.append(name)

    await asyncio.gather(
        note("first", journal.append([first], state=RunState.RUNNING)),
        note("lease", desk.change(lease("x"))),
        note("second", journal.append([second], state=RunState.RUNNING)),
    )

    assert (commit.sizes, order) == ([3], ["first", "lease", "second"])


async def test_a_change_that_fails_takes_nobody_down(desk: Desk, commit: Counting) -> None:
    """It is written alone once more, and so are the others; each hears its own outcome."""
    journal, pen = await begun(desk)
    await desk.change(lease("taken"))
    commit.sizes.clear()

    outcomes = await asyncio.gather(
        desk.change(lease("a")),
        desk.change(lease("taken")),
        journal.append([pen.write()], state=RunState.RUNNING),
        return_exceptions=True,
    )

    assert [outcomes[0], type(outcomes[1]).__name__, outcomes[2]] == ["a", "IntegrityError", None]
    assert commit.sizes == [3, 1, 2, 1, 1]
    names = await desk.read(lambda connection: connection.scalars(select(LEASES.c.name)).all())
    assert sorted(names) == ["a", "taken"]


async def test_a_refused_accept_takes_nobody_down(desk: Desk, commit: Counting) -> None:
    """Three runs on one lock that arrive at once: one is accepted, in one transaction for all."""
    of = plan()
    journal = StoredJournal(desk)

    outcomes = await asyncio.gather(
        *(journal.accept(card(name, of), of, Pen(name).write(Kind.RUN_ACCEPTED)) for name in ("a", "b", "c")),
        return_exceptions=True,
    )

    assert sorted(type(outcome).__name__ for outcome in outcomes) == ["ConflictError", "ConflictError", "RunCard"]
    assert len(await journal.runs(RunFilter())) == 1
    assert len(commit.sizes) <= len(outcomes)


@pytest.mark.parametrize(
    ("pragma", "hint"), [("query_only=ON", "writable"), ("max_page_count=1", "room")], ids=["readonly", "full"]
)
async def test_when_the_database_cannot_everybody_is_told(desk: Desk, pragma: str, hint: str) -> None:
    """Nothing is half written, and the next write begins on a new connection."""
    journal, pen = await begun(desk)
    await desk.change(lambda connection: connection.exec_driver_sql(f"PRAGMA {pragma}").close())
    events = [pen.write(step=f"s{n}", reason="x" * 9000) for n in range(20)]

    outcomes = await asyncio.gather(
        *(journal.append([event], state=RunState.RUNNING) for event in events),
        desk.change(lease("a")),
        return_exceptions=True,
    )

    assert {type(outcome) for outcome in outcomes} == {JournalUnavailableError}
    assert hint in str(outcomes[0])
    assert len(await journal.events(RunId("run-1"))) == 1
    await journal.append(events, state=RunState.RUNNING)
    assert len(await journal.events(RunId("run-1"))) == 21


async def test_a_database_that_somebody_holds_is_unavailable(desk: Desk, tmp_path: Path) -> None:
    """And is used again when it is let go."""
    journal, pen = await begun(desk)
    await desk.change(lambda connection: connection.exec_driver_sql("PRAGMA busy_timeout=1").close())
    stranger = sqlite3.connect(tmp_path / FILE, isolation_level=None)
    stranger.execute("BEGIN IMMEDIATE")
    event = pen.write()

    with pytest.raises(JournalUnavailableError, match="locked"):
        await journal.append([event], state=RunState.RUNNING)
    stranger.execute("ROLLBACK")
    stranger.close()

    await journal.append([event], state=RunState.RUNNING)


async def test_what_waits_is_written_before_closing(desk: Desk, database: Database) -> None:
    """Closing is no way to lose what was taken."""
    journal, pen = await begun(desk)
    waiting = asyncio.gather(*(journal.append([event], state=RunState.RUNNING) for event in pen.many(10)))
    await asyncio.sleep(0)

    await desk.close()
    await waiting

    with sqlite3.connect(database.place + "/" + FILE) as stored:
        assert stored.execute("SELECT count(*) FROM events").fetchone() == (11,)
    stored.close()


async def test_a_waiter_that_went_away_hinders_nobody(desk: Desk) -> None:
    """Its event may be written; the others are woken."""
    journal, pen = await begun(desk)
    events = pen.many(3)
    tasks = [asyncio.ensure_future(journal.append([event], state=RunState.RUNNING)) for event in events]
    await asyncio.sleep(0)
    tasks[1].cancel()

    outcomes = await asyncio.gather(*tasks, return_exceptions=True)

    assert [type(outcome) for outcome in outcomes] == [type(None), asyncio.CancelledError, type(None)]


async def test_an_append_that_the_database_refuses_leaves_nothing_behind(desk: Desk, database: Database) -> None:
    """Its transaction is taken back whole, and the next one does not begin inside it."""
    journal, pen = await begun(desk)
    first, second = pen.many(2)
    with database.writing() as connection:
        connection.execute(insert(EVENTS).values(**event_row(first) | {"hash": "of somebody else"}))

    with pytest.raises(IntegrityError):
        await journal.append([first], state=RunState.PAUSED)
    with pytest.raises(ConflictError):
        await journal.append([second], state=RunState.RUNNING)

    assert (await journal.run(RunId("run-1"))).state is RunState.QUEUED


async def test_each_commit_is_timed_and_what_waits_is_counted(database: Database) -> None:
    """Whoever hears of it hears on the event loop, once for what was written together; a refusal of all is none."""
    told: list[float] = []
    desk = Desk(database, Threads(Commit(database), told.append))
    journal, pen = await begun(desk)
    told.clear()
    appends = [asyncio.ensure_future(journal.append([event], state=RunState.RUNNING)) for event in pen.many(10)]
    await asyncio.sleep(0)
    waiting = desk.depth
    await asyncio.gather(*appends)
    await desk.close()

    assert waiting == len(appends)
    assert desk.depth == 0
    assert len(told) == 1
    assert 0 < told[0] < 60
