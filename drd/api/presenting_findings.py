"""From findings to the shapes on the wire."""

from drd.api.wire.findings import FindingShape
from drd.domain.finding_codes import CODES
from drd.domain.findings import Finding


def finding_shape(finding: Finding) -> FindingShape:
    """Present a finding. One of a code that this version does not know shows the code itself."""
    known = CODES.get(finding.code)
    return FindingShape(
        code=finding.code,
        severity=finding.severity.value,
        tenant=finding.tenant,
        service=finding.service,
        runbook=finding.runbook,
        subject=finding.subject,
        title=known.title.to_json() if known else {"nl": finding.code},
        message=finding.message,
        hint=finding.hint,
        means=known.means if known else "",
        since=finding.since,
        irreversible=finding.irreversible,
    )
