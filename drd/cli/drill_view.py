"""Drills for people: what a drill was worth, why, and how its end was looked at."""

from drd.api.wire.runs import DrillShape, RunDetailShape, RunShape
from drd.cli.ages import at
from drd.cli.outcome import is_unconfirmed
from drd.cli.output import NONE
from drd.cli.words import Words
from drd.domain.drill_verdict import DrillVerdict


def verdict_of(words: Words, run: RunShape) -> str:
    """Say what a drill was worth; nothing of any other run."""
    return words.say(f"drill-{run.verdict}") if run.verdict else NONE


def drill_tones(words: Words) -> dict[str, str]:
    """Give the colours of verdicts: green only what is green."""
    return {words.say(f"drill-{each.value}"): _tone(each) for each in DrillVerdict}


def _tone(verdict: DrillVerdict) -> str:
    if verdict.green:
        return "green" if verdict is DrillVerdict.PASSED else "yellow"
    return "bold red" if verdict in {DrillVerdict.LEFTOVER, DrillVerdict.FAILED} else "yellow"


def drill_rows(words: Words, run: RunDetailShape) -> list[tuple[str, str]]:
    """Give the lines about a drill's end; none for any other run, and none before it is over."""
    if run.drill is None:
        return []
    rows = [(words.say("heading-verdict"), _verdict(words, run.drill))]
    rows += [(words.say("heading-looked"), line) for line in _looks(words, run.drill)]
    return rows


def pending(words: Words, run: RunDetailShape) -> str:
    """Say what a drill that is over still waits for; empty when it waits for nothing."""
    if not is_unconfirmed(run.run):
        return ""
    due = run.drill.due_at if run.drill else None
    return words.say("confirming", run=run.run.id, at=at(due, words.say("unknown")))


def _verdict(words: Words, drill: DrillShape) -> str:
    because = f" ({drill.because})" if drill.because else ""
    return words.say(f"drill-{drill.verdict}") + because


def _looks(words: Words, drill: DrillShape) -> list[str]:
    told = [
        f"{at(look.at)}  {', '.join(look.found) or look.impossible or words.say('found-nothing')}"
        for look in drill.listings
    ]
    return [*told, words.say("looks-again", at=at(drill.due_at))] if drill.due_at else told
