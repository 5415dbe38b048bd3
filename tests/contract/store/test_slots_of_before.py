"""Slots that earlier versions left at work: the newest may still be, and the schedule goes on."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import create_engine, text

from drd.store.schema import _MIGRATIONS, upgrade
from tests.contract.store.conftest import Site

_LEFT = (
    "INSERT INTO slots (schedule, wall, due_at, state, because, boot) VALUES (:schedule, :wall, :wall, :state, '', 'b')"
)


def test_of_several_slots_at_work_only_the_newest_stays(durable: Site) -> None:
    """Whatever else is there keeps its state; a second one cannot come to work any more."""
    place = durable.place
    url = f"sqlite:///{place}.db" if isinstance(place, Path) else place.replace("postgresql:", "postgresql+psycopg:")
    engine, config = create_engine(url), Config()
    config.set_main_option("script_location", str(_MIGRATIONS))
    rows = [
        ("a", "1", "ran"),
        ("a", "2", "claimed"),
        ("a", "3", "claimed"),
        ("a", "4", "missed"),
        ("b", "1", "claimed"),
    ]
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "0002")
        for schedule, wall, state in rows:
            connection.execute(text(_LEFT), {"schedule": schedule, "wall": wall, "state": state})
        upgrade(connection, place="here")
        found = connection.execute(text("SELECT schedule, wall, state, actor FROM slots ORDER BY schedule, wall")).all()
    engine.dispose()

    assert [tuple(row) for row in found] == [
        ("a", "1", "ran", ""),
        ("a", "2", "failed", ""),
        ("a", "3", "claimed", ""),
        ("a", "4", "missed", ""),
        ("b", "1", "claimed", ""),
    ]
