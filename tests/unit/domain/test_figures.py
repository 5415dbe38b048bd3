"""RTO and RPO are recomputed from the journal and nothing else."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from drd.domain.durations import format_instant
from drd.domain.estate import Objectives
from drd.domain.events import Event, Kind
from drd.domain.figures import Verdict, recovery_figures, verdict
from drd.domain.ids import RunId, StepId
from drd.domain.plan import RecoveryPlan
from tests.fakes.engine_house import check, machine, plan, step
from tests.fakes.virtual_clock import EPOCH

ONE, TWO = machine("vm-1"), machine("vm-2")
PLAN = plan(
    step("a", item=ONE.id),
    step("b", item=TWO.id),
    check("web"),
    check("sql"),
    items=(ONE, TWO),
    objectives=Objectives(rpo=timedelta(hours=1), rto=timedelta(hours=2)),
)
INCIDENT = EPOCH - timedelta(minutes=10)


def events(*told: tuple[Kind, str | None, dict[str, Any], int]) -> list[Event]:
    """Make events, minutes after the acceptance."""
    accepted = (Kind.RUN_ACCEPTED, None, {"incident-at": format_instant(INCIDENT)}, 0)
    return [
        Event(
            run=RunId("r-1"),
            sequence=number,
            kind=kind,
            step=StepId(name) if name else None,
            payload=payload,
            at=EPOCH + timedelta(minutes=minutes),
        )
        for number, (kind, name, payload, minutes) in enumerate([accepted, *told], start=1)
    ]


def used(name: str, at: datetime, minutes: int = 5) -> tuple[Kind, str, dict[str, Any], int]:
    """Let a step use a recovery point."""
    return Kind.STEP_DONE, name, {"outputs": {"recovery-point-time": format_instant(at)}}, minutes


def green(name: str, minutes: int) -> tuple[Kind, str, dict[str, Any], int]:
    """Let a check turn green."""
    return Kind.STEP_DONE, name, {"outputs": {"green": True}}, minutes


def test_recovery_time_goes_from_the_incident_to_the_last_green_check() -> None:
    """Never to the last request."""
    figures = recovery_figures(PLAN, events(green("web", 30), green("sql", 50)))

    assert figures.achieved_recovery_time == timedelta(hours=1)
    assert figures.recovery_time_verdict is Verdict.MET


def test_while_one_check_is_not_green_the_recovery_time_is_unknown() -> None:
    """Unknown is never met."""
    figures = recovery_figures(PLAN, events(green("web", 30)))

    assert figures.green_at is None
    assert figures.recovery_time_verdict is Verdict.UNKNOWN
    assert not figures.met


def test_a_services_recovery_point_is_its_worst_item() -> None:
    """And only when every protected item has one."""
    half = recovery_figures(PLAN, events(used("a", INCIDENT - timedelta(minutes=5))))
    whole = recovery_figures(
        PLAN,
        events(used("a", INCIDENT - timedelta(minutes=5)), used("b", INCIDENT - timedelta(hours=3)), green("web", 1)),
    )

    assert half.achieved_recovery_point is None
    assert half.recovery_point_verdict is Verdict.UNKNOWN
    assert whole.achieved_recovery_point == timedelta(hours=3)
    assert whole.recovery_point_verdict is Verdict.MISSED
    assert [(point.item, point.achieved) for point in whole.points] == [
        ("vm-1", timedelta(minutes=5)),
        ("vm-2", timedelta(hours=3)),
    ]


def test_a_point_after_the_incident_loses_nothing() -> None:
    """A graceful failover may use a newer one."""
    figures = recovery_figures(PLAN, events(used("a", EPOCH), used("b", EPOCH), green("web", 1), green("sql", 2)))

    assert figures.achieved_recovery_point == timedelta(0)
    assert figures.met


def test_checks_that_the_plan_leaves_out_do_not_count() -> None:
    """Those that a person left out do."""
    by_plan = (Kind.STEP_SKIPPED, "sql", {"because": "ungraceful", "by-plan": True}, 1)
    by_hand = (Kind.STEP_SKIPPED, "sql", {"because": "no time", "by-plan": False}, 1)

    assert recovery_figures(PLAN, events(by_plan, green("web", 5))).green_at == EPOCH + timedelta(minutes=5)
    assert recovery_figures(PLAN, events(by_hand, green("web", 5))).green_at is None


def test_a_plan_without_objectives_or_checks_has_no_verdict_to_miss() -> None:
    """A parent's figures are its children's."""
    bare: RecoveryPlan = plan(step("a"), objectives=None)
    figures = recovery_figures(bare, events())

    assert (figures.recovery_time_verdict, figures.recovery_point_verdict) == (Verdict.NONE, Verdict.NONE)
    assert figures.met
    assert figures.to_json()["achieved-recovery-time-ms"] is None


def test_figures_are_written_in_whole_milliseconds() -> None:
    """Integers and texts, as the chain wants them."""
    figures = recovery_figures(PLAN, events(used("a", INCIDENT - timedelta(seconds=1.5)), green("web", 0)))

    assert figures.to_json()["points"] == [
        {"item": "vm-1", "time": format_instant(INCIDENT - timedelta(seconds=1.5)), "achieved-ms": 1500}
    ]
    assert figures.to_json()["recovery-time-objective-ms"] == 7_200_000


def test_without_its_accepted_event_a_journal_has_no_figures() -> None:
    """There is no incident to count from."""
    with pytest.raises(ValueError, match="no accepted event"):
        recovery_figures(PLAN, [])


@pytest.mark.parametrize(
    ("objective", "achieved", "expected"),
    [
        (None, timedelta(1), Verdict.NONE),
        (timedelta(1), None, Verdict.UNKNOWN),
        (timedelta(1), timedelta(1), Verdict.MET),
        (timedelta(1), timedelta(2), Verdict.MISSED),
    ],
)
def test_verdicts(objective: timedelta | None, achieved: timedelta | None, expected: Verdict) -> None:
    """Exactly on the promise is met."""
    assert verdict(objective, achieved) is expected
