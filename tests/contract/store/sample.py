"""A small plan, its card and sealed events, for whoever tests a store."""

import sqlite3
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

from drd.domain.call import Call
from drd.domain.canonical import Json
from drd.domain.estate import ItemKind, Mechanism, Objectives, ProtectedItem, Protection
from drd.domain.events import GENESIS, Event, Kind
from drd.domain.ids import ArmId, ItemId, RunbookId, RunId, ServiceId, StepId, TenantId
from drd.domain.ladder import Outcome, Rung, Verification
from drd.domain.language import Text
from drd.domain.lifecycle import RunState
from drd.domain.plan import Mode, RecoveryGroup, RecoveryPlan, Step
from drd.ports.journal import RunCard
from drd.store.folder import FILE
from drd.store.seal import Seal

TENANT = TenantId("voorbeeld")
NOON = datetime(2026, 11, 22, 12, 0, 0, 123_000, tzinfo=UTC)
VAULT = ArmId("/subscriptions/s/resourceGroups/rg/providers/Microsoft.RecoveryServices/vaults/rsv-neu")
MACHINE = ArmId("/subscriptions/s/resourceGroups/rg/providers/Microsoft.Compute/virtualMachines/vm-1")


def plan(service: str = "burgerzaken", *, mode: Mode = Mode.FAILOVER, steps: int = 3) -> RecoveryPlan:
    """Give a plan whose first step fails an item over."""
    item = ProtectedItem(
        id=ItemId("vm-1"),
        kind=ItemKind.VIRTUAL_MACHINE,
        resource=MACHINE,
        protection=(Protection(mechanism=Mechanism.SITE_RECOVERY, vault=VAULT),),
    )
    first = Step(id=StepId("s1"), call=Call(uses="asr.test-failover", values={"item": "vm-1"}), item=item.id)
    return RecoveryPlan(
        runbook=RunbookId(service),
        title=Text.from_json({"nl": "Burgerzaken weer beschikbaar"}),
        tenant=TENANT,
        service=ServiceId(service),
        mode=mode,
        home_region="westeurope",
        recovery_region="northeurope",
        groups=(RecoveryGroup(id="main"),),
        steps=(first, *(Step(id=StepId(f"s{n}"), call=Call(uses="noop", values={})) for n in range(2, steps + 1))),
        items=(item,),
        objectives=Objectives(rpo=timedelta(hours=1), rto=timedelta(hours=2)),
    )


def verification(name: str = "v-1", **others: object) -> Verification:
    """Give a proof that a backup of the machine boots."""
    terms: dict[str, object] = {
        "id": name, "tenant": TENANT, "service": ServiceId("burgerzaken"), "item": ItemId("vm-1"),
        "mechanism": Mechanism.BACKUP, "point": "p1", "point_time": NOON - timedelta(hours=9), "rung": Rung.L4,
        "outcome": Outcome.PASSED, "at": NOON, "took": timedelta(minutes=21, milliseconds=7), "because": "één",
        "run": RunId("run-1"), "measured": {"steps": ["boots"], "point-age-seconds": 32_400},
        **others,
    }  # fmt: skip
    return Verification(**terms)  # type: ignore[arg-type]  # tests name the members


def card(run: str, of: RecoveryPlan, *, at: datetime = NOON, priority: int = 100) -> RunCard:
    """Give the card of a run that was just accepted."""
    return RunCard(
        id=RunId(run),
        runbook=of.runbook,
        tenant=of.tenant,
        service=of.service,
        mode=of.mode,
        state=RunState.QUEUED,
        plan_hash=of.hash(),
        lock=of.lock(),
        accepted_at=at,
        priority=priority,
    )


def reseal(database: sqlite3.Connection, folder: Path) -> None:
    """Make the seal of a database anew, so that what is wrong in it is not found at the door."""
    database.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    seal = Seal(folder / FILE)
    seal.attach()
    seal.begin()
    # What is open of a file that SQLite has open too stays so: closing it would let go of SQLite's locks.
    database.close()
    seal.close()


class Pen:
    """Writes a run's sealed events in order."""

    def __init__(self, run: str, *, token: int = 0) -> None:
        """Begin at the beginning."""
        self.run = RunId(run)
        self.token = token
        self.sequence = 0
        self.previous = GENESIS

    def write(
        self,
        kind: Kind = Kind.STEP_INTENT,
        *,
        step: str | None = None,
        payload: Mapping[str, Json] | None = None,
        at: datetime = NOON,
        reason: str = "",
    ) -> Event:
        """Give the next event."""
        self.sequence += 1
        event = Event(
            run=self.run,
            sequence=self.sequence,
            kind=kind,
            at=at,
            step=StepId(step) if step else None,
            attempt=1 if step else 0,
            payload=payload or {},
            actor="uid:1000",
            reason=reason,
            token=self.token,
        ).sealed(self.previous)
        self.previous = event.hash
        return event

    def many(self, count: int) -> Sequence[Event]:
        """Give some intents."""
        return [self.write(step=f"s{number}", payload={"operation-id": f"{number}"}) for number in range(count)]
