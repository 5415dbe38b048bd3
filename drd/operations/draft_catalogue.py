"""Draft a catalogue from what subscriptions hold: by lists only, and what cannot be seen is said."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from typing import TypeVar

from drd.domain.drafting import Draft, DraftMachine, DraftProtection, DraftTerms, draft
from drd.domain.errors import DrdError, ForbiddenError
from drd.domain.estate import Mechanism
from drd.domain.ids import ArmId
from drd.ports.backups import BACKUPS
from drd.ports.capabilities import Provider
from drd.ports.replication import REPLICATION
from drd.ports.seen_machines import SEEN_MACHINES
from drd.ports.vaults import VAULTS

T = TypeVar("T")


@dataclass(slots=True)
class _Sight:
    """What was seen, and what was not."""

    machines: list[DraftMachine]
    protections: list[DraftProtection]
    unseen: list[DrdError]
    notes: list[str]


class DraftCatalogue:
    """Asks, and drafts. Changes nothing anywhere."""

    def __init__(self, provider: Provider) -> None:
        """Take who answers for Azure."""
        self._provider = provider

    async def __call__(self, terms: DraftTerms) -> Draft:
        """Draft from what the identity may see.

        Raises:
            NotFoundError: there is no machine to draft from.
            ForbiddenError: there is none, and the identity may not see all.
            InvalidError: the regions cannot be told.
        """
        sight = _Sight([], [], [], [])
        for subscription in terms.subscriptions:
            listed = await self._seen(sight, "machines", subscription, lambda name=subscription: self._machines(name))  # type: ignore[misc]  # bound now
            sight.machines.extend(listed or ())
            vaults = await self._seen(sight, "vaults", subscription, lambda name=subscription: self._vaults(name))  # type: ignore[misc]  # bound now
            for vault in vaults or ():
                await self._protected(sight, vault)
        if not sight.machines and not sight.protections:
            refused = next((each for each in sight.unseen if isinstance(each, ForbiddenError)), None)
            if refused is not None:
                raise refused
            if sight.unseen:
                raise sight.unseen[0]
        found = draft(sight.machines, sight.protections, terms)
        return replace(found, notes=(*sight.notes, *found.notes))

    async def _machines(self, subscription: str) -> tuple[DraftMachine, ...]:
        found = await self._provider.capability(SEEN_MACHINES).list(subscription)
        return tuple(DraftMachine(id=each.id, region=each.location, tags=each.tags) for each in found)

    async def _vaults(self, subscription: str) -> tuple[ArmId, ...]:
        return tuple(each.id for each in await self._provider.capability(VAULTS).list(subscription))

    async def _protected(self, sight: _Sight, vault: ArmId) -> None:
        backed_up = await self._seen(
            sight, "backups", vault.name, lambda: self._provider.capability(BACKUPS).items(vault)
        )
        replicated = await self._seen(
            sight, "replicated items", vault.name, lambda: self._provider.capability(REPLICATION).items(vault)
        )
        sight.protections.extend(
            DraftProtection(
                machine=each.source,
                mechanism=Mechanism.SITE_RECOVERY,
                vault=vault,
                item=each.name,
                home=_region(each.primary_region),
                recovery=_region(each.recovery_region),
            )
            for each in replicated or ()
        )
        sight.protections.extend(
            DraftProtection(machine=each.source, mechanism=Mechanism.BACKUP, vault=vault) for each in backed_up or ()
        )

    async def _seen(self, sight: _Sight, what: str, of: str, ask: Callable[[], Awaitable[T]]) -> T | None:
        try:
            return await ask()
        except DrdError as error:
            sight.unseen.append(error)
            sight.notes.append(f"not seen: {what} of {of}: {error.message}")
            return None


def _region(written: str) -> str:
    return written.casefold().replace(" ", "")
