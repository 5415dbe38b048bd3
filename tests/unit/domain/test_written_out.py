"""Initialisers that are written out for speed: they say what the members say."""

import dataclasses
import inspect
from typing import Any

import pytest

from drd.domain.events import Event
from drd.domain.lifecycle import StepState
from drd.domain.plan import Step
from drd.domain.step_progress import StepProgress
from drd.domain.tally import Tally
from drd.ports.action import StepContext
from tests.fakes.engine_house import step

COUNTS = ("in_flight", "in_flight_always", "waiting", "parked", "failed", "held")


def default(member: dataclasses.Field[Any]) -> Any:
    """Give what a member is when nobody says it."""
    if member.default_factory is not dataclasses.MISSING:
        return None  # the initialiser makes a new one each time
    return inspect.Parameter.empty if member.default is dataclasses.MISSING else member.default


@pytest.mark.parametrize("made", [Event, Step, StepContext])
def test_an_initialiser_takes_every_member_with_its_default(made: type[Any]) -> None:
    """A member that is added later cannot be forgotten there."""
    members = {member.name: default(member) for member in dataclasses.fields(made) if member.init}

    taken = inspect.signature(made).parameters

    assert {name: each.default for name, each in taken.items()} == members
    assert {each.kind for each in taken.values()} == {inspect.Parameter.KEYWORD_ONLY}


@pytest.mark.parametrize("made", [Event, Step, StepContext])
def test_an_initialiser_sets_each_member_to_its_own_value(made: type[Any]) -> None:
    """No two are exchanged, and none can be changed afterwards."""
    values = {member.name: object() for member in dataclasses.fields(made) if member.init}

    given = made(**values)

    assert {name: getattr(given, name) for name in values} == values
    with pytest.raises(dataclasses.FrozenInstanceError):
        setattr(given, next(iter(values)), None)


def counts(tally: Tally) -> dict[str, int]:
    """Give what is counted."""
    return {name: getattr(tally, name) for name in COUNTS}


@pytest.mark.parametrize("before", StepState)
@pytest.mark.parametrize("held", [False, True])
def test_a_move_counts_as_leaving_and_entering(before: StepState, *, held: bool) -> None:
    """From each state into each, held or not, settled or not."""
    for after in StepState:
        for settled in (False, True):
            moved, walked = Tally(), Tally()
            one, other = (StepProgress(step("a"), state=before, held=held, settled=settled) for _ in range(2))
            moved.enter(one)
            walked.enter(other)

            moved.move(one, after)
            walked.leave(other)
            other.state = after
            walked.enter(other)

            assert one.state is after
            assert counts(moved) == counts(walked)
