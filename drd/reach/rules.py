"""Who may be asked: the allow-list of the settings, and the addresses that are refused whatever it says."""

import ipaddress
import re
from collections.abc import Iterable
from dataclasses import dataclass

from drd.domain.errors import InvalidError, RefusedError

IpAddress = ipaddress.IPv4Address | ipaddress.IPv6Address
IpNetwork = ipaddress.IPv4Network | ipaddress.IPv6Network

_NAME = re.compile(
    r"(?=.{1,253}\Z)(?:[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?\.)*[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?"
)
_NUMBER = re.compile(r"(?:\d+|0x[0-9a-f]*)")
_URL = re.compile(
    r"(?P<scheme>https?)://(?P<host>[A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])(?::(?P<port>\d{1,5}))?"
    r"(?P<path>/[!$-;=?-\[\]_a-z~]*)?(?P<query>\?[!$-;=?-\[\]_a-z~]*)?",
    re.IGNORECASE,
)
_PORTS = range(1, 65_536)
_ORDINARY = {"http": 80, "https": 443}

NEVER: tuple[IpNetwork, ...] = tuple(
    ipaddress.ip_network(text)
    for text in (
        "0.0.0.0/8",
        "100.100.100.200/32",
        "168.63.129.16/32",
        "169.254.0.0/16",
        "192.0.0.0/24",
        "224.0.0.0/4",
        "240.0.0.0/4",
        "::/128",
        "::ffff:0:0/96",
        "64:ff9b::/96",
        "64:ff9b:1::/48",
        "2001::/32",
        "2002::/16",
        "fd00:ec2::254/128",
        "fe80::/10",
        "fec0::/10",
        "ff00::/8",
    )
)
"""Refused always: metadata and platform services of clouds, link-local, multicast, reserved, and IPv4 inside IPv6."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """What a URL asks of whom, taken apart once."""

    scheme: str
    host: str
    port: int
    path: str

    @property
    def authority(self) -> str:
        """The host header: the port only where it is not the scheme's own."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == _ORDINARY[self.scheme] else f"{host}:{self.port}"


def target_of(url: str) -> Target:
    """Take a URL apart. No user, no fragment, no spaces, no backslashes: what two parsers could read differently.

    Raises:
        RefusedError: it is no plain http or https URL.
    """
    match = _URL.fullmatch(url)
    if match is None:
        raise RefusedError("not a plain http or https URL", target=url[:200], hint="write https://HOST/PATH")
    scheme = match["scheme"].lower()
    port = int(match["port"]) if match["port"] else _ORDINARY[scheme]
    path = (match["path"] or "/") + (match["query"] or "")
    return Target(scheme=scheme, host=plain_host(match["host"].strip("[]")), port=port, path=path)


def plain_host(host: str) -> str:
    """Give a host in its one spelling: a DNS name in lower case, or an address as it is normally written.

    Raises:
        RefusedError: it is neither; numbers that some resolvers take for addresses (`127.1`, `0x7f000001`) are neither.
    """
    plain = host.lower().removesuffix(".") if host.isascii() else ""
    address = address_of(plain)
    if address is not None:
        if str(address) == plain:
            return plain
    elif _NAME.fullmatch(plain) and not _NUMBER.fullmatch(plain.rsplit(".", 1)[-1]):
        return plain
    raise RefusedError(
        "not a host name, and not an address as it is normally written",
        target=host[:200],
        hint="write a name such as burgerzaken.voorbeeld.example, or an address such as 10.2.1.41",
    )


def address_of(text: str) -> IpAddress | None:
    """Read an address, or give None."""
    try:
        return ipaddress.ip_address(text)
    except ValueError:
        return None


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One line of the allow-list. `port` None is any; exactly one of `name`, `domain` and `network` is set."""

    port: int | None
    name: str = ""
    domain: str = ""
    network: IpNetwork | None = None

    @classmethod
    def parse(cls, text: str) -> "Entry":
        """Read `HOST`, `HOST:PORT`, `*.DOMAIN:PORT`, `NETWORK/BITS:PORT`; a port `*`, or none, is any.

        Raises:
            InvalidError: it is none of these.
        """
        host, colon, port = text.rpartition(":")
        if not colon or not (port == "*" or port.isdecimal()):
            host, port = text, "*"
        number = None if port == "*" else int(port)
        try:
            return cls._of(host.strip("[]"), number)
        except (ValueError, RefusedError) as error:
            raise InvalidError(
                "not a line of an allow-list", target=text, hint="write HOST:PORT, *.DOMAIN:PORT or NETWORK/BITS:PORT"
            ) from error

    @classmethod
    def _of(cls, host: str, port: int | None) -> "Entry":
        if port is not None and port not in _PORTS:
            raise ValueError(port)
        if "/" in host or address_of(host) is not None:
            return cls(port=port, network=ipaddress.ip_network(host))
        if host.startswith("*."):
            return cls(port=port, domain="." + plain_host(host[2:]))
        return cls(port=port, name=plain_host(host))

    def holds_name(self, host: str, port: int | None) -> bool:
        """Say whether a name is allowed; `port` None asks whether any port is."""
        return self._fits(port) and (host == self.name or (bool(self.domain) and host.endswith(self.domain)))

    def holds_address(self, address: IpAddress, port: int | None) -> bool:
        """Say whether an address is allowed."""
        fits = self.network is not None and self.network.version == address.version
        return fits and self._fits(port) and self.network is not None and address in self.network

    def _fits(self, port: int | None) -> bool:
        return port is None or self.port is None or self.port == port


class AllowList:
    """Decides before anything is sent, and again when a name has become an address."""

    def __init__(self, lines: Iterable[str]) -> None:
        """Take the lines of the settings. Raises InvalidError."""
        self._entries = tuple(map(Entry.parse, lines))

    def check(self, host: str, port: int | None) -> str:
        """Give the host in its one spelling, if it may be asked. Raises RefusedError.

        Args:
            host: as it was written.
            port: None to ask for its addresses only.
        """
        plain = plain_host(host)
        if port is not None and port not in _PORTS:
            raise _refused(f"{host}:{port}", "there is no such port")
        address = address_of(plain)
        if address is not None:
            self.check_address(plain, port, literal=True)
        elif not any(entry.holds_name(plain, port) for entry in self._entries):
            raise _refused(plain if port is None else f"{plain}:{port}", "it is not on the allow-list")
        return plain

    def check_address(self, text: str, port: int | None, *, literal: bool = False) -> str:
        """Give an address, if it may be connected to. Raises RefusedError.

        One that was written out must be on the list itself. One that an allowed name has is refused only if no guest
        can stand there: special addresses always, loopback unless the list holds it.
        """
        address = address_of(text)
        if address is None or getattr(address, "scope_id", None) is not None:
            raise _refused(text, "it is not an address")
        if any(address.version == network.version and address in network for network in NEVER):
            raise _refused(text, "no guest stands at such an address")
        listed = any(entry.holds_address(address, port) for entry in self._entries)
        if not listed and (literal or address.is_loopback):
            raise _refused(text if port is None else f"{text}:{port}", "it is not on the allow-list")
        return str(address)


def _refused(what: str, why: str) -> RefusedError:
    return RefusedError(
        f"this guest is not asked: {why}",
        target=what[:200],
        hint="correct it in the runbook or catalogue, or add it to checks.allow in the settings",
        code="not-allowed",
    )
