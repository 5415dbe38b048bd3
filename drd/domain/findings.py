"""Findings: what would make a recovery fail or miss its objective, each with a code and a hint."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from drd.domain.ids import RunbookId, ServiceId, TenantId
from drd.domain.language import Text


class Severity(StrEnum):
    """How bad a finding is, worst first."""

    CRITICAL = "critical"
    WARNING = "warning"
    INFO = "info"

    @property
    def rank(self) -> int:
        """Give 0 for the worst, and more for what can wait."""
        return _RANKS[self]


_RANKS = {severity: rank for rank, severity in enumerate(Severity)}


@dataclass(frozen=True, slots=True, kw_only=True)
class FindingCode:
    """A kind of finding, as it is documented.

    Attributes:
        code: lower case with dashes; never given to another meaning later.
        severity: how bad it is unless the finding itself says otherwise.
        title: one line for people.
        means: what it means for a recovery.
        do: what to do about it.
    """

    code: str
    severity: Severity
    title: Text
    means: str
    do: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One finding.

    Attributes:
        code: one of `drd.domain.finding_codes.CODES`.
        subject: on what: an item, a vault, a step, a runbook; with the code it tells findings of one scope apart.
        since: when it was first found without a pause; None until it is kept.
        irreversible: nobody can take back what it is about, such as a locked setting.
    """

    code: str
    severity: Severity
    tenant: TenantId
    subject: str
    message: str
    hint: str
    service: ServiceId | None = None
    runbook: RunbookId | None = None
    since: datetime | None = None
    irreversible: bool = False


def worst_first(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Put the worst first; among equals by code, tenant and subject."""
    return tuple(sorted(findings, key=lambda each: (each.severity.rank, each.code, each.tenant, each.subject)))


def distinct(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Leave one of those that share code and subject, which is the worst, or else the first."""
    found: dict[tuple[str, str], Finding] = {}
    for each in findings:
        known = found.get((each.code, each.subject))
        if known is None or each.severity.rank < known.severity.rank:
            found[each.code, each.subject] = each
    return tuple(found.values())
