"""The journal on a database."""

import hashlib
import json
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, Select, func, select
from sqlalchemy.exc import IntegrityError

from drd.domain.durations import parse_instant
from drd.domain.errors import InvalidError, NotFoundError, PermanentError, RefusedError
from drd.domain.events import GENESIS, Event
from drd.domain.ids import RunId
from drd.domain.lifecycle import RunState
from drd.domain.plan import RecoveryPlan
from drd.domain.plan_json import plan_from_json
from drd.domain.trigger import Trigger
from drd.ports.journal import RunCard, RunFilter
from drd.store.accepting import Acceptance, triggered
from drd.store.append import Append
from drd.store.desk import Desk
from drd.store.room import Room
from drd.store.rows import Row, card_of, card_row, event_of, known_text
from drd.store.tables import EVENTS, LOCKS, PLANS, RUNS

_SHOWN = 5
_RACES = 3
"""So often somebody else may write in the moment between looking and writing."""

_DAMAGED = (
    "nothing of this run is carried out; keep the store as it is and compare it with the newest good copy; "
    "`drd run abandon` ends the run beside its journal, and frees its service"
)


class StoredJournal:
    """`drd.ports.journal.Journal` on SQLite or PostgreSQL."""

    def __init__(self, desk: Desk, room: Room | None = None) -> None:
        """Write and read through this desk, and begin runs where there is room."""
        self._desk = desk
        self._room = room

    async def accept(
        self, card: RunCard, plan: RecoveryPlan, first: Event, *, trigger: Trigger | None = None
    ) -> RunCard:
        """Write a new run, its plan (once per hash), its lock, its first event and its trigger, all or nothing.

        Gives the card of the run that stands for the trigger: this one, or the one that it made before.

        Raises:
            ConflictError: with `other` = the run that holds the lock, the run that the trigger's key stands for when
                something else was wished, or the run whose id exists already.
            PermanentError: if the card does not name the plan's hash.
            RefusedError: if there is no room for another run.
            ValueError: if the event is not the first of this run.
        """
        if first.run != card.id or first.sequence != 1 or first.previous != GENESIS or not first.hash:
            raise ValueError("a run begins with its own sealed first event")
        stored = await self._desk.aside(lambda: _plan_row(plan))
        if stored["hash"] != card.plan_hash:
            raise PermanentError("the plan is not the one that was named", target=card.plan_hash, code="plan-changed")
        made = await self._made_without_room(card, trigger)
        if made is not None:
            return made
        run = card_row(card) | _beginning(first)
        acceptance = Acceptance(card=card, run=run, plan=stored, first=first, trigger=trigger)
        for _ in range(_RACES):
            try:
                return await self._desk.change(acceptance.write)
            except IntegrityError:
                # Another daemon wrote the same key, lock or plan since we looked: now we shall see it.
                continue
        return await self._desk.change(acceptance.write)

    async def _made_without_room(self, card: RunCard, trigger: Trigger | None) -> RunCard | None:
        """Refuse a new run where there is no room for it; what is part of one that is under way is let in."""
        if self._room is None or card.parent is not None:
            return None
        try:
            self._room.check()
        except RefusedError:
            made = await self.triggered(trigger) if trigger else None
            if made is None:
                raise
            return made
        return None

    async def triggered(self, trigger: Trigger) -> RunCard | None:
        """Give the run that a trigger made before, if it made one.

        Raises:
            ConflictError: it stands for another wish, or its run is no longer in the store.
        """
        return await self._desk.read(lambda connection: triggered(connection, trigger))

    async def append(self, events: Sequence[Event], *, state: RunState) -> None:
        """Write events of one run in order, with the run's state after them.

        Events that are in the journal already, exactly so, are not written again: an answer may have been lost.

        Raises:
            ConflictError: if they do not follow the journal's last event.
            RefusedError: if the token is older than the run's newest claim, or the run is over.
            NotFoundError: if there is no such run.
        """
        await self._desk.append(Append.of(events, state))

    async def events(self, run: RunId, *, after: int = 0) -> tuple[Event, ...]:
        """Give a run's events in order, beginning after a sequence number.

        Raises:
            NotFoundError: for an unknown run.
            PermanentError: if one is missing, was put in, or is not linked to the one before.
        """
        return await self._desk.read(lambda connection: _events(connection, run, after))

    async def plan(self, plan_hash: str) -> RecoveryPlan:
        """Give a stored plan.

        Raises:
            NotFoundError: if there is none.
            PermanentError: when it was tampered with.
        """
        return await self._desk.read(lambda connection: _plan(connection, plan_hash))

    async def run(self, run: RunId) -> RunCard:
        """Give one run. An unambiguous beginning of an id is enough. Raises NotFoundError, InvalidError."""
        return await self._desk.read(lambda connection: _run(connection, run))

    async def runs(self, wanted: RunFilter) -> tuple[RunCard, ...]:
        """Give runs, newest first."""
        query = _filtered(wanted)
        return await self._desk.read(lambda connection: _cards(connection, query))

    async def holder(self, lock: str) -> RunCard | None:
        """Give the run that holds a lock, if one does."""
        query = select(RUNS).join(LOCKS, LOCKS.c.run == RUNS.c.id).where(LOCKS.c.lock == lock)
        return next(iter(await self._desk.read(lambda connection: _cards(connection, query))), None)


