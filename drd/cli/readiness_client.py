"""Asks the daemon what would make a recovery fail."""

from typing import Self

from drd.api.wire.daemon import DaemonShape
from drd.api.wire.findings import CheckBody, FindingShape
from drd.cli.client import Connection
from drd.cli.common import Common

_LOOKING_SECONDS = 600.0
"""Looking asks Azure and guests, of everything."""


class Readiness:
    """A connection to the daemon. Use it with `with`."""

    def __init__(self, connection: Connection) -> None:
        """Take the connection; nothing is sent yet."""
        self._connection = connection

    @classmethod
    def of(cls, common: Common) -> Self:
        """Connect as the common options say."""
        return cls(Connection(common.socket_path(), common.as_, seconds=_LOOKING_SECONDS))

    def __enter__(self) -> Self:
        """Begin."""
        return self

    def __exit__(self, *_error: object) -> None:
        """End the connection."""
        self._connection.close()

    def state(self) -> DaemonShape:
        """Ask how the daemon fares."""
        return self._connection.ask(DaemonShape, "GET", "/daemon")

    def found(
        self, *, tenant: str | None, service: str | None, runbook: str | None, severity: str | None
    ) -> list[FindingShape]:
        """Ask what was found last."""
        wanted = {"tenant": tenant, "service": service, "runbook": runbook, "severity": severity}
        return self._connection.ask(list[FindingShape], "GET", "/readiness", query=wanted)

    def check(self, runbook: str | None, tenant: str | None) -> list[FindingShape]:
        """Let the daemon look now."""
        body = CheckBody(runbook=runbook, tenant=tenant)
        return self._connection.ask(list[FindingShape], "POST", "/readiness", body=body)
