"""Drills that are over, on a database: how their ends were looked at, and the verdicts on them."""

import json
from datetime import datetime

from sqlalchemy import Connection, insert, select

from drd.domain.drill_verdict import DrillVerdict, Judgement, Listing
from drd.domain.ids import RunId
from drd.ports.journal import RunCard
from drd.store.desk import Desk
from drd.store.projection import settled
from drd.store.rows import card_of, json_text, known_text
from drd.store.tables import DRILL_LISTINGS, RUNS


class StoredDrills:
    """`drd.ports.drills.Drills` on SQLite or PostgreSQL."""

    def __init__(self, desk: Desk) -> None:
        """Write and read through this desk."""
        self._desk = desk

    async def unconfirmed(self, *, most: int) -> tuple[RunCard, ...]:
        """Give drills that are over and have no verdict, the longest over first."""
        waits = RUNS.c.verdict == DrillVerdict.UNCONFIRMED.value
        query = select(RUNS).where(waits).order_by(RUNS.c.ended_at, RUNS.c.id).limit(most)
        return await self._desk.read(
            lambda connection: tuple(card_of(row) for row in connection.execute(query).mappings())
        )

    async def listings(self, run: RunId) -> tuple[Listing, ...]:
        """Give how a drill's end was looked at, in order."""
        return await self._desk.read(lambda connection: _listings(connection, run))

    async def note(self, run: RunId, listing: Listing, *, number: int) -> bool:
        """Keep a listing as the drill's first, second, ... (from 1); False where another one has that place."""
        return await self._desk.change(lambda connection: _note(connection, run, listing, number))

    async def settle(self, run: RunId, judgement: Judgement) -> bool:
        """Keep the verdict on a drill that is over; False where it has one, which stays."""
        return await self._desk.change(lambda connection: settled(connection, run, judgement))

    async def judgement(self, run: RunId) -> Judgement | None:
        """Give the verdict and its reasons; None for a run that is no drill, or not over."""
        return await self._desk.read(lambda connection: _judgement(connection, run))


def _listings(connection: Connection, run: RunId) -> tuple[Listing, ...]:
    query = select(DRILL_LISTINGS).where(DRILL_LISTINGS.c.run == run).order_by(DRILL_LISTINGS.c.number)
    return tuple(
        Listing(at=datetime.fromisoformat(row.at), found=tuple(json.loads(row.found)), impossible=row.impossible)
        for row in connection.execute(query)
    )


def _note(connection: Connection, run: RunId, listing: Listing, number: int) -> bool:
    # Two daemons that note the same place at once: the database refuses one, which looks again and finds it taken.
    place = (DRILL_LISTINGS.c.run == run, DRILL_LISTINGS.c.number == number)
    if connection.execute(select(DRILL_LISTINGS.c.number).where(*place)).first() is not None:
        return False
    row = {
        "run": run,
        "number": number,
        "at": known_text(listing.at),
        "found": json_text(listing.found),
        "impossible": listing.impossible,
    }
    connection.execute(insert(DRILL_LISTINGS).values(row))
    return True


def _judgement(connection: Connection, run: RunId) -> Judgement | None:
    row = connection.execute(select(RUNS.c.verdict, RUNS.c.verdict_because).where(RUNS.c.id == run)).first()
    if row is None or row.verdict is None:
        return None
    return Judgement(verdict=DrillVerdict(row.verdict), because=row.verdict_because or "")
