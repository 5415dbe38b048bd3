"""Starting, watching and helping runs along, as a person types it, against the real API."""

import json
from pathlib import Path

import pytest

from drd.cli.client import Daemon
from tests.fakes.served_house import SECOND, ServedHouse
from tests.unit.cli.conftest import Drd

pytestmark = pytest.mark.timeout(10)

FAILOVER = ("run", "start", "burgerzaken", "--mode", "failover")
CONFIRMED = (*FAILOVER, "--confirm", "burgerzaken", "--reason", "brand")


def start(drd: Drd, *words: str) -> str:
    """Start without waiting; gives the run's id."""
    done = drd(*words, "--no-wait", "-o", "json")
    assert done.code == 8, done.err
    found: str = json.loads(done.out)["id"]
    return found


def test_a_drill_that_succeeds_and_keeps_its_objectives_ends_with_0(served: ServedHouse, drd: Drd) -> None:
    """Green and met is the only 0."""
    done = drd("run", "start", "oefening", "--mode", "drill", "--yes")

    assert done.code == 0, done.err
    assert "step" not in done.err
    assert "succeeded" in done.out
    assert "done loket" in done.out


def test_a_run_that_is_too_late_ends_with_7(served: ServedHouse, drd: Drd) -> None:
    """Green but late is not good."""
    done = drd("run", "start", "te-laat", "--mode", "drill", "--yes")

    assert done.code == 7, done.err
    assert "missed" in done.out


def test_an_unknown_recovery_point_is_never_shown_as_met(served: ServedHouse, drd: Drd) -> None:
    """Nobody knows what was lost: that is no success."""
    done = drd("run", "start", "verlies", "--mode", "drill", "--yes")

    assert done.code == 7, done.err
    assert "unknown / 1h" in done.out


def test_a_failover_without_a_terminal_needs_the_name(served: ServedHouse, drd: Drd) -> None:
    """Nothing is asked of a pipe, and nothing is started."""
    done = drd(*FAILOVER)

    assert done.code == 2
    assert "--confirm burgerzaken --reason" in done.err
    assert "no terminal" in done.err
    assert json.loads(drd("run", "list", "-o", "json").out) == []


def test_the_plan_summary_comes_before_the_confirmation(served: ServedHouse, drd: Drd) -> None:
    """Who confirms has seen what is lost now, who is asked, and which plan it is."""
    done = drd(*FAILOVER)

    assert "LOST NOW" in done.err
    assert "asked of crisisteam" in done.err
    assert done.out == ""


def test_a_wrong_name_starts_nothing(served: ServedHouse, drd: Drd) -> None:
    """Typing another service's name is no confirmation."""
    done = drd(*FAILOVER, "--confirm", "netwerk", "--reason", "brand")

    assert done.code == 2
    assert "nothing was started" in done.err


def test_a_failover_needs_a_reason(served: ServedHouse, drd: Drd) -> None:
    """The journal says why."""
    done = drd(*FAILOVER, "--confirm", "burgerzaken")

    assert (done.code, "--reason" in done.err) == (2, True)


def test_a_drill_needs_a_yes(served: ServedHouse, drd: Drd) -> None:
    """A drill costs money and attention, so it is not started by mistake."""
    done = drd("run", "start", "oefening", "--mode", "drill")

    assert (done.code, "--yes" in done.err) == (2, True)


def test_a_second_run_on_the_service_is_refused_with_the_first_ones_id(served: ServedHouse, drd: Drd) -> None:
    """One run a service."""
    first = start(drd, *CONFIRMED)

    done = drd(*CONFIRMED, "--no-wait")

    assert done.code == 5
    assert f"drd run show {first}" in done.err


def test_a_run_that_waits_ends_with_8_after_the_timeout(served: ServedHouse, drd: Drd) -> None:
    """The run goes on, and the way back to it is said."""
    run = start(drd, *CONFIRMED)

    done = drd("run", "watch", run, "--timeout", "1s")

    assert done.code == 8
    assert f"drd approval approve {run}/go" in done.out
    assert f"drd run watch {run}" in done.err
    assert f"drd run cancel {run} --confirm burgerzaken --reason" in done.err


def test_the_starter_may_not_approve_but_a_second_person_may(served: ServedHouse, drd: Drd) -> None:
    """Four eyes, through the command line."""
    run = start(drd, *CONFIRMED)

    assert "Switch DNS?" in drd("approval", "list").out
    assert drd("approval", "approve", f"{run}/go").code == 4
    assert drd("approval", "approve", f"{run}/go", "--as", SECOND).code == 0
    assert drd("run", "watch", run).code == 0


