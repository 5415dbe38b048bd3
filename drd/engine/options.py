"""Lengths and limits of the engine. All lengths are world time unless they say otherwise."""

from dataclasses import dataclass
from datetime import timedelta

from drd.domain.drill_seal import LEAST_LIFE


@dataclass(frozen=True, slots=True, kw_only=True)
class EngineOptions:
    """What an installation may tune; the defaults suit Azure.

    Attributes:
        settle: how long a request whose answer was lost may take to show in the world.
        look_every: wait between looks within that window.
        blind: how long answers may come that tell nothing (unreadable, or of nothing known) before a person is asked.
        poll_every: wait between questions about an operation that names no wait of its own.
        check_every: wait between two questions of a check that may still turn green.
        back_off_most: longest wait after questions that failed for a while.
        drill_life: how long what a drill makes may live, from the run's acceptance.
        journal_wait: wait before the journal is tried again when it could not be written.
        side_by_side: most steps of one run under way at the same time.
        production_every: wait between two questions to production while a drill goes on, where all was well.
        production_again: the same, after an answer that was red.
        calls_at_once: most questions and requests of all runs of this daemon that are on their way at the same time.
        stop_grace_seconds: host seconds that a request in the air gets to come back when the daemon stops.
        follow_seconds: host seconds between looks at the journal for runs that another process moves.
        order_patience_seconds: host seconds that an order waits for another daemon to carry it out.
        most_strikes: a run is parked after more than so many claims in a row that came to nothing.
    """

    settle: timedelta = timedelta(seconds=90)
    look_every: timedelta = timedelta(seconds=15)
    blind: timedelta = timedelta(minutes=10)
    poll_every: timedelta = timedelta(seconds=10)
    check_every: timedelta = timedelta(seconds=5)
    back_off_most: timedelta = timedelta(minutes=2)
    production_every: timedelta = timedelta(minutes=1)
    production_again: timedelta = timedelta(seconds=10)
    drill_life: timedelta = LEAST_LIFE
    journal_wait: timedelta = timedelta(seconds=1)
    side_by_side: int = 1000
    calls_at_once: int = 500
    stop_grace_seconds: float = 10.0
    follow_seconds: float = 1.0
    order_patience_seconds: float = 30.0
    most_strikes: int = 10
