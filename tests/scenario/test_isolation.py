"""Drills whose network is not what it seems, or beside which production suffers: nothing stays, nothing is green."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from drd.domain.evidence_of_run import RunFacts, evidence_of_run
from drd.domain.ids import RunId
from drd.domain.lifecycle import RunState
from drd.domain.plan import Mode
from drd.domain.progress import fold
from proofs import account
from proofs.drills import DRILL_NETWORK
from proofs.stage import Stage, troubles, virtually

SUBSCRIPTION = "/subscriptions/00000000-0000-0000-0000-000000000001"
NETWORKING = f"{SUBSCRIPTION}/resourceGroups/rg-netwerk-neu/providers/Microsoft.Network"
GUARD = f"{NETWORKING}/networkSecurityGroups/nsg-drill-neu"
SQL = f"{SUBSCRIPTION}/resourceGroups/rg-burgerzaken/providers/Microsoft.Compute/virtualMachines/vm-bz-sql-1"
BOOTED = {"asr.test-failover", "backup.restore"}

Trouble = Callable[[Stage], None]


@dataclass(frozen=True, kw_only=True)
class Told:
    """How a drill went."""

    state: RunState
    because: str
    said: list[str]
    done: set[str]
    machines: list[str]
    left: set[str]
    evidence: Any


def _drilled(runbook: str, *, before: Trouble | None = None, after: Trouble | None = None, step: str = "") -> Told:
    """Drill, with trouble before it begins, or as soon as a step is done."""

    async def play(stage: Stage) -> Told:
        if before is not None:
            before(stage)
        standing, since = stage.resources(), len(stage.entries())
        card = await stage.start(runbook, Mode.DRILL, lost=False)
        if after is not None:
            await _until_done(stage, card.id, step)
            after(stage)
        view = await stage.until_settled(card.id)
        events = await stage.events(card.id)
        plan = await stage.world.store.journal.plan(card.plan_hash)
        final = fold(plan, events).final
        return Told(
            state=view.card.state,
            because=str(events[-1].payload.get("because", "")),
            said=troubles(view),
            done=set(account.kinds(stage.entries(since))),
            machines=_made(stage, since),
            left=stage.resources() - standing,
            evidence=evidence_of_run(RunFacts(plan=plan, events=events)) if final is not None else None,
        )

    return virtually(play)


async def _until_done(stage: Stage, run: RunId, step: str) -> None:
    while not any(event.step == step and event.kind.value == "step.done" for event in await stage.events(run)):
        await stage.world.clock.sleep(timedelta(seconds=5))


def _made(stage: Stage, since: int) -> list[str]:
    effects = [effect for entry in stage.entries(since) for effect in entry.get("effects", ())]
    return [str(effect["id"]).rpartition("/")[2] for effect in effects if effect["kind"] == "vm.create"]


def _leak(stage: Stage) -> None:
    store = stage.world.sandbox.world.store
    network = store.require(DRILL_NETWORK).with_hidden(leaks=["10.1.1.31:1433"])
    store.put(network, at=stage.world.clock.now(), by="somebody")


def _let_out(stage: Stage) -> None:
    """Let everything out, as somebody does who wants to look for updates."""
    rule = {
        "priority": 101,
        "direction": "Outbound",
        "access": "Allow",
        "protocol": "*",
        "sourceAddressPrefix": "*",
        "sourcePortRange": "*",
        "destinationAddressPrefix": "Internet",
        "destinationPortRange": "443",
    }
    stage.arm("PUT", f"{GUARD}/securityRules/updates?api-version=2024-05-01", {"properties": rule})


def _stop_production(stage: Stage) -> None:
    stage.arm("POST", f"{SQL}/deallocate?api-version=2024-07-01")


def test_what_only_a_probe_sees_stops_the_drill_before_anything_restored_boots() -> None:
    """P4: the network reads as shut and is not; the probe is gone again, and the evidence says what it found."""
    told, found = _drilled("burgerzaken", before=_leak), "a machine in it reached 10.1.1.31:1433"

    assert told.state is RunState.FAILED
    assert any(found in line for line in told.said), told.said
    assert told.done & BOOTED == set()
    assert told.left == set()
    probe = told.evidence["isolation"]["probe-before-boot"]
    assert (probe["proven"], probe["booted-before"]) == (False, [])
    assert found in probe["probes"][0]["failure"]


def test_a_rule_that_changes_after_the_look_is_found_before_anything_boots() -> None:
    """P4: read and probed when the drill began, open while the disks of the copy are restored."""
    told = _drilled("besluitvorming", after=_let_out, step="probe")

    assert told.state is RunState.CANCELLED
    assert told.machines == ["drd-probe"]
    assert told.evidence["hypothesis"]["held"] is False
    assert told.left == set()


def test_a_copy_that_could_phone_out_ends_its_drill() -> None:
    """The network is asked for as long as copies stand in it."""
    told = _drilled("burgerzaken", after=_let_out, step="sql-answers[vm-bz-sql-1]")

    assert (told.state, told.because) == (RunState.CANCELLED, "cancelled by drd")
    assert told.left == set()
    assert told.evidence["isolation"]["probe-before-boot"]["proven"] is True
    assert told.evidence["hypothesis"]["held"] is False
    assert any("open subnet" in str(each) for each in told.evidence["hypothesis"]["answers"])


def test_a_drill_ends_when_production_stops_answering() -> None:
    """A rehearsal is never worth more than what it rehearses for."""
    told = _drilled("burgerzaken", after=_stop_production, step="probe")

    assert (told.state, told.because) == (RunState.CANCELLED, "cancelled by drd")
    assert told.left == set()
    assert any("burgerzaken/" in str(each) and "'red'" in str(each) for each in told.evidence["hypothesis"]["answers"])
