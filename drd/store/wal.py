"""Reads what SQLite keeps beside a database: which pages wait in the write-ahead log, and where the log ends."""

import mmap
import os
import struct
from pathlib import Path
from typing import NamedTuple

_SIZES = frozenset(1 << power for power in range(9, 16))
_HEADER = 32
_FRAME = 24
_BEGINNING = struct.Struct(">II8s")
_INDEX = struct.Struct("=8xI B x H I I II 8s")
"""The index's header: change counter, whether it is set up, page size, last frame, pages, checksum, salts."""


class End(NamedTuple):
    """Where a write-ahead log ends after a commit.

    Attributes:
        frame: number of the last frame that was committed; 0 for none.
        checksum: over everything up to it; salt: which log it is, for its file is written over again and again.
    """

    frame: int = 0
    checksum: tuple[int, int] = (0, 0)
    salt: bytes = bytes(8)


def end_in_index(index: int) -> End:
    """Give the log's end as SQLite holds it in the memory that its connections share (an open `-shm` file)."""
    _, _, _, frame, _, first, second, salt = _INDEX.unpack(os.pread(index, _INDEX.size, 0))
    return End(frame, (first, second), salt)


def holds(log: Path, end: End, page_size: int) -> bool:
    """Say whether the log still has this end in it."""
    try:
        with log.open("rb") as file:
            header = file.read(_HEADER)
            file.seek(_HEADER + (end.frame - 1) * (_FRAME + page_size))
            frame = file.read(_FRAME)
    except FileNotFoundError:
        return False
    if len(header) < _HEADER or len(frame) < _FRAME or header[16:24] != end.salt or frame[8:16] != end.salt:
        return False
    return struct.unpack(">II", frame[16:]) == end.checksum


def pages_in(log: Path, page_size: int, *, frames: int | None = None) -> set[int]:
    """Give the numbers of the pages in the log: of so many frames, or of all that belong to it."""
    try:
        with log.open("rb") as file:
            size = os.fstat(file.fileno()).st_size
            if size <= _HEADER:
                return set()
            with mmap.mmap(file.fileno(), size, access=mmap.ACCESS_READ) as content:
                return _pages(content, page_size, frames)
    except FileNotFoundError:
        return set()


def _pages(content: mmap.mmap, page_size: int, frames: int | None) -> set[int]:
    salt, length = content[16:24], _FRAME + page_size
    most = (len(content) - _HEADER) // length
    pages, committed = set[int](), set[int]()
    for place in range(_HEADER, _HEADER + min(most, most if frames is None else frames) * length, length):
        page, size_of_database, own_salt = _BEGINNING.unpack_from(content, place)
        if own_salt != salt:
            break
        pages.add(page)
        if size_of_database:
            # The frame of a commit tells the size of the database; what follows the last one was never committed.
            committed |= pages
            pages.clear()
    return committed


def page_size_of(header: bytes) -> int:
    """Give the size of a page from the first bytes of a file; 0 where these are not a database's."""
    if not header.startswith(b"SQLite format 3\x00"):
        return 0
    size = int.from_bytes(header[16:18], "big")
    return {1: 65536}.get(size, size if size in _SIZES else 0)
