"""T11: whatever happened to the files while no drd looked, it is refused at the door and nothing is touched."""

import random
import shutil
import sqlite3
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from drd.domain.errors import PermanentError
from drd.domain.events import Kind
from drd.domain.lifecycle import RunState
from drd.store.folder import FILE, LOCK
from drd.store.opening import open_store
from tests.contract.store.sample import Pen, card, plan

pytestmark = pytest.mark.anyio

Harm = Callable[[Path, random.Random], None]
_EACH = 10


async def _images(folder: Path) -> dict[str, Path]:
    """Make the folder of a daemon that was stopped, of one that was killed, and an older one of the same."""
    store = await open_store(folder / "live", daemon="a", threads=False)
    pen = Pen("run-0")
    for number in range(6):
        of, pen = plan(f"dienst-{number}"), Pen(f"run-{number}")
        await store.journal.accept(card(pen.run, of), of, pen.write(Kind.RUN_ACCEPTED))
        await store.journal.append(pen.many(40), state=RunState.RUNNING)
    shutil.copytree(folder / "live", folder / "older")
    await store.close()
    shutil.copytree(folder / "live", folder / "stopped")
    store = await open_store(folder / "live", daemon="a", threads=False)
    await store.journal.append(pen.many(40), state=RunState.RUNNING)
    shutil.copytree(folder / "live", folder / "killed")
    await store.close()
    return {name: folder / name for name in ("stopped", "killed", "older")}


