"""Asks the daemon about the daemons that share its database."""

from drd.api.wire.daemons import DaemonCardShape, DrainBody
from drd.cli.client import Connected, part

_OWN = "own"


class Daemons(Connected):
    """Asks who serves, and lets a daemon drain."""

    def list(self) -> list[DaemonCardShape]:
        """Ask who they are."""
        return self._ask(list[DaemonCardShape], "GET", "/daemons")

    def drain(self, daemon: str | None, *, sure: bool) -> DaemonCardShape:
        """Let one give its runs back; the one that is asked, where none is named."""
        path = f"/daemons/{part(daemon or _OWN)}/drain"
        return self._ask(DaemonCardShape, "POST", path, body=DrainBody(sure=sure))

    def resume(self, daemon: str | None) -> DaemonCardShape:
        """Let one take runs again."""
        return self._ask(DaemonCardShape, "POST", f"/daemons/{part(daemon or _OWN)}/resume")
