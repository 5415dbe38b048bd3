"""What only a database that several hosts share can show: frozen transactions, rights, and two who write at once."""

import asyncio
import itertools
from collections.abc import AsyncGenerator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import psycopg
import pytest

from drd.domain.errors import ConflictError, JournalUnavailableError, PermanentError
from drd.domain.events import Kind
from drd.domain.ids import RunId
from drd.ports.slots import Slot, SlotState
from drd.store.database import Database
from drd.store.opening import Store
from tests.contract.store.conftest import Site
from tests.contract.store.crew import Crew, until
from tests.contract.store.sample import NOON, Pen, card, plan

pytestmark = [pytest.mark.anyio, pytest.mark.place("where PostgreSQL's wheel and driver are installed")]

_NUMBERS = itertools.count(1)
MINUTE = timedelta(minutes=1)


@pytest.fixture
def shared(postgresql: Any) -> Site:
    """Give an empty database on PostgreSQL."""
    name = f"shared{next(_NUMBERS)}"
    postgresql.psql(f"CREATE DATABASE {name}")
    return Site(postgresql.get_uri(name))


@pytest.fixture
async def two(shared: Site) -> AsyncGenerator[tuple[Store, Store]]:
    """Open it as two daemons."""
    first, second = await shared.open(daemon="a"), await shared.open(daemon="b")
    yield first, second
    await first.close()
    await second.close()


async def test_a_host_that_is_frozen_inside_a_transaction_holds_up_nobody_for_long(shared: Site) -> None:
    """Others claim around its locks; the server ends its transaction after some seconds, and its run is taken over."""
    crew = Crew(shared)
    a = await crew.hire("a")
    await crew.accept("one")
    await a.claimed("one")
    b = await crew.hire("b")
    database = Database(shared.place)
    frozen = database.writer.connect()
    frozen.begin()
    frozen.exec_driver_sql("SELECT 1 FROM runs FOR UPDATE")
    frozen.exec_driver_sql("SELECT 1 FROM daemons WHERE id = 'a' FOR UPDATE")
    a.kill()

    await crew.accept("two")
    async with asyncio.timeout(10):
        await b.claimed("two")
    assert [claim.run for claim in b.claims] == ["two"]
    await b.claimed("one")

    assert (await b.claimed("one")).token == 2
    frozen.invalidate()
    frozen.close()
    database.close()
    await crew.dismiss()


async def test_every_connection_has_its_limits(shared: Site) -> None:
    """Also those that only read."""
    database = Database(shared.place)
    names = ("lock_timeout", "idle_in_transaction_session_timeout", "statement_timeout", "timezone")
    found = []
    for engine in (database.writer, database.reader):
        with engine.connect() as connection:
            found.append(tuple(connection.exec_driver_sql(f"SHOW {name}").scalar() for name in names))
    database.close()

    assert found == [("2s", "5s", "15s", "UTC"), ("2s", "5s", "1min", "UTC")]


async def test_a_transaction_has_a_limit_that_pipelines_do_not_switch_off(shared: Site) -> None:
    """T15: a daemon frozen between its rows and its commit holds up nobody for longer than a lease lasts."""
    database = Database(shared.place)
    with database.writing() as connection:
        connection.exec_driver_sql("CREATE TABLE rows_of_a_frozen_host (number integer)")
        limit = connection.exec_driver_sql("SHOW transaction_timeout").scalar()
    assert limit == "15s"

    def freeze() -> None:
        with database.writing() as connection:
            for shorter in ("0", "'50ms'"):  # one that counts already is not shortened
                connection.exec_driver_sql(f"SET LOCAL transaction_timeout = {shorter}")
            cursor = connection.connection.cursor()
            cursor.executemany("INSERT INTO rows_of_a_frozen_host VALUES (%s)", [(1,), (2,)])
            connection.exec_driver_sql("SELECT pg_sleep(0.3)")

    with pytest.raises(JournalUnavailableError):
        freeze()
    database.close()


