"""What of a vault's settings would let its points be lost, or keep them from the recovery region.

A pure function over what the last collection read. What Azure did not say is unknown, never off and never on.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Protocol

from drd.domain.findings import Finding, Severity
from drd.domain.ids import ArmId, TenantId
from drd.domain.vault_key import VaultKey

_NEVER_OFF = frozenset({"alwayson"})
_KEY_ENDS = timedelta(days=30)
"""So long before its end a key's owner is told."""
_GEO = frozenset({"georedundant", "readaccessgeozoneredundant", "geozoneredundant"})


class SeenPosture(Protocol):
    """What a collection read of a vault; None where Azure did not say. Words as Azure writes them."""

    @property
    def id(self) -> ArmId:
        """The vault."""
        ...

    @property
    def location(self) -> str:
        """Its region."""
        ...

    @property
    def redundancy(self) -> str | None:
        """How its storage is copied."""
        ...

    @property
    def cross_region_restore(self) -> bool | None:
        """Whether the paired region may restore by itself."""
        ...

    @property
    def soft_delete(self) -> str | None:
        """Whether deleted points are kept for a while."""
        ...

    @property
    def immutability(self) -> str | None:
        """Whether points may be deleted before their time."""
        ...

    @property
    def multi_user_authorization(self) -> bool | None:
        """Whether a second person must agree to what destroys."""
        ...

    @property
    def encryption_key(self) -> str | None:
        """The customer's own key, where one is used."""
        ...

    @property
    def key(self) -> VaultKey | None:
        """What is known of that key; None where nobody can say."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class SeenVault:
    """A vault as it was seen, and by whom it is used.

    Attributes:
        holds_points: whether it keeps the points of backups; one of Site Recovery keeps none itself.
    """

    tenant: TenantId
    posture: SeenPosture
    seen_at: datetime
    holds_points: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class PostureAnswer:
    """What was found of a vault, and what nobody knows of it, each in a few words."""

    findings: tuple[Finding, ...] = ()
    unknown: tuple[str, ...] = ()


def posture_of(vault: SeenVault, *, recovery_region: str, fresh: timedelta, now: datetime) -> PostureAnswer:
    """Tell what is wrong with a vault's settings. One that was not seen for longer than `fresh` is unknown whole."""
    name = vault.posture.id.name
    if now - vault.seen_at > fresh:
        stale = _finding(vault, _STALE, f"the settings of {name} were not seen lately", _STALE_HINT)
        return PostureAnswer(findings=(stale,), unknown=(f"the settings of {name}",))
    if not vault.holds_points:
        return PostureAnswer()
    looks: tuple[_Look, ...] = (_soft_delete, _immutability, _authorization, partial(_key, now))
    if _far(vault.posture.location, recovery_region):
        looks = (*looks, _redundancy, _cross_region)
    answers = [answer for look in looks for answer in look(vault)]
    return PostureAnswer(
        findings=tuple(each for each in answers if isinstance(each, Finding)),
        unknown=tuple(each for each in answers if isinstance(each, str)),
    )


_Look = Callable[[SeenVault], Iterator[Finding | str]]
_STALE = ("vault-posture-unknown", Severity.WARNING)
_STALE_HINT = "see why collection fails: the daemon's log; mostly the right to read the vault is missing"


def _finding(
    vault: SeenVault, kind: tuple[str, Severity], message: str, hint: str, *, irreversible: bool = False
) -> Finding:
    code, severity = kind
    return Finding(
        code=code,
        severity=severity,
        tenant=vault.tenant,
        subject=str(vault.posture.id),
        message=message,
        hint=hint,
        irreversible=irreversible,
    )


def _far(location: str, region: str) -> bool:
    return location.casefold().replace(" ", "") != region.casefold()


def _soft_delete(vault: SeenVault) -> Iterator[Finding | str]:
    said, name = vault.posture.soft_delete, vault.posture.id.name
    if said is None:
        yield f"soft delete of {name}"
    elif said.casefold() in {"disabled", "off"}:
        yield _finding(
            vault,
            ("vault-soft-delete-off", Severity.CRITICAL),
            f"soft delete of {name} is off: who deletes its points destroys them at once",
            "turn soft delete on, at best for good (AlwaysON), which cannot be taken back",
        )
    elif said.casefold() not in _NEVER_OFF:
        yield _finding(
            vault,
            ("vault-soft-delete-can-be-turned-off", Severity.WARNING),
            f"soft delete of {name} can be turned off by who may write the vault",
            "set it to AlwaysON; that cannot be taken back",
            irreversible=True,
        )


