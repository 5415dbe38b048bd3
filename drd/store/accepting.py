"""How a run gets into the store: its plan, its lock, its first event and its trigger in one transaction."""

from dataclasses import dataclass

from sqlalchemy import Connection, insert, select

from drd.domain.errors import ConflictError
from drd.domain.events import Event
from drd.domain.ids import RunId
from drd.domain.lifecycle import RunState
from drd.domain.plan import Mode
from drd.domain.trigger import Trigger
from drd.ports.journal import RunCard
from drd.store.rows import Row, card_of, event_row
from drd.store.tables import EVENTS, LOCKS, PLANS, RUNS, TRIGGERS


@dataclass(frozen=True, slots=True, kw_only=True)
class Acceptance:
    """A run that is to begin, as rows."""

    card: RunCard
    run: Row
    plan: Row
    first: Event
    trigger: Trigger | None = None

    def write(self, connection: Connection) -> RunCard:
        """Write the run, or give the one that the same trigger made before.

        Raises:
            ConflictError: `other` holds the lock, has the id, or stands for the key of another wish.
        """
        known = triggered(connection, self.trigger) if self.trigger is not None else None
        if known is not None:
            return known
        run, plan = self.run, self.plan
        if connection.execute(select(RUNS.c.id).where(RUNS.c.id == run["id"])).first() is not None:
            raise ConflictError("there is a run with this id", other=run["id"], target=run["id"])
        _check_free(connection, run["lock"])
        if connection.execute(select(PLANS.c.hash).where(PLANS.c.hash == plan["hash"])).first() is None:
            connection.execute(insert(PLANS).values(plan))
        connection.execute(insert(RUNS).values(run))
        connection.execute(insert(LOCKS).values(lock=run["lock"], run=run["id"]))
        connection.execute(insert(EVENTS).values(event_row(self.first)))
        if self.trigger is not None:
            connection.execute(
                insert(TRIGGERS).values(
                    key=self.trigger.key, run=run["id"], at=run["accepted_at"], digest=self.trigger.digest
                )
            )
        return self.card


def triggered(connection: Connection, trigger: Trigger) -> RunCard | None:
    """Give the run that a trigger made, if it made one.

    Raises:
        ConflictError: it stands for another wish, or its run is no longer in the store.
    """
    row = connection.execute(select(TRIGGERS.c.run, TRIGGERS.c.digest).where(TRIGGERS.c.key == trigger.key)).first()
    if row is None:
        return None
    trigger.must_mean(row.digest, RunId(row.run))
    card = connection.execute(select(RUNS).where(RUNS.c.id == row.run)).mappings().first()
    if card is None:
        raise ConflictError(
            f"this trigger made run {row.run}, which is no longer in the store",
            other=row.run,
            target=trigger.key,
            hint="look for it among what was exported; take a new key for a new run",
        )
    return card_of(card)


def _check_free(connection: Connection, lock: str) -> None:
    """Pass when nobody holds the lock. Raises ConflictError, which says whose run does, and how it stands."""
    query = (
        select(RUNS.c.id, RUNS.c.mode, RUNS.c.state, EVENTS.c.actor)
        .join(LOCKS, LOCKS.c.run == RUNS.c.id)
        .join(EVENTS, EVENTS.c.run == RUNS.c.id)
        .where(LOCKS.c.lock == lock, EVENTS.c.sequence == 1)
    )
    row = connection.execute(query).first()
    if row is not None:
        raise held(lock, RunId(row.id), mode=Mode(row.mode), state=RunState(row.state), starter=row.actor)


def held(lock: str, run: RunId, *, mode: Mode, state: RunState, starter: str) -> ConflictError:
    """Say which run holds a lock: whose it is, what for, and how it stands."""
    return ConflictError(
        f"run {run} is not over: {starter} started it in mode {mode.value}, and it is {state.value}",
        other=run,
        target=lock,
        hint=f"follow it: drd run watch {run}",
    )
