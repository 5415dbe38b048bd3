"""Remove what drills left and what may go, and report the rest.

By the ledger, where it can be read: only what it recorded before it was made, looked at once more right before it goes.
Without it: only whole resource groups that are expired and whose seal fits. What is in doubt is reported, and stays.
"""

from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum
from functools import partial
from typing import Protocol, TypeAlias, TypeVar

from drd.domain.drill_seal import EXPIRES_TAG, RUN_TAG, SEAL_TAG, DrillSeal
from drd.domain.durations import parse_instant
from drd.domain.errors import DrdError, NotFoundError, RefusedError
from drd.domain.estate import Mechanism
from drd.domain.events import Event
from drd.domain.ids import ArmId, RunId
from drd.domain.reaping import Reaped, Reaping
from drd.engine.holdings import GROUP
from drd.engine.holdings import TEST_FAILOVER as TEST
from drd.operations.removing import Remover, is_locked, stands
from drd.operations.side_by_side import side_by_side
from drd.ports.capabilities import Provider
from drd.ports.clock import Clock
from drd.ports.groups import GROUPS, Group
from drd.ports.journal import RunCard
from drd.ports.ledger import Entry, Ledger
from drd.ports.replication import REPLICATION
from drd.ports.services import Services

T = TypeVar("T")


class Nothing(Enum):
    """Says that there was nothing to remove, and so nothing to tell."""

    GONE = "gone"


GONE = Nothing.GONE
Outcome: TypeAlias = Nothing | None
"""None: it was removed, or would be."""

_QUIET = timedelta(hours=1)
"""An expired run that wrote nothing for so long is not under way any more."""
_AT_ONCE = 8


