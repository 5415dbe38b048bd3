"""Asks the daemon about backups and their proofs."""

from typing import Self

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
from drd.cli.client import Connection, part
from drd.cli.common import Common


class Backups:
    """A connection to the daemon. Use it with `with`."""

    def __init__(self, connection: Connection) -> None:
        """Take the connection; nothing is sent yet."""
        self._connection = connection

    @classmethod
    def of(cls, common: Common) -> Self:
        """Connect as the common options say."""
        return cls(Connection(common.socket_path(), common.as_))

    def __enter__(self) -> Self:
        """Begin."""
        return self

    def __exit__(self, *_error: object) -> None:
        """End the connection."""
        self._connection.close()

    def verifications(self, *, item: str | None, run: str | None, tenant: str | None) -> list[VerificationShape]:
        """Ask for verifications, newest first."""
        query = {"item": item, "run": run, "tenant": tenant}
        return self._connection.ask(list[VerificationShape], "GET", "/verifications", query=query)

    def verify(self, body: VerifyBody) -> VerifiedShape:
        """Verify an item."""
        return self._connection.ask(VerifiedShape, "POST", "/backups/verify", body=body)

    def sample(self, body: SampleBody) -> list[SampledShape]:
        """Prove as much as a budget allows."""
        return self._connection.ask(list[SampledShape], "POST", "/backups/sample", body=body)

    def clean_point(self, item: str, *, restores: int, before: str | None, tenant: str | None) -> CleanPointShape:
        """Ask for the newest clean point."""
        query = {"restores": str(restores), "before": before, "tenant": tenant}
        return self._connection.ask(CleanPointShape, "GET", f"/backups/{part(item)}/clean-point", query=query)

    def services(self, tenant: str | None) -> list[ServiceProofShape]:
        """Ask what is proven of every service."""
        return self._connection.ask(list[ServiceProofShape], "GET", "/backups/services", query={"tenant": tenant})

    def list(self, service: str | None, tenant: str | None) -> list[BackupShape]:
        """Ask what is proven of every item."""
        query = {"service": service, "tenant": tenant}
        return self._connection.ask(list[BackupShape], "GET", "/backups", query=query)
