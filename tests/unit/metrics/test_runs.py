"""Runs that ended, counted."""

from dataclasses import replace
from datetime import timedelta

import pytest

from drd.domain.ids import RunbookId
from drd.domain.lifecycle import RunState
from drd.domain.plan import Mode
from drd.domain.remaining import Remaining
from tests.fakes.busy_house import NOW, BusyHouse, active_run
from tests.fakes.scraped_series import values_of
from tests.fakes.small_estate import TENANT, no_figures

pytestmark = pytest.mark.anyio


async def test_verifications_are_counted_as_one_whatever_the_item() -> None:
    """There is a plan for each item: a series each would be thousands, for ever."""
    counts = {
        (TENANT, RunbookId(book), Mode.DRILL, RunState.SUCCEEDED): count
        for book, count in {"verify-vm-app": 2, "verify-vm-sql": 3, "burgerzaken": 1}.items()
    }
    told = [
        line
        for line in (await BusyHouse(no_figures(ended=counts)).text()).splitlines()
        if line.startswith("drd_runs_total{")
    ]

    assert sorted(line.split('runbook="')[1].split('"')[0] for line in told) == ["burgerzaken", "verify"]
    assert [line.split()[-1] for line in told if 'runbook="verify"' in line] == ["5.0"]


async def test_runs_of_one_runbook_and_mode_share_their_series() -> None:
    """In every state that one is in, from the earliest start to the earliest deadline, their steps together."""
    waits, other = active_run("r-2"), active_run("r-3")
    early = other.card.accepted_at - timedelta(hours=1)
    card, late = replace(other.card, state=RunState.RUNNING, accepted_at=early), NOW + timedelta(hours=2)
    runs = replace(other, card=card, steps={"done": 4}, approvals=(("go", NOW),), deadline=NOW + timedelta(minutes=5))
    runs = replace(runs, remaining=Remaining(ahead=None, at=late))
    house = BusyHouse(no_figures(active=(waits, runs)))

    states = await values_of(house, "drd_run_state", "state")
    assert {state for (state,), value in states.items() if value} == {"waiting", "running"}
    assert (await values_of(house, "drd_run_steps", "state"))["done",] == 7
    assert await values_of(house, "drd_run_start_timestamp_seconds") == {(): early.timestamp()}
    assert await values_of(house, "drd_run_deadline_timestamp_seconds") == {
        (): (NOW + timedelta(minutes=5)).timestamp()
    }
    assert await values_of(house, "drd_run_approval_requested_timestamp_seconds", "step") == {
        ("go",): (NOW - timedelta(minutes=4)).timestamp()
    }
    assert await values_of(house, "drd_run_forecast_end_timestamp_seconds") == {(): late.timestamp()}
    assert set(await values_of(house, "drd_run_info", "run")) == {("r-2",), ("r-3",)}


async def test_a_run_of_unknown_length_has_no_forecast() -> None:
    """An alert that compares it with the deadline must not see 0."""
    house = BusyHouse(no_figures(active=(replace(active_run(), remaining=None),)))

    assert await values_of(house, "drd_run_forecast_end_timestamp_seconds") == {}


async def test_a_run_that_verifies_an_item_is_told_under_one_name() -> None:
    """As in the counts; its own id stands on the one series that ends with it."""
    run = active_run()
    book = replace(run, card=replace(run.card, runbook=RunbookId("verify-vm-app")))
    house = BusyHouse(no_figures(active=(book,)))

    assert set(await values_of(house, "drd_run_info", "runbook", "run")) == {("verify", "r-2")}
    assert {key for (key,) in await values_of(house, "drd_run_state", "runbook")} == {"verify"}
