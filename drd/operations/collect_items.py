"""Collect the protected items of vaults by one list each, and the points of as many as there is room for."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import TypeAlias

from drd.domain.errors import DrdError, TransientError
from drd.domain.estate import Mechanism, Tenant
from drd.domain.ids import ArmId
from drd.operations.collect_vault_lists import list_of
from drd.operations.points_in_turn import Candidate, chosen
from drd.operations.seen_items import (
    Subject,
    backed_up,
    is_newer,
    newest_replicated,
    replicated,
    unprotected,
    with_points,
    with_told,
)
from drd.operations.side_by_side import side_by_side
from drd.operations.silent_vaults import POINTS, Silence
from drd.operations.unnamed_items import Named, Unnamed, unnamed
from drd.ports.backups import BACKUPS, CROSS_REGION_BACKUPS, BackedUpItem
from drd.ports.capabilities import Provider
from drd.ports.clock import Clock
from drd.ports.inventory import Chain, ChainKey, Inventory, ItemFacts
from drd.ports.replication import REPLICATION, ReplicatedItem
from drd.ports.vault_lists import Listed, ListKind

_AT_ONCE = 4
"""Vaults of one municipality whose lists of items are asked for at the same time."""
Subjects: TypeAlias = Mapping[ArmId, Sequence[Subject]]
_Chains: TypeAlias = Mapping[ChainKey, Chain]


@dataclass(frozen=True, slots=True, kw_only=True)
class SeenItems:
    """How many items were seen, what could not be asked, and which items of vaults no service names.

    Attributes:
        quiet: vaults whose own region did not answer, also where the paired one answered instead.
    """

    seen: int
    silent: tuple[Silence, ...]
    unnamed: tuple[Unnamed, ...] = ()
    quiet: Mapping[ArmId, DrdError] = field(default_factory=dict)


@dataclass(slots=True)
class _Vault:
    """What a vault's list of items told, that it could not be read, or that its own region did not answer."""

    id: ArmId
    unnamed: Unnamed | None = None
    unread: Silence | None = None
    quiet: DrdError | None = None
    candidates: list[Candidate] = field(default_factory=list)
    absent: list[ItemFacts] = field(default_factory=list)


