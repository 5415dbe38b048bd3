"""Give one run as a file of its own that outlives the database: plan, events, chain, and what the ledger holds."""

from drd.domain import archive
from drd.domain.actor import Actor, Role
from drd.domain.ids import RunId
from drd.ports.clock import Clock
from drd.ports.journal import Journal
from drd.ports.ledger import Ledger


class ExportRun:
    """Writes archives of runs, ended or not."""

    def __init__(self, *, journal: Journal, ledger: Ledger, clock: Clock) -> None:
        """Take what is needed."""
        self._journal = journal
        self._ledger = ledger
        self._clock = clock

    async def __call__(self, actor: Actor, run: str) -> str:
        """Give the content of the run's file.

        Raises:
            NotFoundError, InvalidError: no such run, or several that begin so.
            PermanentError: the journal or the plan is damaged.
        """
        actor.must_have(*Role)
        card = await self._journal.run(RunId(run))
        actor.must_have(*Role, tenant=card.tenant)
        events = await self._journal.events(card.id)
        plan = await self._journal.plan(card.plan_hash)
        entries = [entry.to_json() for entry in await self._ledger.of_run(card.id)]
        return "".join(archive.write(plan, events, entries, at=self._clock.now()))
