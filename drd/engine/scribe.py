"""Writes one run's events: sealed and folded at once, durable in batches, in order."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

import structlog

from drd.domain.canonical import Json
from drd.domain.errors import DrdError, JournalUnavailableError
from drd.domain.events import GENESIS, Event, Kind, seal
from drd.domain.figures import FigureFold
from drd.domain.ids import StepId
from drd.domain.progress import Progress
from drd.engine.options import EngineOptions
from drd.engine.signals import ClaimLost
from drd.ports.clock import Clock
from drd.ports.dispatcher import Claim
from drd.ports.in_hand import IN_HAND, InHand
from drd.ports.journal import Journal

_log = structlog.get_logger(__name__)

_PATIENCE = 3
"""Turns of the event loop that events wait for company, when nobody waits for them to be durable."""

_EMPTY: Mapping[str, Json] = {}


def _nothing() -> None:
    return


@dataclass(frozen=True, slots=True, kw_only=True)
class ScribeEars:
    """Who hears what of a run's events.

    Attributes:
        durable: gets each batch once it is on disk.
        trouble: told why the journal cannot be written now, and with an empty text when it can again.
        lost: told that the journal refused this claim.
        broken: told that drd itself cannot write: `Scribe.broken` says why.
    """

    durable: Callable[[Sequence[Event]], None]
    trouble: Callable[[str], None]
    lost: Callable[[], None]
    broken: Callable[[], None] = _nothing


@dataclass(slots=True)
class _Batch:
    events: list[Event] = field(default_factory=list)
    waiters: list["asyncio.Future[None]"] = field(default_factory=list)


class Scribe:
    """The only writer of a run while its claim holds.

    An event counts in memory from the moment it is written; whoever needs it on disk awaits `durable`. Events that
    are written while a batch is on its way to the disk make up the next one, so steps that run side by side share
    one commit, and so do the end of a step and the intent of the next.
    """

    def __init__(
        self, journal: Journal, clock: Clock, *, claim: Claim, progress: Progress, figures: FigureFold,
        options: EngineOptions, ears: ScribeEars,
    ) -> None:  # fmt: skip
        """Take the run's fold, which must hold every event so far."""
        self._journal = journal
        self._clock = clock
        self._claim = claim
        self._progress = progress
        self._figures = figures
        self._options = options
        self._ears = ears
        self._next = _Batch()
        self._flying: _Batch | None = None
        self._task: asyncio.Task[None] | None = None
        self._hopping = False
        self._lost = False
        self._hurry = asyncio.Event()
        self._grace = 0.0
        self.durable_to = progress.sequence
        self.trouble = ""
        self.broken: Exception | None = None

    def write(
        self,
        kind: Kind,
        *,
        step: StepId | None = None,
        attempt: int = 0,
        payload: Mapping[str, Json] = _EMPTY,
        actor: str = "drd",
        reason: str = "",
        at: datetime | None = None,
    ) -> Event:
        """Write the next event; it is folded on return and durable later.

        Raises:
            ClaimLost: when the journal refused an earlier one.
        """
        if self._lost:
            raise ClaimLost
        progress = self._progress
        event = seal(
            Event(
                run=self._claim.run,
                sequence=progress.sequence + 1,
                kind=kind,
                at=at or self._clock.now(),
                step=step,
                attempt=attempt,
                payload=payload,
                actor=actor,
                reason=reason,
                token=self._claim.token,
            ),
            progress.newest_hash or GENESIS,
        )
        progress.apply(event)
        self._figures.apply(event)
        self._next.events.append(event)
        if self._task is None and not self._hopping:
            self._hopping = True
            asyncio.get_running_loop().call_soon(self._hop, _PATIENCE)
        return event

    async def durable(self) -> None:
        """Wait until everything written so far is on disk.

        Raises:
            ClaimLost: when the journal refuses it.
        """
        if self._lost:
            raise ClaimLost
        batch = self._next if self._next.events else self._flying
        if batch is None:
            return
        self._start()
        waiter = asyncio.get_running_loop().create_future()
        batch.waiters.append(waiter)
        await waiter

    async def close(self, *, seconds: float | None) -> None:
        """Bring what is left to disk, within so many seconds of the host, and stop writing.

        None waits however long it takes, or until `hurry`. Whoever still waits then hears that the claim is lost.
        """
        if self._next.events:
            self._start()
        task = self._task
        if task is not None:
            if seconds is None:
                await self._done_or_hurried(task)
                seconds = self._grace
            await asyncio.wait({task}, timeout=seconds)
            task.cancel()
        self._end()

    def hurry(self, seconds: float) -> None:
        """Let `close` wait no longer than so many seconds of the host from now on."""
        self._grace = seconds
        self._hurry.set()

    async def _done_or_hurried(self, task: "asyncio.Task[None]") -> None:
        hurried = asyncio.get_running_loop().create_task(self._hurry.wait())
        try:
            await asyncio.wait({task, hurried}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            hurried.cancel()

    def _hop(self, left: int) -> None:
        if left and self._task is None:
            asyncio.get_running_loop().call_soon(self._hop, left - 1)
            return
        self._hopping = False
        if self._next.events:
            self._start()

    def _start(self) -> None:
        if self._task is None:
            self._task = asyncio.get_running_loop().create_task(self._flush())

    async def _flush(self) -> None:
        # Whichever step began to write, what is told of it concerns the run.
        IN_HAND.set(InHand(self._claim.run, self._progress.plan.tenant))
        try:
            while self._next.events:
                batch, self._next = self._next, _Batch()
                self._flying = batch
                await self._put(batch)
                self._flying = None
                self.durable_to = batch.events[-1].sequence
                _release(batch)
                self._ears.durable(batch.events)
        except DrdError as error:
            self._refused(error)
        except Exception as error:  # noqa: BLE001 - whoever waits must hear of it, and the run must show it
            self.broken = error
            self._end()
            self._ears.broken()
        finally:
            self._task = None

    async def _put(self, batch: _Batch) -> None:
        state = self._progress.state
        while True:
            try:
                await self._journal.append(batch.events, state=state)
            except JournalUnavailableError as error:
                self._tell(str(error))
                await self._clock.sleep(self._options.journal_wait)
            else:
                self._tell("")
                return

    def _tell(self, trouble: str) -> None:
        if trouble != self.trouble:
            self.trouble = trouble
            self._ears.trouble(trouble)

    def _refused(self, error: DrdError) -> None:
        # An old token or a taken sequence number: another holder writes this run. What is in memory is worth nothing.
        _log.error("journal refused the run's events", run=self._claim.run, error=str(error))
        self._end()
        self._ears.lost()

    def _end(self) -> None:
        self._lost = True
        batches = [self._flying or _Batch(), self._next]
        self._flying, self._next = None, _Batch()
        for batch in batches:
            _release(batch, ClaimLost())


def _release(batch: _Batch, error: BaseException | None = None) -> None:
    for waiter in batch.waiters:
        if waiter.done():
            continue
        if error is None:
            waiter.set_result(None)
        else:
            waiter.set_exception(error)
