"""The shortcut past the migration library: it must know the same newest version as the library does."""

from alembic.config import Config
from alembic.script import ScriptDirectory

from drd.store.schema import _MIGRATIONS, newest_version


def test_the_newest_version_is_the_migrations_head() -> None:
    """Otherwise a start would pass over a migration, or load the library for nothing each time."""
    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS))
    assert newest_version() == ScriptDirectory.from_config(config).get_current_head()
