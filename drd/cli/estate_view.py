"""Services and items for people: what was promised against what is known. Unknown is shown as unknown."""

from collections.abc import Sequence
from datetime import datetime

from drd.api.wire.estate import ItemPointsShape, ItemShape, RecoveryShape, ServiceShape
from drd.cli.ages import achieved, ago, at, promised
from drd.cli.event_view import since
from drd.cli.output import NONE, Sheet
from drd.cli.words import Words


def services_sheet(words: Words, services: Sequence[ServiceShape], now: datetime) -> Sheet:
    """List services."""
    headings = ("service", "tier", "point-age-rpo", "proven-age", "achieved-rto", "last-drill", "ready")
    rows = tuple(
        (
            each.id,
            str(each.tier),
            _point(words, each),
            _proven(words, each) if each.items else NONE,
            f"{_achieved(words, each.last)} / {promised(each.rto_seconds)}",
            _drill(words, each.last_drill, now),
            _ready(words, each),
        )
        for each in services
    )
    return Sheet(tuple(words.say(f"heading-{name}") for name in headings), rows)


def _ready(words: Words, service: ServiceShape) -> str:
    if service.ready == "no":
        return words.say("finding" if service.findings == 1 else "findings", count=service.findings)
    return words.say("yes" if service.ready == "yes" else "unknown")


def _point(words: Words, service: ServiceShape) -> str:
    if not service.items:
        return NONE
    return f"{ago(words, service.point_age_seconds)} / {promised(service.rpo_seconds)}"


def _proven(words: Words, shown: ServiceShape | ItemShape) -> str:
    """Say how old the newest point is that a drill restored."""
    return words.say("never") if shown.proven_age_seconds is None else ago(words, shown.proven_age_seconds)


def _achieved(words: Words, last: RecoveryShape | None) -> str:
    return words.say("never") if last is None else achieved(words, last.achieved_recovery_time_seconds)


def _drill(words: Words, drill: RecoveryShape | None, now: datetime) -> str:
    if drill is None:
        return words.say("never")
    past = words.say("ago", length=ago(words, since(drill.ended_at, now)))
    word = f"drill-{drill.verdict}" if drill.verdict else f"state-{drill.state}"
    return past if word in {"drill-passed", "state-succeeded"} else f"{past} ({words.say(word)})"


def service_sheets(words: Words, service: ServiceShape, now: datetime) -> list[Sheet]:
    """Show one service."""
    facts = (
        ("service", f"{service.id} ({words.of(service.name)})"),
        ("tenant", service.tenant),
        ("tier", str(service.tier)),
        ("owner", service.owner or NONE),
        ("runbook", service.runbook or NONE),
        ("depends-on", ", ".join(service.depends_on) or NONE),
        ("point-age-rpo", _point(words, service)),
        ("rpo-verdict", words.say(f"verdict-{service.recovery_point}")),
        ("proven-age", _proven(words, service) if service.items else NONE),
        ("achieved-rto", f"{_achieved(words, service.last)} / {promised(service.rto_seconds)}"),
        ("last-recovery", _last(words, service.last)),
        ("last-drill", _drill(words, service.last_drill, now)),
        ("ready", _ready(words, service)),
        ("checks", ", ".join(service.checks) or NONE),
    )
    sheets = [Sheet((), tuple((words.say(f"heading-{name}"), value) for name, value in facts))]
    return [*sheets, items_sheet(words, service.items)] if service.items else sheets


def _last(words: Words, last: RecoveryShape | None) -> str:
    if last is None:
        return words.say("never")
    lost = achieved(words, last.achieved_recovery_point_seconds)
    state = words.say(f"state-{last.state}")
    return words.say("last-recovery", run=last.run, mode=last.mode.value, state=state, at=at(last.ended_at), lost=lost)


def items_sheet(words: Words, items: Sequence[ItemShape]) -> Sheet:
    """List items."""
    headings = ("item", "service", "kind", "protection", "newest-point", "age", "proven-age", "points")
    rows = tuple(
        (
            each.id,
            each.service,
            each.kind,
            ", ".join(f"{name} {words.say(f'protection-{state}')}" for name, state in each.states.items()) or NONE,
            at(each.newest_point_at, words.say("unknown")),
            ago(words, each.point_age_seconds),
            _proven(words, each),
            words.say("unknown") if each.stale and not each.points_total else str(each.points_total),
        )
        for each in items
    )
    return Sheet(tuple(words.say(f"heading-{name}") for name in headings), rows)


_CLEAN = {"clean": "yes", "infected": "no"}


def points_sheets(words: Words, shown: ItemPointsShape, now: datetime) -> list[Sheet]:
    """Show an item with its points."""
    headings = ("time", "age", "mechanism", "consistency", "region", "usable", "clean", "point")
    rows = tuple(
        (
            at(each.time),
            ago(words, since(each.time, now)),
            each.mechanism,
            each.consistency or words.say("unknown"),
            each.region or words.say("unknown"),
            words.say("yes" if each.usable else "no"),
            words.say(_CLEAN.get(each.cleanliness, "unknown")),
            each.id.rsplit("/", 1)[-1],
        )
        for each in shown.points
    )
    notes = () if rows else (words.say("no-points"),)
    return [
        items_sheet(words, [shown.item]),
        Sheet(tuple(words.say(f"heading-{name}") for name in headings), rows, notes=notes),
    ]
