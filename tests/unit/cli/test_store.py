"""The store at night, without a daemon: is it whole, which copies are there, restore one; and a run as a file."""

import asyncio
import json
import re
import shutil
from datetime import timedelta
from pathlib import Path

import pytest

from drd.domain import archive
from drd.domain.events import Kind
from drd.store.folder import FILE
from drd.store.opening import open_store
from drd.store.snapshots import take
from tests.contract.store.sample import NOON, Pen, card, plan
from tests.fakes.served_house import ServedHouse
from tests.golden import keeping
from tests.unit.cli.conftest import Drd
from tests.unit.cli.test_runs import CONFIRMED, start

ROOT = Path(__file__).parents[3]
pytestmark = pytest.mark.timeout(20)


async def _begun(folder: Path) -> None:
    store = await open_store(folder, daemon="a", threads=False)
    of, pen = plan(), Pen("run-1")
    await store.journal.accept(card("run-1", of), of, pen.write(Kind.RUN_ACCEPTED))
    await store.close()


@pytest.fixture
def config(tmp_path: Path) -> tuple[str, str]:
    """Give an installation with a run that is not over, two copies, and a database that was damaged since."""
    shutil.copytree(ROOT / "config", tmp_path / "config")
    text = (tmp_path / "config" / "drd.yaml").read_text("utf-8")
    ours = text.replace("store: {path: store, keeping: {", "store: {path: ../data, keeping: {snapshots: ../copies, ")
    assert ours != text
    (tmp_path / "config" / "drd.yaml").write_text(ours, "utf-8")
    asyncio.run(_begun(tmp_path / "data"))
    take(tmp_path / "data" / FILE, tmp_path / "copies", at=NOON)
    take(tmp_path / "data" / FILE, tmp_path / "copies", at=NOON + timedelta(hours=1))
    return "--config", str(tmp_path / "config" / "drd.yaml")


def test_a_whole_store_is_said_to_be_whole(drd: Drd, config: tuple[str, str]) -> None:
    """0, and its copies are listed newest first."""
    done = drd("store", "check", *config)
    listed = json.loads(drd("store", "snapshots", *config, "-o", "json").out)

    assert (done.code, "Faults: 0. Findings: 0." in done.err) == (0, True), done.err
    assert [(each["name"], each["whole"]) for each in listed] == [
        ("drd-20261122T130000Z.db", True),
        ("drd-20261122T120000Z.db", True),
    ]


def test_a_damaged_store_is_found_and_restored(drd: Drd, config: tuple[str, str], tmp_path: Path) -> None:
    """2 with the fault; after the restore 0, and it is said which runs wait for a person."""
    content = bytearray((tmp_path / "data" / FILE).read_bytes())
    content[-3000] ^= 1
    (tmp_path / "data" / FILE).write_bytes(content)

    found = drd("store", "check", *config)
    done = drd("store", "restore", *config)

    assert (found.code, "is not what drd wrote" in found.out) == (2, True)
    assert (done.code, "Run run-1 waits: look what happened" in done.err) == (0, True), done.err
    assert drd("store", "check", *config).code == 0


def test_a_copy_that_is_not_there_is_not_found(drd: Drd, config: tuple[str, str]) -> None:
    """3, and nothing was changed."""
    assert drd("store", "restore", "drd-other.db", *config).code == 3


def test_copies_of_a_server_are_the_servers_own(drd: Drd, config: tuple[str, str], tmp_path: Path) -> None:
    """An empty list would look as if there were none."""
    text = (tmp_path / "config" / "drd.yaml").read_text("utf-8")
    server = "store: {postgresql: {host: 127.0.0.1, dbname: drd, user: drd}}"
    ours = re.sub("store: [{]path: ../data.*", server, text)
    assert ours != text
    (tmp_path / "config" / "drd.yaml").write_text(ours, "utf-8")

    for command in ("snapshots", "restore"):
        refused = drd("store", command, *config)
        assert (refused.code, "PostgreSQL has backups of its own" in refused.err) == (5, True), refused.err


def test_the_file_of_a_run_is_verified_without_a_daemon(drd: Drd, tmp_path: Path) -> None:
    """0 with the last hash; 1 for one that was changed; 3 where there is none."""
    golden = keeping.read(keeping.FOLDER / "4eaf57e-drill.jsonl")
    (run,) = golden.cards
    of = golden.plans[golden.cards[run].plan_hash]
    file = tmp_path / "r.jsonl"
    file.write_text("".join(archive.write(of, golden.of(run), [], at=NOON)), "utf-8")

    done = drd("run", "verify", str(file), "-o", "json")
    assert (done.code, json.loads(done.out)["last-hash"]) == (0, golden.of(run)[-1].hash)
    file.write_text(file.read_text("utf-8").replace('"actor":"an"', '"actor":"bo"'), "utf-8")
    broken = drd("run", "verify", str(file))
    assert (broken.code, "archive is not as it was written" in broken.err) == (1, True)
    assert drd("run", "verify", str(tmp_path / "none")).code == 3


def test_a_run_is_exported_once_to_a_file_that_verifies(served: ServedHouse, drd: Drd, tmp_path: Path) -> None:
    """Evidence is not written over; what cannot be written is said, and is no defect."""
    run, file = start(drd, *CONFIRMED), tmp_path / "r.jsonl"

    assert drd("run", "export", run, "--to", str(file)).code == 0
    assert drd("run", "verify", str(file)).code == 0
    again = drd("run", "export", run, "--to", str(file))
    assert (again.code, "is there already" in again.err) == (5, True)
    nowhere = drd("run", "export", run, "--to", str(tmp_path / "none" / "r.jsonl"))
    assert (nowhere.code, "cannot be written" in nowhere.err, "defect" in nowhere.err) == (5, True, False)
