"""Findings for people: worst first, in their language as far as drd speaks it."""

from collections.abc import Iterator, Sequence
from datetime import datetime

from drd.api.wire.findings import FindingShape
from drd.cli.ages import ago
from drd.cli.event_view import since
from drd.cli.output import NONE, Sheet
from drd.cli.words import Words

_RESOURCE = "/subscriptions/"


def findings_sheet(words: Words, findings: Sequence[FindingShape], now: datetime) -> Sheet:
    """List findings; below them what to do, each advice once."""
    headings = ("severity", "code", "service", "runbook", "subject", "since", "finding")
    rows = tuple(
        (
            words.say(f"severity-{each.severity}"),
            each.code,
            each.service or NONE,
            each.runbook or NONE,
            _short(each.subject),
            NONE if each.since is None else words.say("ago", length=ago(words, since(each.since, now))),
            _finding(words, each),
        )
        for each in findings
    )
    notes = tuple(_notes(words, findings))
    return Sheet(tuple(words.say(f"heading-{name}") for name in headings), rows, notes=notes)


def _finding(words: Words, finding: FindingShape) -> str:
    said = f"{words.of(finding.title)}: {finding.message}"
    return f"{said} ({words.say('irreversible')})" if finding.irreversible else said


def _notes(words: Words, findings: Sequence[FindingShape]) -> Iterator[str]:
    if not findings:
        yield words.say("no-findings")
    advice = {each.code: each.hint for each in reversed(findings) if each.hint}
    for code in dict.fromkeys(each.code for each in findings):
        if code in advice:
            yield f"{code}: {advice[code]}"


def _short(subject: str) -> str:
    """Leave of a resource's id what tells it from its neighbours: its name."""
    before, found, after = subject.partition(_RESOURCE)
    return f"{before}{after.rsplit('/', 1)[-1]}" if found else subject
