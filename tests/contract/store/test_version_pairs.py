"""T16: runs that an older version began, at any moment, are brought to the same end by today's code, once."""

import asyncio
from pathlib import Path

import pytest

from drd.domain.events import FORMAT, first_broken
from drd.domain.ids import RunId
from drd.ports.journal import RunFilter
from tests.fakes.engine_house import House
from tests.fakes.stored_house import StoredHouse
from tests.golden import keeping
from tests.golden.database import SCHEMAS, leave_behind
from tests.golden.keeping import Golden, Line
from tests.golden.shapes import RUN, SHAPES, person

pytestmark = pytest.mark.anyio


def _pairs() -> list[object]:
    """Give a moment of each kept journal, another one in each: version and moment make a pair."""
    places = ((path, number % len(keeping.read(path).moments)) for number, path in enumerate(keeping.kept()))
    return [pytest.param(path, place, id=f"{path.stem}-{place}") for path, place in places]


async def _go_on(house: House, golden: Golden) -> None:
    """Serve until the run is over, with the person who was there before."""
    async with asyncio.timeout(10), house.serving():
        answering = asyncio.create_task(person(house, SHAPES[golden.shape]))
        await house.engine.over(RUN)
        answering.cancel()


def _same_end(house: House, golden: Golden, moment: Line) -> None:
    """Every effect that the whole run had is there, none twice."""
    last = golden.moments[-1]["effects"].keys()
    assert last <= house.world.effects.keys()
    assert {name: effect.times for name, effect in house.world.effects.items()} == dict.fromkeys(house.world.effects, 1)
    assert [each for each in house.world.names_sent() if house.world.names_sent().count(each) > 1] == []
    assert moment["effects"].keys() <= house.world.effects.keys()


@pytest.mark.parametrize(("path", "place"), _pairs())
async def test_t16_a_run_of_an_older_version_is_brought_to_the_same_end(tmp_path: Path, path: Path, place: int) -> None:
    """Also when the daemon's host has another name by now, and the schema of the database was older."""
    golden = keeping.read(path)
    moment = golden.moments[place]
    form = max(event.format for event in golden.events)
    leave_behind(tmp_path / "data", golden, moment, schema=SCHEMAS[form])
    house = StoredHouse()
    keeping.set_scene(house, golden, moment)
    await house.enter(tmp_path / "data", daemon="another-host")
    await _go_on(house, golden)

    cards = await house.store.journal.runs(RunFilter())
    for card in cards:
        events = await house.store.journal.events(RunId(card.id))
        assert first_broken(events) is None
        assert events[-1].format == FORMAT or len(events) == moment["durable"].get(card.id)
    await house.leave()
    assert {card.id: card.state.value for card in cards} == {
        run: told["state"] for run, told in golden.expected.items()
    }
    _same_end(house, golden, moment)


def test_t16_there_are_enough_pairs() -> None:
    """At least twenty, of several versions and every shape."""
    pairs = _pairs()
    versions = {path.stem.partition("-")[0] for path in keeping.kept()}

    assert len(pairs) >= 20
    assert len(versions) >= 4
    assert {keeping.read(path).shape for path in keeping.kept()} == set(SHAPES)
