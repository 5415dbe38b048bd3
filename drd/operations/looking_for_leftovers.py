"""How the world is looked at for what a drill made: by ledger, by tags, and by what its steps said they had made."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import TypeVar

from drd.domain.drill_seal import RUN_TAG
from drd.domain.drill_verdict import Listing
from drd.domain.errors import DrdError, JournalUnavailableError, PermanentError, RefusedError
from drd.domain.ids import ArmId, RunId
from drd.engine.holdings import GROUP, TEST_FAILOVER
from drd.operations.removing import Remover, stands
from drd.ports.capabilities import Provider
from drd.ports.clock import Clock
from drd.ports.groups import GROUPS, Group, Resource, is_older
from drd.ports.ledger import Entry, Ledger
from drd.ports.replication import REPLICATION, ReplicatedItem

K = TypeVar("K")
T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Traces:
    """What is known of one drill before the world is looked at.

    Attributes:
        accepted_at: nothing that the drill made is older.
        entries: what its ledger holds, also of what is gone.
        copies: machines that its steps said they had made.
        subscriptions: where to look, beside those of the ledger.
    """

    run: RunId
    accepted_at: datetime
    entries: tuple[Entry, ...] = ()
    copies: frozenset[ArmId] = frozenset()
    subscriptions: frozenset[str] = frozenset()

    @property
    def places(self) -> frozenset[str]:
        """Give the subscriptions to look at, in one casing."""
        named = {each.id.subscription for each in self.entries} | {each.subscription for each in self.copies}
        return frozenset(each.casefold() for each in named | self.subscriptions if each)


@dataclass(slots=True)
class Look:
    """One turn of looking: what was listed for one drill serves the next. Changes nothing.

    `provider` speaks under an identity that sees everything in the municipalities' subscriptions.
    """

    provider: Provider
    ledger: Ledger
    clock: Clock
    _groups: dict[str, tuple[Group, ...]] = field(default_factory=dict)
    _items: dict[ArmId, tuple[ReplicatedItem, ...]] = field(default_factory=dict)
    _inside: dict[ArmId, tuple[Resource, ...]] = field(default_factory=dict)

    async def __call__(self, traces: Traces) -> Listing:
        """Look for what a drill made. What cannot be seen is told; what can be is looked at all the same.

        Raises:
            JournalUnavailableError: the ledger cannot be read.
        """
        at = self.clock.now()
        if not traces.places:
            return Listing(at=at, impossible="neither ledger nor catalogue says in which subscription to look")
        found: list[ArmId] = []
        impossible: list[str] = []
        for search in (self._by_group, self._by_tag, self._by_name, self._by_test):
            try:
                found += await search(traces)
            except JournalUnavailableError:
                raise
            except DrdError as error:
                impossible.append(str(error))
        names = tuple(dict.fromkeys(str(each) for each in found))
        return Listing(at=at, found=names, impossible="; ".join(dict.fromkeys(impossible)))

    async def _by_group(self, traces: Traces) -> list[ArmId]:
        """Give its resource groups: of the ledger's names, whatever their tags say, and with its tag."""
        named = {each.id for each in traces.entries if each.kind == GROUP and not each.keep}
        listed = [group for place in sorted(traces.places) for group in await self._listed(place)]
        return [group.id for group in listed if group.id in named or group.tags.get(RUN_TAG) == traces.run]

    async def _listed(self, subscription: str) -> tuple[Group, ...]:
        groups = self.provider.capability(GROUPS)
        return await _once(self._groups, subscription, lambda: groups.list(subscription))

    async def _by_tag(self, traces: Traces) -> list[ArmId]:
        """Give what carries its tag, wherever it lies; what is older than the drill was not made by it."""
        groups = self.provider.capability(GROUPS)
        found: list[ArmId] = []
        for place in sorted(traces.places):
            tagged = await groups.tagged(place, tag=RUN_TAG, value=traces.run)
            found += [each.id for each in tagged if not is_older(each.created_at, than=traces.accepted_at)]
        return found

    async def _by_name(self, traces: Traces) -> list[ArmId]:
        """Give what the ledger or a step named, without tags: in groups that are not the drill's own too."""
        single = {each.id for each in traces.entries if each.kind not in {GROUP, TEST_FAILOVER} and not each.keep}
        wanted = {each for each in single | traces.copies if each.resource_group}
        found: list[ArmId] = []
        for group in sorted({each.group_id for each in wanted}, key=str):
            inside = await _once(self._inside, group, lambda group=group: self._resources(group))  # type: ignore[misc]  # bound at once
            found += [each.id for each in inside if each.id in wanted]
        return found

    async def _resources(self, group: ArmId) -> tuple[Resource, ...]:
        return await self.provider.capability(GROUPS).resources(group)

    async def _by_test(self, traces: Traces) -> list[ArmId]:
        """Give its test failovers that stand.

        Raises:
            PermanentError: one stands, and nothing shows whose it is.
        """
        tests = [each for each in traces.entries if each.kind == TEST_FAILOVER and not each.keep]
        standing = [entry for entry in tests if await self._stands(entry)]
        return [entry.id for entry in standing if await self._is_ours(entry)]

    async def _stands(self, entry: Entry) -> bool:
        vault, name = ArmId(entry.details.get("vault", "")), entry.details.get("item", "").casefold()
        replication = self.provider.capability(REPLICATION)
        items = await _once(self._items, vault, lambda: replication.items(vault))
        return any(stands(each) for each in items if name in {each.name.casefold(), each.source.name.casefold()})

    async def _is_ours(self, entry: Entry) -> bool:
        try:
            return await Remover(provider=self.provider, clock=self.clock).test_of(entry) is not None
        except RefusedError as error:
            if await self._another_runs(entry):
                return False
            raise PermanentError(error.message, target=error.target, hint=error.hint, code=error.code) from error

    async def _another_runs(self, entry: Entry) -> bool:
        """Say whether another drill holds the test by now: the service is free as soon as a run is over."""
        held = await self.ledger.open()
        return any((each.kind, each.id) == (TEST_FAILOVER, entry.id) and each.run != entry.run for each in held)


async def _once(known: dict[K, tuple[T, ...]], key: K, ask: Callable[[], Awaitable[tuple[T, ...]]]) -> tuple[T, ...]:
    if key not in known:
        known[key] = await ask()
    return known[key]
