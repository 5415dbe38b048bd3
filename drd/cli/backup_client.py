"""Asks the daemon about backups and their proofs."""

from drd.api.wire.backups import (
    BackupShape,
    CleanPointShape,
    SampleBody,
    SampledShape,
    ServiceProofShape,
    VerificationShape,
    VerifiedShape,
    VerifyBody,
)
from drd.cli.client import Connected, part


class Backups(Connected):
    """Asks for verifications, and has points proven."""

    def verifications(self, *, item: str | None, run: str | None, tenant: str | None) -> list[VerificationShape]:
        """Ask for verifications, newest first."""
        query = {"item": item, "run": run, "tenant": tenant}
        return self._ask(list[VerificationShape], "GET", "/verifications", query=query)

    def verify(self, body: VerifyBody) -> VerifiedShape:
        """Verify an item."""
        return self._ask(VerifiedShape, "POST", "/backups/verify", body=body)

    def sample(self, body: SampleBody) -> list[SampledShape]:
        """Prove as much as a budget allows."""
        return self._ask(list[SampledShape], "POST", "/backups/sample", body=body)

    def clean_point(self, item: str, *, restores: int, before: str | None, tenant: str | None) -> CleanPointShape:
        """Ask for the newest clean point."""
        query = {"restores": str(restores), "before": before, "tenant": tenant}
        return self._ask(CleanPointShape, "GET", f"/backups/{part(item)}/clean-point", query=query)

    def services(self, tenant: str | None) -> list[ServiceProofShape]:
        """Ask what is proven of every service."""
        return self._ask(list[ServiceProofShape], "GET", "/backups/services", query={"tenant": tenant})

    def list(self, service: str | None, tenant: str | None) -> list[BackupShape]:
        """Ask what is proven of every item."""
        query = {"service": service, "tenant": tenant}
        return self._ask(list[BackupShape], "GET", "/backups", query=query)
