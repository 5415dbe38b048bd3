"""What could not be read of vaults, as findings: a vault without rights, one that is gone, one that does not answer."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from drd.domain.durations import format_duration
from drd.domain.errors import DrdError, ForbiddenError, NotFoundError
from drd.domain.estate import Mechanism
from drd.domain.findings import Finding, Severity
from drd.domain.ids import ArmId, TenantId
from drd.ports.inventory import VaultList
from drd.ports.vault_lists import ListKind

POINTS = "recovery points"


@dataclass(frozen=True, slots=True, kw_only=True)
class Silence:
    """A question that was not answered.

    Attributes:
        place: the vault, the group or the subscription that was asked.
        what: of it, such as `jobs`.
        mechanism, kind: which list of a vault, where it is one.
    """

    place: ArmId | str
    what: str
    error: DrdError
    mechanism: Mechanism | None = None
    kind: ListKind | None = None


def silences(tenant: TenantId, silent: Sequence[Silence], known: Sequence[VaultList], now: datetime) -> list[Finding]:
    """Give a finding for each place and reason, with the age of what is known of it instead."""
    seen: dict[tuple[object, ...], datetime] = {
        (each.vault, each.mechanism, each.kind): each.seen_at for each in known if each.seen_at is not None
    }
    found: dict[tuple[str, str], list[Silence]] = {}
    for each in silent:
        found.setdefault((_code(each), str(each.place)), []).append(each)
    return [_finding(tenant, code, some, known=_known(some, seen, now)) for (code, _), some in found.items()]


def _code(silence: Silence) -> str:
    if isinstance(silence.error, ForbiddenError):
        return "vault-not-allowed"
    # An item may go between the list and the question for its points: that says nothing of the vault.
    gone = isinstance(silence.error, NotFoundError) and silence.what != POINTS
    return "vault-not-found" if gone else "vault-silent"


_HINTS = {
    "vault-not-allowed": "give the standing identity the role of the observer there: `drd azure role observer`",
    "vault-not-found": "it was deleted or is called otherwise: correct the catalogue, or see who deleted it",
    "vault-silent": "its region may be lost, or Azure refuses for now; the next collection asks again",
}


def _finding(tenant: TenantId, code: str, silent: Sequence[Silence], *, known: str) -> Finding:
    whats, place = ", ".join(dict.fromkeys(each.what for each in silent)), str(silent[0].place)
    name = place.rsplit("/", 1)[-1]
    return Finding(
        code=code,
        severity=Severity.WARNING,
        tenant=tenant,
        subject=place,
        message=f"{whats} of {name} could not be read: {silent[0].error.message}; {known}",
        hint=_HINTS[code],
    )


def _known(silent: Sequence[Silence], seen: Mapping[tuple[object, ...], datetime], now: datetime) -> str:
    if silent[0].kind is None:
        return "what is known of it grows old"
    times = [seen.get((each.place, each.mechanism, each.kind)) for each in silent]
    known = [time for time in times if time is not None]
    return f"what is known of it is {format_duration(now - min(known))} old" if known else "nothing is known of it yet"
