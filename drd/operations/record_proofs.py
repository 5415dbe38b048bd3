"""Ask every drill that is over what it proved, once each, whoever started it and whoever dies in between."""

import asyncio
import contextlib

import structlog

from drd.domain.canonical import Json
from drd.domain.climbed import verifications_of
from drd.domain.durations import format_instant
from drd.domain.errors import DrdError, JournalUnavailableError, NotFoundError
from drd.domain.events import Kind
from drd.domain.evidence import NOT_APPLICABLE, EvidenceKind
from drd.domain.ids import RunId, TenantId
from drd.domain.ladder import Verification
from drd.domain.plan import Mode
from drd.operations.look_at_points import LookAtPoints
from drd.ports.clock import Clock
from drd.ports.evidence import EvidenceBook
from drd.ports.journal import Journal
from drd.ports.observer import Seen
from drd.ports.verifications import Verifications

_log = structlog.get_logger(__name__)

LOOK_SECONDS = 300.0
"""Host time between looks for drills that another daemon ended and asked nothing."""

_WAIT_SECONDS = 2.0
_AT_ONCE = 100


class RecordProofs:
    """Keeps what drills proved. An observer of the engine: a drill's end only wakes it."""

    def __init__(
        self, *, journal: Journal, verifications: Verifications, evidence: EvidenceBook, look: LookAtPoints,
        clock: Clock,
    ) -> None:  # fmt: skip
        """Take what is needed."""
        self._journal = journal
        self._verifications = verifications
        self._evidence = evidence
        self._look = look
        self._clock = clock
        self._ended = asyncio.Event()
        self._impossible: set[RunId] = set()
        self._at_work = asyncio.Lock()

    def saw(self, seen: Seen) -> None:
        """Wake up when a drill ends."""
        if seen.event.kind is Kind.RUN_FINISHED and seen.plan.mode is Mode.DRILL:
            self._ended.set()

    def confirmed(self, _run: RunId) -> None:
        """Wake up when a drill got its verdict: before, nobody asks it."""
        self._ended.set()

    async def __call__(self) -> int:
        """Ask every drill that was not asked; gives how many verifications there are more.

        What cannot be read is told once, and left. May be called at any time, also by several daemons.

        Raises:
            JournalUnavailableError: the others have to wait.
        """
        told = 0
        async with self._at_work:
            while True:
                found = await self._verifications.untold(most=_AT_ONCE + len(self._impossible))
                runs = [run for run in found if run not in self._impossible]
                if not runs:
                    return told
                for run in runs:
                    told += await self._told(run)

    async def serve(self) -> None:
        """Ask until cancelled: first the drills that are left, then as they end."""
        while True:
            try:
                self._ended.clear()
                await self()
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(LOOK_SECONDS):
                        await self._ended.wait()
            except JournalUnavailableError as error:
                _log.warning("proofs wait for the database", because=str(error))
                await asyncio.sleep(_WAIT_SECONDS)

    async def _told(self, run: RunId) -> int:
        try:
            events = await self._journal.events(run)
            plan = await self._journal.plan(str(events[0].payload["plan"]))
            proofs = verifications_of(plan, events)
        except JournalUnavailableError:
            raise
        except (DrdError, ArithmeticError, LookupError, TypeError, ValueError) as error:
            # A journal that is damaged, or of a newer drd: the drill proves nothing, and the log says why.
            self._impossible.add(run)
            _log.exception("nobody knows what a drill proved", run=run, because=str(error))
            return 0
        # Evidence first, which has one record a verification: a daemon that dies in between comes back to it.
        for each in proofs:
            await self._leave(each)
        await self._verifications.append(proofs, told_by=run)
        for item in dict.fromkeys((each.tenant, each.item) for each in proofs):
            # The municipality may have left the catalogue since.
            with contextlib.suppress(NotFoundError):
                await self._look(*item)
        return len(proofs)

    async def _leave(self, proof: Verification) -> None:
        key = f"verification/{proof.id}"
        tenant = TenantId(proof.tenant)
        await self._evidence.append(EvidenceKind.VERIFICATION, tenant, _body(proof), self._clock.now(), key=key)


def _body(proof: Verification) -> dict[str, Json]:
    time = format_instant(proof.point_time) if proof.point_time else None
    point: dict[str, Json] = {
        "item": proof.item,
        "mechanism": proof.mechanism.value if proof.mechanism else None,
        "point": proof.point,
        "point-time": time,
    }
    outcome: dict[str, Json] = {"state": proof.outcome.value, "because": proof.because, "at": format_instant(proof.at)}
    return {
        "run": {"id": proof.run} if proof.run else NOT_APPLICABLE,
        "service": {"id": proof.service} if proof.service else NOT_APPLICABLE,
        "outcome": outcome,
        "points": [point],
        "integrity": {"rung": proof.rung.value, "took-ms": round(proof.took.total_seconds() * 1000), **proof.measured},
    }