def _plan_row(plan: RecoveryPlan) -> Row:
    body = plan.canonical()
    return {
        "hash": _hash(body),
        "body": body,
        "steps": len(plan.steps),
        "rto_seconds": round(plan.objectives.rto.total_seconds()) if plan.objectives else None,
    }


def _hash(body: str) -> str:
    return hashlib.sha256(body.encode("utf-8")).hexdigest()


def _beginning(first: Event) -> Row:
    incident = first.payload.get("incident-at")
    at = parse_instant(incident) if isinstance(incident, str) else first.at
    return {"head": 1, "head_hash": first.hash, "token": 0, "incident_at": known_text(at)}


def _events(connection: Connection, run: RunId, after: int) -> tuple[Event, ...]:
    head = connection.execute(select(RUNS.c.head, RUNS.c.head_hash).where(RUNS.c.id == run)).first()
    if head is None:
        raise NotFoundError("there is no such run", target=run, hint="`drd run list` shows the runs")
    rows = connection.execute(
        select(EVENTS).where(EVENTS.c.run == run, EVENTS.c.sequence > after).order_by(EVENTS.c.sequence)
    ).all()
    events = _read(run, rows, after)
    _linked(run, events, after=after, head=(head.head, head.head_hash))
    return events


def _read(run: RunId, rows: Sequence[Any], after: int) -> tuple[Event, ...]:
    events: list[Event] = []
    try:
        events.extend(event_of(row) for row in rows)
    except (ValueError, TypeError, KeyError) as error:
        raise PermanentError(
            f"the journal cannot be read at event {after + len(events) + 1}",
            target=run,
            hint=_DAMAGED,
            code="journal-broken",
        ) from error
    return tuple(events)


def _linked(run: RunId, events: Sequence[Event], *, after: int, head: tuple[int, str]) -> None:
    """Look at places and links; hashes over the contents are `first_broken`'s, and cost more."""
    previous = None if after else GENESIS
    for place, event in enumerate(events, start=after + 1):
        if event.sequence != place or (previous is not None and event.previous != previous):
            raise _broken(run, place)
        previous = event.hash
    end = (events[-1].sequence, events[-1].hash) if events else (after, head[1])
    if end != head and after < head[0]:
        raise _broken(run, end[0] + 1)


def _broken(run: RunId, place: int) -> PermanentError:
    return PermanentError(f"the journal is broken at event {place}", target=run, hint=_DAMAGED, code="journal-broken")


def _plan(connection: Connection, plan_hash: str) -> RecoveryPlan:
    body = connection.execute(select(PLANS.c.body).where(PLANS.c.hash == plan_hash)).scalar()
    if body is None:
        raise NotFoundError("there is no such plan", target=plan_hash)
    if _hash(body) != plan_hash:
        raise PermanentError(
            "the stored plan is not what was approved", target=plan_hash, hint=_DAMAGED, code="plan-changed"
        )
    return plan_from_json(json.loads(body))


def _run(connection: Connection, run: RunId) -> RunCard:
    if not run:
        raise InvalidError("a run's id is wanted", hint="`drd run list` shows the runs")
    exact = _cards(connection, select(RUNS).where(RUNS.c.id == run))
    if exact:
        return exact[0]
    begins = func.substr(RUNS.c.id, 1, len(run)) == run
    found = _cards(connection, select(RUNS).where(begins).order_by(RUNS.c.id).limit(_SHOWN))
    if not found:
        raise NotFoundError("there is no such run", target=run, hint="`drd run list` shows the runs")
    if len(found) > 1:
        names = tuple(card.id for card in found)
        raise InvalidError("several runs begin so", faults=names, target=run, hint=f"one of {', '.join(names)} ...")
    return found[0]


def _cards(connection: Connection, query: Select[Any]) -> tuple[RunCard, ...]:
    return tuple(card_of(row) for row in connection.execute(query).mappings())


def _filtered(wanted: RunFilter) -> Select[Any]:
    query = select(RUNS).order_by(RUNS.c.accepted_at.desc(), RUNS.c.id.desc()).limit(wanted.newest)
    for column, value in (
        (RUNS.c.tenant, wanted.tenant),
        (RUNS.c.service, wanted.service),
        (RUNS.c.parent, wanted.parent),
    ):
        if value is not None:
            query = query.where(column == value)
    if wanted.active is not None:
        query = query.where(RUNS.c.ended_at.is_(None) if wanted.active else RUNS.c.ended_at.is_not(None))
    if wanted.states:
        query = query.where(RUNS.c.state.in_([state.value for state in wanted.states]))
    return query
