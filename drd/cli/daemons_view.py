"""The daemons that share a database, for people."""

from collections.abc import Sequence

from drd.api.wire.daemons import DaemonCardShape
from drd.cli.ages import ago
from drd.cli.output import NONE, Sheet
from drd.cli.words import Words
from drd.domain.daemon_state import DaemonState


def daemons_sheet(words: Words, daemons: Sequence[DaemonCardShape]) -> Sheet:
    """List them; the one that was asked is marked."""
    headings = ("daemon", "host", "version", "state", "runs", "up", "heartbeat")
    rows = tuple(
        (
            f"{each.id} *" if each.own else each.id,
            each.host or NONE,
            each.version or NONE,
            words.say(f"daemon-{each.state.value}"),
            f"{each.runs}/{each.most_runs}",
            NONE if each.state is DaemonState.GONE else ago(words, each.up_seconds),
            NONE if _is_alone(each) else words.say("ago", length=ago(words, each.seen_seconds_ago)),
        )
        for each in daemons
    )
    notes = (words.say("daemon-own"),) if any(each.own for each in daemons) else ()
    return Sheet(tuple(words.say(f"heading-{name}") for name in headings), rows, notes=notes)


def _is_alone(card: DaemonCardShape) -> bool:
    """Say whether the daemon that answers has no heartbeat: on SQLite there is nobody who would hear it."""
    return card.own and card.seen_seconds_ago >= card.up_seconds
