"""Items that a vault protects and that no service of any municipality names: nobody watches or recovers them."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from drd.domain.estate import Mechanism, Tenant
from drd.domain.findings import Finding, Severity
from drd.domain.ids import ArmId, TenantId
from drd.ports.vault_lists import Listed

_TOLD = 5
"""So many are told by name; of thousands the count says enough."""
Named: TypeAlias = Mapping[tuple[ArmId, Mechanism], frozenset[str]]
"""What the catalogue names of each vault, in lower case: sources of backups, and names of items."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Unnamed:
    """Items of one vault, by their names."""

    vault: ArmId
    mechanism: Mechanism
    names: tuple[str, ...]


def named(tenants: Iterable[Tenant]) -> Named:
    """Give what the services of all municipalities name: a vault may be shared."""
    found: dict[tuple[ArmId, Mechanism], set[str]] = {}
    for tenant in tenants:
        for service in tenant.services:
            for item in service.items:
                for each in item.protection:
                    known = found.setdefault((each.vault, each.mechanism), set())
                    known.update(_words(each.mechanism, each.item, item.resource))
    return {key: frozenset(words) for key, words in found.items()}


def _words(mechanism: Mechanism, name: str, source: ArmId) -> Iterable[str]:
    """Give by what an item is recognised: a backup by its source, for names need not differ in a vault."""
    if mechanism is Mechanism.BACKUP:
        return [source.key, *([name.casefold()] if name else [])]
    return [(name or source.name).casefold()]


def unnamed(vault: ArmId, mechanism: Mechanism, listed: Sequence[Listed], known: Named) -> Unnamed | None:
    """Give the items of a vault's whole list that nobody names; None where each has its service."""
    words = known.get((vault, mechanism), frozenset())
    names = tuple(sorted(each.name for each in listed if not {each.name.casefold(), each.about.casefold()} & words))
    return Unnamed(vault=vault, mechanism=mechanism, names=names) if names else None


def unnamed_found(tenant: TenantId, some: Sequence[Unnamed]) -> list[Finding]:
    """Give one finding a vault, however many items it is about."""
    vaults: dict[ArmId, list[str]] = {}
    for each in some:
        vaults.setdefault(each.vault, []).extend(each.names)
    return [_finding(tenant, vault, sorted(set(names))) for vault, names in vaults.items()]


def _finding(tenant: TenantId, vault: ArmId, names: Sequence[str]) -> Finding:
    told = ", ".join(names[:_TOLD]) + (", ..." if len(names) > _TOLD else "")
    return Finding(
        code="items-without-service",
        severity=Severity.WARNING,
        tenant=tenant,
        subject=str(vault),
        message=f"{len(names)} of the items that {vault.name} protects belong to no service: {told}",
        hint="name them in a service of the catalogue, or end their protection; `drd inventory show` lists all",
    )
