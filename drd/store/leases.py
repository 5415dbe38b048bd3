"""Leases of runs as rows: a run belongs to the boot of a daemon until the lease ends or is given back.

Everything here happens inside one transaction of somebody else's. Rows that others have locked are passed over: a host
that is frozen inside a transaction holds up nobody.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from sqlalchemy import ColumnElement, Connection, and_, case, func, or_, select, text, tuple_, update

from drd.domain.daemon_state import DaemonState
from drd.domain.ids import RunId
from drd.ports.dispatcher import Claim
from drd.store.allotment import Claimant, OpenRun, allot
from drd.store.tables import DAEMONS, EVENTS, RUNS
from drd.store.terms import LONGEST, HostTime, Limits, Presence

_CLAIMING = 0x64726463
"""The advisory lock of claims that must count a tenant's runs; given back with the transaction."""

_MOST = 2_000_000_000
"""Nobody has claimed a run so often: what is more was not written by drd, and could not be counted on."""


class DatabaseTime:
    """The time in which leases end: the server's own on PostgreSQL, for hosts differ; else this host's."""

    def __init__(self, host: HostTime) -> None:
        """Take the host's time, for databases that have none of their own."""
        self._host = host

    def now(self, connection: Connection) -> float:
        """Give seconds; only their differences mean something."""
        if connection.dialect.name == "sqlite":
            return self._host()
        return float(connection.execute(select(func.extract("epoch", func.clock_timestamp()))).scalar_one())


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What a look at the open runs tells one daemon.

    Attributes:
        free: runs that nobody holds. heads: where the journals of its own runs end.
        next_end: seconds until the first lease of another daemon ends; None when there is none.
    """

    free: frozenset[str]
    heads: dict[RunId, int]
    next_end: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Renewal:
    """What a heartbeat came to. `lost` are runs that somebody else holds, or whose lease had ended."""

    kept: frozenset[RunId]
    lost: frozenset[RunId]
    strays: frozenset[RunId]


@dataclass(frozen=True, slots=True, kw_only=True)
class Leases:
    """The leases of one daemon's boot.

    Attributes:
        length: None where this is the only daemon that can use the database: its leases last as long as it does.
    """

    presence: Presence
    time: DatabaseTime
    length: timedelta | None
    limits: Limits = field(default_factory=Limits)

    def look(self, connection: Connection) -> Seen:
        """Look what there is, without a lock."""
        now, boot = self.time.now(connection), self.presence.boot
        rows = connection.execute(
            select(RUNS.c.id, RUNS.c.head, RUNS.c.holder, RUNS.c.until_seconds).where(RUNS.c.ended_at.is_(None))
        ).all()
        ends = [row.until_seconds - now for row in rows if row.holder != boot and self._counts(row[2], row[3], now)]
        return Seen(
            free=frozenset(row.id for row in rows if not self._counts(row[2], row[3], now)),
            heads={RunId(row.id): row.head for row in rows if row.holder == boot},
            next_end=min(ends, default=None),
        )

    def claim(self, connection: Connection, to: Claimant) -> list[Claim]:
        """Claim what the claimant may take, in order. Each claim raises the run's token."""
        if self.limits.per_tenant is not None and not _alone(connection):
            return []
        now = self.time.now(connection)
        columns = (RUNS.c.id, RUNS.c.tenant, RUNS.c.parent, RUNS.c.state, RUNS.c.holder, RUNS.c.until_seconds)
        rows = connection.execute(
            select(*columns).where(RUNS.c.ended_at.is_(None)).order_by(RUNS.c.priority, RUNS.c.accepted_at, RUNS.c.id)
        )
        wanted = allot([self._open(row, now) for row in rows], to)
        return self._take(connection, wanted, now) if wanted else []

    def renew(self, connection: Connection, held: Collection[RunId], *, given_up: Collection[RunId]) -> Renewal:
        """Renew every lease that has not ended, those `given_up` aside."""
        now, boot = self.time.now(connection), self.presence.boot
        assert self.length is not None, "a lease that never ends is not renewed"  # noqa: S101 - a slip of drd itself
        mine = (
            select(RUNS.c.id)
            .where(RUNS.c.ended_at.is_(None), RUNS.c.holder == boot, _unended(now), RUNS.c.id.not_in(given_up))
            .with_for_update(skip_locked=True)
        )
        kept = connection.scalars(
            update(RUNS)
            .where(RUNS.c.id.in_(mine))
            .values(until_seconds=now + self.length.total_seconds())
            .returning(RUNS.c.id)
        ).all()
        missing = set(held).difference(kept)
        # A row that somebody has locked is still ours: the next heartbeat renews it, or its time runs out.
        locked = (
            connection.scalars(
                select(RUNS.c.id).where(RUNS.c.id.in_(missing), RUNS.c.holder == boot, _unended(now))
            ).all()
            if missing
            else ()
        )
        return Renewal(
            kept=frozenset(RunId(run) for run in kept if run in held),
            lost=frozenset(missing.difference(locked)),
            strays=frozenset(RunId(run) for run in kept if run not in held),
        )

    def release(self, connection: Connection, claims: Collection[Claim], *, clean: bool) -> None:
        """Give back what these claims hold. `clean`: they came to a proper end, so that they are no strikes.

        A run that was claimed anew meanwhile, by this same daemon, stays with it.
        """
        given = {"holder": None, "until_seconds": None} | ({"strikes": 0} if clean else {})
        newest = tuple_(RUNS.c.id, RUNS.c.token).in_([(claim.run, claim.token) for claim in claims])
        own = self._own([claim.run for claim in claims])
        connection.execute(update(RUNS).where(own, newest).values(given))

    def disown(self, connection: Connection, runs: Collection[RunId]) -> None:
        """Give back runs whose claims nobody here heard of; they are no strikes."""
        given = {"holder": None, "until_seconds": None, "strikes": 0}
        connection.execute(update(RUNS).where(self._own(runs)).values(given))

    def prove(self, connection: Connection, runs: Collection[RunId]) -> None:
        """Note that these runs do their host no harm."""
        connection.execute(update(RUNS).where(self._own(runs)).values(strikes=0))

    def _own(self, runs: Collection[RunId]) -> ColumnElement[bool]:
        return and_(RUNS.c.id.in_(runs), RUNS.c.holder == self.presence.boot, RUNS.c.ended_at.is_(None))

    def _open(self, row: Sequence[object], now: float) -> OpenRun:
        run, tenant, parent, state, holder, until = row
        counts = self._counts(holder, until, now)
        return OpenRun(
            id=str(run),
            tenant=str(tenant),
            parent=str(parent) if parent is not None else None,
            state=str(state),
            holder=str(holder) if counts else None,
        )

    def is_held(self, connection: Connection, holder: object, until: object) -> bool:
        """Say whether these columns of a run mean that a daemon holds it now."""
        return self._counts(holder, until, self.time.now(connection))

    def _counts(self, holder: object, until: object, now: float) -> bool:
        if self.length is None:
            return holder == self.presence.boot
        return holder is not None and isinstance(until, float) and now < until <= now + LONGEST.total_seconds()

    def _free(self, now: float) -> ColumnElement[bool]:
        if self.length is None:
            return or_(RUNS.c.holder.is_(None), RUNS.c.holder != self.presence.boot)
        return or_(RUNS.c.holder.is_(None), RUNS.c.until_seconds.is_(None), ~_unended(now))

    def _take(self, connection: Connection, wanted: Sequence[str], now: float) -> list[Claim]:
        free = (
            select(RUNS.c.id)
            .where(RUNS.c.id.in_(wanted), RUNS.c.ended_at.is_(None), self._free(now))
            .with_for_update(skip_locked=True)
        )
        # Whatever somebody did to the column by hand: a token is never lower than what was written under it.
        written = func.coalesce(
            select(EVENTS.c.token).where(EVENTS.c.run == RUNS.c.id, EVENTS.c.sequence == RUNS.c.head).scalar_subquery(),
            0,
        )
        # One event is the claim's own; more than that is progress, and what makes progress is no poison.
        badly = case(
            (RUNS.c.head - 1 > RUNS.c.claimed_head, 0), (RUNS.c.strikes.between(0, _MOST), RUNS.c.strikes), else_=0
        )
        rows = connection.execute(
            update(RUNS)
            .where(RUNS.c.id.in_(free))
            .values(
                token=case((RUNS.c.token.between(written, _MOST), RUNS.c.token), else_=written) + 1,
                daemon=self.presence.id,
                holder=self.presence.boot,
                until_seconds=now + self.length.total_seconds() if self.length else None,
                strikes=badly + 1,
                claimed_head=RUNS.c.head,
            )
            .returning(RUNS.c.id, RUNS.c.token, RUNS.c.strikes, RUNS.c.head)
        )
        taken = {row.id: row for row in rows}
        return [
            Claim(
                run=RunId(run),
                token=taken[run].token,
                daemon=self.presence.id,
                resumed=taken[run].token > 1,
                strikes=taken[run].strikes - 1,
            )
            for run in wanted
            if run in taken
        ]


def _unended(now: float) -> ColumnElement[bool]:
    return and_(RUNS.c.until_seconds > now, RUNS.c.until_seconds <= now + LONGEST.total_seconds())


def _alone(connection: Connection) -> bool:
    """Say whether nobody else counts and claims right now; whoever does is soon done."""
    if connection.dialect.name == "sqlite":
        return True
    asked = text("SELECT pg_try_advisory_xact_lock(:key)")
    return bool(connection.execute(asked, {"key": _CLAIMING}).scalar_one())


def forget(connection: Connection) -> None:
    """End every lease and every daemon: nobody else can use the database, and host time may have begun anew."""
    connection.execute(
        update(RUNS).where(RUNS.c.ended_at.is_(None), RUNS.c.holder.is_not(None)).values(until_seconds=0)
    )
    connection.execute(update(DAEMONS).values(state=DaemonState.GONE.value))
