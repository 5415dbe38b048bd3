"""Asks the daemon about the daemons that share its database."""

from typing import Self

from drd.api.wire.daemons import DaemonCardShape, DrainBody
from drd.cli.client import Connection, part
from drd.cli.common import Common

_OWN = "own"


class Daemons:
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

    def list(self) -> list[DaemonCardShape]:
        """Ask who they are."""
        return self._connection.ask(list[DaemonCardShape], "GET", "/daemons")

    def drain(self, daemon: str | None, *, sure: bool) -> DaemonCardShape:
        """Let one give its runs back; the one that is asked, where none is named."""
        path = f"/daemons/{part(daemon or _OWN)}/drain"
        return self._connection.ask(DaemonCardShape, "POST", path, body=DrainBody(sure=sure))

    def resume(self, daemon: str | None) -> DaemonCardShape:
        """Let one take runs again."""
        return self._connection.ask(DaemonCardShape, "POST", f"/daemons/{part(daemon or _OWN)}/resume")
