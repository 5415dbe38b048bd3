"""Jobs as a vault itself lists them, with the requests that they say they were started by."""

from datetime import datetime
from typing import Protocol

from drd.domain.evidence_of_conductor import SeenJob
from drd.domain.ids import ArmId
from drd.ports.capabilities import Capability


class SeenJobs(Protocol):
    """Lists jobs for whoever compares them with a journal. A question: it changes nothing."""

    async def since(self, vault: ArmId, kind: str, since: datetime) -> tuple[SeenJob, ...]:
        """Give a vault's jobs that began at or a little before `since` or later.

        `kind` is that of the operations that they belong to: `site-recovery` or `backup-restore`.
        """
        ...


SEEN_JOBS: Capability[SeenJobs] = Capability("seen-jobs")
