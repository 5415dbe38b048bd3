"""What every command takes: output, language, and where the daemon is."""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

from cyclopts import Group, Parameter

_GLOBAL = Group("Everywhere", sort_key=100)

SYSTEM_SOCKET = Path("/run/drd/drd.sock")
"""Where the daemon's socket is under the shipped systemd unit."""


def own_socket() -> Path:
    """Where `drd dev` puts the socket of this user's own daemon."""
    return Path.home() / ".drd" / "drd.sock"


@Parameter(name="*")
@dataclass(frozen=True, kw_only=True)
class Common:
    """Options of every command."""

    output: Annotated[
        Literal["table", "json", "yaml", "tsv"],
        Parameter(name=["--output", "-o"], group=_GLOBAL, help="How results are written.", env_var="DRD_OUTPUT"),
    ] = "table"
    query: Annotated[str | None, Parameter(group=_GLOBAL, help="JMESPath over the result.", env_var="DRD_QUERY")] = None
    socket: Annotated[
        Path | None,
        Parameter(group=_GLOBAL, help="The daemon's socket; /run/drd/drd.sock by default.", env_var="DRD_SOCKET"),
    ] = None
    tenant: Annotated[str | None, Parameter(group=_GLOBAL, help="The municipality.", env_var="DRD_TENANT")] = None
    lang: Annotated[
        Literal["nl", "en", "fr"] | None, Parameter(group=_GLOBAL, help="Language of texts.", env_var="DRD_LANG")
    ] = None
    color: Annotated[bool, Parameter(group=_GLOBAL, help="Use colours on a terminal.")] = True
    input: Annotated[
        bool, Parameter(group=_GLOBAL, help="Ask on a terminal; never without one.", env_var="DRD_INPUT")
    ] = True
    quiet: Annotated[bool, Parameter(group=_GLOBAL, help="Only results and errors.", env_var="DRD_QUIET")] = False
    as_: Annotated[
        str, Parameter(name="--as", group=_GLOBAL, help="Act under this name, where the settings allow it.")
    ] = ""

    def socket_path(self) -> Path:
        """Give the daemon's socket: as said, else the system's, else this user's own."""
        if self.socket is not None:
            return self.socket
        return SYSTEM_SOCKET if SYSTEM_SOCKET.exists() else own_socket()


DEFAULT = Common()
