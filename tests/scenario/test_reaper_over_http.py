"""The reaper as people run it: a command, an identity of its own, the daemons' PostgreSQL, and a sandbox over HTTP."""

import contextlib
import json
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2
import pytest

from drd.daemon.rehearsal import RehearsalWish, rehearsal
from drd.settings.loading import load_settings, store_place
from drd.store.beside import open_beside_daemons
from proofs.postgres import USER, server
from proofs.processes import House, start_drill
from proofs.stage import ROOT

pytestmark = [
    pytest.mark.anyio,
    pytest.mark.timeout(120),
    pytest.mark.place("where PostgreSQL's wheel is installed"),
]

_SPEED, _ENOUGH_SECONDS = 60, 60
_PREFIX = "rg-herstel-besluitvorming"
_IDENTITY = "00000000-0000-0000-0000-0000000000a3"


@dataclass(frozen=True, slots=True, kw_only=True)
class Left:
    """What a daemon left that is gone for good: `before` and `there` are the sandbox's resources."""

    made: House
    config: Path
    before: set[str]
    there: set[str]

    def reaper(self, *flags: str) -> "subprocess.Popen[bytes]":
        """Start the command."""
        command = [sys.executable, "-m", "drd", "reaper", "--config", str(self.config), "-o", "json", *flags]
        return subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=self.made.environment, cwd=ROOT
        )


def _told(reaper: "subprocess.Popen[bytes]") -> Mapping[str, Any]:
    out, errors = reaper.communicate(timeout=_ENOUGH_SECONDS)
    assert reaper.returncode == 0, (out, errors)
    found: Mapping[str, Any] = json.loads(out)
    return found


@pytest.fixture
def left(tmp_path: Path) -> Iterator[Left]:
    """Let a drill lose its daemon in the middle, and 31 days pass: drills may last 30 here, and live as long."""
    with contextlib.ExitStack() as stack:
        database = stack.enter_context(server())
        database.make("drd")
        store = {"postgresql": {"host": "127.0.0.1", "port": database.port, "dbname": "drd", "user": USER}}
        wish = RehearsalWish(folder=tmp_path / "house", speed=_SPEED, store=store, daemon={"id": "drd"})
        rehearsed = stack.enter_context(rehearsal(wish))
        made = House(
            rehearsed=rehearsed,
            daemon=rehearsed.daemon_process,
            command=[],
            environment=dict(rehearsed.environment),
        )
        before = made.resources()
        start_drill(made, "besluitvorming")
        _until_it_has_made_a_group(made)
        made.kill()
        later = httpx2.post(f"{rehearsed.sandbox}/_sandbox/time", json={"advance": "31d"}).raise_for_status().json()
        settings = json.loads(rehearsed.config.read_text(encoding="utf-8"))
        settings["azure"]["identities"]["drd-reaper"] = {"client-id": _IDENTITY}
        settings["clock"] = {"epoch": later["epoch"], "speed": _SPEED}
        config = rehearsed.config.with_name("reaper.yaml")
        config.write_text(json.dumps(settings), encoding="utf-8")
        # What Azure had begun went on meanwhile.
        yield Left(made=made, config=config, before=before, there=made.resources())


def _until_it_has_made_a_group(made: House) -> None:
    until = time.monotonic() + _ENOUGH_SECONDS
    while not any(f"/resourcegroups/{_PREFIX}" in each for each in made.resources()):
        assert time.monotonic() < until, "the drill makes no group"
        time.sleep(0.1)  # noqa: TID251 - another process is waited for


async def test_what_a_dead_daemons_drill_left_is_removed_over_http_and_struck_from_the_ledger(left: Left) -> None:
    """P3: a dry run changes nothing; of two that come at once one removes it, once, under the reaper's identity."""
    dry = _told(left.reaper("--dry-run"))
    assert {each["outcome"] for each in dry["reaped"]} == {"would-remove"}
    assert left.made.resources() == left.there > left.before

    both = [left.reaper(), left.reaper()]
    told = [_told(each) for each in both]

    assert [each["outcome"] for one in told for each in one["reaped"]] == ["removed"] * len(dry["reaped"])
    assert all(one["without-store"] == one["trouble"] == "" for one in told)
    assert left.made.resources() == left.before
    deletes = [entry for entry in left.made.entries() if entry["method"] == "DELETE" and entry["status"] == 202]
    assert [entry["identity"] for entry in deletes] == ["drd-reaper"] * len(dry["reaped"])
    assert sum(_PREFIX in entry["path"] for entry in deletes) == 1
    beside = open_beside_daemons(store_place(load_settings(left.config, {})))
    try:
        assert await beside.ledger.open() == ()
    finally:
        await beside.close()
    assert _told(left.reaper())["reaped"] == []