def _rows(folder: Path) -> list[list[tuple[object, ...]]]:
    """Read everything but what each opening writes."""
    database = sqlite3.connect(f"file:{folder / FILE}?mode=ro", uri=True)
    names = [name for (name,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name")]
    own = [name for name in names if name not in {"daemons", "leases"}]
    rows = [sorted(database.execute(f"SELECT * FROM {name}").fetchall(), key=repr) for name in own]  # noqa: S608 - the schema's own names
    database.close()
    return rows


def _contents(folder: Path) -> dict[str, bytes]:
    """Read all files but the lock and what SQLite's connections share."""
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.name not in {LOCK, f"{FILE}-shm"}}


def _flip(name: str, *, after: int = 0) -> Harm:
    def harm(folder: Path, chance: random.Random) -> None:
        content = bytearray((folder / name).read_bytes())
        content[chance.randrange(after, len(content))] ^= 1 << chance.randrange(8)
        (folder / name).write_bytes(content)

    return harm


def _cut(name: str) -> Harm:
    def harm(folder: Path, chance: random.Random) -> None:
        content = (folder / name).read_bytes()
        (folder / name).write_bytes(content[: chance.randrange(len(content))])

    return harm


def _page(make: Callable[[bytes, random.Random], bytes]) -> Harm:
    def harm(folder: Path, chance: random.Random) -> None:
        content = bytearray((folder / FILE).read_bytes())
        first = 4096 * chance.randrange(len(content) // 4096)
        content[first : first + 4096] = make(bytes(content[first : first + 4096]), chance)
        (folder / FILE).write_bytes(content)

    return harm


def _swapped(folder: Path, chance: random.Random) -> None:
    content = (folder / FILE).read_bytes()
    pages = [content[place : place + 4096] for place in range(0, len(content), 4096)]
    one, other = chance.sample([place for place, page in enumerate(pages) if pages.count(page) == 1], 2)
    pages[one], pages[other] = pages[other], pages[one]
    (folder / FILE).write_bytes(b"".join(pages))


def _gone(name: str) -> Harm:
    return lambda folder, _chance: (folder / name).unlink()


def _older(*names: str) -> Harm:
    def harm(folder: Path, _chance: random.Random) -> None:
        for name in names:
            shutil.copy(folder.parent / "older" / name, folder / name)

    return harm


def _sql(*statements: str) -> Harm:
    def harm(folder: Path, chance: random.Random) -> None:
        database = sqlite3.connect(folder / FILE)
        for statement in statements:
            database.execute(statement.format(run=f"run-{chance.randrange(6)}", event=chance.randrange(2, 40)))
        database.commit()
        database.close()

    return harm


_TAIL = (
    "DELETE FROM events WHERE run = 'run-1' AND sequence > {event}",
    "UPDATE runs SET head = (SELECT max(sequence) FROM events WHERE run = runs.id)",
    "UPDATE runs SET head_hash = (SELECT hash FROM events WHERE run = runs.id AND sequence = runs.head)",
)
_LEASE = "UPDATE runs SET daemon = 'x', priority = 1"

HARMS: dict[str, tuple[str, Harm]] = {
    "a flipped bit": ("stopped", _flip(FILE)),
    "a flipped bit of a killed daemon's database": ("killed", _flip(FILE)),
    "a flipped bit in the log": ("killed", _flip(f"{FILE}-wal")),
    "a flipped bit in the seal's sums": ("stopped", _flip("drd.seal", after=1024)),
    "a file that was cut off": ("stopped", _cut(FILE)),
    "a log that was cut off": ("killed", _cut(f"{FILE}-wal")),
    "a log that is gone": ("killed", _gone(f"{FILE}-wal")),
    "a database that is gone": ("stopped", _gone(FILE)),
    "a seal that is gone": ("stopped", _gone("drd.seal")),
    "a page of zeros": ("stopped", _page(lambda _page, _chance: bytes(4096))),
    "a page of noise": ("killed", _page(lambda _page, chance: chance.randbytes(4096))),
    "a torn page": ("stopped", _page(lambda page, chance: page[:2048] + chance.randbytes(2048))),
    "two pages in each other's place": ("stopped", _swapped),
    "an older file": ("stopped", _older(FILE)),
    "an older file with its log": ("killed", _older(FILE, f"{FILE}-wal")),
    "an edited event": ("stopped", _sql("UPDATE events SET reason = 'x' WHERE run = '{run}'")),
    "a missing middle": ("killed", _sql("DELETE FROM events WHERE run = '{run}' AND sequence = {event}")),
    "a removed tail": ("stopped", _sql(*_TAIL)),
    "an edited card": ("stopped", _sql("UPDATE runs SET state = 'paused', token = 0 WHERE id = '{run}'")),
    "an edited lock or lease": ("killed", _sql("DELETE FROM locks WHERE run = '{run}'", _LEASE)),
}


async def test_t11_of_200_corruptions_each_is_refused_and_nothing_is_touched(tmp_path: Path) -> None:
    """Refused, or harmless: then every row reads as it was, because the page is still in the log and read there."""
    images = await _images(tmp_path)
    clean = {name: _rows(shutil.copytree(image, tmp_path / f"read-{name}")) for name, image in images.items()}
    counts: Counter[str] = Counter()
    chance = random.Random(11)  # noqa: S311 - a test's dice, thrown the same each time
    for name, (image, harm) in HARMS.items():
        for number in range(_EACH):
            folder = shutil.copytree(images[image], tmp_path / f"harmed-{number}")
            (folder / LOCK).unlink()
            harm(folder, chance)
            outcome = await _outcome(folder, clean[image])
            assert outcome in {"refused", "harmless"}, f"{name}: {outcome}"
            assert outcome == "refused" or image == "killed", f"{name}: harmless"
            counts[outcome] += 1
            shutil.rmtree(folder)

    assert sum(counts.values()) == 200
    assert counts["harmless"] <= 10, "too many that are harmless: something was not looked at"


async def _outcome(folder: Path, clean: object) -> str:
    before = _contents(folder)
    try:
        store = await open_store(folder, daemon="a", threads=False)
    except PermanentError as error:
        told = error.code == "store-damaged" and error.hint
        after = {name: content for name, content in _contents(folder).items() if name != LOCK}
        return "refused" if told and after == before else "refused badly"
    await store.close()
    return "harmless" if _rows(folder) == clean else "believed"
