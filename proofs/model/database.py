"""The database of the model: what several daemons share. It keeps the promises of the ports, in memory."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from drd.domain.canonical import Json
from drd.domain.errors import ConflictError, JournalUnavailableError, NotFoundError, RefusedError
from drd.domain.events import Event, Kind
from drd.domain.ids import RunId
from drd.domain.lifecycle import RunState
from drd.domain.plan import RecoveryPlan
from drd.domain.trigger import Trigger
from drd.ports.journal import RunCard
from drd.ports.orders import PostedOrder
from proofs.model.line import Line


@dataclass(slots=True)
class Row:
    """A run, its journal, and who moves it.

    Attributes:
        committed: for each event, the second at which it became durable.
    """

    card: RunCard
    events: list[Event]
    committed: list[float]
    token: int = 0
    holder: Line | None = None
    claimed_head: int = 0
    claimed_at: float = 0.0
    strikes: int = 0
    rests_until: float = 0.0

    def is_held(self, now: float) -> bool:
        """Say whether somebody's lease on the run counts."""
        holder = self.holder
        return holder is not None and holder.held.get(self.card.id) == self.token and holder.lease_ends(now) > now


@dataclass(slots=True)
class Database:
    """Rows, and the rules by which they change. Each method is one transaction.

    Attributes:
        told: counts the news of orders. orders: counts those that were left. taken: those that were taken up.
        away: every transaction fails.
        lost: numbers of the commits whose answer is lost.
    """

    rows: dict[RunId, Row] = field(default_factory=dict)
    plans: dict[str, RecoveryPlan] = field(default_factory=dict)
    triggers: dict[str, tuple[Trigger, RunId]] = field(default_factory=dict)
    posted: dict[str, tuple[PostedOrder, Mapping[str, Json] | None]] = field(default_factory=dict)
    taken: set[str] = field(default_factory=set)
    news: list["asyncio.Future[None]"] = field(default_factory=list)
    hears: list[Callable[[], None]] = field(default_factory=list)
    told: int = 0
    orders: int = 0
    away: bool = False
    commits: int = 0
    lost: frozenset[int] = frozenset()

    def check(self) -> None:
        """Pass when the database can be used now."""
        if self.away:
            raise JournalUnavailableError("the database is away")

    def committed(self) -> None:
        """Count a commit; its answer may be lost although it counts."""
        self.commits += 1
        if self.commits in self.lost:
            raise JournalUnavailableError("the connection broke at the commit")

    def row(self, run: RunId) -> Row:
        """Give a run."""
        self.check()
        if run not in self.rows:
            raise NotFoundError("no such run", target=run)
        return self.rows[run]

    def known(self, trigger: Trigger | None) -> RunCard | None:
        """Give the run that a trigger made."""
        self.check()
        kept = self.triggers.get(trigger.key) if trigger is not None else None
        if trigger is None or kept is None:
            return None
        trigger.must_mean(kept[0].digest, kept[1])
        return self.rows[kept[1]].card

    def accept(self, card: RunCard, plan: RecoveryPlan, first: Event, trigger: Trigger | None) -> RunCard:
        """Write a run, all or nothing."""
        known = self.known(trigger)
        if known is not None:
            return known
        if card.id in self.rows:
            raise ConflictError("there is a run with this id", other=card.id)
        for row in self.rows.values():
            if row.card.lock == card.lock and not row.card.state.final:
                raise ConflictError("the service has a run", other=row.card.id)
        self.plans[card.plan_hash] = plan
        self.rows[card.id] = Row(card, [first], [asyncio.get_running_loop().time()])
        if trigger is not None:
            self.triggers[trigger.key] = (trigger, card.id)
        self.committed()
        return card

    def has(self, events: Sequence[Event]) -> bool:
        """Say whether exactly these events are there."""
        place = events[0].sequence - 1
        return self.row(events[0].run).events[place : place + len(events)] == list(events)

    def append(self, events: Sequence[Event], state: RunState, *, raises_token: bool = False) -> None:
        """Write events of one run, in order; what is there already, exactly so, is not written again."""
        row = self.row(events[0].run)
        place = events[0].sequence - 1
        if self.has(events):
            return
        if row.card.state.final:
            raise RefusedError("the run is over", code="run-over")
        if any(event.token < row.token for event in events):
            raise RefusedError("the run was claimed again", code="fenced")
        if place != len(row.events) or events[0].previous != row.events[-1].hash:
            raise ConflictError("the events do not follow", other=row.card.id)
        if raises_token:
            row.token = events[0].token
        row.events.extend(events)
        row.committed.extend([asyncio.get_running_loop().time()] * len(events))
        ended = next((event.at for event in events if event.kind is Kind.RUN_FINISHED), None)
        row.card = replace(row.card, state=state, ended_at=ended)
        self.committed()

    def tell_orders(self) -> None:
        """Wake whoever waits for orders and answers."""
        self.told += 1
        waiting, self.news = self.news, []
        for each in waiting:
            if not each.done():
                each.set_result(None)

    def tell(self) -> None:
        """Wake whoever looks for runs to claim."""
        for hear in self.hears:
            hear()
