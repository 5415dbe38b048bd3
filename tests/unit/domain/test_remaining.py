"""When a run under way will be green, by what its steps take."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from types import MappingProxyType

import pytest

from drd.domain.call import Call
from drd.domain.ids import RunbookId, StepId, TenantId
from drd.domain.language import Text
from drd.domain.lifecycle import StepState
from drd.domain.plan import APPROVE, Mode, Phase, RecoveryGroup, RecoveryPlan, Step, Ungraceful
from drd.domain.remaining import Stands, Way

NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
S = StepState


def minutes(count: float) -> timedelta:
    """Give a length."""
    return timedelta(minutes=count)


def step(name: str, takes: float | None = 10, *needs: str, phase: Phase = Phase.MAIN, **others: object) -> Step:
    """Make a step that should take so many minutes."""
    terms: dict[str, object] = {"call": Call(uses="vm.start", values={}), **others}
    before, estimate = tuple(map(StepId, needs)), minutes(takes) if takes else None
    return Step(id=StepId(name), phase=phase, needs=before, estimate=estimate, **terms)  # type: ignore[arg-type]  # tests name the members


def plan(*steps: Step, groups: tuple[RecoveryGroup, ...] = (RecoveryGroup(id=""),)) -> RecoveryPlan:
    """Make a plan."""
    return RecoveryPlan(
        runbook=RunbookId("b"), title=Text(nl="b"), tenant=TenantId("t"), service=None, mode=Mode.FAILOVER,
        home_region="a", recovery_region="b", groups=groups, steps=steps,
    )  # fmt: skip


STEPS = plan(
    step("look", 1, phase=Phase.BEFORE),
    step("disk"), step("slow", 30), step("boot", 5, "disk"),
    step("ask", 60, "boot", call=Call(uses=APPROVE, values={})),
    step("green", 2, phase=Phase.AFTER), step("tidy", 90, phase=Phase.ALWAYS),
)  # fmt: skip


def left(
    way: Way,
    known: Mapping[str, tuple[S, float]] = MappingProxyType({}),
    *,
    now: datetime = NOON,
    graceful: bool = True,
    ended: datetime | None = None,
) -> float:
    """Give how many minutes are left; of each step its state, and before how many minutes of noon it began."""
    stands = Stands(
        states={name: state for name, (state, _) in known.items()},
        began={name: NOON - minutes(ago) for name, (_, ago) in known.items()},
        ended_at=ended,
        graceful=graceful,
    )
    green = way.remaining(stands).green_at(now)
    assert green is not None
    return (green - now) / minutes(1)


@pytest.mark.parametrize(
    ("states", "expected"),
    [
        ({}, 1 + 30 + 2),
        ({"look": (S.DONE, 5)}, 32),
        ({"look": (S.DONE, 5), "slow": (S.RECORDED, 20), "disk": (S.PENDING, 0)}, 15 + 2),
        ({"look": (S.DONE, 5), "slow": (S.RECORDED, 5), "disk": (S.RECORDED, 9)}, 25 + 2),
        ({"look": (S.DONE, 5), "slow": (S.RECORDED, 300), "disk": (S.DONE, 9), "boot": (S.DONE, 9)}, 2),
        ({"look": (S.DONE, 5), "slow": (S.DONE, 5), "disk": (S.FAILED, 9)}, 15 + 2),
        ({"look": (S.DONE, 5), "slow": (S.SKIPPED, 5), "disk": (S.DONE, 9), "boot": (S.INTENDED, 1)}, 4 + 2),
    ],
    ids=["nothing began", "looked", "the shorter way is ahead", "both under way", "late", "failed", "nearly there"],
)  # fmt: skip
def test_the_longest_way_that_is_left_decides(states: dict[str, tuple[S, float]], expected: float) -> None:
    """Steps side by side, phases in turn; people's answers and what always runs are not waited for."""
    assert left(Way(STEPS), states) == expected


def test_what_is_late_ends_now_and_what_follows_moves_with_it() -> None:
    """A run that stands still is green later and later."""
    way = Way(plan(step("slow", 30), step("next", 10, "slow")))
    stands = Stands(states={"slow": S.RECORDED}, began={"slow": NOON}, ended_at=None)

    greens = [way.remaining(stands).green_at(NOON + minutes(at)) for at in (0, 20, 40, 50)]

    assert greens == [NOON + minutes(each) for each in (40, 40, 50, 60)]


def test_what_was_measured_goes_before_what_was_estimated() -> None:
    """And counts where nothing was estimated."""
    way = Way(plan(step("a", 30), step("b", None, "a")), {"a": minutes(7), "b": minutes(2)})

    assert left(way) == 9


def test_of_what_nobody_knows_there_is_no_forecast() -> None:
    """0 would be a promise."""
    assert not Way(plan(step("a", None), step("b", 5, phase=Phase.ALWAYS))).known
    assert Way(STEPS).known


def test_a_step_that_is_left_out_of_such_a_run_takes_no_time() -> None:
    """By what the run is now: graceful or not. A failure that holds nothing up is over too."""
    nice = step("nice", 9, critical=False)
    way = Way(plan(step("shut", 20, ungraceful=Ungraceful.SKIP), step("up", 5, "shut"), nice))

    assert left(way) == 25
    assert left(way, {"nice": (S.FAILED, 1)}, graceful=False) == 5


def test_a_group_is_waited_for_at_its_join() -> None:
    """Without a need for each pair of steps."""
    groups = (RecoveryGroup(id="one", join=StepId("one/all")), RecoveryGroup(id="two"))
    way = Way(plan(step("a", 5, group="one"), step("b", 20, group="one"), step("c", 1, "one/all", group="two"),
                   groups=groups))  # fmt: skip

    assert left(way) == 21


def test_a_child_takes_as_long_as_its_own_plan() -> None:
    """Until it is green; unless somebody estimated it."""
    assert left(Way(plan(step("child", None, child=STEPS)))) == 33
    assert left(Way(plan(step("child", 7, child=STEPS)))) == 7


@pytest.mark.parametrize(
    ("state", "graceful", "green"),
    [(S.DONE, True, True), (S.SKIPPED, True, False), (S.FAILED, True, False), (S.PENDING, True, False),
     (S.SKIPPED, False, True)],
)  # fmt: skip
def test_green_is_when_each_check_that_is_asked_is(state: S, graceful: bool, green: bool) -> None:
    """As the journal's figures have it: what a person skipped is not green, what the plan leaves out is not asked."""
    checks = (step("one", phase=Phase.AFTER), step("two", phase=Phase.AFTER, ungraceful=Ungraceful.SKIP))
    way = Way(plan(step("a"), *checks, step("tidy", phase=Phase.ALWAYS)))
    stands = Stands(states={"a": S.DONE, "one": S.DONE, "two": state}, began={}, ended_at=NOON, graceful=graceful)

    assert way.green(stands) is green
    assert [name for name in ("a", "one", "tidy", "gone") if way.leads(name)] == ["a", "one"]


def test_where_nothing_is_checked_nothing_is_green() -> None:
    """Nobody looked whether the service is back."""
    stands = Stands(states={"a": S.DONE}, began={}, ended_at=NOON)

    assert not Way(plan(step("a"))).green(stands)


def test_once_green_it_stays_so() -> None:
    """The instant at which the last step ended, whatever still runs after it."""
    done = dict.fromkeys(("look", "disk", "slow", "boot", "ask", "green"), (S.DONE, 1.0))

    assert left(Way(STEPS), done, now=NOON + minutes(30), ended=NOON) == -30