class Runs(Protocol):
    """What the reaper asks of the journal. Errors as `Journal`'s."""

    async def run(self, run: RunId) -> RunCard:
        """Give a run's card. Raises NotFoundError."""
        ...

    async def events(self, run: RunId, *, after: int = 0) -> tuple[Event, ...]:
        """Give a run's events."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Book:
    """The daemon's database, as far as the reaper reads it.

    Attributes:
        writes: False where the reaper only reads: what it removed stays open in the ledger, and is looked for again.
    """

    ledger: Ledger
    runs: Runs
    writes: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Reap:
    """One pass. Removing twice is harmless: what is gone is gone.

    Attributes:
        provider: the cloud, under the reaper's own identity.
        clock: world time.
        life: how long what a drill makes may live; nothing in a sealed group is older than that before its expiry.
        seal: None where no key was given; then no group goes without the ledger.
    """

    provider: Provider
    clock: Clock
    services: Services
    life: timedelta
    seal: DrillSeal | None = None

    async def __call__(self, book: Book | None, *, dry: bool = False) -> tuple[Reaped, ...]:
        """Look, remove what may go, and tell what became of it. `dry` removes and writes nothing.

        Raises:
            DrdError: the ledger or a listing cannot be read; what was removed until then is removed.
        """
        turn = _Turn(self, dry=dry)
        if book is None:
            return (*await turn.open_tests(), *await turn.by_seal())
        ledger = _ByLedger(turn, book)
        return (*await ledger.pass_once(), *await turn.by_seal(ledger))


class _Turn:
    """What one pass knows."""

    def __init__(self, reap: Reap, *, dry: bool) -> None:
        self.reap = reap
        self.dry = dry
        self.now = reap.clock.now()
        self.groups = reap.provider.capability(GROUPS)
        self.remover = Remover(provider=reap.provider, clock=reap.clock)
        self.spoken_for: set[ArmId] = set()
        """Groups that the ledger holds open: what it says of them counts, whatever their tags say."""

    async def open_tests(self) -> list[Reaped]:
        """Report test failovers that stand: without the ledger nobody knows whose they are."""
        replication = self.reap.provider.capability(REPLICATION)
        items = [item for vault in _vaults(self.reap.services) for item in await replication.items(vault)]
        return [
            Reaped(
                outcome=Reaping.REPORTED,
                id=item.id,
                kind=TEST,
                code="test-failover-open",
                because=f"a test failover of {item.name} stands, and without the ledger nobody knows whose it is",
                hint="whoever started it cleans it up in the vault",
            )
            for item in items
            if stands(item)
        ]

    async def by_seal(self, ledger: "_ByLedger | None" = None) -> list[Reaped]:
        """Look at every resource group that says it expires, and for which the ledger did not speak."""
        listed = [group for each in _subscriptions(self.reap.services) for group in await self.groups.list(each)]
        expired = [
            group
            for group in listed
            if {EXPIRES_TAG, SEAL_TAG} & group.tags.keys() and group.id not in self.spoken_for
            if _expires(group, otherwise=self.now) <= self.now
        ]

        async def sealed(group: Group) -> Outcome:
            run = group.tags.get(RUN_TAG, "")
            self._check_proven(group)
            if ledger is not None and await ledger.may_go(RunId(run), expired=True) is None:
                raise _under_way(group.id)
            await self.remover.look_at_group(group, since=_expires(group, otherwise=self.now) - self.reap.life)
            if not self.dry:
                await self.remover.remove_group(group.id, run)
            return None

        return await self.each(sealed, expired, _group_thing)

    async def each(
        self, work: Callable[[T], Awaitable[Outcome]], things: Iterable[T], thing_of: Callable[[T], Reaped]
    ) -> list[Reaped]:
        """Remove each thing, some at a time; gives what there is to tell, in order. One that fails stops no other."""

        async def one(thing: T) -> Reaped | None:
            told = thing_of(thing)
            try:
                outcome = await work(thing)
            except DrdError as error:
                return _kept(told, error)
            return None if outcome is GONE else _with(told, Reaping.WOULD_REMOVE if self.dry else Reaping.REMOVED)

        removed = await side_by_side([partial(one, each) for each in things], most=_AT_ONCE)
        return [found for found in removed if found is not None]

    def _check_proven(self, group: Group) -> None:
        if SEAL_TAG not in group.tags:
            raise _unproven(group.id, "unsealed", "it says that it expired, and carries no seal")
        if self.reap.seal is None:
            raise _unproven(group.id, "no-key", "it carries a seal, and the settings name no key to check it with")
        if not self.reap.seal.fits(group.id, group.tags):
            raise _unproven(
                group.id, "seal-broken", "its seal is not of this group, run and expiry, or not of this key"
            )


class _ByLedger:
    """A pass over what the ledger holds open."""

    def __init__(self, turn: _Turn, book: Book) -> None:
        self._turn = turn
        self._book = book
        self._open: tuple[Entry, ...] = ()

    async def pass_once(self) -> list[Reaped]:
        """Remove what may go: groups first, so that what lies in them is gone with them."""
        self._open = tuple(entry for entry in await self._book.ledger.open() if entry.expires_at is not None)
        turn, groups = self._turn, [entry for entry in self._open if entry.kind == GROUP]
        turn.spoken_for |= {entry.id for entry in groups}
        ends: dict[RunId, datetime] = {}
        for entry in self._open:
            ends[entry.run] = max(ends.get(entry.run, turn.now), entry.expires_at or turn.now)
        may = {run: await self.may_go(run, expired=end <= turn.now) for run, end in ends.items()}
        told = [_kept(_thing(entry), _under_way(entry.id)) for entry in self._open if may[entry.run] is None]
        due = [entry for entry in self._open if may[entry.run]]
        told += await turn.each(self._group, [entry for entry in due if entry.kind == GROUP], _thing)
        told += await turn.each(self._test, [entry for entry in due if entry.kind == TEST], _thing)
        single = [entry for entry in due if entry.kind not in {GROUP, TEST} and not _within(entry, groups)]
        return told + await turn.each(self._resource, single, _thing)

    async def may_go(self, run: RunId, *, expired: bool) -> bool | None:
        """Say whether what a run made may go. None: it is expired, and its run is under way all the same."""
        root = await self._root(run)
        if root is None or root.state.final:
            return root is not None or expired
        if not expired:
            return False
        quiet = [await self._is_quiet(each) for each in {root.id, run}]
        return True if all(quiet) else None

    async def _root(self, run: RunId) -> RunCard | None:
        """Give the run that started it all: as long as it goes on, it may need what its children made."""
        try:
            card = await self._book.runs.run(run)
            while card.parent is not None:
                card = await self._book.runs.run(card.parent)
        except NotFoundError:
            return None
        return card

    async def _is_quiet(self, run: RunId) -> bool:
        events = await self._book.runs.events(run)
        return not events or events[-1].at <= self._turn.now - _QUIET

    async def _group(self, entry: Entry) -> Outcome:
        """Delete a group that is as the ledger recorded it. Raises RefusedError for another one of its name."""
        found = await self._turn.groups.get(entry.id)
        if found is not None:
            await self._turn.remover.look_at_group(found, since=entry.recorded_at, entry=entry)
            if self._turn.dry:
                return None
            await self._turn.remover.remove_group(entry.id, str(entry.run))
        inside = [each for each in self._open if each.run == entry.run and each.id.key.startswith(entry.id.key + "/")]
        await self._note(entry, *inside)
        return GONE if found is None else None

    async def _test(self, entry: Entry) -> Outcome:
        """Let Site Recovery clean up a test that the run started. Raises RefusedError for somebody else's."""
        item = await self._turn.remover.test_of(entry)
        if item is not None:
            if self._turn.dry:
                return None
            await self._turn.remover.clean_up(entry, item)
        await self._note(entry)
        return GONE if item is None else None

    async def _resource(self, entry: Entry) -> Outcome:
        """Look for what a drill made outside groups of its own. Raises RefusedError when it is there."""
        if await self._turn.remover.is_there(entry.id):
            raise RefusedError(
                "a drill made it in a group that is not the drill's own, which the reaper may not delete",
                target=str(entry.id),
                hint="remove it by hand",
                code="not-in-a-group",
            )
        await self._note(entry)
        return GONE

    async def _note(self, *entries: Entry) -> None:
        """Write that something is gone, where that can be written."""
        if self._turn.dry or not self._book.writes:
            return
        for entry in entries:
            await self._book.ledger.removed(entry.run, entry.id, at=self._turn.reap.clock.now())


