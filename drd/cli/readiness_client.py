"""Asks the daemon what would make a recovery fail."""

from drd.api.wire.daemon import DaemonShape
from drd.api.wire.findings import CheckBody, FindingShape
from drd.cli.client import Connected

_LOOKING_SECONDS = 600.0
"""Looking asks Azure and guests, of everything."""


class Readiness(Connected):
    """Asks for findings, and has runbooks evaluated."""

    def state(self) -> DaemonShape:
        """Ask how the daemon fares."""
        return self._ask(DaemonShape, "GET", "/daemon")

    def found(
        self, *, tenant: str | None, service: str | None, runbook: str | None, severity: str | None
    ) -> list[FindingShape]:
        """Ask what was found last."""
        wanted = {"tenant": tenant, "service": service, "runbook": runbook, "severity": severity}
        return self._ask(list[FindingShape], "GET", "/readiness", query=wanted)

    def check(self, runbook: str | None, tenant: str | None) -> list[FindingShape]:
        """Let the daemon look now."""
        body = CheckBody(runbook=runbook, tenant=tenant)
        return self._ask(list[FindingShape], "POST", "/readiness", body=body)
