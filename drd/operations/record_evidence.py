"""Leave a record of evidence for every run that is over: once each, after its end, whoever dies in between."""

import asyncio
import contextlib
from collections.abc import Callable, Mapping

import structlog

from drd.domain.abandonment import Abandonment
from drd.domain.canonical import Json
from drd.domain.cost import PriceTable
from drd.domain.drill_verdict import DrillVerdict
from drd.domain.durations import format_instant
from drd.domain.errors import DrdError, InvalidError, JournalUnavailableError, NotFoundError
from drd.domain.estate import Service
from drd.domain.events import Kind
from drd.domain.evidence import RUN_KEY, UNKNOWN, EvidenceKind, EvidenceRecord
from drd.domain.evidence_of_abandoned import AbandonedFacts, evidence_of_abandoned
from drd.domain.evidence_of_run import RunFacts, evidence_of_run
from drd.domain.ids import RunId, ServiceId, TenantId
from drd.domain.plan import Mode
from drd.operations.witness import Witness
from drd.ports.clock import Clock
from drd.ports.drills import Drills
from drd.ports.evidence import EvidenceBook
from drd.ports.inventory import Inventory, VaultFacts
from drd.ports.journal import Journal, RunCard, RunFilter
from drd.ports.ledger import Ledger
from drd.ports.observer import Seen
from drd.ports.services import Services

_log = structlog.get_logger(__name__)

LOOK_SECONDS = 300.0
"""Host time between looks for runs that another daemon ended and left without a record."""

_PAUSE_SECONDS = 0.05
"""Host time between records that are written later: runs that are under way come first."""

_WAIT_SECONDS = 2.0
_AT_ONCE = 100
_CHILDREN = 100_000


