"""The key of its owner's that a vault is encrypted with: what is known of it."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class VaultKey:
    """What was seen of a key, from outside: nobody tried to use it.

    Attributes:
        enabled: None where nobody says.
        deleted: it is gone, or its key vault is; both may come back for a while.
        begins_at: from when it is good; None for always.
        ends_at: until when it is good; None for ever.
        purge_protected: whether nobody can destroy it for good before its time; None where nobody says.
    """

    enabled: bool | None = True
    deleted: bool = False
    begins_at: datetime | None = None
    ends_at: datetime | None = None
    purge_protected: bool | None = None

    def trouble(self, now: datetime) -> str:
        """Say why it does not answer; empty where nothing is known against it."""
        if self.deleted:
            return "it is deleted, or its key vault is"
        if self.enabled is False:
            return "it is disabled"
        if self.ends_at is not None and self.ends_at <= now:
            return "it has expired"
        if self.begins_at is not None and self.begins_at > now:
            return "it is not good yet"
        return ""
