"""Where a daemon's parts tell how they fare, between scrapes. In host time."""

import asyncio
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime

from drd.operations.audit_evidence import AuditEvidence
from drd.ports.capabilities import Provider
from drd.ports.clock import Clock
from drd.ports.vitals import AuditFigures, DaemonEars, Vitals

_LOOK_SECONDS = 0.25


class Pulse:
    """Keeps what was told last. Belongs to the event loop; everything here is cheap.

    Attributes:
        ears: who hears of what happens; nobody, until the exporter is there.
        leases: for each small lease, whether this daemon holds it.
    """

    def __init__(
        self, host: Clock | None = None, *, configured_at: datetime | None = None, leases: Iterable[str] = ()
    ) -> None:
        """Take the host's clock, when the settings were read, and the leases that this daemon tries to hold.

        Without a clock no beats are kept: in one process under a virtual clock there is nobody whom they would tell.
        """
        self._host = host
        self._configured_at = configured_at
        self._beats: dict[str, datetime] = {}
        self.ears = DaemonEars()
        self.leases = dict.fromkeys(leases, False)
        self._queues: Callable[[], Mapping[str, int]] = dict
        self._audit: AuditEvidence | None = None
        self._providers: Mapping[str, Provider] = {}

    def plugged(
        self,
        ears: DaemonEars,
        *,
        audit: AuditEvidence,
        queues: Callable[[], Mapping[str, int]],
        providers: Mapping[str, Provider],
    ) -> AuditEvidence:
        """Take who hears, and whom to ask at each scrape; gives back the audit, which is to be served."""
        self.ears, self._audit, self._queues, self._providers = ears, audit, queues, providers
        return audit

    def beat(self, loop: str) -> None:
        """Note that a loop turned."""
        if self._host is not None:
            self._beats[loop] = self._host.now()

    def committed(self, seconds: float) -> None:
        """Pass on how long a commit took."""
        self.ears.committed(seconds)

    async def watch_lag(self) -> None:
        """Look again and again how late the event loop is, until cancelled."""
        loop = asyncio.get_running_loop()
        while True:
            due = loop.time() + _LOOK_SECONDS
            await asyncio.sleep(_LOOK_SECONDS)
            self.ears.lagged(max(loop.time() - due, 0.0))

    def vitals(self) -> Vitals:
        """Give how the daemon stands now."""
        return Vitals(
            leases=dict(self.leases),
            beats=dict(self._beats),
            queues=self._queues(),
            credentials={
                f"{duty}-{kind}": at
                for duty, provider in self._providers.items()
                for kind, at in provider.expiries().items()
            },
            configured_at=self._configured_at,
            audit=self._audit.figures if self._audit else AuditFigures(),
        )
