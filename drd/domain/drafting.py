"""A first catalogue, drafted from what a subscription holds: a proposal, of which people decide every line.

A pure function. What nobody can see in Azure is filled with careful figures, and said to be a guess.
"""

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from drd.domain.canonical import Json
from drd.domain.errors import InvalidError, NotFoundError
from drd.domain.estate import Mechanism
from drd.domain.ids import ArmId

SERVICE_TAGS = ("drd-service", "service", "dienst", "application", "app", "workload")
TIER_TAGS = ("drd-tier", "tier", "criticality")
ROLE_TAGS = ("drd-role", "role", "rol")
"""Tags that hint at what a machine is for, in the order in which they are believed; in any case of letters."""

TIER = 2
_GROUP_PREFIX = re.compile(r"^(rg|resourcegroup)[-_]", re.IGNORECASE)
_NOT_IN_NAMES = re.compile(r"[^a-z0-9]+")
_LONGEST_NAME = 63
_TIER = re.compile(r"^(?:tier|t)?[-_ ]?([0-4])$", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class DraftMachine:
    """A machine that was seen, or that only a vault names; then its region is empty where the vault does not say."""

    id: ArmId
    region: str
    tags: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class DraftProtection:
    """How a vault protects a machine. `item`: its name in the vault; `recovery`: where it would be brought back."""

    machine: ArmId
    mechanism: Mechanism
    vault: ArmId
    item: str = ""
    home: str = ""
    recovery: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class DraftTerms:
    """What people said. A region that is empty is guessed from what was seen."""

    tenant: str
    subscriptions: tuple[str, ...]
    home: str = ""
    recovery: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A drafted catalogue, as data in the order of its file.

    Attributes:
        notes: what was left out or guessed, a line each.
        services, items: how many it has.
    """

    catalogue: Mapping[str, Json]
    notes: tuple[str, ...]
    services: int
    items: int


def draft(machines: Sequence[DraftMachine], protections: Sequence[DraftProtection], terms: DraftTerms) -> Draft:
    """Draft a catalogue.

    Raises:
        NotFoundError: there is no machine to draft from.
        InvalidError: nothing tells the recovery region, or it is the home region.
    """
    seen, notes = _complete(machines, protections)
    if not seen:
        raise NotFoundError(
            "there is nothing to draft from: no machine was seen",
            target=", ".join(terms.subscriptions),
            hint="name another --subscription, or give the identity the observer's role: `drd azure role`",
        )
    home = terms.home or _most(machine.region for machine in seen)
    recovery = terms.recovery or _most(each.recovery for each in protections if each.recovery != home)
    _usable(home, recovery, terms)
    here = [machine for machine in seen if machine.region in {home, ""}]
    others = Counter(machine.region for machine in seen if machine.region not in {home, ""})
    notes += [
        f"left out: {count} machines in {region}, which is not {home}" for region, count in sorted(others.items())
    ]
    foreign = [each for each in here if each.id.subscription.casefold() not in _folded(terms.subscriptions)]
    notes += [f"left out: {each.id.name}, in subscription {each.id.subscription}" for each in foreign]
    here = [each for each in here if each not in foreign]
    if not here:
        raise NotFoundError("there is nothing to draft from: no machine is in the home region", target=home,
                            hint="name the region where services run: --home REGION")  # fmt: skip
    services = _services(here, protections, notes)
    catalogue: dict[str, Json] = {
        "drd": "catalogue/v1",
        "tenant": terms.tenant,
        "name": {"nl": terms.tenant},
        "regions": {"home": home, "recovery": recovery},
        "azure": {
            "subscriptions": list(terms.subscriptions),
            "identities": {"standing": "drd-standing", "failover": "drd-failover", "reaper": "drd-reaper"},
        },
        "services": services,
    }
    return Draft(catalogue=catalogue, notes=tuple(notes), services=len(services), items=len(here))


def _complete(
    machines: Sequence[DraftMachine], protections: Sequence[DraftProtection]
) -> tuple[list[DraftMachine], list[str]]:
    """Add the machines that only vaults know: those that were deleted, or that the identity may not see."""
    known = {machine.id for machine in machines}
    unseen = {each.machine: each for each in protections if each.machine not in known}
    notes = [
        f"{machine.name} is protected by {each.vault.name}, but was not seen: deleted, or not readable"
        for machine, each in unseen.items()
    ]
    added = [DraftMachine(id=machine, region=each.home) for machine, each in unseen.items()]
    return [*machines, *added], notes


def _most(words: Iterable[str]) -> str:
    counted = Counter(word for word in words if word)
    return min(counted, key=lambda word: (-counted[word], word), default="")


def _usable(home: str, recovery: str, terms: DraftTerms) -> None:
    if not recovery:
        raise InvalidError(
            "nothing that was seen tells the recovery region",
            target=terms.tenant,
            hint="nothing is replicated; name the region yourself: --recovery REGION",
        )
    if not home or home == recovery:
        raise InvalidError(
            f"home and recovery region are the same: {home or 'unknown'}",
            target=terms.tenant,
            hint="name both: --home REGION --recovery REGION",
        )


def _folded(words: Iterable[str]) -> frozenset[str]:
    return frozenset(word.casefold() for word in words)


def _services(machines: Sequence[DraftMachine], protections: Sequence[DraftProtection], notes: list[str]) -> list[Json]:
    by_machine: dict[ArmId, list[DraftProtection]] = {}
    for each in protections:
        mine = by_machine.setdefault(each.machine, [])
        if each.mechanism in {one.mechanism for one in mine}:
            notes.append(
                f"{each.machine.name} is protected twice by {each.mechanism.value}: {each.vault.name} left out"
            )
        else:
            mine.append(each)
    grouped: dict[str, list[DraftMachine]] = {}
    names: dict[str, str] = {}
    for machine in sorted(machines, key=lambda each: each.id.key):
        hint = _tag(machine.tags, SERVICE_TAGS) or _GROUP_PREFIX.sub("", machine.id.resource_group)
        service = _name(hint, "dienst")
        names.setdefault(service, hint)
        grouped.setdefault(service, []).append(machine)
    ids: set[str] = set()
    return [_service(name, names[name], grouped[name], by_machine, ids) for name in sorted(grouped)]


def _service(
    name: str,
    hint: str,
    machines: Sequence[DraftMachine],
    protections: Mapping[ArmId, Sequence[DraftProtection]],
    ids: set[str],
) -> Json:
    replicated = all(
        Mechanism.SITE_RECOVERY in {each.mechanism for each in protections.get(machine.id, ())} for machine in machines
    )
    tiers = [int(found[1]) for machine in machines if (found := _TIER.match(_tag(machine.tags, TIER_TAGS)))]
    return {
        "id": name,
        "name": {"nl": hint or name},
        "tier": min(tiers, default=TIER),
        "objectives": {"rpo": "1h", "rto": "4h"} if replicated else {"rpo": "48h", "rto": "24h"},
        "items": [_item(machine, protections.get(machine.id, ()), ids) for machine in machines],
    }


def _item(machine: DraftMachine, protections: Sequence[DraftProtection], ids: set[str]) -> Json:
    role = _tag(machine.tags, ROLE_TAGS)
    item: dict[str, Json] = {"id": _unique(machine, ids), "kind": "virtual-machine"}
    if role:
        item["labels"] = {"role": role}
    item["resource"] = str(machine.id)
    if protections:
        item["protection"] = [_protection(each) for each in protections]
    return item


def _protection(protection: DraftProtection) -> Json:
    found: dict[str, Json] = {"mechanism": protection.mechanism.value, "vault": str(protection.vault)}
    if protection.item:
        found["item"] = protection.item
    return found


def _unique(machine: DraftMachine, ids: set[str]) -> str:
    """Give an id that no other item has: machines of two groups may share a name."""
    name = _name(machine.id.name, "vm")
    candidates = [name, _name(f"{machine.id.resource_group}-{name}", "vm")]
    candidates += [f"{name[: _LONGEST_NAME - 5]}-{number}" for number in range(2, len(ids) + 3)]
    chosen = next(each for each in candidates if each not in ids)
    ids.add(chosen)
    return chosen


def _tag(tags: Mapping[str, str], wanted: Sequence[str]) -> str:
    folded = {name.casefold(): " ".join(text.split()) for name, text in tags.items()}
    return next((folded[name] for name in wanted if folded.get(name)), "")[:200]


def _name(hint: str, otherwise: str) -> str:
    """Make an id of a text: lower-case letters, digits and dashes, at most 63."""
    return _NOT_IN_NAMES.sub("-", hint.casefold())[:_LONGEST_NAME].strip("-") or otherwise
