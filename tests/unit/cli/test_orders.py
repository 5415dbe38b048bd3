"""Every order as a person types it, against the real API: carried out, shown, or refused with what to type instead."""

import json

import pytest

from drd.api.wire.runs import RunDetailShape
from drd.cli.attention import due_lines
from drd.cli.common import Common
from drd.cli.output import lines_of
from drd.cli.run_view import run_sheets
from drd.cli.words import words_of
from drd.domain.lifecycle import StepState
from tests.fakes.served_house import ServedHouse
from tests.unit.cli.conftest import Drd
from tests.unit.cli.test_runs import CONFIRMED, start

pytestmark = pytest.mark.timeout(10)


def test_a_held_step_is_shown_with_the_command_that_lets_it_go(served: ServedHouse, drd: Drd) -> None:
    """And is held once only."""
    run = start(drd, *CONFIRMED)
    assert drd("run", "hold", run, "a", "--reason", "not sure").code == 0
    again = drd("run", "hold", run, "a")
    assert (again.code, "pending and held" in again.err) == (5, True)

    shown = drd("run", "show", run)
    assert "held" in shown.out
    assert f"$ drd run release {run} a" in shown.out
    assert drd("run", "release", run, "a").code == 0
    assert f"drd run release {run} a" not in drd("run", "show", run).out


def test_a_step_that_was_done_by_hand_says_by_whom(served: ServedHouse, drd: Drd) -> None:
    """With a reason; and with outputs that are pairs."""
    run = start(drd, *CONFIRMED)
    assert drd("run", "resolve", run, "a").code == 2
    assert drd("run", "resolve", run, "a", "--gave", "id", "--reason", "x").code == 2
    unknown = drd("run", "resolve", run, "a", "--gave", "id=/subscriptions/x", "--reason", "x")
    assert (unknown.code, "gives no such output" in unknown.err) == (2, True)
    assert drd("run", "resolve", run, "a", "--reason", "made in the portal").code == 0
    assert "done by hand by an" in drd("run", "show", run).out


def test_the_word_changes_during_the_run_and_stands_in_its_log(served: ServedHouse, drd: Drd) -> None:
    """Twice the same word is refused."""
    run = start(drd, *CONFIRMED)
    assert drd("run", "ungraceful", run, "--reason", "region lost").code == 0
    assert drd("run", "ungraceful", run).code == 5
    assert "failover, the home region cannot be reached" in drd("run", "show", run).out
    assert "grace changed by an: the home region cannot be reached; region lost" in drd("run", "log", run).out
    assert drd("run", "graceful", run).code == 0


def test_the_log_gives_a_reason_once(served: ServedHouse, drd: Drd) -> None:
    """Though the event holds it as reason and as cause."""
    run = start(drd, *CONFIRMED)
    assert drd("run", "hold", run, "a").code == 0
    assert drd("run", "skip", run, "a", "--reason", "not needed").code == 0
    assert drd("run", "log", run).out.count("not needed") == 1


def test_a_note_is_shown_and_logged(served: ServedHouse, drd: Drd) -> None:
    """On the run or on a step."""
    run = start(drd, *CONFIRMED)
    assert drd("run", "note", run, "the vault is slow").code == 0
    assert drd("run", "note", run, "watch this", "--step", "a").code == 0
    assert drd("run", "note", run, " ").code == 2
    shown = drd("run", "show", run).out
    assert "note by an: the vault is slow" in shown
    assert "note by an: a: watch this" in shown
    assert "note by an: a; watch this" in drd("run", "log", run).out


def test_a_paused_run_says_who_paused_it_when_and_why(served: ServedHouse, drd: Drd) -> None:
    """In the view, and to whoever pauses it again."""
    run = start(drd, *CONFIRMED)
    assert drd("run", "pause", run, "--reason", "wait for the network").code == 0
    again = drd("run", "pause", run)
    assert (again.code, "an paused the run at 20" in again.err, ": wait for the network" in again.err) == (
        5,
        True,
        True,
    )
    shown = drd("run", "show", run).out
    assert "by an at 20" in shown
    assert ": wait for the network" in shown


def test_an_undo_says_what_it_takes_back_and_must_be_confirmed(served: ServedHouse, drd: Drd) -> None:
    """Refused while the run goes on."""
    run = start(drd, *CONFIRMED)
    asked = drd("run", "undo", run, "--reason", "x")
    assert (asked.code, "This takes back what the run did" in asked.err) == (2, True)
    refused = drd("run", "undo", run, "--reason", "x", "--confirm", "burgerzaken")
    assert (refused.code, "pause it first" in refused.err) == (5, True)


