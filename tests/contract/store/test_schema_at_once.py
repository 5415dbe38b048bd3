"""An empty database gets its schema at once, an older one by migrations: in the end nobody can tell which."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, Engine, create_engine, text

from drd.store.schema import _MIGRATIONS, newest_version, schema_of, upgrade
from tests.contract.store.conftest import Site

_COLUMNS = {
    "sqlite": """SELECT t.name, t.wr, c.cid, c.name, c.type, c."notnull", c.dflt_value, c.pk
        FROM pragma_table_list t JOIN pragma_table_xinfo(t.name) c WHERE t.schema = 'main'""",
    "postgresql": """SELECT table_name, column_name, data_type, character_maximum_length, is_nullable, column_default
        FROM information_schema.columns WHERE table_schema = 'public'""",
}
_KEYS = {
    "sqlite": """SELECT t.name, k."table", k."from", k."to" FROM pragma_table_list t
        JOIN pragma_foreign_key_list(t.name) k WHERE t.schema = 'main'""",
    "postgresql": """SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid) FROM pg_constraint
        WHERE connamespace = 'public'::regnamespace""",
}
_INDEXES = {
    "sqlite": """SELECT t.name, i.origin, i."unique", i.partial, c.seqno, c.name, s.sql
        FROM pragma_table_list t JOIN pragma_index_list(t.name) i JOIN pragma_index_info(i.name) c
        LEFT JOIN sqlite_master s ON s.name = i.name WHERE t.schema = 'main'""",
    "postgresql": "SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = 'public'",
}
_COUNTERS = {
    "sqlite": "SELECT name FROM sqlite_master WHERE sql LIKE '%AUTOINCREMENT%'",
    "postgresql": "SELECT sequence_name, data_type FROM information_schema.sequences",
}


@pytest.fixture
def engines(durable: Site, tmp_path: Path) -> Iterator[tuple[Engine, Engine]]:
    """Give two databases of each kind: on PostgreSQL one, whose first use is rolled back."""
    if isinstance(durable.place, Path):
        made = [create_engine(f"sqlite:///{tmp_path}/{name}.db") for name in ("at-once", "step-by-step")]
    else:
        made = [create_engine(durable.place.replace("postgresql:", "postgresql+psycopg:"))] * 2
    yield made[0], made[1]
    for each in made:
        each.dispose()


def _told(connection: Connection) -> dict[str, Any]:
    """Tell everything of a schema that matters, the order of its parts aside."""
    dialect = connection.dialect.name
    questions = {"columns": _COLUMNS, "keys": _KEYS, "indexes": _INDEXES, "counters": _COUNTERS}
    return {
        name: sorted(repr(tuple(row)) for row in connection.execute(text(query[dialect])))
        for name, query in questions.items()
    }


def test_both_ways_lead_to_the_same_schema(engines: tuple[Engine, Engine]) -> None:
    """Down to which rows have ids of their own, what an index leaves out and what a column is when nobody says."""
    first, second = engines
    with first.connect() as connection:
        upgrade(connection, place="here")
        assert schema_of(connection) == newest_version()
        at_once = _told(connection)
        connection.rollback()
    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS))
    with second.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "0001")
        upgrade(connection, place="here")
        assert schema_of(connection) == newest_version()

        step_by_step = _told(connection)

    assert {name: len(rows) > 0 for name, rows in at_once.items()} == dict.fromkeys(at_once, True)
    assert at_once == step_by_step