def _immutability(vault: SeenVault) -> Iterator[Finding | str]:
    said, name = vault.posture.immutability, vault.posture.id.name
    if said is None:
        yield f"immutability of {name}"
    elif said.casefold() == "disabled":
        yield _finding(
            vault,
            ("vault-not-immutable", Severity.WARNING),
            f"the points of {name} can be deleted before their time",
            "turn immutability on; leave it unlocked until the retention is right",
        )
    elif said.casefold() != "locked":
        yield _finding(
            vault,
            ("vault-immutability-not-locked", Severity.INFO),
            f"the immutability of {name} can be turned off by who may write the vault",
            "lock it when the retention is right; a locked vault can never be unlocked, nor its retention shortened",
            irreversible=True,
        )


def _authorization(vault: SeenVault) -> Iterator[Finding | str]:
    said, name = vault.posture.multi_user_authorization, vault.posture.id.name
    if said is None:
        yield f"multi-user authorisation of {name}"
    elif not said:
        yield _finding(
            vault,
            ("vault-without-second-person", Severity.WARNING),
            f"one person alone can weaken {name}: multi-user authorisation is off",
            "put a resource guard on the vault, owned by somebody outside the backup team",
        )


def _key(now: datetime, vault: SeenVault) -> Iterator[Finding | str]:
    """Look at the owner's key, as far as it can be seen from outside; whether the vault may use it nobody tried."""
    if not vault.posture.encryption_key:
        return
    name, key = vault.posture.id.name, vault.posture.key
    yield _finding(
        vault,
        ("vault-key-of-its-own", Severity.INFO),
        f"{name} is encrypted with a key of your own: without the key nothing can be restored",
        "see that the key's vault is reachable from the recovery region and cannot be purged; a vault never goes "
        "back to Microsoft's key",
        irreversible=True,
    )
    if key is None or (key.enabled is None and not key.deleted):
        yield f"whether the key of {name} can be reached"
        return
    trouble = key.trouble(now)
    if trouble:
        yield _finding(
            vault,
            ("vault-key-unreachable", Severity.CRITICAL),
            f"the key of {name} does not answer: {trouble}; points may be lost until it does",
            "bring it back at once: recover the key or its vault from soft delete, enable it, or give it more time",
        )
    elif key.ends_at is not None and key.ends_at - now < _KEY_ENDS:
        yield _finding(
            vault,
            ("vault-key-expiring", Severity.WARNING),
            f"the key of {name} expires on {key.ends_at:%Y-%m-%d}",
            "let it be rotated, and let the vault use the new version",
        )
    if key.purge_protected is False:
        yield _finding(
            vault,
            ("vault-key-can-be-purged", Severity.WARNING),
            f"the key of {name} can be destroyed for good, and all points of the vault with it",
            "turn purge protection of its key vault on; that cannot be taken back",
            irreversible=True,
        )


def _redundancy(vault: SeenVault) -> Iterator[Finding | str]:
    said, name = vault.posture.redundancy, vault.posture.id.name
    if said is None:
        yield f"redundancy of {name}"
    elif said.casefold() not in _GEO:
        yield _finding(
            vault,
            ("vault-in-one-region", Severity.CRITICAL),
            f"the points of {name} are lost with their region: its storage is {said}",
            "only an empty vault can be changed: make a geo-redundant one, and protect the items there",
            irreversible=True,
        )


def _cross_region(vault: SeenVault) -> Iterator[Finding | str]:
    said, name = vault.posture.cross_region_restore, vault.posture.id.name
    if said is None:
        yield f"cross-region restore of {name}"
    elif not said:
        yield _finding(
            vault,
            ("vault-without-cross-region-restore", Severity.CRITICAL),
            f"the recovery region may not restore from {name} by itself",
            "turn cross-region restore on; that cannot be taken back",
            irreversible=True,
        )
