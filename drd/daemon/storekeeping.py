"""The store, for people: whether it is whole, which copies there are, and how one is put in its place.

Works without a running daemon. Copies and restores are for a data folder; a PostgreSQL server has backups of its own,
and after one was put back its runs are parked here too.
"""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from drd.daemon.clock import HostClock
from drd.daemon.offline import Checked
from drd.domain.errors import NotFoundError, PermanentError, RefusedError
from drd.settings.environment import process_environment
from drd.settings.loading import load_settings, store_place
from drd.settings.settings import Settings
from drd.store.examining import examine
from drd.store.folder import FILE
from drd.store.opening import Keeping
from drd.store.pruning import PruningTerms
from drd.store.restoring import Restored, park_all, restore
from drd.store.room import MEBIBYTE, RoomTerms
from drd.store.snapshots import FOLDER, named, newest_good, snapshots
from drd.store.upkeep import UpkeepTerms


@dataclass(frozen=True, slots=True, kw_only=True)
class Copy:
    """One copy of the store."""

    name: str
    taken_at: datetime
    size: int
    whole: bool


def keeping_of(settings: Settings) -> Keeping:
    """Give how the settings want a data folder kept."""
    keeping = settings.file.store.keeping
    return Keeping(
        snapshots=_folder_of_copies(settings),
        room=RoomTerms(ballast=keeping.ballast_mib * MEBIBYTE, least_free=keeping.least_free_mib * MEBIBYTE),
    )


def upkeep_of(settings: Settings) -> UpkeepTerms:
    """Give what the settings want done now and then."""
    keeping = settings.file.store.keeping
    return UpkeepTerms(
        snapshots=settings.beside(keeping.snapshots) if keeping.snapshots else None,
        archives=settings.beside(keeping.archives) if keeping.archives else None,
        every=keeping.every,
        copies=keeping.copies,
        runs=keeping.runs,
        old=PruningTerms(slots=keeping.slots, verifications=keeping.verifications, facts=keeping.facts),
    )


def check_store(config: Path) -> Checked:
    """Look whether the store is whole: its seal, and everything inside. Slow on a large one; changes nothing."""
    settings = load_settings(config, process_environment())
    place = store_place(settings)
    faults = examine(place)
    findings = () if newest_good(_folder_of_copies(settings)) or isinstance(place, str) else ("there is no good copy",)
    return Checked(files=(str(place) if isinstance(place, Path) else "PostgreSQL",), faults=faults, findings=findings)


def list_copies(config: Path) -> tuple[Copy, ...]:
    """Give the copies that there are, newest first; reads each, to say whether it is whole.

    Raises:
        RefusedError: the store is a PostgreSQL, of which drd keeps none.
    """
    settings = load_settings(config, process_environment())
    if isinstance(store_place(settings), str):
        raise _of_a_server()
    return tuple(
        Copy(name=each.name, taken_at=each.taken_at, size=each.size, whole=each.is_whole())
        for each in snapshots(_folder_of_copies(settings))
    )


def restore_store(config: Path, name: str, *, as_it_lies: bool) -> Restored:
    """Put a copy in the store's place, or take the store as it lies there. Every run that is not over then asks.

    Args:
        config: the settings.
        name: of the copy; empty for the newest good one.
        as_it_lies: no copy: believe the files, or the database, that are there now.

    Raises:
        ConflictError: if a daemon uses the folder.
        NotFoundError: if there is no such copy, or no good one at all.
        PermanentError: if it is damaged; nothing was changed.
        RefusedError: if the store is a PostgreSQL, and `as_it_lies` is not said.
    """
    settings = load_settings(config, process_environment())
    place, now, actor = store_place(settings), HostClock().now(), "restore"
    if isinstance(place, str):
        if not as_it_lies:
            raise _of_a_server()
        return park_all(place, actor=actor, at=now)
    if as_it_lies:
        return restore(place, None, actor=actor, at=now)
    folder = _folder_of_copies(settings)
    snapshot = named(folder, name) if name else newest_good(folder)
    if snapshot is None:
        raise NotFoundError("there is no good copy", target=str(folder), hint="`--as-it-lies` believes what is there")
    if not (place / FILE).parent.exists():
        raise PermanentError("there is no data folder", target=str(place), hint="start drd once, or make it")
    return restore(place, snapshot, actor=actor, at=now)


def _of_a_server() -> RefusedError:
    return RefusedError(
        "PostgreSQL has backups of its own",
        hint="let the server restore one; then `drd store restore --as-it-lies` parks its runs",
    )


def _folder_of_copies(settings: Settings) -> Path:
    named_folder = settings.file.store.keeping.snapshots
    return settings.beside(named_folder) if named_folder else settings.store / FOLDER
