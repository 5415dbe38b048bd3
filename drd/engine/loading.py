"""Takes a run from the journal into this process's hands."""

from collections.abc import Awaitable, Callable, Collection, Sequence
from dataclasses import dataclass

from drd.domain.conductor import kill_due
from drd.domain.errors import PermanentError
from drd.domain.events import Event, first_broken
from drd.domain.figures import FigureFold
from drd.domain.ids import RunId
from drd.domain.plan import RecoveryPlan
from drd.domain.progress import Progress
from drd.engine.holdings import Holdings
from drd.engine.parts import EngineParts
from drd.engine.places import Places
from drd.engine.run_in_hand import RunInHand
from drd.engine.scribe import Scribe, ScribeEars
from drd.engine.waiting import Alarm
from drd.ports.dispatcher import Claim


@dataclass(frozen=True, slots=True, kw_only=True)
class Loader:
    """Loads runs.

    Attributes:
        plan: gives a plan by its hash.
        calls: room for what is on its way at the same time, of all runs.
        beside: gives the runs that move here now.
        took_up: told of each run that was read, and of what it did so far.
    """

    parts: EngineParts
    plan: Callable[[str], Awaitable[RecoveryPlan]]
    calls: Places
    beside: Callable[[], Collection[RunInHand]] = tuple
    took_up: Callable[[RecoveryPlan, Sequence[Event]], None] = lambda _plan, _events: None

    async def load(self, claim: Claim, ears: Callable[[RecoveryPlan], ScribeEars]) -> tuple[RunInHand, FigureFold]:
        """Fold a run's journal and make its writer.

        Raises:
            PermanentError: the journal or the plan was tampered with.
            JournalUnavailableError: neither can be read now.
        """
        parts = self.parts
        events = await parts.journal.events(claim.run)
        check_chain(claim.run, events)
        plan = await self.plan(str(events[0].payload["plan"]))
        progress, figures = Progress(plan), FigureFold(plan)
        for event in events:
            progress.apply(event)
            figures.apply(event)
        self.took_up(plan, events)
        scribe = Scribe(
            parts.journal,
            parts.clock,
            claim=claim,
            progress=progress,
            figures=figures,
            options=parts.options,
            ears=ears(plan),
        )
        holdings = Holdings(parts.ledger, await parts.ledger.of_run(claim.run))
        hand = RunInHand(
            parts,
            claim=claim,
            progress=progress,
            scribe=scribe,
            holdings=holdings,
            alarm=Alarm(parts.clock),
            calls=self.calls,
            kill=kill_due(events),
            beside=self.beside,
        )
        return hand, figures


def check_chain(run: RunId, events: Sequence[Event]) -> None:
    """Pass when the run's events are whole and untouched.

    Raises:
        PermanentError: if not; the first bad event is named.
    """
    broken = first_broken(tuple(events)) if events else 1
    if broken is not None:
        raise PermanentError(
            f"the journal of the run is damaged at event {broken}",
            target=run,
            hint="nothing of this run is carried out; restore the newest good copy of the store, or end the run "
            "beside its journal: `drd run abandon`",
            code="journal-damaged",
        )
