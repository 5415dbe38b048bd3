"""The daemons on one database: who serves, who drains, who was not heard of."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import structlog
from sqlalchemy import ColumnElement, Connection, Row, and_, case, delete, func, insert, select, update
from sqlalchemy.exc import IntegrityError

from drd.domain.daemon_state import DaemonState
from drd.domain.errors import ConflictError, NotFoundError
from drd.ports.daemons import DaemonCard
from drd.store.desk import Desk
from drd.store.leases import DatabaseTime
from drd.store.tables import DAEMONS, RUNS
from drd.store.terms import LONGEST, LeaseTerms, Presence

_log = structlog.get_logger("drd.store")

_KEPT_SECONDS = 7 * 24 * 3600.0
"""How long a daemon that is gone, or was never heard of again, stays in the list."""

_LOOKS = 2
"""Looks at another daemon of the same name within one of its heartbeats."""


_LATE_BEATS = 1
"""Heartbeats that may still come of a daemon that is dead: it sends one after the other, and a slow database may write
down the last one after its death."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Namesake:
    """Another boot of this daemon's name, as the last look found it.

    Attributes:
        seen_seconds: its last heartbeat, in the database's time.
        beats: that came since it was first looked at.
    """

    boot: str
    seen_seconds: float
    beats: int = 0

    def after(self, last: "Namesake | None") -> "Namesake":
        """Give it with what came since the last look; that another boot took the name counts as well."""
        if last is None:
            return self
        came = (self.boot, self.seen_seconds) != (last.boot, last.seen_seconds)
        return replace(self, beats=last.beats + came)


@dataclass(frozen=True, slots=True, kw_only=True)
class Roll:
    """The rows of the table, inside somebody's transaction."""

    presence: Presence
    time: DatabaseTime
    seconds: float
    """How long a heartbeat counts."""
    most_runs: int

    def enter(self, connection: Connection, known: Namesake | None) -> Namesake | None:
        """Enter this boot, unless one of the same name may be alive: gives that one.

        `known` is what the last try gave. Who was heard of once since then may have died before that was written down;
        who was heard of twice is alive.

        Raises:
            ConflictError: another daemon of this name is alive.
        """
        now = self.time.now(connection)
        row = connection.execute(select(DAEMONS).where(DAEMONS.c.id == self.presence.id).with_for_update()).first()
        if row is not None and row.boot != self.presence.boot and self.may_live(row, now):
            namesake = Namesake(boot=str(row.boot), seen_seconds=float(row.seen_seconds)).after(known)
            if namesake.beats > _LATE_BEATS:
                raise self._taken(row.host)
            return namesake
        connection.execute(delete(DAEMONS).where(DAEMONS.c.id == self.presence.id))
        connection.execute(delete(DAEMONS).where(DAEMONS.c.seen_seconds < now - _KEPT_SECONDS))
        self._insert(connection, now)
        return None

    def beat(self, connection: Connection) -> DaemonState:
        """Note that this boot is alive; gives the state that is wanted of it.

        A row that somebody removed is written again; one that somebody has locked is left for the next heartbeat.

        Raises:
            ConflictError: another boot has this one's name.
        """
        now = self.time.now(connection)
        free = select(DAEMONS.c.id).where(self._own()).with_for_update(skip_locked=True)
        draining, serving = DaemonState.DRAINING.value, DaemonState.SERVING.value
        state = connection.execute(
            update(DAEMONS)
            .where(DAEMONS.c.id.in_(free))
            .values(
                seen_seconds=now,
                until_seconds=now + self.seconds,
                state=case((DAEMONS.c.state == draining, draining), else_=serving),
            )
            .returning(DAEMONS.c.state)
        ).scalar()
        if state is not None:
            return DaemonState(state)
        row = connection.execute(select(DAEMONS).where(DAEMONS.c.id == self.presence.id)).first()
        if row is None:
            self._insert(connection, now)
        elif row.boot != self.presence.boot:
            raise self._taken(row.host)
        return DaemonState(row.state) if row is not None else DaemonState.SERVING

    def set_state(self, connection: Connection, state: DaemonState) -> None:
        """Write this boot's state."""
        connection.execute(update(DAEMONS).where(self._own()).values(state=state.value))

    def others(self, connection: Connection) -> dict[str, int]:
        """Give the most runs, by boot, of every other daemon that takes runs now."""
        now = self.time.now(connection)
        rows = connection.execute(select(DAEMONS).where(DAEMONS.c.state == DaemonState.SERVING.value)).all()
        return {
            str(row.boot): int(row.most_runs)
            for row in rows
            if row.boot != self.presence.boot and self.may_live(row, now)
        }

    def alive(self, connection: Connection) -> frozenset[str]:
        """Give the boots of all daemons that are alive as far as anybody can tell, this one among them."""
        now = self.time.now(connection)
        rows = connection.execute(select(DAEMONS).where(DAEMONS.c.state != DaemonState.GONE.value)).all()
        return frozenset({self.presence.boot, *(str(row.boot) for row in rows if self.may_live(row, now))})

    def _own(self) -> ColumnElement[bool]:
        return and_(DAEMONS.c.id == self.presence.id, DAEMONS.c.boot == self.presence.boot)

    def _insert(self, connection: Connection, now: float) -> None:
        connection.execute(
            insert(DAEMONS).values(
                id=self.presence.id,
                boot=self.presence.boot,
                host=self.presence.host,
                version=self.presence.version,
                started_seconds=now,
                seen_seconds=now,
                until_seconds=now + self.seconds,
                state=DaemonState.SERVING.value,
                most_runs=self.most_runs,
            )
        )

    def may_live(self, row: Row[Any], now: float) -> bool:
        """Say whether its last heartbeat still counts."""
        return bool(row.state != DaemonState.GONE.value and now < row.until_seconds <= now + LONGEST.total_seconds())

    def _taken(self, host: str) -> ConflictError:
        return ConflictError(
            f"a daemon of this name is alive on {host or 'another host'}",
            other=self.presence.id,
            target=self.presence.id,
            hint="give each daemon a name of its own (daemon.id in the settings), or stop the other one",
        )


