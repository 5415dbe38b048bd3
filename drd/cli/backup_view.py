"""Backups and their proofs for people. What is not proven is said to be unproven."""

from collections.abc import Sequence
from datetime import datetime

from drd.api.wire.backups import BackupShape, CleanPointShape, SampledShape, ServiceProofShape, VerificationShape
from drd.cli.ages import ago, at
from drd.cli.event_view import since
from drd.cli.output import NONE, Sheet
from drd.cli.words import Words


def backups_sheet(words: Words, backups: Sequence[BackupShape], now: datetime) -> Sheet:
    """List what is proven of every item."""
    headings = ("item", "service", "tier", "newest-point", "proven-point", "proven", "failed", "score", "due")
    rows = tuple(
        (
            each.item,
            each.service,
            str(each.tier),
            at(each.newest_point_at, words.say("unknown")),
            at(each.proven_point_at, words.say("never")),
            _proven(words, each, now),
            ", ".join(rung.value for rung in each.failed) or NONE,
            f"{each.score_percent}%",
            _due(words, each),
        )
        for each in backups
    )
    return Sheet(tuple(words.say(f"heading-{name}") for name in headings), rows)


def proofs_sheet(words: Words, services: Sequence[ServiceProofShape]) -> Sheet:
    """List what is proven of every service."""
    headings = ("service", "tier", "newest-point", "proven-point", "proven", "score", "due")
    rows = tuple(
        (
            each.service,
            str(each.tier),
            at(each.newest_point_at, words.say("unknown")),
            at(each.proven_point_at, words.say("never")),
            words.say("never") if each.proven is None else each.proven.value,
            f"{each.score_percent}%",
            _due(words, each),
        )
        for each in services
    )
    return Sheet(tuple(words.say(f"heading-{name}") for name in headings), rows)


def _proven(words: Words, each: BackupShape, now: datetime) -> str:
    if each.proven is None or each.proven_at is None:
        return words.say("never")
    return f"{each.proven.value}, {words.say('ago', length=ago(words, since(each.proven_at, now)))}"


def _due(words: Words, each: BackupShape | ServiceProofShape) -> str:
    return words.say("due-now") if each.overdue or each.due_at is None else at(each.due_at)


def verifications_sheet(words: Words, verifications: Sequence[VerificationShape]) -> Sheet:
    """List verifications."""
    headings = ("at", "item", "rung", "outcome", "point-time", "run", "because")
    rows = tuple(
        (
            at(each.at),
            each.item,
            each.rung.value,
            words.say(f"outcome-{each.outcome.value}"),
            at(each.point_time, words.say("unknown")),
            each.run or NONE,
            each.because,
        )
        for each in verifications
    )
    return Sheet(tuple(words.say(f"heading-{name}") for name in headings), rows)


def sampled_sheet(words: Words, chosen: Sequence[SampledShape]) -> Sheet:
    """List what was chosen to be proven."""
    headings = ("item", "point-time", "run", "because")
    rows = tuple(
        (each.item, at(each.point_time), each.run.id if each.run else NONE, each.refused or each.because)
        for each in chosen
    )
    return Sheet(tuple(words.say(f"heading-{name}") for name in headings), rows)


def clean_point_sheet(words: Words, search: CleanPointShape) -> Sheet:
    """Show where a search for a clean point stands, and what to type next."""
    found = words.say("none-yet") if search.found is None else f"{search.found} ({at(search.found_time)})"
    facts = (("item", search.item), ("clean-point", found), ("because", search.because))
    rows = tuple((words.say(f"heading-{name}"), value) for name, value in facts)
    following = f"drd backup verify {search.item} --to L3 --point {search.next}" if search.next else ""
    return Sheet((), rows, notes=(words.say("examine-next", command=following),) if following else ())
