"""Guests that answer in the same process, for rehearsals under a virtual clock: a plain callable, no network."""

from collections.abc import Callable

from drd.domain.errors import RefusedError
from drd.ports.reach import HttpAnswer
from drd.reach.guests import silent
from drd.reach.rules import Target

Ask = Callable[[str, int, Target | None], HttpAnswer | str]
"""Asks a guest: host, port, and what over HTTP, or None only to connect. Gives its answer, or why nobody answers."""

Names = Callable[[str], tuple[str, ...]]
"""Gives the addresses of a name."""


class CalledConnector:
    """Hands names to a callable."""

    resolves_itself = True

    def __init__(self, ask: Ask, names: Names) -> None:
        """Take what answers for guests, and for names."""
        self._ask = ask
        self._names = names

    async def resolve(self, host: str) -> tuple[str, ...]:
        """Give the addresses of a name."""
        return self._names(host)

    async def connect(self, host: str, port: int) -> None:
        """Connect."""
        self._answer(host, port, None)

    async def get(self, target: Target, address: str) -> HttpAnswer:
        """Ask with GET."""
        return self._answer(target.host, target.port, target)

    def _answer(self, host: str, port: int, target: Target | None) -> HttpAnswer:
        found = self._ask(host, port, target)
        if isinstance(found, str):
            raise silent(f"{host}:{port}", found)
        return found


class NobodyConnector:
    """Where a drill has no way to its copies: asks nobody, rather than production."""

    resolves_itself = True

    async def resolve(self, host: str) -> tuple[str, ...]:
        """Refuse. Raises RefusedError."""
        raise _no_way(host)

    async def connect(self, host: str, port: int) -> None:
        """Refuse. Raises RefusedError."""
        raise _no_way(host)

    async def get(self, target: Target, address: str) -> HttpAnswer:
        """Refuse. Raises RefusedError."""
        raise _no_way(target.host)


def _no_way(host: str) -> RefusedError:
    return RefusedError(
        "a drill has no way to ask its copies",
        target=host,
        hint="set checks.drill-resolver in the settings to the proxy that stands in the isolated network",
        code="no-drill-resolver",
    )