def test_a_retry_names_one_step_or_one_to_go_back_to(served: ServedHouse, drd: Drd) -> None:
    """Not both, not neither."""
    run = start(drd, *CONFIRMED)
    assert drd("run", "retry", run).code == 2
    assert drd("run", "retry", run, "a", "--from", "a").code == 2
    refused = drd("run", "retry", run, "--from", "a")
    assert (refused.code, "has not begun" in refused.err) == (5, True)


def test_what_is_not_parked_is_not_adopted(served: ServedHouse, drd: Drd) -> None:
    """With its reason."""
    run = start(drd, *CONFIRMED)
    refused = drd("run", "adopt", run, "a", "--reason", "mine")
    assert (refused.code, "no step is parked" in refused.err) == (5, True)


@pytest.mark.parametrize("lang", ["nl", "en", "fr"])
def test_a_parked_step_shows_its_question_what_was_found_and_every_answer(
    served: ServedHouse, drd: Drd, lang: str
) -> None:
    """The answers are exact commands; without a find there is nothing to adopt."""
    run = start(drd, *CONFIRMED)
    detail = RunDetailShape.model_validate(json.loads(drd("run", "show", run, "-o", "json").out))
    found = {"kind": "restore", "target": "vm-1", "job": "job-7"}
    parked = {"state": StepState.PARKED, "question": "whose is job-7?"}
    words = words_of(Common(lang=lang))
    for find in (found, None):
        steps = [each.model_copy(update=parked | {"found": find}) if each.id == "a" else each for each in detail.steps]
        lines = "\n".join(due_lines(words, detail.model_copy(update={"steps": tuple(steps), "parked": "too often"})))
        assert "whose is job-7?" in lines
        assert ("restore vm-1 job-7" in lines) is (f"$ drd run adopt {run} a --reason ..." in lines) is bool(find)
        for answer in ("resolve {} a --reason ...", "retry {} a", "skip {} a --reason ...", "resume {}", "cancel {}"):
            assert f"$ drd run {answer.format(run)}" in lines
        assert "too often" in lines


def test_what_waits_for_a_person_is_told_once(served: ServedHouse, drd: Drd) -> None:
    """Why a step failed and what to type stand on top, and nowhere else."""
    run = start(drd, *CONFIRMED)
    detail = RunDetailShape.model_validate(json.loads(drd("run", "show", run, "-o", "json").out))
    failed = {"state": StepState.FAILED, "failure": {"message": "the vault is locked", "hint": "ask for the key"}}
    steps = tuple(each.model_copy(update=failed) if each.id == "a" else each for each in detail.steps)
    sheets = run_sheets(words_of(Common(lang="en")), detail.model_copy(update={"steps": steps}))
    lines = [line for sheet in sheets for line in lines_of(sheet)]
    for text in ("the vault is locked", "Hint: ask for the key", f"drd run retry {run} a"):
        assert sum(text in line for line in lines) == 1


def test_a_run_of_no_service_shows_no_empty_table_of_figures(served: ServedHouse, drd: Drd) -> None:
    """Such as the verification of a backup: nothing was promised for it."""
    run = start(drd, *CONFIRMED)
    detail = RunDetailShape.model_validate(json.loads(drd("run", "show", run, "-o", "json").out))
    alone = detail.model_copy(update={"run": detail.run.model_copy(update={"service": None}), "children": ()})
    words = words_of(Common(lang="en"))

    titles = [[sheet.title for sheet in run_sheets(words, each)] for each in (detail, alone)]

    assert [words.say("title-figures") in each for each in titles] == [True, False]


@pytest.mark.parametrize(("reason", "words"), [("caf\udce9", "U+DCE9 cannot be kept"), ("x" * 4001, "is too long")])
def test_a_reason_that_cannot_be_kept_is_wrong_usage_and_no_defect(
    served: ServedHouse, drd: Drd, reason: str, words: str
) -> None:
    """As a terminal of another encoding types it, or a whole file by mistake."""
    run = start(drd, *CONFIRMED)
    refused = drd("run", "note", run, reason)
    assert (refused.code, words in refused.err, "defect" in refused.err) == (2, True, False)
    assert drd("run", "show", "caf\udce9").code == 2
