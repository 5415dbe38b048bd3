"""The page of proofs: each row keeps its own date, and says when it is old, of another version, short or missing."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from proofs import records
from proofs.bench import REFERENCES
from proofs.kills import Order, chosen, spread
from proofs.page import STALE, Page
from proofs.records import Record
from proofs.result import Goal, Proof, Result, percentile
from proofs.stage import PARENT
from proofs.table import PROOFS

_NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


def _proof() -> Proof:
    result = Result(done=600, bad=(), figures="0 repeated")
    return Proof(
        name="kills",
        tests="T1",
        promises="P1",
        says="kill -9",
        asks="0 repeated",
        unit="kills",
        full=600,
        share=100,
        prove=lambda _extent: result,
    )


def _record(result: Result | None = None) -> Record:
    return Record(
        name="kills",
        asked=600,
        began=_NOW - timedelta(days=1),
        minutes=20.0,
        version="1.0",
        revision="abc",
        machine="2 cores",
        load=1.0,
        turn=3,
        result=result or Result(done=600, bad=(), figures="0 repeated"),
    )


def _page(record: Record | None) -> str:
    return Page(now=_NOW, version="1.0", rows=[(_proof(), record)]).text()


def test_a_proof_that_did_everything_is_met() -> None:
    """Nothing is short, nothing is broken."""
    assert "| met: 0 repeated |" in _page(_record())
    assert "Nothing." in _page(_record())
    assert "None in these results." in _page(_record())


def test_a_proof_that_never_ran_stands_as_such() -> None:
    """The row is there, and so is what is missing."""
    assert "not run; asked are 600 kills" in _page(None)


def test_fewer_trials_than_asked_are_told() -> None:
    """A part is no proof of the whole."""
    page = _page(_record(Result(done=99, bad=(), figures="")))

    assert "| in part: 0 repeated |" in page
    assert "99 of 600 kills" in page


def test_a_missed_figure_and_a_broken_promise_are_told() -> None:
    """One is a goal, the other an alarm."""
    missed = Result(done=600, bad=(), figures="", goals=(Goal(text="resumes in 5 s: 9 s", met=False),))
    broken = Result(done=600, bad=("drill of databank after-reply:3",), figures="")

    assert "resumes in 5 s: 9 s **missed**" in _page(_record(missed))
    assert "| missed: 0 repeated |" in _page(_record(missed))
    assert "- `kills`: drill of databank after-reply:3" in _page(_record(broken))
    assert "**broken**" in _page(_record(broken))


def test_an_old_result_and_one_of_another_version_say_so() -> None:
    """Somebody who reads the page knows what it is worth."""
    old = replace(_record(), began=_NOW - STALE - timedelta(days=1))

    assert "**older than 30 days**" in _page(old)
    assert "**of version 0.9, this is 1.0**" in _page(replace(_record(), version="0.9"))
    assert "**older" not in _page(_record())


def test_a_record_is_read_as_it_was_written(tmp_path: Path) -> None:
    """Goals and trials included."""
    result = Result(done=1, bad=("x",), figures="y", goals=(Goal(text="z", met=False),), partly="w")
    record = _record(result)

    records.write(tmp_path, record)

    assert records.read(tmp_path, _proof()) == record
    assert records.read(tmp_path, replace(_proof(), name="other")) is None


def test_every_proof_has_a_name_of_its_own_and_ci_takes_at_most_all_of_it() -> None:
    """The name is also the file's."""
    assert len({proof.name for proof in PROOFS}) == len(PROOFS)
    assert all(0 <= proof.share <= proof.full for proof in PROOFS)


def test_turns_take_other_moments_and_never_one_twice() -> None:
    """Some twenty runs of CI see nearly every moment."""
    orders = [Order(reference=REFERENCES[0], dooms=(f"before-commit:{number}",)) for number in range(1, 530)]
    big = next(each for each in REFERENCES if each.runbook == PARENT)
    orders += [Order(reference=big, dooms=(f"after-commit:{number}",)) for number in range(1, 500)]
    once = chosen(orders, 100, turn=1)

    assert len(set(once)) == len(once) == 100
    seen = {order for turn in range(30) for order in chosen(orders[:529], 100, turn)}
    assert len(seen) > 500
    assert len(spread(orders, 2000, turn=1)) == len(orders)


def test_percentiles_are_values_that_were_measured() -> None:
    """The smallest that so many do not exceed."""
    values = [float(number) for number in range(1, 101)]

    assert percentile(values, 0.99) == 99.0
    assert percentile(values, 0.5) == 50.0
    assert percentile([7.0], 0.99) == 7.0
