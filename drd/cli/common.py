"""What every command takes: output, language, and where the daemon is."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

from cyclopts import Group, Parameter, Token

_GLOBAL = Group("Everywhere", sort_key=100)

LANGUAGES = ("nl", "en", "fr")

SYSTEM_SOCKET = Path("/run/drd/drd.sock")
"""Where the daemon's socket is under the shipped systemd unit."""


def own_socket() -> Path:
    """Where `drd dev` puts the socket of this user's own daemon."""
    return Path.home() / ".drd" / "drd.sock"


def _language(_type: object, tokens: Sequence[Token]) -> str:
    """Take a language, or what the environment's locale says; a locale of another language means English."""
    token = tokens[0]
    short = token.value[:2].casefold()
    is_locale = token.source == "env" and token.keyword != "DRD_LANG"
    if token.value.casefold() in LANGUAGES or (is_locale and short in LANGUAGES):
        return short
    if is_locale:
        return "en"
    raise ValueError(f"there is no language {token.value!r}; choose from {', '.join(LANGUAGES)}")


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
        str | None,
        Parameter(
            group=_GLOBAL,
            help="Language of texts: nl, en or fr.",
            env_var=["DRD_LANG", "LC_ALL", "LC_MESSAGES", "LANG"],
            converter=_language,
            n_tokens=1,
            accepts_keys=False,
        ),
    ] = None
    no_color: Annotated[
        bool, Parameter(name="--no-color", negative="", group=_GLOBAL, help="No colours.", env_var="DRD_NO_COLOR")
    ] = False
    no_input: Annotated[
        bool,
        Parameter(
            name="--no-input",
            negative="",
            group=_GLOBAL,
            help="Never ask; without a terminal nothing is asked anyway.",
            env_var="DRD_NO_INPUT",
        ),
    ] = False
    quiet: Annotated[
        bool, Parameter(negative="", group=_GLOBAL, help="Only results and errors.", env_var="DRD_QUIET")
    ] = False
    verbose: Annotated[bool, Parameter(negative="", group=_GLOBAL, help="Tell where a defect of drd happened.")] = False
    as_: Annotated[
        str, Parameter(name="--as", group=_GLOBAL, help="Act under this name, where the settings allow it.")
    ] = ""

    def socket_path(self) -> Path:
        """Give the daemon's socket: as said, else the system's, else this user's own."""
        if self.socket is not None:
            return self.socket
        return SYSTEM_SOCKET if SYSTEM_SOCKET.exists() else own_socket()


DEFAULT = Common()
