"""Verifications in memory, and the use cases of proofs around them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from drd.domain.ids import ItemId, RunId, TenantId
from drd.domain.ladder import Outcome, Verification
from drd.domain.plan import Mode
from drd.engine.engine import Engine
from drd.operations.list_backups import ListBackups
from drd.operations.list_services import ListServices
from drd.operations.look_at_points import LookAtPoints
from drd.operations.proofs import Proofs
from drd.operations.record_proofs import RecordProofs
from drd.operations.sample_backups import SampleBackups
from drd.operations.verify_backup import VerifyBackup
from drd.ports.clock import Clock
from drd.ports.inventory import Inventory
from drd.ports.services import Services
from drd.ports.verifications import VerificationFilter
from tests.fakes.memory_evidence import MemoryEvidence
from tests.fakes.memory_findings import MemoryFindings
from tests.fakes.memory_journal import MemoryJournal

FRESH = timedelta(hours=1)


@dataclass
class MemoryVerifications:
    """Answers the port `Verifications`; drills are those of a journal."""

    journal: MemoryJournal = field(default_factory=MemoryJournal)
    kept: dict[str, Verification] = field(default_factory=dict)
    told: set[RunId] = field(default_factory=set)

    async def append(self, verifications: Sequence[Verification], *, told_by: RunId | None = None) -> None:
        """See the port."""
        if told_by is not None:
            if told_by in self.told:
                return
            self.told.add(told_by)
        for each in verifications:
            self.kept.setdefault(each.id, each)

    async def untold(self, *, most: int) -> tuple[RunId, ...]:
        """See the port."""
        over = [each for each in self.journal.cards.values() if each.mode is Mode.DRILL and each.state.final]
        return tuple(each.id for each in over if each.id not in self.told)[:most]

    async def list(self, wanted: VerificationFilter) -> tuple[Verification, ...]:
        """See the port."""
        found = [
            each
            for each in self.kept.values()
            if wanted.tenant in {None, each.tenant}
            and wanted.item in {None, each.item}
            and wanted.rung in {None, each.rung}
            and wanted.run in {None, each.run}
        ]
        return tuple(sorted(found, key=lambda each: each.at, reverse=True)[: wanted.newest])

    async def standing(self, tenant: TenantId | None = None) -> tuple[Verification, ...]:
        """See the port."""
        newest: dict[tuple[str, ...], Verification] = {}
        for each in sorted(self.kept.values(), key=lambda each: each.at):
            if tenant in {None, each.tenant}:
                newest[each.tenant, each.item, each.rung, each.outcome] = each
        return tuple(newest.values())

    async def failures(self, since: datetime) -> Mapping[tuple[TenantId, ItemId], int]:
        """See the port."""
        counts: dict[tuple[TenantId, ItemId], int] = {}
        for each in self.kept.values():
            if each.outcome is Outcome.FAILED and each.rung.restores and each.at >= since:
                counts[each.tenant, each.item] = counts.get((each.tenant, each.item), 0) + 1
        return counts


@dataclass(kw_only=True)
class ProofHouse:
    """Everything that proofs are made of, in memory."""

    services: Services
    inventory: Inventory
    estate: ListServices
    clock: Clock
    engine: Engine
    journal: MemoryJournal
    evidence: MemoryEvidence = field(default_factory=MemoryEvidence)
    findings: MemoryFindings = field(default_factory=MemoryFindings)
    verifications: MemoryVerifications = field(init=False)
    proofs: Proofs = field(init=False)

    def __post_init__(self) -> None:
        """Plug the use cases together."""
        self.verifications = MemoryVerifications(self.journal)
        look = LookAtPoints(
            services=self.services,
            inventory=self.inventory,
            verifications=self.verifications,
            findings=self.findings,
            clock=self.clock,
            fresh=FRESH,
        )
        record = RecordProofs(
            journal=self.journal,
            verifications=self.verifications,
            evidence=self.evidence,
            look=look,
            clock=self.clock,
        )
        verify = VerifyBackup(services=self.services, look=look, engine=self.engine)
        self.proofs = Proofs(
            look=look,
            record=record,
            list_backups=ListBackups(estate=self.estate, verifications=self.verifications, record=record),
            verify_backup=verify,
            sample_backups=SampleBackups(
                services=self.services,
                inventory=self.inventory,
                verifications=self.verifications,
                journal=self.journal,
                verify=verify,
                clock=self.clock,
                fresh=FRESH,
            ),
        )
