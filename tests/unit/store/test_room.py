"""Room on the disk: the ballast, and the line below which no new run begins."""

from dataclasses import replace
from pathlib import Path

import pytest

from drd.domain.errors import RefusedError
from drd.domain.events import Kind
from drd.domain.ids import RunId
from drd.domain.trigger import Trigger
from drd.store.opening import Keeping, open_store
from drd.store.room import BALLAST, Room, RoomTerms
from tests.contract.store.sample import Pen, card, plan

pytestmark = pytest.mark.anyio
FULL = Keeping(room=RoomTerms(ballast=0, least_free=1 << 60))


def test_the_ballast_takes_real_room_and_is_made_again_when_there_is_some(tmp_path: Path) -> None:
    """A file with holes would be no ballast."""
    room = Room(tmp_path, RoomTerms(ballast=1 << 20, least_free=0))
    assert not (tmp_path / BALLAST).exists(), "a store that is refused is left as it was"
    room.restock()
    stat = (tmp_path / BALLAST).stat()
    assert (stat.st_size, stat.st_blocks * 512 >= 1 << 20, stat.st_mode & 0o777) == (1 << 20, True, 0o600)
    assert room.trouble == ""

    room.give_up()
    room.give_up()
    assert (room.trouble, (tmp_path / BALLAST).exists()) == (
        "the store's ballast was given up, because the disk was full",
        False,
    )
    room.restock()
    assert room.trouble == ""


def test_no_ballast_is_made_where_there_is_no_room_for_it(tmp_path: Path) -> None:
    """It would take what runs need."""
    room = Room(tmp_path, RoomTerms(ballast=1 << 20, least_free=1 << 60))
    room.restock()

    assert not (tmp_path / BALLAST).exists()
    assert "no new run begins below" in room.trouble


async def test_no_new_run_begins_below_the_line_but_children_do(tmp_path: Path) -> None:
    """What is under way must be able to end; who asks again for what was begun gets it."""
    of, pen = plan(), Pen("run-1")
    key = Trigger(key="call-1", digest="d")
    store = await open_store(tmp_path, daemon="a")
    await store.journal.accept(card("run-1", of), of, pen.write(Kind.RUN_ACCEPTED), trigger=key)
    await store.close()
    store = await open_store(tmp_path, daemon="a", keeping=FULL)
    other = plan("financien")

    with pytest.raises(RefusedError, match="MiB are free for the store, and a new run needs") as raised:
        await store.journal.accept(card("run-2", other), other, Pen("run-2").write(Kind.RUN_ACCEPTED))
    child = replace(card("run-3", other), parent=RunId("run-1"))
    await store.journal.accept(child, other, Pen("run-3").write(Kind.RUN_ACCEPTED))
    again = await store.journal.accept(card("run-4", of), of, Pen("run-4").write(Kind.RUN_ACCEPTED), trigger=key)
    told = store.trouble
    await store.close()

    assert (raised.value.code, bool(raised.value.hint), again.id) == ("no-room", True, "run-1")
    assert "no new run begins" in told