class CollectItems:
    """First every vault's items, then the points of those whose turn it is."""

    def __init__(self, *, inventory: Inventory, provider: Provider, clock: Clock) -> None:
        """Take what is needed."""
        self._inventory = inventory
        self._provider = provider
        self._clock = clock

    async def __call__(
        self, tenant: Tenant, mechanism: Mechanism, subjects: Subjects, most: Mapping[str, int], known: Named
    ) -> SeenItems:
        """Collect the items of these vaults, and the points of so many of each subscription.

        What could not be asked stays as it was. `known` is what the services of all municipalities name.
        """
        chains = await self._inventory.chains(tenant.id) if subjects else {}

        async def asked(vault: ArmId, mine: Sequence[Subject]) -> _Vault:
            found = _Vault(vault)
            try:
                listed = await self._listed(tenant, mechanism, found, mine, chains)
                found.unnamed = unnamed(vault, mechanism, listed, known)
            except DrdError as error:
                await self._unread(tenant, mechanism, found, error)
            return found

        vaults = await side_by_side([partial(asked, *each) for each in subjects.items()], most=_AT_ONCE)
        silent = [each.unread for each in vaults if each.unread is not None]
        turn = chosen([each for vault in vaults for each in vault.candidates], most, self._clock.now())
        seen = first = 0
        for each in vaults:
            own = frozenset(place - first for place in turn if first <= place < first + len(each.candidates))
            first += len(each.candidates)
            told = await self._pointed(each, own, mechanism)
            seen, silent = seen + told.seen, [*silent, *told.silent]
        return SeenItems(
            seen=seen,
            silent=tuple(silent),
            unnamed=tuple(each.unnamed for each in vaults if each.unnamed is not None),
            quiet={each.id: each.quiet for each in vaults if each.quiet is not None},
        )

    async def _unread(self, tenant: Tenant, mechanism: Mechanism, seen: _Vault, error: DrdError) -> None:
        """Note that a vault's items could not be read."""
        which = (seen.id, mechanism, ListKind.ITEMS)
        await self._inventory.put_lists((list_of(tenant, which, trouble=str(error), now=self._clock.now()),))
        seen.unread = Silence(place=seen.id, what="items", error=error, mechanism=mechanism, kind=ListKind.ITEMS)
        if isinstance(error, TransientError):
            seen.quiet = error

    async def _listed(
        self, tenant: Tenant, mechanism: Mechanism, seen: _Vault, subjects: Sequence[Subject], chains: _Chains
    ) -> tuple[Listed, ...]:
        look = self._replicated_in if mechanism is Mechanism.SITE_RECOVERY else self._backed_up_in
        listed = await look(tenant, seen, subjects, chains)
        which = (seen.id, mechanism, ListKind.ITEMS)
        await self._inventory.put_lists((list_of(tenant, which, listed, now=self._clock.now()),))
        return listed

    async def _replicated_in(
        self, tenant: Tenant, seen: _Vault, subjects: Sequence[Subject], chains: _Chains
    ) -> tuple[Listed, ...]:
        replication = self._provider.capability(REPLICATION)
        found = await replication.items(seen.id)
        items, now = {item.name.casefold(): item for item in found}, self._clock.now()
        for subject in subjects:
            item = items.get((subject.protection.item or subject.item.resource.name).casefold())
            if item is None:
                seen.absent.append(unprotected(tenant, subject, now))
                continue
            facts, chain = replicated(tenant, subject, item, now), chains.get(_key(subject))
            told = facts if chain is None else with_told(facts, newest_replicated(item), chain)
            seen.candidates.append(
                Candidate(
                    subscription=seen.id.subscription,
                    facts=told,
                    list_points=partial(replication.points, item),
                    chain=chain,
                    tier=subject.service.tier,
                )
            )
        return tuple(map(_replicated_line, found))

    async def _backed_up_in(
        self, tenant: Tenant, seen: _Vault, subjects: Sequence[Subject], chains: _Chains
    ) -> tuple[Listed, ...]:
        """Ask the vault's own region, and where that is silent the paired one, which answers for itself."""
        backups, paired = self._provider.capability(BACKUPS), self._provider.capability(CROSS_REGION_BACKUPS)
        region = tenant.recovery_region
        try:
            found = await backups.items(seen.id)
        except TransientError as error:
            seen.quiet = error
            found = await paired.items(seen.id, region)
        home = seen.quiet is None
        items, now = {item.source: item for item in found}, self._clock.now()
        for subject in subjects:
            item = items.get(subject.item.resource)
            if item is None:
                seen.absent.append(unprotected(tenant, subject, now))
                continue
            facts, chain = backed_up(tenant, subject, item, now), chains.get(_key(subject))
            # What the paired region holds lags: what the vault itself told before says nothing of it.
            news = home and chain is not None and is_newer(item.last_point_at, chain)
            told = with_told(facts, item.last_point_at, chain) if home and chain is not None else facts
            seen.candidates.append(
                Candidate(
                    subscription=seen.id.subscription,
                    facts=told,
                    list_points=partial(backups.points, item) if home else partial(paired.points, item, region),
                    chain=chain,
                    news=news,
                    tier=subject.service.tier,
                    steady=home,
                )
            )
        return tuple(map(_backed_up_line, found))

    async def _pointed(self, vault: _Vault, turn: frozenset[int], mechanism: Mechanism) -> SeenItems:
        """List the points whose turn it is. Where that fails, what the list of items told is kept all the same."""
        whole, states = list(vault.absent), []
        silent: list[Silence] = []
        now = self._clock.now()
        for place, each in enumerate(vault.candidates):
            points = None
            try:
                if place in turn and not _gave_up(silent):
                    points = await each.list_points()
            except DrdError as error:
                silent.append(Silence(place=vault.id, what=POINTS, error=error, mechanism=mechanism))
            if points is not None:
                whole.append(with_points(replace(each.facts, told_at=None), points, each.chain))
            elif each.is_believed(now):
                states.append(each.facts)
        if whole:
            await self._inventory.put_items(tuple(whole))
        if states:
            await self._inventory.put_states(tuple(states))
        return SeenItems(seen=len(whole) + len(states), silent=tuple(silent))


def _gave_up(silent: Sequence[Silence]) -> bool:
    """Say whether asking on is in vain: a vault that does not answer once is left alone until the next collection."""
    return any(isinstance(each.error, TransientError) for each in silent)


def _key(subject: Subject) -> ChainKey:
    return subject.item.id, subject.protection.mechanism


def _backed_up_line(item: BackedUpItem) -> Listed:
    return Listed(name=item.name, state=item.state, about=str(item.source), at=item.last_point_at)


def _replicated_line(item: ReplicatedItem) -> Listed:
    return Listed(name=item.name, state=item.state, about=str(item.source), at=newest_replicated(item))
