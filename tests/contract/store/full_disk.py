"""Fills the disk, or makes it read-only, at each journal write of a run: `python -m ... FOLDER ballast|none|readonly`.

FOLDER is a small file system of the test's own. Prints what came of it as JSON: how many writes there are, and the
runs that were lost, that repeated an effect, or that did not say so.
"""

import asyncio
import json
import os
import shutil
import sqlite3
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from sqlalchemy import event

from drd.domain.errors import JournalUnavailableError
from drd.domain.events import Event, first_broken
from drd.domain.ids import RunId
from drd.domain.lifecycle import RunState
from drd.domain.plan import RecoveryPlan
from drd.ports.journal import Journal
from drd.store.database import Database, _driver
from drd.store.opening import Keeping
from drd.store.room import BALLAST, RoomTerms
from tests.fakes.engine_house import plan, step
from tests.fakes.stored_house import StoredHouse

_BALLAST = 2 * 1024 * 1024
_TROUBLE_LASTS = 3


class Hindered:
    """A journal that lets something happen right before its write of a number, and ends it some refusals later."""

    def __init__(self, journal: Journal, disk: "Disk", at: int) -> None:
        """Count from one."""
        self._journal, self._disk, self._left = journal, disk, at

    def __getattr__(self, name: str) -> Any:
        """Give the journal's own."""
        return getattr(self._journal, name)

    async def append(self, events: Sequence[Event], *, state: RunState) -> None:
        """Write, when the disk lets it."""
        self._left -= 1
        self._disk.writes += 1
        if not self._left:
            self._disk.hinder()
        try:
            await self._journal.append(events, state=state)
        except JournalUnavailableError:
            self._disk.refused()
            raise


class Disk:
    """The small file system."""

    def __init__(self, folder: Path, how: str) -> None:
        """Take it as it is."""
        self.folder, self.how = folder, how
        self.writes = self.refusals = 0
        self._database: Database

    def use(self, database: Database) -> None:
        """Hinder this database from now on."""
        self._database = database

    def hinder(self) -> None:
        """Let nothing more be written."""
        if self.how == "readonly":
            # The kernel refuses to make a file system read-only while files are open for writing; what a failing disk
            # does to it, SQLite says of a connection that may only read: the same error, on every new one too.
            _only_read(_driver(self._database._connected()))
            event.listen(self._database.writer, "connect", _only_read)
            return
        with (self.folder / "filler").open("wb", buffering=0) as filler:
            try:
                while True:
                    filler.write(bytes(4096))
            except OSError:
                return

    def refused(self) -> None:
        """Note that a write was refused; without ballast, a person makes room after a while."""
        self.refusals += 1
        if self.refusals == _TROUBLE_LASTS and self.how != "ballast":
            self.help()

    def help(self) -> None:
        """Let everything be written again."""
        if self.how == "readonly" and event.contains(self._database.writer, "connect", _only_read):
            event.remove(self._database.writer, "connect", _only_read)
        (self.folder / "filler").unlink(missing_ok=True)


def _only_read(connection: sqlite3.Connection, _record: object = None) -> None:
    connection.execute("PRAGMA query_only=ON")


def _plan() -> RecoveryPlan:
    return plan(step("a"), step("b", "adopt", {"lasts": 60}, needs=("a",)), step("c", needs=("b",)))


async def _one(disk: Disk, at: int) -> tuple[int, str]:
    """Give how many writes there were, and what went wrong."""
    place = disk.folder / "data"
    room = RoomTerms(ballast=_BALLAST if disk.how == "ballast" else 0, least_free=0)
    disk.writes = disk.refusals = 0
    house = StoredHouse()
    await house.enter(place, keeping=Keeping(room=room), through=lambda journal: Hindered(journal, disk, at))
    disk.use(house.store._house.database)
    async with asyncio.timeout(20), house.serving():
        await house.start(_plan())
        card = await house.engine.over(RunId("r-1"))
    events = await house.store.journal.events(RunId("r-1"))
    told = house.store.trouble
    await house.leave()
    disk.help()
    wrong = [] if card.state is RunState.SUCCEEDED and first_broken(events) is None else ["lost"]
    if house.world.names_sent() != ["a", "b", "c"]:
        wrong.append("repeated")
    if disk.how == "ballast" and disk.refusals and ("ballast" not in told or (place / BALLAST).exists()):
        wrong.append("silent")
    shutil.rmtree(place)
    return disk.writes, " ".join(wrong)


async def main(folder: Path, how: str) -> None:
    """Go through every write."""
    disk = Disk(folder, how)
    writes, _ = await _one(disk, 0)
    seen, wrong = 0, []
    for at in range(1, writes + 1):
        _, what = await _one(disk, at)
        seen += bool(disk.refusals)
        if what:
            wrong.append(f"write {at}: {what}")
    sys.stdout.write(json.dumps({"writes": writes, "hindered": seen, "wrong": wrong}) + "\n")


if __name__ == "__main__":
    os.chdir("/")
    asyncio.run(main(Path(sys.argv[1]), sys.argv[2]))
