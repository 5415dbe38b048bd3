"""Where findings are kept, by the scope that found them."""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Protocol

from drd.domain.findings import Finding
from drd.domain.ids import TenantId


class Findings(Protocol):
    """What was found last. Errors as `Journal`'s."""

    async def put(self, scope: str, findings: Collection[Finding], at: datetime) -> None:
        """Replace what one scope found, such as `readiness/RUNBOOK`; nothing found is written too.

        What it found before, by code and subject, keeps its `since`; what is new gets its own, or `at`. Of several
        with one code and one subject the worst stays.
        """
        ...

    async def keep(self, kind: str, scopes: Collection[str]) -> None:
        """Forget the scopes `KIND/...` that are not among these: their runbook, vault or item is gone."""
        ...

    async def list(self, tenant: TenantId | None = None) -> tuple[Finding, ...]:
        """Give what is found now, worst first."""
        ...

    async def looked(self) -> Mapping[str, datetime]:
        """Give when each scope looked last, whether it found anything or not."""
        ...
