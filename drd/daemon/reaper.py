"""The reaper: a small process with an identity of its own that removes what drills left. The store is optional.

It needs nothing of the daemon: not its process, and where the database is gone or cannot be read, not even that.
"""

import asyncio
import contextlib
import platform
import secrets
import signal
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from drd.daemon.catalogue import Checks
from drd.daemon.clock import HostClock
from drd.daemon.discovery import checks, opener
from drd.daemon.logs import configure_logs
from drd.daemon.terms import azure_terms, clock_of
from drd.domain.canonical import Json
from drd.domain.drill_seal import DrillSeal, life_of
from drd.domain.durations import format_instant
from drd.domain.errors import DrdError, JournalUnavailableError
from drd.domain.reaping import Reaped
from drd.operations.reap import Book, Reap
from drd.ports.capabilities import OpeningTerms
from drd.ports.clock import Clock
from drd.ports.lease import Lease
from drd.settings.environment import process_environment
from drd.settings.loading import Configuration, drill_seal, load_configuration, store_place
from drd.store.beside import Beside, open_beside_daemons

_PROVIDER = "azure"
_LEASE = "reaper"
_LENGTH = timedelta(seconds=60)
_RENEW = timedelta(seconds=20)


@dataclass(frozen=True, slots=True, kw_only=True)
class Pass:
    """What one pass did.

    Attributes:
        at: world time at its beginning.
        without_store: why the ledger was not asked; empty when it was.
        trouble: what ended the pass before its end; empty when nothing did.
        idle: whether another reaper was at work, and this one did nothing.
    """

    at: datetime
    reaped: tuple[Reaped, ...] = ()
    without_store: str = ""
    trouble: str = ""
    idle: bool = False

    @property
    def settled(self) -> bool:
        """Say whether nobody has to do anything."""
        return not self.trouble and all(each.settled for each in self.reaped)

    def to_json(self) -> dict[str, Json]:
        """Write it for people and machines."""
        return {
            "at": format_instant(self.at),
            "reaped": [each.to_json() for each in self.reaped],
            "without-store": self.without_store,
            "trouble": self.trouble,
            "idle": self.idle,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class ReaperWish:
    """What is wanted.

    Attributes:
        dry: say what would be removed, and remove nothing.
        without_store: do not look into the daemon's database.
        every: host time between passes; None for one pass.
    """

    config: Path
    dry: bool = False
    without_store: bool = False
    every: timedelta | None = None


def reap(wish: ReaperWish, tell: Callable[[Pass], None]) -> bool:
    """Pass once, or again and again until SIGTERM or SIGINT; gives whether the last pass left nothing to do.

    Raises:
        DrdError: the settings cannot be used; nothing was removed.
    """
    configuration = load_configuration(wish.config, process_environment(), Checks(checks()))
    logging = configuration.settings.file.logging
    configure_logs(logging.format, logging.level)
    return asyncio.run(_reap(configuration, wish, tell))


async def _reap(configuration: Configuration, wish: ReaperWish, tell: Callable[[Pass], None]) -> bool:
    stop = asyncio.Event()
    for sign in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(sign, stop.set)
    settings = configuration.settings
    async with reaper_of(configuration, clock_of(settings), seal=drill_seal(settings)) as once:
        work = asyncio.create_task(_passes(configuration, wish, once, tell))
        stopped = asyncio.create_task(stop.wait())
        await asyncio.wait((work, stopped), return_when=asyncio.FIRST_COMPLETED)
        for task in (work, stopped):
            task.cancel()
        # What was told to go goes on in Azure, and the next pass reads whether it is gone.
        done, _ = await asyncio.gather(work, stopped, return_exceptions=True)
    if isinstance(done, Exception):
        raise done
    # Told to stop is no trouble: what the passes found was told.
    return work.cancelled() or done is True


async def _passes(configuration: Configuration, wish: ReaperWish, once: Reap, tell: Callable[[Pass], None]) -> bool:
    while True:
        passed = await _pass(configuration, wish, once)
        tell(passed)
        if wish.every is None:
            return passed.settled
        await HostClock().sleep(wish.every)


@contextlib.asynccontextmanager
async def reaper_of(
    configuration: Configuration,
    clock: Clock,
    *,
    seal: DrillSeal | None,
    wire: object | None = None,
    azure: Mapping[str, Any] | None = None,
) -> AsyncIterator[Reap]:
    """Give a reaper under its own identity.

    Args:
        configuration: names Azure, the identity and the subscriptions.
        clock: world time.
        seal: None where no key was given.
        wire: None for the network; else how requests reach a sandbox in the same process.
        azure: what takes the place of the settings' own words about Azure.

    Raises:
        DrdError: the provider cannot be opened.
    """
    terms = OpeningTerms(settings=azure_terms(configuration, "reaper") | dict(azure or {}), clock=clock, wire=wire)
    provider = await opener(_PROVIDER).open(terms)
    try:
        yield Reap(
            provider=provider,
            clock=clock,
            services=configuration.services,
            life=life_of(configuration.settings.file.drills.longest),
            seal=seal,
        )
    finally:
        await provider.close()


async def _pass(configuration: Configuration, wish: ReaperWish, once: Reap) -> Pass:
    """Pass once, by the ledger where it can be read, and else without."""
    beside, why = None, "asked for"
    if not wish.without_store:
        try:
            beside, why = open_beside_daemons(store_place(configuration.settings)), ""
        except DrdError as error:
            why = str(error)
    at = once.clock.now()
    if beside is None:
        return await _carried_out(once, None, wish, at, why)
    try:
        async with _alone(beside) as may:
            if not may:
                return Pass(at=at, idle=True)
            book = Book(ledger=beside.ledger, runs=beside.journal, writes=beside.lease is not None)
            return await _carried_out(once, book, wish, at, "")
    except JournalUnavailableError as error:
        # The database went away in the middle: what the ledger allowed was done, and seals speak for the rest.
        return await _carried_out(once, None, wish, at, str(error))
    finally:
        await beside.close()


async def _carried_out(once: Reap, book: Book | None, wish: ReaperWish, at: datetime, why: str) -> Pass:
    try:
        return Pass(at=at, reaped=await once(book, dry=wish.dry), without_store=why)
    except JournalUnavailableError:
        raise
    except DrdError as error:
        return Pass(at=at, without_store=why, trouble=str(error))


@contextlib.asynccontextmanager
async def _alone(beside: Beside) -> AsyncIterator[bool]:
    """Hold the lease of the reaper where there is one; gives False when another reaper has it."""
    if beside.lease is None:
        yield True
        return
    holder = f"{platform.node()}/{secrets.token_hex(4)}"
    if not await beside.lease.hold(_LEASE, holder=holder, length=_LENGTH):
        yield False
        return
    renewing = asyncio.create_task(_renew(beside.lease, holder))
    try:
        yield True
    finally:
        renewing.cancel()
        await asyncio.gather(renewing, return_exceptions=True)
        with contextlib.suppress(JournalUnavailableError):
            await beside.lease.release(_LEASE, holder=holder)


async def _renew(lease: Lease, holder: str) -> None:
    while True:
        await HostClock().sleep(_RENEW)
        # One that was lost harms nobody: two reapers remove the same things, and what is gone is gone.
        with contextlib.suppress(JournalUnavailableError):
            await lease.hold(_LEASE, holder=holder, length=_LENGTH)
