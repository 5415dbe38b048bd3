"""Approvals for people."""

from collections.abc import Sequence
from shlex import quote

from drd.api.wire.approvals import ApprovalShape
from drd.cli.ages import at
from drd.cli.output import NONE, Sheet
from drd.cli.words import Words


def approvals_sheet(words: Words, waiting: Sequence[ApprovalShape]) -> Sheet:
    """List what waits."""
    headings = ("approval", "service", "mode", "ask", "by", "given", "asked")
    rows = tuple(
        (
            each.id,
            each.service or each.tenant,
            each.mode.value,
            words.of(each.ask),
            ", ".join(each.by),
            f"{len(each.given)}/{each.minimum}",
            at(each.asked_at),
        )
        for each in waiting
    )
    notes = () if rows else (words.say("nothing-waits"),)
    return Sheet(tuple(words.say(f"heading-{name}") for name in headings), rows, notes=notes)


def approval_sheets(words: Words, shape: ApprovalShape) -> list[Sheet]:
    """Show one question."""
    facts = (
        ("approval", shape.id),
        ("ask", words.of(shape.ask)),
        ("runbook", words.of(shape.title)),
        ("tenant", shape.tenant),
        ("service", shape.service or NONE),
        ("mode", shape.mode.value),
        ("by", ", ".join(shape.by)),
        ("given", f"{len(shape.given)}/{shape.minimum} {', '.join(shape.given)}".strip()),
        ("not-by", shape.starter if shape.not_the_starter else NONE),
        ("asked", at(shape.asked_at)),
        ("expires", at(shape.expires_at)),
        ("plan", shape.plan_hash),
    )
    id_ = quote(shape.id)
    answers = (f"$ drd approval approve {id_}", f"$ drd approval deny {id_} --reason ...")
    return [Sheet((), tuple((words.say(f"heading-{name}"), value) for name, value in facts), notes=answers)]
