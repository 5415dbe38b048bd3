"""What is wrong with a run's journal, for whoever shows the run or ends it."""

from drd.domain.errors import NotFoundError, PermanentError
from drd.engine.loading import check_chain
from drd.ports.journal import Journal, RunCard

_DAMAGED = frozenset({"journal-broken", "journal-damaged", "plan-changed"})


async def damage_of(journal: Journal, card: RunCard) -> str:
    """Say what is damaged: a run's events, or the plan that it follows; empty when both are whole.

    Raises:
        PermanentError: a newer drd wrote the journal: whether it is whole this one cannot tell.
        JournalUnavailableError: nobody can tell now.
    """
    try:
        events = await journal.events(card.id)
        check_chain(card.id, events)
        for plan in {card.plan_hash, str(events[0].payload.get("plan", card.plan_hash))}:
            await journal.plan(plan)
    except NotFoundError as error:
        return f"{error.message} ({error.target})"
    except PermanentError as error:
        if error.code in _DAMAGED:
            return error.message
        raise
    return ""