class StoredDaemons:
    """`drd.ports.daemons.Daemons` on SQLite or PostgreSQL."""

    def __init__(
        self, desk: Desk, roll: Roll, terms: LeaseTerms | None, *, told: Callable[[DaemonState], None],
        waits: Callable[[str], None] = lambda _text: None,
    ) -> None:  # fmt: skip
        """Write through this desk. Without terms this daemon is the only one that can use the database.

        `told` hears at once what is wanted of this daemon, `waits` what its start waits for, in one sentence.
        """
        self._waits = waits
        self._desk = desk
        self._told = told
        self._roll = roll
        self._terms = terms

    async def enter(self) -> None:
        """Enter this daemon; waits as long as an earlier one of the same name may still be alive.

        Raises:
            ConflictError: it is.
        """
        known: Namesake | None = None
        said = False
        while True:
            try:
                known = await self._desk.change(partial(self._roll.enter, known=known))
            except IntegrityError:
                # Two of one name entered in the same instant: the next look tells who was first.
                known = None
            else:
                if known is None or self._terms is None:
                    return
                if not said:
                    said = True
                    self._say_wait(self._terms)
            await asyncio.sleep((self._terms or LeaseTerms()).renew.total_seconds() / _LOOKS)

    def _say_wait(self, terms: LeaseTerms) -> None:
        """Say at once why the start takes so long: a heartbeat that comes late makes it two leases, no more."""
        seconds = round(_LATE_BEATS * terms.length.total_seconds() + terms.length.total_seconds())
        _log.info("waits for an earlier daemon of its name", daemon=self._roll.presence.id, seconds_at_most=seconds)
        self._waits(f"waits: a daemon of this name was alive a moment ago; {seconds} s at most")

    async def leave(self) -> None:
        """Note that this daemon has ended. May be called twice."""
        await self._desk.change(lambda connection: self._roll.set_state(connection, DaemonState.GONE))

    async def list(self) -> tuple[DaemonCard, ...]:
        """Give every daemon that is known, by name."""
        return await self._desk.read(self._cards)

    async def drain(self, daemon: str) -> None:
        """Let a daemon take no more runs and give its runs back, within a heartbeat. May be called twice.

        Raises:
            NotFoundError: there is none of this name that is alive.
        """
        await self._want(daemon, DaemonState.DRAINING)

    async def resume(self, daemon: str) -> None:
        """Let a daemon take runs again. May be called twice. Raises as `drain`."""
        await self._want(daemon, DaemonState.SERVING)

    async def _want(self, daemon: str, state: DaemonState) -> None:
        await self._desk.change(lambda connection: self._set(connection, daemon, state))
        if daemon == self._roll.presence.id:
            self._told(state)

    def _set(self, connection: Connection, daemon: str, state: DaemonState) -> None:
        change = update(DAEMONS).where(DAEMONS.c.id == daemon, DAEMONS.c.state != DaemonState.GONE.value)
        if not connection.execute(change.values(state=state.value)).rowcount:
            raise NotFoundError("there is no such daemon", target=daemon, hint="`drd daemon list` shows them")

    def _cards(self, connection: Connection) -> tuple[DaemonCard, ...]:
        now, own = self._roll.time.now(connection), self._roll.presence.boot
        counted = (
            select(RUNS.c.holder, func.count())
            .where(RUNS.c.ended_at.is_(None), RUNS.c.holder.is_not(None))
            .group_by(RUNS.c.holder)
        )
        held = {row[0]: row[1] for row in connection.execute(counted)}
        rows = connection.execute(select(DAEMONS).order_by(DAEMONS.c.id)).all()
        return tuple(
            DaemonCard(
                id=row.id,
                host=row.host,
                version=row.version,
                state=self._state(row, now),
                runs=held.get(row.boot, 0),
                most_runs=row.most_runs,
                up_seconds=max(now - row.started_seconds, 0.0),
                seen_seconds_ago=max(now - row.seen_seconds, 0.0),
                own=row.boot == own,
            )
            for row in rows
        )

    def _state(self, row: Row[Any], now: float) -> DaemonState:
        if row.state == DaemonState.GONE.value:
            return DaemonState.GONE
        if self._terms is not None and not self._roll.may_live(row, now):
            return DaemonState.SILENT
        return DaemonState.DRAINING if row.state == DaemonState.DRAINING.value else DaemonState.SERVING
