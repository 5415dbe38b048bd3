"""What the dates of answers show of the host's clock, and no more."""

from datetime import timedelta

import pytest

from drd.domain.clock_offset import ClockOffset
from tests.fakes.virtual_clock import EPOCH


def _s(seconds: float) -> timedelta:
    return timedelta(seconds=seconds)


def _seen(*, ahead: float, at: float = 0.0, took: float = 0.2) -> ClockOffset:
    """See what an answer shows to a host that is ahead by so many seconds; it is stamped halfway."""
    left, back = EPOCH + _s(at), EPOCH + _s(at + took)
    stamped = left + _s(took / 2 - ahead)
    return ClockOffset.seen(left=left, back=back, stated=stamped.replace(microsecond=0))


@pytest.mark.parametrize("ahead", [-90.4, -5.7, 0, 0.3, 0.999, 7.2])
@pytest.mark.parametrize("took", [0.01, 0.2, 20])
def test_the_truth_lies_within_what_one_answer_shows(ahead: float, took: float) -> None:
    """However long it took, and whatever was cut off of its date."""
    offset = _seen(ahead=ahead, took=took)

    assert offset.least <= _s(ahead) <= offset.most
    assert offset.most - offset.least == _s(took + 1)


def test_several_answers_show_more_than_one_and_the_truth_stays_within() -> None:
    """Cut off at other places, and widened by what the clock may have drifted in between."""
    offset = _seen(ahead=0.3)
    for number in range(1, 50):
        offset = offset.then(_seen(ahead=0.3, at=number * 1.37))

    assert offset.least <= _s(0.3) <= offset.most
    assert offset.most - offset.least < _s(0.5)


def test_a_clock_that_was_set_is_believed_anew() -> None:
    """What was seen before contradicts it, so it no longer counts."""
    before, after = _seen(ahead=0), _seen(ahead=60, at=100)

    assert before.then(after) == after


def test_what_was_seen_long_ago_shows_less() -> None:
    """A clock drifts."""
    offset = _seen(ahead=0)

    assert offset.by(offset.at + timedelta(hours=10)).most > offset.most + _s(10)


@pytest.mark.parametrize(("ahead", "off"), [(0, False), (5.5, False), (6.5, True), (-5.5, False), (-6.5, True)])
def test_it_is_off_only_where_that_is_sure(ahead: float, off: bool) -> None:
    """By more than five seconds whatever was cut off."""
    assert _seen(ahead=ahead).off is off


def test_it_is_written_rounded_to_the_wider_side() -> None:
    """Nobody is told more than is known."""
    offset = ClockOffset(at=EPOCH, least=timedelta(microseconds=-1500), most=timedelta(microseconds=1500))

    assert (offset.to_json()["ahead-at-least-ms"], offset.to_json()["ahead-at-most-ms"]) == (-2, 2)
