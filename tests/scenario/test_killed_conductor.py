"""Drills that end their own daemon, with real processes: it dies by its own hand, and nothing is done twice."""

import contextlib
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from hashlib import sha256
from itertools import count
from typing import Any

import pytest

from drd.api.wire.runbooks import PlanBody, PlanShape
from drd.api.wire.runs import KillBody, StartBody
from drd.cli.common import Common
from drd.cli.evidence_client import Evidence
from drd.cli.faults import CommandError
from drd.cli.verify_evidence import verify
from drd.domain.conductor import Kill, KillWish, Moment, draw
from drd.domain.lifecycle import RunState
from drd.domain.plan import Mode
from proofs import account
from proofs.processes import Driven, House, drive, house
from proofs.stage import ROOT, TENANT
from tests.fakes.engine_house import plan, step

pytestmark = pytest.mark.timeout(180)

RUNBOOK = "burgerzaken"
DIED = -9
_SPEED = 60
"""A daemon that starts on a busy host must not cost a step its whole time."""

_PRICES = {
    "currency": "EUR",
    "as-of": "2026-11-01",
    "vcpu-hours": {"Bs": "0.01", "Dsv5": "0.05"},
    "disk-gib-month": "0.08",
    "operations": {"asr.test-failover": "0"},
    "drill-budget": "25",
}
"""Of everything that the drill makes: what it costs is known to the cent."""

_FOUND = {
    Moment.INTENT: ("intended", "absent"),
    Moment.SENT: ("intended", "under-way"),
    Moment.RECORDED: ("accepted", "followed"),
    Moment.ENDED: ("accepted", "followed"),
}
"""As what the journal had left the step, and what the next daemon found when it looked."""

_OTHERS = (Moment.INTENT, Moment.RECORDED, Moment.ENDED)
_TODAYS = _OTHERS[datetime.now(UTC).toordinal() % len(_OTHERS)]  # noqa: TID251 - rotates the moments with days


@pytest.fixture
def made() -> Iterator[House]:
    """Start sandbox and daemon; this test is what starts the daemon again, and the settings say that somebody does."""
    with house(
        speed=_SPEED, daemon={"restarted": True}, change=lambda settings: {**settings, "prices": _PRICES}
    ) as started:
        yield started


def _seed(shown: PlanShape, name: str, moment: Moment) -> tuple[str, Kill]:
    """Find what draws this: the draw looks at names and verbs, and at what is left out."""
    steps = [step(each.id, each.uses, left_out=each.skipped) for each in shown.steps]
    for number in count():
        kill = draw(plan(*steps), KillWish(seed=str(number)), graceful=True)
        if kill.step.startswith(name) and kill.moment is moment:
            return str(number), kill
    raise AssertionError


def _drilled(made: House, name: str, moment: Moment) -> tuple[Driven, Kill]:
    made.tend()
    made.wait_until_it_listens()
    with made.as_somebody() as me:
        shown = me.plan(PlanBody(runbook=RUNBOOK, tenant=TENANT, mode=Mode.DRILL))
        seed, kill = _seed(shown, name, moment)
        wanted = KillBody(seed=seed)
        body = StartBody(runbook=RUNBOOK, tenant=TENANT, mode=Mode.DRILL, kill=wanted, key=f"{name}/{seed}")
        with contextlib.suppress(CommandError):
            # World time runs so fast that the daemon may be dead before it has answered.
            me.start(body)
    assert made.daemon.wait(60) == DIED
    made.tend()
    made.wait_until_it_listens()
    with made.as_somebody() as me:
        run = me.start(body).id
    return drive(made, run), kill


def _record(made: House, run: str) -> dict[str, Any]:
    """Wait for the run's record: it is written after its end."""
    until = time.monotonic() + 30
    with Evidence.of(Common(socket=made.rehearsed.socket)) as evidence:
        while True:
            try:
                found = dict(evidence.show(run).record)
            except CommandError:
                assert time.monotonic() < until, "no record was written"
                time.sleep(0.1)  # noqa: TID251 - another process is waited for
                continue
            assert not verify(evidence.lines(evidence.head())).faults
            return found


# No day in the names of the tests: cores that collect them before and after midnight must find the same ones.
@pytest.mark.parametrize("moment", [Moment.SENT, _TODAYS], ids=["sent", "todays"])
def test_a_drill_ends_its_daemon_and_the_evidence_says_that_nothing_was_repeated(made: House, moment: Moment) -> None:
    """It dies at the drawn step, the next one takes the run up, and the sandbox saw no second mutation."""
    before = len(made.entries())
    driven, kill = _drilled(made, "sql-test-failover", moment)

    assert driven.view.run.state is RunState.SUCCEEDED, driven.trouble()
    record = _record(made, driven.view.run.id)
    told = record["conductor"]
    [takeover] = told["takeovers"]
    at_the_kill = {each["step"]: each for each in takeover["steps"]}[kill.step]
    assert account.repeated(account.of_runs(made.entries()[before:], rehearsed=True)) == {}
    assert told["kill"]["outcome"] == "killed"
    assert (told["kill"]["step"], told["kill"]["moment"]) == (kill.step, moment.value)
    assert told["kill"]["taken-up-by"]["boot"] != told["kill"]["boot"]
    assert (at_the_kill["stood"], at_the_kill["found"]) == _FOUND[moment]
    assert told["nothing-repeated"] is True
    assert {len(each["jobs"]) for each in told["jobs"]} == {1}
    assert record["clean-up"]["left"] == []
    assert (record["cost"]["unpriced"], record["cost"]["over-budget"]) == ([], False)
    assert 0 < float(record["cost"]["total"]) == float(record["cost"]["at-least"])
    assert record["plan"]["file"] == sha256((ROOT / "runbooks" / f"{RUNBOOK}.yaml").read_bytes()).hexdigest()
    # Sandbox and daemon have the same host's clock, so nothing lies between them.
    assert record["clock-offset"]["ahead-at-least-ms"] <= 0 <= record["clock-offset"]["ahead-at-most-ms"]
