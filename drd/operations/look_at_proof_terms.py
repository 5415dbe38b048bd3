"""Find which municipalities have backups that nothing would ever prove by restores."""

from collections.abc import Sequence

from drd.domain.proof_terms import ProofTerms, unproven
from drd.ports.clock import Clock
from drd.ports.findings import Findings
from drd.ports.services import Services

PROVING = "proving"
"""The kind of the scopes under which it finds things: `proving/TENANT`."""


class LookAtProofTerms:
    """Looks at the schedules that prove, and replaces what it found before."""

    def __init__(
        self, *, services: Services, schedules: Sequence[ProofTerms], findings: Findings, clock: Clock
    ) -> None:
        """Take what is needed; the schedules are those of the settings."""
        self._services = services
        self._schedules = tuple(schedules)
        self._findings = findings
        self._clock = clock

    async def __call__(self) -> None:
        """Look at every municipality. May be called at any time; raises what the store does."""
        now = self._clock.now()
        marked = {each.tenant for each in await self._findings.list()}
        for tenant in self._services.tenants():
            found = list(unproven(tenant, self._schedules))
            if found or tenant.id in marked:
                await self._findings.put(f"{PROVING}/{tenant.id}", found, now)
        await self._findings.keep(PROVING, [f"{PROVING}/{tenant.id}" for tenant in self._services.tenants()])
