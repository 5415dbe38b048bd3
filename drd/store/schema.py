"""Brings a database's schema to this code's version, and refuses one that is newer."""

from pathlib import Path

from sqlalchemy import Column, Connection, MetaData, PrimaryKeyConstraint, String, Table, insert, inspect, text

from drd.domain.errors import PermanentError
from drd.store.database import LIMITS_TRANSACTIONS
from drd.store.inventory_tables import ALL_TABLES

_MIGRATIONS = Path(__file__).parent / "migrations"
_TABLE = "alembic_version"
_VERSION = Table(
    _TABLE,
    MetaData(),
    Column("version_num", String(32), nullable=False),
    PrimaryKeyConstraint("version_num", name="alembic_version_pkc"),
)
"""The migration library's own table."""
_ONE_AT_A_TIME = 0x64726473
"""The advisory lock of whoever changes the schema; given back with the transaction."""


def upgrade(connection: Connection, *, place: str) -> None:
    """Bring the schema to the newest version, inside the caller's transaction: all or nothing.

    Raises:
        PermanentError: if the database was made by a newer drd.
    """
    if schema_of(connection) == newest_version():
        return
    if connection.dialect.name == "postgresql":
        # Several daemons may be started at once: one brings the schema to its version, the others wait for it.
        for patience in ("SET LOCAL lock_timeout = '60s'", "SET LOCAL statement_timeout = '10min'"):
            connection.execute(text(patience))
        if (connection.dialect.server_version_info or ()) >= LIMITS_TRANSACTIONS:
            connection.execute(text("SET LOCAL transaction_timeout = 0"))
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _ONE_AT_A_TIME})
        if schema_of(connection) == newest_version():
            return
    if inspect(connection).get_table_names():
        _migrate(connection, place=place)
    else:
        _make(connection)


def newest_version() -> str:
    """Give the version that this code knows as the newest."""
    return max(_versions())


def newer_schema(connection: Connection, *, place: str) -> PermanentError | None:
    """Give what is to be said of a database that a newer drd made; None for one whose schema this code knows."""
    found, known = schema_of(connection), _versions()
    if found is None or found in known:
        return None
    return PermanentError(
        f"the database was made by a newer drd: its schema is {found}, this drd knows {max(known)}",
        target=place,
        hint="start the newer drd, or give this one a data folder of its own",
        code="store-newer",
    )


def schema_of(connection: Connection) -> str | None:
    """Give the schema that a database is of; None for an empty one."""
    if not inspect(connection).has_table(_TABLE):
        return None
    return connection.execute(text(f"SELECT version_num FROM {_TABLE}")).scalar_one_or_none()  # noqa: S608 - a constant


def _versions() -> frozenset[str]:
    """Give the numbers that the migrations' files begin with; each is its revision."""
    return frozenset(file.name.partition("_")[0] for file in (_MIGRATIONS / "versions").glob("[0-9]*_*.py"))


def _make(connection: Connection) -> None:
    """Make in an empty database at once what all migrations together would leave; a test compares the two."""
    ALL_TABLES.create_all(connection)
    _VERSION.create(connection)
    connection.execute(insert(_VERSION).values(version_num=newest_version()))


def _migrate(connection: Connection, *, place: str) -> None:
    newer = newer_schema(connection, place=place)
    if newer is not None:
        raise newer
    # Most starts find the newest schema or no schema, and then the library is not worth its tenth of the time that a
    # start takes, nor its 7 MiB.
    from alembic import command  # noqa: PLC0415 - loaded when there is something to migrate
    from alembic.config import Config  # noqa: PLC0415 - same

    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS).replace("%", "%%"))
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