async def test_two_starts_of_one_service_on_two_daemons_make_one_run(two: tuple[Store, Store]) -> None:
    """The second one is told whose run it is, also when both wrote in the same instant."""

    async def start(number: int, store: Store) -> object:
        of, run = plan("burgerzaken"), f"run-{number}"
        return await store.journal.accept(card(run, of), of, Pen(run).write(Kind.RUN_ACCEPTED))

    said = await asyncio.gather(*(start(n, two[n % 2]) for n in range(8)), return_exceptions=True)

    refused = [each for each in said if isinstance(each, BaseException)]
    (won,) = [n for n, each in enumerate(said) if not isinstance(each, BaseException)]
    assert {type(each) for each in refused} == {ConflictError}
    assert {each.other for each in refused if isinstance(each, ConflictError)} == {f"run-{won}"}


async def test_a_slot_and_a_named_lease_are_won_once_by_two_daemons(two: tuple[Store, Store]) -> None:
    """However close together they come."""
    slots = [Slot(schedule=f"s{n}", wall="w", due_at=NOON, state=SlotState.CLAIMED) for n in range(20)]
    wins = await asyncio.gather(*(store.slots.claim(slot) for slot in slots for store in two))
    held = await asyncio.gather(
        *(store.lease.hold(f"lease-{n}", holder=store.presence.id, length=MINUTE) for n in range(20) for store in two)
    )

    assert (sum(wins), sum(held)) == (20, 20)
    assert len(await two[0].lease.held()) == 20
    assert await two[1].lease.held() == await two[0].lease.held()


async def test_two_daemons_that_start_on_an_empty_database_make_its_tables_once(shared: Site) -> None:
    """One does, the other waits for it."""
    stores = await asyncio.gather(*(shared.open(daemon=name) for name in "abc"))

    assert [daemon.id for daemon in await stores[0].daemons.list()] == ["a", "b", "c"]
    for store in stores:
        await store.close()


async def test_a_role_that_may_not_write_is_refused_with_what_to_grant(shared: Site) -> None:
    """At once: waiting does not help."""
    await (await shared.open()).close()
    reader = _role(shared, "GRANT SELECT ON ALL TABLES IN SCHEMA public TO {role}")

    with pytest.raises(PermanentError, match="permission denied for table daemons") as refused:
        await reader.open()

    assert refused.value.code == "store-rights"
    assert "grant the role SELECT, INSERT, UPDATE and DELETE" in refused.value.hint


async def test_a_role_that_may_not_make_tables_is_enough_where_they_are_there(shared: Site) -> None:
    """And on an empty database it is refused with the same words."""
    narrow = _role(
        shared,
        "ALTER DEFAULT PRIVILEGES GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO {role}",
        "ALTER DEFAULT PRIVILEGES GRANT USAGE ON SEQUENCES TO {role}",
    )
    with pytest.raises(PermanentError, match="permission denied for schema public") as refused:
        await narrow.open()
    assert refused.value.code == "store-rights"
    await (await shared.open()).close()

    crew = Crew(narrow)
    hand = await crew.hire("narrow")
    await crew.accept("one")
    crew.pens["one"].token = (await hand.claimed("one")).token
    await crew.write(hand.store, "one")
    await crew.finish(hand, "one")
    await until(lambda: not hand.holding)

    assert (await hand.store.journal.run(RunId("one"))).state.final
    await crew.dismiss()


@pytest.mark.parametrize(
    ("wrong", "said"),
    [("postgres:@", 'role "nobody" does not exist'), ("shared", 'database "nowhere')],
    ids=["role", "database"],
)
async def test_a_server_that_does_not_take_us_is_not_waited_for(shared: Site, wrong: str, said: str) -> None:
    """A slip in the settings is told at once; a server that is away is another thing."""
    place = str(shared.place).replace(wrong, "nobody:@" if wrong == "postgres:@" else "nowhere", 1)

    with pytest.raises(PermanentError, match=said) as refused:
        await replace(shared, place=place).open()

    assert "store.postgresql" in refused.value.hint
    with pytest.raises(JournalUnavailableError):
        await replace(shared, place="postgresql://drd@127.0.0.1:1/drd").open()


def _role(site: Site, *grants: str) -> Site:
    role = f"role{next(_NUMBERS)}"
    with psycopg.connect(str(site.place), autocommit=True) as connection:
        for statement in (f"CREATE ROLE {role} LOGIN", *grants):
            connection.execute(statement.format(role=role).encode())
    return replace(site, place=str(site.place).replace("postgres:@", f"{role}:@"))
