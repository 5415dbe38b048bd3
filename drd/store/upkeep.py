"""What keeps a store in shape while it is used: copies, room, a look at large files, and old runs that leave."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

from drd.domain.errors import DrdError
from drd.store.database import Database
from drd.store.desk import Desk
from drd.store.pruning import Pruning, PruningTerms
from drd.store.retention import Retention
from drd.store.snapshots import FOLDER, prune, snapshots, take

_BETWEEN_PRUNINGS = timedelta(hours=1)

ARCHIVES = "archives"
"""Where old runs go when the settings name no other folder: beside the database."""


@dataclass(frozen=True, slots=True, kw_only=True)
class UpkeepTerms:
    """How a store is kept. All lengths are host time.

    Attributes:
        snapshots, archives: folders; None for the usual ones beside the database.
        every: time between copies; None takes none.
        copies: how many are kept.
        runs: how long runs stay after their end; None for ever.
        old: how long slots, verifications and facts stay that newer ones have replaced.
    """

    snapshots: Path | None = None
    archives: Path | None = None
    every: timedelta | None = timedelta(hours=1)
    copies: int = 24
    runs: timedelta | None = None
    old: PruningTerms = field(default_factory=PruningTerms)


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """What came of a turn, each in one line: what was done, and what could not be."""

    done: tuple[str, ...]
    failed: tuple[str, ...]


class Upkeep:
    """Takes its turn now and then; each is short unless something is due."""

    def __init__(self, database: Database, desk: Desk, retention: Retention, terms: UpkeepTerms) -> None:
        """Keep this store."""
        self._database = database
        self._desk = desk
        self._retention = retention
        self._terms = terms
        self._beside = database.folder.path if database.folder else None
        self._compared = False
        self._pruning = Pruning(desk)
        self._prune_from: datetime | None = None

    async def turn(self, now: datetime) -> Turn:
        """Do what is due. What cannot be done keeps nothing else from being done, and is tried again the next time.

        Args:
            now: of the host.
        """
        done: list[str] = []
        failed: list[str] = []
        for work in (self._room, self._compare, self._snapshot, self._let_go, self._prune):
            try:
                came = await work(now)
            except (DrdError, OSError) as error:
                failed.append(str(error))
            else:
                done += came.done
                failed += came.failed
        return Turn(done=tuple(done), failed=tuple(failed))

    async def _room(self, _now: datetime) -> Turn:
        if self._database.room is not None:
            await self._desk.aside(self._database.room.restock)
        return _NOTHING

    async def _compare(self, _now: datetime) -> Turn:
        watch = self._database.watch
        if watch is None or not watch.later or self._compared:
            return _NOTHING
        found = await self._desk.aside(watch.compare)
        self._compared = True
        return Turn(done=(), failed=(found,)) if found else _NOTHING

    async def _snapshot(self, now: datetime) -> Turn:
        if self._database.folder is None or self._beside is None or self._terms.every is None:
            return _NOTHING
        file, folder = self._database.folder.file, self._terms.snapshots or self._beside / FOLDER
        newest = next(iter(snapshots(folder)), None)
        if newest is not None and timedelta(0) <= now - newest.taken_at < self._terms.every:
            return _NOTHING
        taken = await self._desk.aside(lambda: take(file, folder, at=now))
        prune(folder, keep=self._terms.copies)
        return Turn(done=(f"took a copy of the store: {taken.name}",), failed=())

    async def _let_go(self, now: datetime) -> Turn:
        folder = self._terms.archives or (self._beside / ARCHIVES if self._beside else None)
        if self._terms.runs is None or folder is None:
            return _NOTHING
        gone = await self._retention.let_go(ended_before=now - self._terms.runs, into=folder, at=now)
        return Turn(done=tuple(f"run {each.run} left for {each.file}" for each in gone.left), failed=gone.stuck)

    async def _prune(self, now: datetime) -> Turn:
        if self._prune_from is not None and timedelta(0) < self._prune_from - now <= _BETWEEN_PRUNINGS:
            return _NOTHING
        pruned = await self._pruning.prune(self._terms.old, now)
        self._prune_from = None if pruned.more else now + _BETWEEN_PRUNINGS
        return Turn(done=pruned.told(), failed=())


_NOTHING = Turn(done=(), failed=())
