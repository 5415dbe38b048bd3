"""What a vault tells of itself by whole lists: its policies, and the jobs of the last day. No item is asked by itself.

Both kinds of vault tell the same: one of Azure Backup, and one of Site Recovery.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from drd.domain.backup_policy import BackupPolicy
from drd.domain.estate import Mechanism
from drd.domain.ids import ArmId
from drd.ports.capabilities import Capability


class ListKind(StrEnum):
    """What a list of a vault holds."""

    ITEMS = "items"
    POLICIES = "policies"
    JOBS = "jobs"


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """One line of a list.

    Attributes:
        name: an item's, a policy's, or that of the item on which a job works.
        state: as Azure writes it: of an item its protection, of a job its status; empty for a policy.
        about: an item's source, what a policy does and how long it keeps points, or a job's operation and its errors.
        at: an item's newest point, when a job began, or when a policy was seen to have become what it is; None where
            nobody says, and for a policy that never was anything else.
        policy: what a policy of Azure Backup promises; None where drd does not understand it.
    """

    name: str
    state: str = ""
    about: str = ""
    at: datetime | None = None
    policy: BackupPolicy | None = None


class VaultLists(Protocol):
    """Reads whole lists of one vault; paging is inside. Raises as every question: NotFoundError, ForbiddenError, ..."""

    async def policies(self, vault: ArmId, mechanism: Mechanism) -> tuple[Listed, ...]:
        """Give the policies by which the vault makes points."""
        ...

    async def jobs(self, vault: ArmId, mechanism: Mechanism, *, since: datetime) -> tuple[Listed, ...]:
        """Give the jobs that began at or after `since`, newest first."""
        ...


VAULT_LISTS: Capability[VaultLists] = Capability("vault-lists")
