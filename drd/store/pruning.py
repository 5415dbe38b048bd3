"""What is old and no longer needed leaves the database without a file: slots, verifications, collected facts.

What stays, however old: the newest verification of each item, rung and outcome, every verification whose run is in the
database, the newest slot of each schedule and whatever is at work, the pause that holds, and facts that anything was
seen of since. Records of evidence stay for ever. Nothing leaves while a failover is under way.
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Table, delete, exists, func, select, tuple_

from drd.ports.slots import SlotState
from drd.store.desk import Desk
from drd.store.inventory_tables import CHAINS_OF_POINTS, ITEMS, VAULT_LISTS, VAULTS
from drd.store.retention import failovers
from drd.store.rows import known_text
from drd.store.tables import PAUSES, RUNS, SCHEDULES, SLOTS, VERIFICATIONS

AT_ONCE = 1000
"""Rows of one kind that leave in one turn at most: no write of a run waits for long."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PruningTerms:
    """How long what is no longer needed stays. Host time; None for ever."""

    slots: timedelta | None = None
    verifications: timedelta | None = None
    facts: timedelta | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Pruned:
    """What left in one turn, in rows. `more`: there was more than one turn takes."""

    slots: int = 0
    verifications: int = 0
    facts: int = 0
    more: bool = False

    def told(self) -> tuple[str, ...]:
        """Say it in lines; none where nothing left."""
        counts = {"slots of schedules": self.slots, "verifications": self.verifications, "collected facts": self.facts}
        return tuple(
            f"{count} {name} left: they were old, and newer ones are there" for name, count in counts.items() if count
        )


class Pruning:
    """Takes out what is old, some of it in a turn."""

    def __init__(self, desk: Desk) -> None:
        """Remove through the desk."""
        self._desk = desk

    async def prune(self, terms: PruningTerms, now: datetime) -> Pruned:
        """Take out what is older than the terms allow, each kind in a write of its own.

        May be called at any time, also by several daemons. A crash in between leaves the rest for the next turn.

        Raises:
            JournalUnavailableError: it cannot be written now.
        """
        work = ((terms.slots, _slots), (terms.verifications, _verifications), (terms.facts, _facts))
        gone = [0 if length is None else await self._gone(prune, known_text(now - length)) for length, prune in work]
        slots, verifications, facts = gone
        return Pruned(
            slots=slots, verifications=verifications, facts=facts, more=any(count >= AT_ONCE for count in gone)
        )

    async def _gone(self, prune: Any, before: str) -> int:  # noqa: ANN401 - a function of this module
        def change(connection: Connection) -> int:
            if connection.execute(failovers()).first() is not None:
                return 0
            count: int = prune(connection, before)
            return count

        return await self._desk.change(change)


def _slots(connection: Connection, before: str) -> int:
    """Remove ended slots that are older than the newest one that the calendar called for, and pauses that are over."""
    gone = 0
    for schedule in connection.scalars(select(SCHEDULES.c.schedule).order_by(SCHEDULES.c.schedule)).all():
        newest = connection.scalar(
            select(func.max(SLOTS.c.due_at)).where(SLOTS.c.schedule == schedule, SLOTS.c.actor == "")
        )
        until = min(before, newest or "")
        old = (
            select(SLOTS.c.schedule, SLOTS.c.wall)
            .where(SLOTS.c.schedule == schedule, SLOTS.c.due_at < until, SLOTS.c.state != SlotState.CLAIMED.value)
            .order_by(SLOTS.c.due_at)
            .limit(AT_ONCE - gone)
        )
        gone += _delete(connection, SLOTS, connection.execute(old).all())
        connection.execute(delete(PAUSES).where(PAUSES.c.schedule == schedule, PAUSES.c.until < until))
        if gone >= AT_ONCE:
            break
    return gone


def _verifications(connection: Connection, before: str) -> int:
    """Remove those that a newer one of the same item, rung and outcome has replaced, and whose run has left."""
    table, other = VERIFICATIONS, VERIFICATIONS.alias("other")
    same = [table.c[name] == other.c[name] for name in ("tenant", "item", "rung", "outcome")]
    old = (
        select(table.c.id)
        .where(table.c.at < before, exists().where(*same, other.c.at > table.c.at))
        .where(~exists().where(RUNS.c.id == table.c.run))
        .order_by(table.c.at)
        .limit(AT_ONCE)
    )
    return _delete(connection, VERIFICATIONS, connection.execute(old).all())


def _facts(connection: Connection, before: str) -> int:
    """Remove what was seen last before an instant: of items and vaults that left the catalogue, or the cloud."""
    chains = CHAINS_OF_POINTS
    key = ("tenant", "item", "mechanism")
    alive = exists().where(*(chains.c[name] == ITEMS.c[name] for name in key), chains.c.seen_at >= before)
    items = connection.execute(select(*(ITEMS.c[name] for name in key), ITEMS.c.body).where(~alive)).all()
    gone = _old(items, before)[:AT_ONCE]
    _delete(connection, chains, gone)
    count = _delete(connection, ITEMS, gone)
    vaults = connection.execute(select(VAULTS.c.tenant, VAULTS.c.vault, VAULTS.c.body)).all()
    count += _delete(connection, VAULTS, _old(vaults, before)[:AT_ONCE])
    return count + connection.execute(delete(VAULT_LISTS).where(VAULT_LISTS.c.asked_at < before)).rowcount


def _old(rows: Iterable[Any], before: str) -> list[tuple[str, ...]]:
    return [tuple(key) for *key, body in rows if str(json.loads(body)["seen-at"]) < before]


def _delete(connection: Connection, table: Table, keys: Iterable[Any]) -> int:
    """Remove rows by their primary keys."""
    chosen = [tuple(each) for each in keys]
    if not chosen:
        return 0
    columns = list(table.primary_key)
    same = tuple_(*columns).in_(chosen) if len(columns) > 1 else columns[0].in_([key for (key,) in chosen])
    return connection.execute(delete(table).where(same)).rowcount
