"""How long things took, as every database counts it; no count falls when runs leave."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import text

from drd.domain.drill_verdict import DrillVerdict, Judgement
from drd.domain.events import Event, Kind
from drd.domain.ids import RunbookId, RunId
from drd.domain.ladder import Outcome, Rung
from drd.domain.lifecycle import RunState
from drd.domain.plan import Mode
from drd.domain.spread import LONG, SHORT, Measured, Part, Spread
from drd.ports.readings import Figures
from drd.store.opening import Store
from drd.store.tables import APPROVALS
from tests.contract.store.sample import NOON, TENANT, Pen, card, plan, verification

pytestmark = pytest.mark.anyio
BOOK = RunbookId("burgerzaken")
LONGEST = len(LONG)


async def drill(store: Store, run: str, took: timedelta, *, at: datetime = NOON, between: Sequence[Event] = ()) -> None:
    """Write a drill that failed after so long, with events in between."""
    of, pen = plan(mode=Mode.DRILL), Pen(run)
    known = replace(card(run, of, at=at), lock=f"lock-{run}")
    await store.journal.accept(known, of, pen.write(Kind.RUN_ACCEPTED, payload={"plan": of.hash()}, at=at))
    for kind, step, minute in between:
        event = pen.write(kind, step=step, at=at + timedelta(minutes=minute))
        await store.journal.append([event], state=RunState.RUNNING)
    finished = pen.write(Kind.RUN_FINISHED, payload={"state": "failed"}, at=at + took)
    await store.journal.append([finished], state=RunState.FAILED)
    await store.drills.settle(RunId(run), Judgement(verdict=DrillVerdict.FAILED, because="so"))


def one(at: datetime, run: str, took: timedelta, *, count: int = 1, total: timedelta | None = None) -> Part:
    """Make a part of which this is the newest."""
    return Part(count=count, total=total or took, newest=Measured(at, RunId(run), took))


async def test_runs_are_counted_by_how_long_they_took(store: Store) -> None:
    """A bound belongs to what is below it, to the millisecond; the newest of each part is named."""
    minute, more = timedelta(minutes=1), timedelta(minutes=1, milliseconds=1)
    for run, took in (("a", timedelta(seconds=7)), ("b", minute), ("c", more), ("d", timedelta(days=2))):
        await drill(store, run, took)

    figures = await store.readings.figures()

    assert figures.lengths == {
        (BOOK, Mode.DRILL): Spread(
            {
                0: one(NOON + minute, "b", minute, count=2, total=timedelta(seconds=67)),
                1: one(NOON + more, "c", more),
                LONGEST: one(NOON + timedelta(days=2), "d", timedelta(days=2)),
            }
        )
    }


async def test_no_count_falls_when_runs_leave(store: Store, tmp_path: Path) -> None:
    """Neither of runs, nor of drills by verdict, nor how long they took and what people answered."""
    answered = ((Kind.APPROVAL_ASKED, "s1", 1), (Kind.APPROVAL_DENIED, "s1", 4))
    for number, run in enumerate("abcd"):
        await drill(store, run, timedelta(hours=1), at=NOON + timedelta(days=number), between=answered)
    before = _counted(await store.readings.figures())

    for day in (2, 60):
        gone = await store.retention.let_go(ended_before=NOON + timedelta(days=day), into=tmp_path, at=NOON)
        assert gone.left
        assert _counted(await store.readings.figures()) == before

    assert before[0] == {(TENANT, BOOK, Mode.DRILL, RunState.FAILED): 4}
    assert before[1] == {(TENANT, BOOK, DrillVerdict.FAILED): 4}


def _counted(figures: Figures) -> tuple[object, ...]:
    return figures.ended, figures.drills, figures.lengths, figures.answers


async def test_answers_of_people_are_counted_by_how_long_they_were_waited_for(store: Store) -> None:
    """From the newest question of the step; each answer by itself, also while the run is under way."""
    asked, given, denied = Kind.APPROVAL_ASKED, Kind.APPROVAL_GIVEN, Kind.APPROVAL_DENIED
    story = (
        (asked, "s1", 0),
        (asked, "s2", 0),
        (denied, "s1", 5),
        (asked, "s1", 60),
        (given, "s1", 62),
        (given, "s1", 70),
    )
    await drill(store, "a", timedelta(hours=2), between=story)

    answers = (await store.readings.figures()).answers

    at = {minute: NOON + timedelta(minutes=minute) for minute in (5, 62, 70)}
    five, two, ten = timedelta(minutes=5), timedelta(minutes=2), timedelta(minutes=10)
    assert answers == {
        "denied": Spread({SHORT.index(300): one(at[5], "a", five)}),
        "approved": Spread({SHORT.index(120): one(at[62], "a", two), SHORT.index(600): one(at[70], "a", ten)}),
    }


async def test_proofs_are_counted_once_however_often_they_are_told(store: Store) -> None:
    """By rung, with those that failed; what the inventory tells took nobody's time."""
    took = timedelta(minutes=21, milliseconds=7)
    failed = verification("v-2", outcome=Outcome.FAILED, took=timedelta(minutes=30), at=NOON + took)
    for _ in range(2):
        await store.verifications.append([verification(), failed, verification("v-3", run=None, rung=Rung.L0)])

    figures = await store.readings.figures()

    half = timedelta(minutes=30)
    newest = one(NOON + took, "run-1", half, count=2, total=took + half)
    assert figures.proof_lengths == {Rung.L4: Spread({LONG.index(1_800): newest})}


async def test_events_about_approvals_are_found_without_reading_the_others(store: Store) -> None:
    """The index is used only when it is asked for in its own words."""
    query = f"SELECT run, step, kind, at FROM events WHERE {APPROVALS} ORDER BY run, sequence"  # noqa: S608 - a constant

    def explained(connection: object) -> str:
        if connection.dialect.name == "sqlite":  # type: ignore[attr-defined]  # a connection of SQLAlchemy
            rows = connection.execute(text(f"EXPLAIN QUERY PLAN {query}"))  # type: ignore[attr-defined]  # same
        else:
            connection.execute(text("SET LOCAL enable_seqscan = off"))  # type: ignore[attr-defined]  # the table is empty
            rows = connection.execute(text(f"EXPLAIN {query}"))  # type: ignore[attr-defined]  # same
        return str(rows.fetchall())

    assert "ix_events_approvals" in await store._desk.read(explained)
