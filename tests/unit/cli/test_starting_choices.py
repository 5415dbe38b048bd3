"""What can be chosen at a start, as a person types it: a key, steps that are left out, a recovery point."""

import json
from pathlib import Path

import pytest

from tests.fakes.served_house import ServedHouse
from tests.unit.cli.conftest import Drd

pytestmark = pytest.mark.timeout(10)

CONFIG = ("--config", str(Path(__file__).parents[3] / "config" / "drd.yaml"))
PLAN = ("runbook", "plan", "burgerzaken", "--mode", "failover", *CONFIG)
WAITING = (
    *("run", "start", "burgerzaken", "--mode", "failover", "--confirm", "burgerzaken", "--reason", "brand"),
    *("--no-wait", "-o", "json"),
)
DRILL = ("run", "start", "te-laat", "--mode", "drill", "--yes", "--no-wait", "-o", "json")


def test_t19_the_same_command_with_the_same_key_gives_the_same_run(served: ServedHouse, drd: Drd) -> None:
    """And with another wish it is refused, with 5, naming the run."""
    first, again = (drd(*DRILL, "--key", "k-1") for _ in range(2))
    run = json.loads(first.out)["id"]
    assert (first.code, again.code, json.loads(again.out)["id"]) == (8, 8, run)

    other = drd(*DRILL, "--key", "k-1", "--reason", "another")
    assert other.code == 5
    assert run in other.err


def test_t19_a_second_start_says_whose_run_is_in_the_way(served: ServedHouse, drd: Drd) -> None:
    """With 5; each command has a key of its own, so it is no repetition."""
    run = json.loads(drd(*WAITING).out)["id"]

    done = drd(*WAITING)
    assert done.code == 5
    assert run in done.err


def test_leaving_steps_out_of_a_drill_needs_a_reason_too(served: ServedHouse, drd: Drd) -> None:
    """Nothing is started without."""
    done = drd(*DRILL, "--skip", "a")

    assert (done.code, "--reason" in done.err) == (2, True)
    assert json.loads(drd("run", "list", "-o", "json").out) == []


@pytest.mark.timeout(60)
def test_a_plan_shows_what_is_left_out_and_which_point_is_used(drd: Drd) -> None:
    """Before anybody starts it, under another hash; and it names what cannot be."""
    plain, chosen = (
        json.loads(drd(*PLAN, *words, "-o", "json").out)
        for words in ((), ("--skip", "stop-source", "--recovery-point", "latest"))
    )
    assert chosen["choices"] == {"skip": ["stop-source"], "recovery-point": "latest"}
    assert {step["skipped"] for step in chosen["steps"] if step["group"] == "stop-source"} == {"skip"}
    assert chosen["hash"] != plain["hash"]

    table = drd(*PLAN, "--only", "stop-source", "--recovery-point", "latest")
    assert "not among --only" in table.out
    assert "LEFT OUT" in table.out

    wrong = drd(*PLAN, "--skip", "stop-sorce")
    assert (wrong.code, 'did you mean "stop-source"' in wrong.err) == (2, True)


def test_a_drill_that_ends_its_daemon_is_refused_by_one_that_nobody_starts_again(served: ServedHouse, drd: Drd) -> None:
    """It is said what will happen before; the seed alone means nothing; and nothing was started."""
    done, alone = drd(*DRILL, "--kill-conductor", "--kill-seed", "7"), drd(*DRILL, "--kill-seed", "7")

    assert "ends the daemon itself once" in done.err
    assert "never ended on purpose" in done.err
    assert done.code != 0
    assert (alone.code, "--kill-conductor" in alone.err) == (2, True)
    assert json.loads(drd("run", "list", "-o", "json").out) == []
