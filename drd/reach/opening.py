"""The way in: a reach from what the settings say."""

import ssl
from collections.abc import Iterable
from pathlib import Path
from urllib.parse import urlsplit

from drd.domain.errors import InvalidError
from drd.reach.called import Ask, CalledConnector, Names, NobodyConnector
from drd.reach.guests import Connector, GuestReach
from drd.reach.proxy import ProxyConnector
from drd.reach.rules import AllowList, address_of

SYSTEM = "system"
_DNS_PORT = 53


def open_reach(resolver: str | None, *, allow: Iterable[str], authority: Path | None = None) -> GuestReach:
    """Make a reach.

    Args:
        resolver: `system`; `dns://ADDRESS:PORT`; the proxy that answers for guests (`http://`, `https://` or
            `proxy://`, then HOST:PORT); None to ask nobody, for drills without a way to their copies.
        allow: the lines of the allow-list.
        authority: a file with certificates of further authorities that guests' certificates may come from.

    Raises:
        InvalidError: one of them cannot be used.
    """
    return GuestReach(AllowList(tuple(allow)), _connector(resolver, _trust(authority)))


def called_reach(ask: Ask, names: Names, *, allow: Iterable[str]) -> GuestReach:
    """Make a reach whose guests answer in this process; the same rules hold."""
    return GuestReach(AllowList(tuple(allow)), CalledConnector(ask, names))


def _connector(resolver: str | None, trust: ssl.SSLContext) -> Connector:
    if resolver is None:
        return NobodyConnector()
    if resolver == SYSTEM:
        return _direct("", 0, trust)
    parts = urlsplit(resolver)
    try:
        host, port = parts.hostname or "", parts.port
    except ValueError as error:
        raise _unusable(resolver) from error
    if parts.scheme == "dns" and address_of(host) is not None:
        return _direct(host, port or _DNS_PORT, trust)
    if parts.scheme in {"http", "https", "proxy"} and host:
        scheme = "https" if parts.scheme == "https" else "http"
        return ProxyConnector(f"{scheme}://{parts.netloc}", trust)
    raise _unusable(resolver)


def _direct(server: str, port: int, trust: ssl.SSLContext) -> Connector:
    """Ask guests themselves, whose names a server tells, or the system where none is given."""
    from drd.reach.direct import (  # noqa: PLC0415 - the DNS library costs memory that a proxy's client need not pay
        DirectConnector,
        server_lookup,
        system_lookup,
    )

    return DirectConnector(server_lookup(server, port) if server else system_lookup, trust)


def _unusable(resolver: str) -> InvalidError:
    return InvalidError(
        "not a way to ask guests", target=resolver, hint="write system, dns://ADDRESS:PORT or http://PROXY:PORT"
    )


def _trust(authority: Path | None) -> ssl.SSLContext:
    trust = ssl.create_default_context()
    if authority is not None:
        try:
            trust.load_verify_locations(cafile=authority)
        except (OSError, ssl.SSLError) as error:
            raise InvalidError(
                f"the file of authorities cannot be used: {error}",
                target=str(authority),
                hint="give a file with certificates in PEM form",
            ) from error
    return trust