class RecordEvidence:
    """Writes the records of runs. An observer of the engine: a run's end only puts its name in a queue."""

    def __init__(
        self, *, book: EvidenceBook, journal: Journal, ledger: Ledger, inventory: Inventory, services: Services,
        clock: Clock, version: str, role_file: str = UNKNOWN, drills: Drills, witness: Witness | None = None,
        prices: PriceTable | None = None, clock_offset: Callable[[], Json] = lambda: UNKNOWN,
    ) -> None:  # fmt: skip
        """Take what is needed; `witness` asks Azure for its jobs, `prices` tell costs.

        `version` is this drd's, `role_file` the hash of the role files that it ships; `clock_offset` tells how far the
        host's clock is off.
        """
        self._book = book
        self._journal = journal
        self._ledger = ledger
        self._inventory = inventory
        self._services = services
        self._clock = clock
        self._version = version
        self._role_file = role_file
        self._drills = drills
        self._witness = witness
        self._prices = prices
        self._clock_offset = clock_offset
        self._ended: asyncio.Queue[RunId] = asyncio.Queue()
        self._impossible: set[RunId] = set()

    @property
    def waiting(self) -> int:
        """How many runs that ended wait for their record."""
        return self._ended.qsize()

    def saw(self, seen: Seen) -> None:
        """Note a run that ended; a drill waits for its verdict."""
        if seen.event.kind is Kind.RUN_FINISHED and seen.plan.mode is not Mode.DRILL:
            self._ended.put_nowait(seen.event.run)

    def over(self, run: RunId) -> None:
        """Note a run of which the journal's end does not tell enough: it was abandoned, or a drill got its verdict."""
        self._ended.put_nowait(run)

    async def __call__(self, run: RunId) -> EvidenceRecord:
        """Write the record of a run that is over, or give the one that it has.

        Raises:
            NotFoundError, PermanentError: there is no such run, or its journal is damaged.
            JournalUnavailableError: nothing was written.
        """
        card = await self._journal.run(run)
        if card.abandoned is not None:
            return await self._of_abandoned(card, card.abandoned)
        events = await self._journal.events(run)
        plan = await self._journal.plan(str(events[0].payload["plan"]))
        facts = RunFacts(
            plan=plan,
            events=events,
            ledger=[entry.to_json() for entry in await self._ledger.of_run(run)],
            service=self._service(plan.tenant, plan.service),
            vaults={each.posture.id.key: _vault(each) for each in await self._inventory.vaults(plan.tenant)},
            children=await self._children(run) if any(plan.children()) else {},
            judgement=await self._drills.judgement(run),
            listings=await self._drills.listings(run),
            jobs=await self._witness(plan.mode, events) if self._witness else None,
            prices=self._prices,
            version=self._version,
            role_file=self._role_file,
            clock_offset=self._clock_offset(),
        )
        return await self._book.append(
            EvidenceKind.of(plan.mode),
            plan.tenant,
            lambda: evidence_of_run(facts),
            self._clock.now(),
            key=RUN_KEY + run,
        )

    async def catch_up(self) -> int:
        """Write the records of runs that are over and have none; gives how many. What is impossible is told once.

        Raises:
            JournalUnavailableError: the others have to wait.
        """
        written = 0
        while True:
            found = await self._book.unrecorded(most=_AT_ONCE + len(self._impossible))
            runs = [run for run in found if run not in self._impossible]
            if not runs:
                return written
            for run in runs:
                written += await self._written(run)
                await asyncio.sleep(_PAUSE_SECONDS)

    async def serve(self) -> None:
        """Write records until cancelled: first those that are missing, then as runs end."""
        while True:
            try:
                await self.catch_up()
                await self._as_they_end()
            except JournalUnavailableError as error:
                _log.warning("evidence waits for the database", because=str(error))
                await asyncio.sleep(_WAIT_SECONDS)

    async def _as_they_end(self) -> None:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(LOOK_SECONDS):
                while True:
                    await self._written(await self._ended.get())

    async def _written(self, run: RunId) -> bool:
        try:
            if (await self._journal.run(run)).verdict is DrillVerdict.UNCONFIRMED:
                return False
            await self(run)
        except JournalUnavailableError:
            raise
        except (DrdError, ArithmeticError, LookupError, TypeError, ValueError) as error:
            # A journal that is damaged, or of a newer drd: the run stays without a record, and the log says why.
            self._impossible.add(run)
            _log.exception("no evidence of a run", run=run, because=str(error))
            return False
        return True

    async def _of_abandoned(self, card: RunCard, word: Abandonment) -> EvidenceRecord:
        facts = AbandonedFacts(
            run=card.id,
            runbook=card.runbook,
            service_id=card.service,
            mode=card.mode,
            plan_hash=card.plan_hash,
            accepted_at=card.accepted_at,
            parent=card.parent,
            word=word,
            ledger=[entry.to_json() for entry in await self._ledger.of_run(card.id)],
            service=self._service(card.tenant, card.service),
            children=await self._children(card.id),
            version=self._version,
            role_file=self._role_file,
        )
        body = evidence_of_abandoned(facts)
        kind, at = EvidenceKind.of(card.mode), self._clock.now()
        return await self._book.append(kind, card.tenant, body, at, key=RUN_KEY + card.id)

    def _service(self, tenant: TenantId, service: ServiceId | None) -> Service | None:
        if service is None:
            return None
        try:
            return self._services.service(tenant, service)[1]
        except (NotFoundError, InvalidError):
            return None

    async def _children(self, run: RunId) -> Mapping[str, str]:
        cards = await self._journal.runs(RunFilter(parent=run, newest=_CHILDREN))
        return {card.id: card.state.value for card in cards}


def _vault(facts: VaultFacts) -> Mapping[str, Json]:
    posture = facts.posture
    return {
        "region": posture.location,
        "redundancy": posture.redundancy,
        "immutability": posture.immutability,
        "encryption-key": posture.encryption_key,
        "seen-at": format_instant(facts.seen_at),
    }
