"""When something in a daemon's hands is due, and how long until then: one answer, to the last bit."""

import math

from hypothesis import given
from hypothesis import strategies as st

from drd.domain.ids import RunId
from drd.ports.dispatcher import Claim
from drd.store.held import Held

_SECONDS = st.floats(min_value=0.0, max_value=1e9)
_FEW = st.floats(min_value=0.001, max_value=600.0)


def _near(due: float, bits: int) -> float:
    """Give an instant so many last bits away."""
    for _ in range(abs(bits)):
        due = math.nextafter(due, math.inf if bits > 0 else 0.0)
    return due


@given(since=_SECONDS, seconds=_FEW, bits=st.integers(-3, 3))
def test_a_proof_is_due_when_there_is_nothing_left_to_wait(since: float, seconds: float, bits: int) -> None:
    """A dispatcher that waited until then must not find that it is too early."""
    held = Held(lambda: _near(since + seconds, bits), margin=1.0)
    held.add(Claim(run=RunId("one"), token=1, daemon="a", resumed=False), since=since, until=None)

    left = held.next_proof(seconds)

    assert left is not None
    assert (left <= 0) == (held.due_for_proof(seconds) == ["one"])


@given(until=st.floats(min_value=700.0, max_value=1e9), margin=_FEW, bits=st.integers(-3, 3))
def test_a_lease_is_as_good_as_over_when_there_is_nothing_left_of_it(until: float, margin: float, bits: int) -> None:
    """Its watch rings then, and must find it."""
    held = Held(lambda: _near(until - margin, bits), margin=margin)
    claim = Claim(run=RunId("one"), token=1, daemon="a", resumed=False)
    held.add(claim, since=0.0, until=until)

    left = held.seconds_left()

    assert left is not None
    assert (left <= 0) == (held.lapsed() == ["one"])
    assert held.holds(claim) == (left > 0)
