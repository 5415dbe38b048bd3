"""Snapshots: the same world again from a file, and a file that is not whole is refused."""

import json
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest

from drd.sandbox.app import Sandbox
from drd.sandbox.assembly import restore_sandbox
from drd.sandbox.clock import CalledClock
from drd.sandbox.front import Front
from drd.sandbox.snapshot import SnapshotError, read_snapshot, snapshot_text
from drd.sandbox.wire import Request
from tests.unit.sandbox.conftest import ROOT, START, Bench

DISK = "rg-databank/providers/Microsoft.Compute/disks"
VM = "rg-databank/providers/Microsoft.Compute/virtualMachines/vm-db-1"
API = "api-version=2025-04-01"
TOKEN = "/msi/token?api-version=2019-08-01&resource=https://management.azure.com/&client_id=drd-failover"
NEW_DISK = {"location": "westeurope", "properties": {"diskSizeGB": 8, "creationData": {"createOption": "Empty"}}}


def busy(bench: Bench) -> None:
    """Let a world go through tokens, changes, faults, a lost region, questions to guests, and time."""
    bench.token = bench.send("GET", TOKEN, x_identity_header="sandbox-identity").json()["access_token"]
    bench.send("PUT", f"{DISK}/extra?api-version=2026-03-02", NEW_DISK)
    bench.send("POST", "/_sandbox/faults", {"status": 500, "count": 2})
    for _ in range(3):
        bench.send("GET", f"{VM}?{API}")
    bench.advance(minutes=2)
    bench.send("POST", f"{VM}/deallocate?{API}")
    bench.front.ask("burgerzaken.voorbeeld.example", 443, tls=True, path="/health")
    bench.send("POST", "/_sandbox/region-down", {"region": "northeurope"})
    bench.advance(seconds=30)
    bench.send("POST", "/_sandbox/time", {"advance": "10m"})
    bench.send("GET", f"{VM}/instanceView?{API}")


def restored(text: str, tell: Callable[[], datetime] = lambda: START + timedelta(days=3)) -> Sandbox:
    """Restore a world under another clock."""
    return restore_sandbox(read_snapshot(text), clock=CalledClock(tell=tell))


def facts(sandbox: Sandbox) -> list[tuple[Any, ...]]:
    """Return what stands in a world."""
    return [(one.id, one.properties, one.etag, one.created_at, one.created_by) for one in sandbox.world.store.each()]


def test_a_world_comes_back_from_its_snapshot_as_it_was(bench: Bench) -> None:
    """Resources, journal, lost regions, guests, tokens and the next id are the same."""
    busy(bench)
    text = snapshot_text(bench.built.world)

    again = restored(text)

    assert again.world.journal.digest() == bench.built.world.journal.digest()
    assert facts(again) == facts(bench.built)
    assert again.world.regions.lost() == bench.built.world.regions.lost()
    assert again.world.new_id() == bench.built.world.new_id()
    assert again.world.now() == bench.built.world.now()
    answer = again.answer(
        Request(method="GET", url=f"http://x{ROOT}?{API}", headers={"authorization": f"Bearer {bench.token}"})
    )
    assert answer.status == 200


def test_time_goes_on_from_the_instant_of_the_snapshot(bench: Bench) -> None:
    """At the speed that it had, whatever the new clock tells."""
    busy(bench)
    then = bench.built.world.now()
    host = [START + timedelta(days=9)]

    again = restored(snapshot_text(bench.built.world), lambda: host[0])
    host[0] += timedelta(minutes=1)

    assert again.world.now() == then + timedelta(minutes=1)


def test_a_snapshot_of_a_restored_world_is_the_same(bench: Bench) -> None:
    """It may be taken and restored again and again."""
    busy(bench)
    text = snapshot_text(bench.built.world)

    second = snapshot_text(restored(text).world)

    assert second == text


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (lambda text: text.replace('"seed":1', '"seed":2'), "changed after it was written"),
        (lambda text: text.replace("sandbox-snapshot/v1", "sandbox-snapshot/v9"), "not a snapshot of this version"),
        (lambda text: "\n".join(text.splitlines()[:-1]), "cut off"),
        (lambda text: text[: len(text) // 2], "not JSON"),
        (lambda _text: "", "not a snapshot"),
        (lambda _text: "[]", "line 1: not a JSON object"),
    ],
)
def test_a_damaged_snapshot_is_refused(bench: Bench, spoil: Callable[[str], str], said: str) -> None:
    """With what is wrong, and nothing is started."""
    bench.send("PUT", f"{DISK}/extra?api-version=2026-03-02", NEW_DISK)
    with pytest.raises(SnapshotError, match=said):
        read_snapshot(spoil(snapshot_text(bench.built.world)))


def test_a_snapshot_holds_data_only(bench: Bench) -> None:
    """Each line is a JSON object."""
    busy(bench)

    lines = bench.send("GET", "/_sandbox/snapshot").body.decode().splitlines()

    assert all(isinstance(json.loads(line), dict) for line in lines)
    assert len(lines) == len(bench.built.world.recording.events) + 2


def test_a_world_that_was_changed_from_outside_is_not_restored_on_the_quiet(bench: Bench) -> None:
    """A test that loses a region by hand gets no snapshot that can be trusted."""
    bench.built.world.regions.down("westeurope", bench.now)
    bench.send("GET", f"{VM}?{API}")

    with pytest.raises(SnapshotError, match="the journal is another one"):
        restored(snapshot_text(bench.built.world))


def test_a_reset_goes_back_to_the_planted_estate_and_time_goes_on(bench: Bench) -> None:
    """What was made and broken is gone, tokens are still good, and a snapshot of it can be restored."""
    fresh = [one.type for one in bench.built.world.store.each()]
    busy(bench)

    bench.advance(hours=1)
    told = bench.send("POST", "/_sandbox/reset")

    assert told.json()["resources"] == len(fresh)
    assert [one.type for one in bench.built.world.store.each()] == fresh
    assert bench.built.world.regions.lost() == {}
    assert bench.built.world.journal.entries == []
    assert bench.send("GET", f"{VM}?{API}").status == 200
    assert restored(snapshot_text(bench.built.world)).world.journal.digest() == bench.built.world.journal.digest()
    assert Front(bench.built.world).connect("burgerzaken.voorbeeld.example", 443)
