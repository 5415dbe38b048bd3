"""Codes of findings about runbooks and services: whether a recovery could start now and would get there."""

from drd.domain.findings import FindingCode, Severity
from drd.domain.language import Text

CODES_OF_READINESS = (
    FindingCode(
        code="service-without-runbook",
        severity=Severity.CRITICAL,
        title=Text(nl="Dienst zonder draaiboek", en="Service without a runbook", fr="Service sans plan de reprise"),
        means="Nothing says how this service comes back: in an incident people would improvise.",
        do="Write a runbook for it, and name it in the service's `runbook`.",
    ),
)
"""In the order of the page."""
