"""Whether a service could be brought back now, as far as is known: yes, no, or unknown."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from drd.domain.estate import Service
from drd.domain.findings import Finding, Severity
from drd.domain.ids import RunbookId, ServiceId, TenantId

KIND = "readiness"
"""What readiness's scopes begin with."""

BELIEVED = timedelta(minutes=45)
"""World time for which an evaluation is believed: three of the default intervals."""

_UNKNOWN = "-unknown"
_LAST = datetime.max.replace(tzinfo=UTC)


class Answer(StrEnum):
    """Whether a service is ready."""

    YES = "yes"
    NO = "no"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class Ready:
    """The answer, and how many findings speak against it."""

    answer: Answer
    findings: int = 0


def tenant_scope(tenant: TenantId) -> str:
    """Name what is found about a tenant as a whole."""
    return f"{KIND}/{tenant}"


def service_scope(tenant: TenantId, service: ServiceId) -> str:
    """Name what is found about a service."""
    return f"{KIND}/{tenant}/service/{service}"


def runbook_scope(tenant: TenantId, runbook: RunbookId) -> str:
    """Name what is found about a runbook of a tenant."""
    return f"{KIND}/{tenant}/runbook/{runbook}"


def merged(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Leave one of the findings that several scopes have in common: the worst, with the earliest instant of any."""
    found: dict[tuple[TenantId, ServiceId | None, RunbookId | None, str, str], Finding] = {}
    for each in findings:
        key = (each.tenant, each.service, each.runbook, each.code, each.subject)
        known = found.get(key)
        if known is None or (each.severity.rank, each.since or _LAST) < (known.severity.rank, known.since or _LAST):
            found[key] = each
    return tuple(found.values())


def ready(
    tenant: TenantId, service: Service, findings: Iterable[Finding], looked: Mapping[str, datetime], *, now: datetime
) -> Ready:
    """Judge a service by what was found about it, about the runbook that brings it back, and about its tenant.

    Information does not speak against it, and of what is about the whole tenant only what is critical does. What could
    not be told is never good: with nothing else found the answer is unknown, and so it is when nobody looked lately.
    """
    against = [each for each in merged(findings) if _counts(each, tenant, service)]
    certain = [each for each in against if not each.code.endswith(_UNKNOWN)]
    if certain:
        return Ready(answer=Answer.NO, findings=len(against))
    scopes = [tenant_scope(tenant), service_scope(tenant, service.id)]
    scopes += [runbook_scope(tenant, service.runbook)] if service.runbook else []
    lately = all(scope in looked and now - looked[scope] <= BELIEVED for scope in scopes)
    return Ready(answer=Answer.YES if lately and not against else Answer.UNKNOWN, findings=len(against))


def _counts(finding: Finding, tenant: TenantId, service: Service) -> bool:
    if finding.tenant != tenant or finding.severity is Severity.INFO:
        return False
    if finding.service is None and finding.runbook is None:
        return finding.severity is Severity.CRITICAL
    return finding.service == service.id and finding.runbook in {None, service.runbook}
