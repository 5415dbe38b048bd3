"""Collect what vaults tell by whole lists: policies, and the jobs of the last day."""

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from typing import TypeAlias

from drd.domain.errors import DrdError, TransientError
from drd.domain.estate import Mechanism, Tenant
from drd.domain.ids import ArmId
from drd.operations.silent_vaults import Silence
from drd.ports.capabilities import Provider
from drd.ports.clock import Clock
from drd.ports.inventory import Inventory, VaultList
from drd.ports.vault_lists import VAULT_LISTS, Listed, ListKind

Which: TypeAlias = tuple[ArmId, Mechanism, ListKind]
_Look: TypeAlias = Callable[[], Awaitable[tuple[Listed, ...]]]

_KEPT = 200
_JOBS_OF = timedelta(days=1)


class CollectVaultLists:
    """Reads one list a vault and kind. One that cannot be read keeps what was in it, and its age."""

    def __init__(self, *, inventory: Inventory, provider: Provider, clock: Clock) -> None:
        """Take what is needed."""
        self._inventory = inventory
        self._provider = provider
        self._clock = clock

    async def __call__(
        self, tenant: Tenant, mechanism: Mechanism, vaults: Iterable[ArmId], quiet: Mapping[ArmId, DrdError]
    ) -> tuple[Silence, ...]:
        """Read the lists of these vaults; gives which could not be read.

        A vault that is `quiet`, or gets so, is left alone until the next collection: each question would wait for
        minutes, and the facts of others with it. That counts as not answered, for the same reason.
        """
        lists, silent = self._provider.capability(VAULT_LISTS), []
        known = await self._inventory.lists(tenant.id, ListKind.POLICIES)
        before = {(each.vault, each.mechanism): each.entries for each in known}
        for vault in vaults:
            since = self._clock.now() - _JOBS_OF
            looks: tuple[tuple[ListKind, _Look], ...] = (
                (ListKind.POLICIES, partial(lists.policies, vault, mechanism)),
                (ListKind.JOBS, partial(lists.jobs, vault, mechanism, since=since)),
            )
            gave_up = quiet.get(vault)
            for kind, look in looks:
                before_it = before.get((vault, mechanism), ()) if kind is ListKind.POLICIES else ()
                asked = look if gave_up is None else partial(_left_alone, gave_up)
                silence = await self._read(tenant, (vault, mechanism, kind), asked, before_it)
                if silence is not None:
                    silent.append(silence)
                    gave_up = silence.error if isinstance(silence.error, TransientError) else gave_up
        return tuple(silent)

    async def _read(self, tenant: Tenant, which: Which, look: _Look, before: Sequence[Listed]) -> Silence | None:
        vault, mechanism, kind = which
        try:
            found = _changed(await look(), before, self._clock.now())
        except DrdError as error:
            await self._inventory.put_lists((list_of(tenant, which, trouble=str(error), now=self._clock.now()),))
            what = f"{kind.value} of {mechanism.value}"
            return Silence(place=vault, what=what, error=error, mechanism=mechanism, kind=kind)
        await self._inventory.put_lists((list_of(tenant, which, found, now=self._clock.now()),))
        return None


async def _left_alone(error: DrdError) -> tuple[Listed, ...]:
    """Answer as the vault did when it was asked last."""
    raise error


def _changed(found: tuple[Listed, ...], before: Sequence[Listed], now: datetime) -> tuple[Listed, ...]:
    """Note when policies became what they are: of what was promised before, nothing is held against them."""
    known = {each.name: each for each in before}
    return tuple(_since(each, known[each.name], now) if each.name in known else each for each in found)


def _since(policy: Listed, before: Listed, now: datetime) -> Listed:
    same = (policy.about, policy.policy) == (before.about, before.policy)
    return replace(policy, at=before.at if same else now)


def list_of(
    tenant: Tenant, which: Which, found: tuple[Listed, ...] = (), *, now: datetime, trouble: str = ""
) -> VaultList:
    """Give a list as it was read now, or as it could not be read."""
    vault, mechanism, kind = which
    return VaultList(
        tenant=tenant.id,
        vault=vault,
        mechanism=mechanism,
        kind=kind,
        asked_at=now,
        seen_at=None if trouble else now,
        trouble=trouble,
        entries=found[:_KEPT],
        total=len(found),
    )
