"""A data folder with the wrong rights: refused with the place and what to do, and nothing is made beside it."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
_NOBODY = 65534
_OPEN = """
import asyncio, sys
from pathlib import Path
from drd.domain.errors import DrdError
from drd.store.opening import open_store
async def main():
    try:
        await (await open_store(Path(sys.argv[1]), daemon="a", threads=False)).close()
    except DrdError as error:
        print(type(error).__name__, str(error))
    else:
        print("opened")
asyncio.run(main())
"""


def _opened(folder: Path) -> str:
    """Open the folder without the rights that root has over everybody's files."""
    drop = ["setpriv", "--bounding-set=-all", "--inh-caps=-all"] if os.geteuid() == 0 else []
    if drop and shutil.which("setpriv") is None:
        pytest.skip("root's rights cannot be dropped here")
    done = subprocess.run(
        [*drop, sys.executable, "-c", _OPEN, str(folder)], capture_output=True, text=True, cwd=ROOT, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def _made(folder: Path) -> Path:
    assert _opened(folder) == "opened\n"
    return folder


@pytest.mark.place("where setpriv is, or the tests are not root's")
@pytest.mark.parametrize("name", ["drd.db", "drd.seal"])
def test_a_file_that_may_not_be_written_is_named(tmp_path: Path, name: str) -> None:
    """Before SQLite opens anything."""
    folder = _made(tmp_path / "data")
    (folder / name).chmod(0o400)
    before = {path.name: path.read_bytes() for path in folder.iterdir()}

    said = _opened(folder)

    assert said.startswith("JournalUnavailableError the data folder cannot be used: Permission denied")
    assert str(folder) in said
    assert "Hint: name a folder that drd may make and write" in said
    assert {path.name: path.read_bytes() for path in folder.iterdir() if path.name != "drd.lock"} == {
        path: content for path, content in before.items() if path != "drd.lock"
    }


@pytest.mark.place("where setpriv is, or the tests are not root's")
def test_a_folder_that_may_not_be_written_is_named(tmp_path: Path) -> None:
    """Read-only, as when somebody restored it from a backup."""
    folder = tmp_path / "data"
    folder.mkdir(mode=0o500)

    said = _opened(folder)

    assert said.startswith("JournalUnavailableError the data folder cannot be used: Permission denied")
    assert list(folder.iterdir()) == []


@pytest.mark.place("where the tests are root's, who may give files away")
@pytest.mark.skipif(os.geteuid() != 0, reason="only root gives files away")
def test_a_folder_of_somebody_else_is_named(tmp_path: Path) -> None:
    """As when drd was once started by root."""
    folder = _made(tmp_path / "data")
    for path in (*folder.iterdir(), folder):
        os.chown(path, _NOBODY, _NOBODY)

    assert "the data folder cannot be used: Permission denied" in _opened(folder)
