"""Histograms of what the store counted, with the run that each part's newest length is of."""

from dataclasses import replace
from datetime import timedelta

import pytest
from prometheus_client.openmetrics.parser import text_string_to_metric_families
from prometheus_client.samples import Sample

from drd.domain.ids import RunbookId
from drd.domain.plan import Mode
from drd.domain.spread import LONG, SHORT
from drd.domain.trace import trace_id
from tests.fakes.busy_house import RUN, RUNBOOK, BusyHouse, busy_figures, spread
from tests.fakes.scraped_series import values_of
from tests.fakes.small_estate import no_figures

pytestmark = pytest.mark.anyio
OPENMETRICS = "application/openmetrics-text; version=1.0.0"


async def samples_of(house: BusyHouse, name: str) -> list[Sample]:
    """Give the samples of one family as OpenMetrics tells them."""
    families = text_string_to_metric_families(await house.text(OPENMETRICS))
    return next(list(family.samples) for family in families if family.name == name)


@pytest.mark.parametrize(
    ("name", "seconds"),
    [
        ("drd_run_duration_seconds", 3000),
        ("drd_verification_duration_seconds", 1200),
        ("drd_approval_wait_seconds", 240),
        ("drd_step_duration_seconds", 90),
    ],
)
async def test_a_length_names_its_run(name: str, seconds: float) -> None:
    """As exemplar of the part that it falls into, and in no label: there is no series for each run."""
    house = BusyHouse()
    house.bustle()
    samples = await samples_of(house, name)
    named = [each for each in samples if each.exemplar is not None]

    assert [(each.exemplar.labels, each.exemplar.value) for each in named if each.exemplar] == [
        ({"run_id": RUN, "trace_id": trace_id(RUN)}, seconds)
    ]
    assert min(float(each.labels["le"]) for each in samples if "le" in each.labels and each.value) >= seconds
    assert named[0].value == 1
    assert not [each for each in samples if "run" in each.labels or "run_id" in each.labels]


async def test_the_older_form_has_no_exemplars() -> None:
    """It cannot tell them; the page stays readable."""
    house = BusyHouse()
    house.bustle()

    assert "run_id" not in await house.text()


async def test_lengths_are_counted_from_the_shortest() -> None:
    """Each part holds those below it, the last one all; verifications are told under one name."""
    lengths = {
        (RunbookId(name), Mode.DRILL): spread(timedelta(minutes=minutes), LONG)
        for name, minutes in {"verify-vm-a": 1, "verify-vm-b": 2, "verify-vm-c": 1441, RUNBOOK: 5}.items()
    }
    house = BusyHouse(no_figures(lengths=lengths))
    told = await values_of(house, "drd_run_duration_seconds_bucket", "runbook", "le")

    assert [told["verify", le] for le in ("60.0", "120.0", "86400.0", "+Inf")] == [1, 2, 2, 3]
    assert (await values_of(house, "drd_run_duration_seconds_sum", "runbook"))["verify",] == 1444 * 60
    assert (await values_of(house, "drd_run_duration_seconds_count", "runbook"))[RUNBOOK,] == 1


async def test_answers_are_counted_by_decision_from_the_beginning() -> None:
    """0 before anybody answered, so that the first one is seen as one more."""
    assert await values_of(BusyHouse(no_figures()), "drd_approvals_total", "decision") == {
        ("approved",): 0, ("denied",): 0,
    }  # fmt: skip
    wait = timedelta(minutes=3)
    figures = replace(busy_figures(), answers={each: spread(wait, SHORT) for each in ("approved", "denied")})
    house = BusyHouse(figures)

    assert await values_of(house, "drd_approvals_total", "decision") == {("approved",): 1, ("denied",): 1}
    assert (await values_of(house, "drd_approval_wait_seconds_count"))[()] == 2
