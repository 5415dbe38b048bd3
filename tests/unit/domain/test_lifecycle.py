"""The table of states and requests is complete, and says why not."""

import pytest

from drd.domain.lifecycle import TABLE, Refusal, Request, RunState, answer


@pytest.mark.parametrize("state", list(RunState))
@pytest.mark.parametrize("request_", list(Request))
def test_every_state_answers_every_request(state: RunState, request_: Request) -> None:
    """Allowed, or a refusal with a reason and a hint."""
    given = answer(state, request_)

    assert given is None or (isinstance(given, Refusal) and given.reason and given.hint)


def test_the_table_holds_nothing_else() -> None:
    """A new state or request needs its row."""
    assert set(TABLE) == set(RunState)
    assert all(set(row) == set(Request) for row in TABLE.values())


@pytest.mark.parametrize("state", [state for state in RunState if state.final])
def test_a_run_that_is_over_takes_nothing(state: RunState) -> None:
    """Only the last three states are final."""
    assert all(answer(state, request) is not None for request in Request)


@pytest.mark.parametrize("state", [state for state in RunState if not state.final])
def test_a_run_that_is_not_over_can_be_cancelled_unless_it_is_stopping(state: RunState) -> None:
    """A person always has a way out."""
    assert (answer(state, Request.CANCEL) is None) == (state is not RunState.STOPPING)
