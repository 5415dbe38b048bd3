"""Drills as a person sees them: over is not green, and each verdict has its word, its reason and its exit code."""

import json
from dataclasses import replace

import pytest

from drd.domain.drill_verdict import APART, DrillVerdict, Judgement, Listing
from drd.domain.ids import RunId
from tests.fakes.served_house import ServedHouse
from tests.fakes.virtual_clock import EPOCH
from tests.unit.cli.conftest import Drd

pytestmark = pytest.mark.timeout(10)
FIRST = Listing(at=EPOCH)


def drilled(served: ServedHouse, drd: Drd) -> RunId:
    """Let a drill come to its end, and wait for its verdict."""
    assert drd("run", "start", "oefening", "--mode", "drill", "--yes").code == 0
    (run,) = json.loads(drd("run", "list", "-o", "json").out)
    told(served, run["id"], DrillVerdict.UNCONFIRMED, looked=[FIRST])
    return RunId(run["id"])


def told(served: ServedHouse, run: RunId, verdict: DrillVerdict, *, looked: list[Listing], because: str = "") -> None:
    """Let the daemon have looked at the end of a drill, and judged it."""
    journal, drills = served.house.journal, served.drills
    drills.looked[run] = looked
    if verdict.settled:
        drills.judged[run] = Judgement(verdict=verdict, because=because)
    journal.cards[run] = replace(journal.cards[run], verdict=verdict)


def test_a_drill_that_is_over_is_watched_until_it_has_its_verdict(served: ServedHouse, drd: Drd) -> None:
    """8 before: nobody is told that it is green, and how to come back is said; then 0."""
    run = drilled(served, drd)
    early = drd("run", "watch", run, "--timeout", "1s")
    told(served, run, DrillVerdict.PASSED, looked=[FIRST, Listing(at=EPOCH + APART)], because="nothing left")
    late = drd("run", "watch", run)

    assert (early.code, late.code) == (8, 0)
    assert "not confirmed yet" in early.err
    assert f"drd run watch {run}" in early.err
    assert "passed (nothing left)" in late.err


@pytest.mark.parametrize("lang", ["nl", "en", "fr"])
def test_lists_and_details_tell_the_verdict_beside_the_state(served: ServedHouse, drd: Drd, lang: str) -> None:
    """What was found, when, and when it is looked at again."""
    run = drilled(served, drd)
    words = {"nl": "nog niet bevestigd", "en": "unconfirmed", "fr": "pas encore confirmé"}
    before = [drd("run", "list", "--lang", lang).out, drd("run", "show", run, "--lang", lang).out]
    found = Listing(at=EPOCH + APART, found=("rg-left",))
    told(served, run, DrillVerdict.LEFTOVER, looked=[FIRST, found], because="rg-left stands")
    after = drd("run", "show", run, "--lang", lang).out

    assert all(words[lang] in each for each in before)
    assert "03:05" in before[1]
    assert all(each in after for each in ("rg-left stands", "03:05"))


@pytest.mark.parametrize(
    ("verdict", "code"),
    [
        (DrillVerdict.PASSED, 0),
        (DrillVerdict.FAILED, 6),
        (DrillVerdict.TIMED_OUT, 6),
        (DrillVerdict.ABORTED, 6),
        (DrillVerdict.INCONCLUSIVE, 6),
        (DrillVerdict.LEFTOVER, 6),
    ],
)
def test_only_a_green_verdict_ends_well(served: ServedHouse, drd: Drd, verdict: DrillVerdict, code: int) -> None:
    """Though every step is done and every check was green."""
    run = drilled(served, drd)
    told(served, run, verdict, looked=[FIRST], because="so")

    assert drd("run", "watch", run).code == code
    shape = json.loads(drd("run", "show", run, "-o", "json").out)
    assert (shape["run"]["verdict"], shape["drill"]["because"], shape["drill"]["due_at"]) == (verdict.value, "so", None)