def _kept(thing: Reaped, error: DrdError) -> Reaped:
    """Say why a thing is still there: a rule of ours or a lock forbids it, or removing it failed."""
    if is_locked(error):
        return _with(thing, Reaping.REPORTED, "locked", error.message, error.hint)
    outcome = Reaping.REPORTED if isinstance(error, RefusedError) else Reaping.LEFT
    return _with(thing, outcome, error.code, error.message, error.hint)


def _under_way(target: ArmId) -> RefusedError:
    message, hint = "it is expired, and its run is under way", "`drd run show` tells what the run waits for; end it"
    return RefusedError(message, target=str(target), hint=hint, code="under-way")


def _unproven(group: ArmId, code: str, because: str) -> RefusedError:
    hint = "find out who made it, and remove it or its tags: only what drd can prove to have made is deleted"
    return RefusedError(because, target=str(group), hint=hint, code=code)


def _group_thing(group: Group) -> Reaped:
    return Reaped(outcome=Reaping.REMOVED, id=group.id, kind=GROUP, run=group.tags.get(RUN_TAG, ""))


def _thing(entry: Entry) -> Reaped:
    return Reaped(outcome=Reaping.REMOVED, id=entry.id, kind=entry.kind, run=str(entry.run))


def _with(thing: Reaped, outcome: Reaping, code: str = "", because: str = "", hint: str = "") -> Reaped:
    return Reaped(outcome=outcome, id=thing.id, kind=thing.kind, run=thing.run, code=code, because=because, hint=hint)


def _within(entry: Entry, groups: Iterable[Entry]) -> bool:
    return any(entry.id.key.startswith(group.id.key + "/") for group in groups)


def _expires(group: Group, *, otherwise: datetime) -> datetime:
    """Read when a group expires; what cannot be read counts as expired, so that it is told."""
    try:
        return parse_instant(group.tags.get(EXPIRES_TAG, ""))
    except DrdError:
        return otherwise


def _subscriptions(services: Services) -> tuple[str, ...]:
    return tuple(dict.fromkeys(each for tenant in services.tenants() for each in tenant.subscriptions))


def _vaults(services: Services) -> tuple[ArmId, ...]:
    found = (
        item.protected_by(Mechanism.SITE_RECOVERY)
        for tenant in services.tenants()
        for service in tenant.services
        for item in service.items
    )
    return tuple(dict.fromkeys(each.vault for each in found if each is not None))
