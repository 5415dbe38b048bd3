"""How long things took, counted by bounds: runs, proofs, people's answers; also those that have left."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import (
    BigInteger,
    Connection,
    Select,
    String,
    and_,
    bindparam,
    case,
    cast,
    func,
    insert,
    literal_column,
    select,
    update,
)

from drd.domain.drill_verdict import DrillVerdict
from drd.domain.events import Kind
from drd.domain.ids import RunbookId, RunId, TenantId
from drd.domain.ladder import Rung, Verification
from drd.domain.lifecycle import RunState
from drd.domain.plan import Mode
from drd.domain.spread import LONG, SHORT, Measured, Part, Spread
from drd.ports.readings import DECISIONS
from drd.store.facts import milliseconds
from drd.store.inventory_tables import LEFT
from drd.store.rows import Row, known_text
from drd.store.tables import APPROVALS, EVENTS, RUNS

_RUN, _PROOF, _ANSWER = "run", "proof", "answer"
_KEY = tuple(column.name for column in LEFT.primary_key)
_SAME = and_(*(LEFT.c[name] == bindparam(f"k_{name}") for name in _KEY))
_MORE = (
    update(LEFT)
    .where(_SAME)
    .values(
        total=LEFT.c.total + bindparam("k_total"),
        took_ms=LEFT.c.took_ms + bindparam("k_took_ms"),
        newest=case((LEFT.c.newest < bindparam("k_newest"), bindparam("k_newest")), else_=LEFT.c.newest),
    )
)
_DECISIONS = dict(zip((Kind.APPROVAL_GIVEN.value, Kind.APPROVAL_DENIED.value), DECISIONS, strict=True))
_DAY_MS = 86_400_000


@dataclass(slots=True)
class Ended:
    """Runs that ended: how many, by outcome and by verdict, and how long they took, by runbook and mode."""

    runs: dict[tuple[TenantId, RunbookId, Mode, RunState], int] = field(default_factory=dict)
    drills: dict[tuple[TenantId, RunbookId, DrillVerdict], int] = field(default_factory=dict)
    lengths: dict[tuple[RunbookId, Mode], Spread] = field(default_factory=dict)


def read_ended(connection: Connection) -> Ended:
    """Read runs that ended: those that are here, and those that left."""
    ended = Ended()
    here = _counted(connection).where(RUNS.c.ended_at.is_not(None))
    for rows in (here, select(LEFT).where(LEFT.c.kind == _RUN)):
        for row in connection.execute(rows):
            _take(ended, row)
    return ended


def read_answers(connection: Connection) -> dict[str, Spread]:
    """Read how long people let a run wait for each answer, by what they decided."""
    spreads = _answers(connection)
    for row in connection.execute(select(LEFT).where(LEFT.c.kind == _ANSWER)):
        spreads.setdefault(row.outcome, Spread()).add(row.part, _part(row))
    return spreads


def read_proofs(connection: Connection) -> dict[Rung, Spread]:
    """Read how long proofs took for which a run restored something, by rung."""
    spreads: dict[Rung, Spread] = {}
    for row in connection.execute(select(LEFT).where(LEFT.c.kind == _PROOF)):
        spreads.setdefault(Rung(row.name), Spread()).add(row.part, _part(row))
    return spreads


def keep_left(connection: Connection, run: str) -> None:
    """Count a run that is about to leave, and the answers in it, so that no count falls."""
    counted = connection.execute(_counted(connection).where(RUNS.c.id == run)).mappings()
    rows = [{**row, "kind": _RUN} for row in counted]
    for decision, spread in _answers(connection, run).items():
        rows += _rows(spread, kind=_ANSWER, outcome=decision)
    _add(connection, rows)


def count_proofs(connection: Connection, proofs: Iterable[Verification]) -> None:
    """Count proofs that were not known before; those that the inventory tells took no time."""
    spreads: dict[str, Spread] = {}
    for each in proofs:
        if each.run is not None:
            spreads.setdefault(each.rung.value, Spread()).measure(Measured(each.at, each.run, each.took), LONG)
    _add(connection, [row for rung, spread in spreads.items() for row in _rows(spread, kind=_PROOF, name=rung)])


def _counted(connection: Connection) -> Select[Any]:
    """Count runs by what metrics tell apart. Of each kind the newest is named, as `_told` does."""
    took = _took(connection)
    part = case(*((took <= bound * 1000, number) for number, bound in enumerate(LONG)), else_=len(LONG))
    verdict = func.coalesce(RUNS.c.verdict, "")
    keys = (RUNS.c.tenant, RUNS.c.runbook, RUNS.c.mode, RUNS.c.state)
    return select(
        RUNS.c.tenant,
        RUNS.c.runbook.label("name"),
        RUNS.c.mode,
        RUNS.c.state.label("outcome"),
        verdict.label("verdict"),
        part.label("part"),
        func.count().label("total"),
        cast(func.sum(took), BigInteger).label("took_ms"),
        func.max(RUNS.c.ended_at.concat(" ").concat(RUNS.c.id).concat(" ").concat(cast(took, String))).label("newest"),
    ).group_by(*keys, literal_column("verdict"), literal_column("part"))


def _took(connection: Connection) -> Any:  # noqa: ANN401 - an SQL expression
    """Give how long a run took, in whole milliseconds of world time; a clock that was put back makes none negative."""
    if connection.dialect.name == "sqlite":
        days = func.julianday(RUNS.c.ended_at) - func.julianday(RUNS.c.accepted_at)
        took = cast(func.round(days * _DAY_MS), BigInteger)
        return func.max(took, 0)
    ended: Any = literal_column("ended_at::timestamptz")
    accepted: Any = literal_column("accepted_at::timestamptz")
    return func.greatest(cast(func.round(func.extract("epoch", ended - accepted) * 1000), BigInteger), 0)


def _take(ended: Ended, row: Any) -> None:  # noqa: ANN401 - a row of the database
    tenant, book, mode = TenantId(row.tenant), RunbookId(row.name), Mode(row.mode)
    outcome = (tenant, book, mode, RunState(row.outcome))
    ended.runs[outcome] = ended.runs.get(outcome, 0) + row.total
    if row.verdict:
        drill = (tenant, book, DrillVerdict(row.verdict))
        ended.drills[drill] = ended.drills.get(drill, 0) + row.total
    ended.lengths.setdefault((book, mode), Spread()).add(row.part, _part(row))


def _answers(connection: Connection, run: str | None = None) -> dict[str, Spread]:
    """Fold the questions to people and their answers; a question that is asked again begins anew."""
    query = select(EVENTS.c.run, EVENTS.c.step, EVENTS.c.kind, EVENTS.c.at).where(APPROVALS)
    if run is not None:
        query = query.where(EVENTS.c.run == run)
    asked: dict[tuple[str, str], datetime] = {}
    spreads: dict[str, Spread] = {}
    for row in connection.execute(query.order_by(EVENTS.c.run, EVENTS.c.sequence)):
        at, decision = datetime.fromisoformat(row.at), _DECISIONS.get(row.kind)
        if decision is None:
            asked[row.run, row.step] = at
        else:
            took = max(at - asked.get((row.run, row.step), at), timedelta(0))
            spreads.setdefault(decision, Spread()).measure(Measured(at, RunId(row.run), took), SHORT)
    return spreads


def _rows(spread: Spread, **key: str) -> list[Row]:
    return [
        {
            **dict.fromkeys(_KEY, ""),
            **key,
            "part": number,
            "total": part.count,
            "took_ms": milliseconds(part.total),
            "newest": _told(part.newest) if part.newest else "",
        }
        for number, part in spread.parts.items()
    ]


def _add(connection: Connection, rows: Iterable[Mapping[Any, Any]]) -> None:
    """Add to the counts, in one order: daemons that count the same do not wait for each other in a ring."""
    for row in sorted(rows, key=lambda row: tuple(row[name] for name in _KEY)):
        if not connection.execute(_MORE, {f"k_{name}": value for name, value in row.items()}).rowcount:
            connection.execute(insert(LEFT), dict(row))


def _told(newest: Measured) -> str:
    """Write when, of which run and how long, so that the greatest text is the newest."""
    return f"{known_text(newest.at)} {newest.run} {milliseconds(newest.took)}"


def _part(row: Any) -> Part:  # noqa: ANN401 - a row of the database
    at, _, rest = row.newest.partition(" ")
    run, _, took = rest.rpartition(" ")
    newest = Measured(datetime.fromisoformat(at), RunId(run), timedelta(milliseconds=int(took))) if at else None
    return Part(count=row.total, total=timedelta(milliseconds=int(row.took_ms)), newest=newest)
