"""A pass of the reaper for people: what became of each thing, and below it why and what to do, each advice once."""

from collections.abc import Iterator, Mapping
from typing import Any

from drd.cli.output import NONE, Sheet
from drd.cli.words import Words


def pass_sheet(words: Words, passed: Mapping[str, Any]) -> Sheet:
    """List what was found, in the reaper's own order: by the ledger first, then by tags."""
    rows = tuple(
        (
            words.say(f"reaped-{each['outcome']}"),
            words.say(f"reaped-{each['kind']}"),
            str(each["id"]).rsplit("/", 1)[-1],
            each["run"] or NONE,
            each["code"] or NONE,
        )
        for each in passed["reaped"]
    )
    headings = tuple(words.say(f"heading-{name}") for name in ("outcome", "kind", "resource", "run", "code"))
    return Sheet(headings if rows else (), rows, notes=tuple(_notes(words, passed)))


def _notes(words: Words, passed: Mapping[str, Any]) -> Iterator[str]:
    if passed["idle"]:
        yield words.say("reaper-idle")
    elif not passed["reaped"] and not passed["trouble"]:
        yield words.say("reaper-nothing")
    advice = {each["code"]: f"{each['because']}. {each['hint']}" for each in passed["reaped"] if each["code"]}
    for code, said in advice.items():
        yield f"{code}: {said}"
    if passed["without-store"]:
        yield words.say("reaper-without-store", because=passed["without-store"])
    if passed["trouble"]:
        yield words.say("reaper-trouble", because=passed["trouble"])
