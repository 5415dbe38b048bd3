"""The tables of Site Recovery's states are whole."""

import tomllib
from pathlib import Path

import pytest

from drd.sandbox import profile
from drd.sandbox.recovery_services.replication_lifecycle import (
    MOVES,
    SETTLES,
    STATES,
    Stage,
    is_allowed,
    is_busy,
    is_replicating,
)

_GONE = {Stage.UNPROTECTED}
"""Where an item is no longer an item."""


def test_every_stage_has_a_state() -> None:
    """No item can stand where the wire has no words for it."""
    assert set(STATES) == set(Stage)


def test_every_operation_that_a_state_allows_is_a_move() -> None:
    """What is promised can be done."""
    offered = {move.operation for move in MOVES.values()}
    assert {operation for state in STATES.values() for operation in state.allowed} == offered


@pytest.mark.parametrize("verb", MOVES)
def test_a_move_works_in_a_busy_stage_and_ends_in_a_resting_one(verb: str) -> None:
    """And while it works nothing is allowed."""
    move = MOVES[verb]
    assert is_busy(move.works_in)
    assert STATES[move.works_in].allowed == ()
    assert not is_busy(move.ends_in)
    assert STATES[move.ends_in].allowed != () or move.ends_in in _GONE


@pytest.mark.parametrize("verb", MOVES)
def test_a_moves_duration_is_in_the_profile(verb: str) -> None:
    """No move takes a time that nobody wrote down."""
    data = Path(profile.__file__).with_name("profile.toml").read_text(encoding="utf-8")
    assert MOVES[verb].duration in tomllib.loads(data)["seconds"]


def test_every_resting_stage_can_be_reached_from_protection() -> None:
    """Walking the table from Protected meets every stage."""
    reached, waiting = set[Stage](), [Stage.PROTECTED]
    while waiting:
        stage = waiting.pop()
        reached.add(stage)
        next_stages = [move.ends_in for verb, move in MOVES.items() if is_allowed(stage, verb)]
        next_stages += [SETTLES[stage][0]] if stage in SETTLES else []
        reached |= {move.works_in for verb, move in MOVES.items() if is_allowed(stage, verb)}
        waiting += [one for one in next_stages if one not in reached]
    assert reached == set(Stage)


def test_only_a_failover_stops_the_replication() -> None:
    """A test does not."""
    assert {stage for stage in Stage if is_replicating(stage)} == {
        Stage.PROTECTED,
        Stage.TESTING,
        Stage.TESTED,
        Stage.CLEANING,
    }