def test_a_denied_approval_pauses_the_run_and_says_what_to_type(served: ServedHouse, drd: Drd) -> None:
    """No is an answer, and a person decides what follows."""
    run = start(drd, *CONFIRMED)

    assert drd("approval", "deny", f"{run}/go", "--as", SECOND).code == 2
    assert drd("approval", "deny", f"{run}/go", "--as", SECOND, "--reason", "niet nu").code == 0
    shown = drd("run", "show", run).out
    assert f"drd run retry {run} go" in shown
    assert f"drd run skip {run} go --reason" in shown


def test_a_skipped_step_lets_the_run_go_on(served: ServedHouse, drd: Drd) -> None:
    """Skipping needs a reason, and the journal has it."""
    run = start(drd, *CONFIRMED)

    assert drd("run", "skip", run, "go").code == 2
    assert drd("run", "skip", run, "go", "--reason", "telefonisch akkoord").code == 0
    assert drd("run", "watch", run).code == 0
    assert "telefonisch akkoord" in drd("run", "log", run).out


def test_cancelling_a_failover_must_be_confirmed(served: ServedHouse, drd: Drd) -> None:
    """Ending a failover halfway is as grave as starting it."""
    run = start(drd, *CONFIRMED)

    assert drd("run", "cancel", run, "--reason", "vals alarm").code == 2
    assert drd("run", "cancel", run, "--reason", "vals alarm", "--confirm", "burgerzaken").code == 0
    assert drd("run", "watch", run).code == 6


def test_pause_and_resume_are_told_apart(served: ServedHouse, drd: Drd) -> None:
    """Resuming what is not paused is a conflict, with a hint."""
    run = start(drd, *CONFIRMED)

    assert drd("run", "resume", run).code == 5
    assert drd("run", "pause", run, "--reason", "even wachten").code == 0
    assert f"drd run resume {run}" in drd("run", "show", run).out
    assert drd("run", "resume", run).code == 0


def test_watching_as_json_streams_one_event_a_line(served: ServedHouse, drd: Drd) -> None:
    """Every event once, in order, and nothing else on stdout."""
    done = drd("run", "start", "oefening", "--mode", "drill", "--yes", "-o", "json")

    events = [json.loads(line) for line in done.out.splitlines()]
    assert [event["sequence"] for event in events] == list(range(1, len(events) + 1))
    assert events[-1]["kind"] == "run.finished"


def test_a_plan_that_changed_since_it_was_shown_is_refused(
    served: ServedHouse, drd: Drd, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was confirmed is what runs, or nothing runs."""
    seen = Daemon.state

    def changed(daemon: Daemon) -> object:
        served.shelf.plans["burgerzaken"] = served.shelf.plans["burgerzaken"].__class__(
            **{
                **{name: getattr(served.shelf.plans["burgerzaken"], name) for name in _MEMBERS},
                "inputs": {"other": True},
            }
        )
        return seen(daemon)

    monkeypatch.setattr(Daemon, "state", changed)

    done = drd(*CONFIRMED, "--no-wait")

    assert done.code == 5
    assert "the plan changed" in done.err


_MEMBERS = (
    "runbook", "title", "tenant", "service", "mode", "home_region", "recovery_region", "groups", "steps", "items",
    "objectives", "on_failure",
)  # fmt: skip


def test_an_incident_in_the_future_is_refused(served: ServedHouse, drd: Drd) -> None:
    """A clock that runs backwards would make every figure a lie."""
    done = drd(*CONFIRMED, "--incident-at", "2099-01-01T00:00:00+01:00", "--no-wait")

    assert (done.code, "in the future" in done.err) == (2, True)


def test_an_incident_counts_from_when_it_was(served: ServedHouse, drd: Drd) -> None:
    """The RTO clock starts at the incident."""
    run = start(drd, *CONFIRMED, "--incident-at=-10m")

    shown = json.loads(drd("run", "show", run, "-o", "json").out)

    assert shown["figures"]["incident_at"] == "2026-11-22T02:50:00.000Z"


def test_no_daemon_is_one_clear_error(drd: Drd, tmp_path: Path) -> None:
    """Who forgot to start it reads how."""
    done = drd("run", "list")

    assert done.code == 1
    assert "drd serve" in done.err
    assert str(tmp_path / "drd.sock") in done.err
