"""What a person wants started, as they typed it."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from drd.api.wire.runbooks import PlanBody, PlanShape
from drd.api.wire.runs import RunShape, StartBody
from drd.cli.client import Daemon
from drd.cli.common import Common
from drd.cli.faults import usage_error
from drd.cli.output import lines_of, tell
from drd.cli.plan_view import exposures, summary_sheets
from drd.cli.starting import agreed, confirmed_name, given_reason
from drd.cli.words import Words
from drd.domain.durations import parse_duration, parse_instant
from drd.domain.plan import Mode


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """A start, as typed."""

    runbook: str
    mode: Mode
    graceful: bool
    incident_at: str
    inputs: dict[str, Any]
    confirm: str
    reason: str
    is_agreed: bool


def inputs_of(pairs: Iterable[str]) -> dict[str, Any]:
    """Read `--input k=v`, each once. The runbook says which types its inputs have."""
    found: dict[str, Any] = {}
    for pair in pairs:
        name, equals, value = pair.partition("=")
        if not name or not equals:
            raise usage_error(f"not an input: {pair!r}", "write --input NAME=VALUE")
        if name in found:
            raise usage_error(f"the input {name!r} is given twice", "give each input once")
        found[name] = value
    return found


def seconds_of(text: str | None) -> float | None:
    """Read `--timeout`."""
    return None if text is None else parse_duration(text).total_seconds()


def start_run(common: Common, words: Words, daemon: Daemon, wish: Wish) -> RunShape:
    """Show what the start means, let a person confirm it, and start exactly the plan that was shown.

    Raises:
        CommandError: not confirmed, or the daemon refuses.
    """
    plan = daemon.plan(
        PlanBody(runbook=wish.runbook, tenant=common.tenant, mode=wish.mode, inputs=wish.inputs, graceful=wish.graceful)
    )
    confirm, reason = wish.confirm, wish.reason
    if wish.mode is Mode.DRILL:
        agreed(common, words, is_given=wish.is_agreed)
    else:
        _tell_summary(common, words, daemon, plan, wish.incident_at)
        confirm = confirmed_name(common, words, plan.to_confirm, confirm)
        reason = given_reason(common, words, reason)
    return daemon.start(
        StartBody(
            runbook=wish.runbook,
            tenant=common.tenant,
            mode=wish.mode,
            graceful=wish.graceful,
            incident_at=wish.incident_at,
            inputs=wish.inputs,
            confirm=confirm,
            reason=reason,
            plan_hash=plan.hash,
        )
    )


def _tell_summary(common: Common, words: Words, daemon: Daemon, plan: PlanShape, incident: str) -> None:
    now = daemon.state().now
    lost = exposures(plan, daemon.items(None, plan.tenant))
    for sheet in summary_sheets(words, plan, lost, incident_instant(incident, now)):
        tell(common, "\n".join([*lines_of(sheet), ""]))


def incident_instant(text: str, now: datetime) -> datetime:
    """Read `--incident-at` as the daemon will: an instant, minus a length of time, or now.

    Raises:
        PermanentError: it is neither.
    """
    if not text:
        return now
    return now - parse_duration(text[1:]) if text.startswith("-") else parse_instant(text)
