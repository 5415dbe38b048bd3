"""Ending a run whose journal is damaged, as a person types it, against the real API."""

import json
import threading
from dataclasses import replace

import pytest

from drd.domain.ids import RunId
from tests.fakes.served_house import ServedHouse
from tests.unit.cli.conftest import Drd

pytestmark = pytest.mark.timeout(10)

STARTED = ("run", "start", "burgerzaken", "--mode", "failover", "--confirm", "burgerzaken", "--reason", "brand")
ABANDON = ("run", "abandon", "r-", "--confirm", "burgerzaken", "--reason", "geen goede kopie")


def _tamper(served: ServedHouse, run: str) -> None:
    """Change what the journal says of who started the run."""
    done = threading.Event()

    def change() -> None:
        events = served.house.journal.stored[RunId(run)]
        events[0] = replace(events[0], actor="x")
        done.set()

    served.tell(change)
    assert done.wait(5)


def test_a_damaged_run_is_abandoned_and_says_so(served: ServedHouse, drd: Drd) -> None:
    """In the answer, in the list and when it is shown: by whom, why, and what is wrong; then a new run starts."""
    run = json.loads(drd(*STARTED, "--no-wait", "-o", "json").out)["id"]
    whole = drd(*ABANDON)
    _tamper(served, run)
    hurt = drd("run", "show", run)
    done = drd(*ABANDON)
    shown, listed = drd("run", "show", run), drd("run", "list")
    again = drd(*STARTED, "--no-wait")

    assert (whole.code, "drd run cancel" in whole.err) == (5, True)
    assert (hurt.code, "drd run abandon" in hurt.err) == (1, True)
    assert done.code == 0, done.err
    for told in (done.out, shown.out):
        assert "abandoned" in told
        assert ": geen goede kopie" in told
        assert "damaged at event 1" in told
    assert shown.code == 0, shown.err
    assert "abandoned" in listed.out
    assert again.code == 8, again.err


def test_abandoning_is_confirmed_by_name(served: ServedHouse, drd: Drd) -> None:
    """Nobody ends a failover by a slip; a pipe is not asked."""
    drd(*STARTED, "--no-wait")

    done = drd("run", "abandon", "r-", "--reason", "x")

    assert (done.code, "--confirm burgerzaken" in done.err) == (2, True)
