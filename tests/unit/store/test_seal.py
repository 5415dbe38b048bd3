"""The seal: what a checkpoint wrote is noted page by page, however many lie beside each other."""

import sqlite3
from pathlib import Path

import pytest

from drd.store.seal import Seal

PAGE = 4096


@pytest.fixture
def seal(tmp_path: Path) -> Seal:
    """Give a seal over a database of more pages than are read at once."""
    file = tmp_path / "a.db"
    writer = sqlite3.connect(file)
    writer.execute("CREATE TABLE filler (content BLOB)")
    writer.executemany("INSERT INTO filler VALUES (?)", [(bytes([number % 251]) * 3000,) for number in range(700)])
    writer.commit()
    writer.close()
    sealed = Seal(file)
    sealed._open()
    sealed.begin()
    return sealed


def damaged(seal: Seal, pages: list[int]) -> None:
    """Change a byte in each of these pages, as a disk does."""
    with seal.file.open("r+b") as file:
        for page in pages:
            file.seek((page - 1) * PAGE + 2000)
            byte = file.read(1)
            file.seek(-1, 1)
            file.write(bytes([byte[0] ^ 1]))


def test_a_sealed_file_is_as_it_was_sealed(seal: Seal) -> None:
    """Nothing differs, in any of its pages."""
    assert seal.file.stat().st_size > 600 * PAGE

    assert list(seal.differing()) == []


@pytest.mark.parametrize("pages", [[2], [255, 256, 257, 258], [1, 300, 513, 690]])
def test_every_page_that_changed_is_told(seal: Seal, pages: list[int]) -> None:
    """At the seams of what is read together too."""
    damaged(seal, pages)

    assert list(seal.differing()) == pages


def test_pages_are_sealed_anew_wherever_they_lie(seal: Seal) -> None:
    """Alone, beside each other, and more of them than are read at once; what was not sealed anew still differs."""
    anew = [3, 7, 8, *range(100, 500), 690]
    damaged(seal, [*anew, 9, 501])

    seal._owed = set(anew)
    seal.settle()

    assert list(seal.differing()) == [9, 501]
