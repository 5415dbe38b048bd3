"""Room on the disk of a data folder: a ballast to throw out when it is full, and a line below which no run begins.

A run that is under way must be able to end; so what is left belongs to those, and new ones are refused in time.
"""

import contextlib
import os
from dataclasses import dataclass
from pathlib import Path

from drd.domain.errors import RefusedError

BALLAST = "drd.ballast"
MEBIBYTE = 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class RoomTerms:
    """How much room is kept.

    Attributes:
        ballast: bytes that are set aside and given back when the disk is full; 0 for none.
        least_free: bytes that must be free for a new run to begin; 0 for no line.
    """

    ballast: int = 32 * MEBIBYTE
    least_free: int = 64 * MEBIBYTE


NO_TERMS = RoomTerms(ballast=0, least_free=0)


class Room:
    """The room of one folder. Its methods may be called from any thread."""

    def __init__(self, folder: Path, terms: RoomTerms) -> None:
        """Take the folder; nothing is set aside before `restock`."""
        self._folder = folder
        self._terms = terms
        self._ballast = folder / BALLAST

    @property
    def free(self) -> int:
        """Give the bytes that may still be written."""
        room = os.statvfs(self._folder)
        return room.f_bavail * room.f_frsize

    @property
    def trouble(self) -> str:
        """Say what is wrong with the room; empty when nothing is."""
        if self._terms.least_free and self.free < self._terms.least_free:
            return f"{self.free // MEBIBYTE} MiB free for the store: no new run begins below {self._least}"
        if self._terms.ballast and not self._ballast.exists():
            return "the store's ballast was given up, because the disk was full"
        return ""

    def check(self) -> None:
        """Pass when there is room for a new run.

        Raises:
            RefusedError: if not.
        """
        if self._terms.least_free and self.free < self._terms.least_free:
            raise RefusedError(
                f"{self.free // MEBIBYTE} MiB are free for the store, and a new run needs {self._least}",
                target=str(self._folder),
                hint="make room on that disk; runs that are under way go on",
                code="no-room",
            )

    def give_up(self) -> None:
        """Throw the ballast out, so that what is under way can end. May be called twice."""
        with contextlib.suppress(OSError):
            self._ballast.unlink(missing_ok=True)

    def restock(self) -> None:
        """Set the ballast aside again when there is room for it and for new runs besides."""
        terms = self._terms
        if not terms.ballast or self._stocked() or self.free < terms.ballast + terms.least_free:
            return
        try:
            file = os.open(self._ballast, os.O_CREAT | os.O_WRONLY | os.O_CLOEXEC, 0o600)
            try:
                os.posix_fallocate(file, 0, terms.ballast)
            finally:
                os.close(file)
        except OSError:
            # Half a ballast would only take the room that it is meant to keep.
            self.give_up()

    def _stocked(self) -> bool:
        try:
            return self._ballast.stat().st_size >= self._terms.ballast
        except OSError:
            return False

    @property
    def _least(self) -> str:
        return f"{self._terms.least_free // MEBIBYTE} MiB"
