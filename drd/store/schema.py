"""Brings a database's schema to this code's version, and refuses one that is newer."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection

from drd.domain.errors import PermanentError

_MIGRATIONS = Path(__file__).parent / "migrations"


def upgrade(connection: Connection, *, place: str) -> None:
    """Bring the schema to the newest version, inside the caller's transaction: all or nothing.

    Raises:
        PermanentError: if the database was made by a newer drd.
    """
    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS).replace("%", "%%"))
    scripts = ScriptDirectory.from_config(config)
    found = MigrationContext.configure(connection).get_current_revision()
    if found is not None and found not in {script.revision for script in scripts.walk_revisions()}:
        raise PermanentError(
            f"the database was made by a newer drd: its schema is {found}, this drd knows {scripts.get_current_head()}",
            target=place,
            hint="start the newer drd, or give this one a data folder of its own",
            code="store-newer",
        )
    if found != scripts.get_current_head():
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
