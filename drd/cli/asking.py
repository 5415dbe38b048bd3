"""What a person wants started, as they typed it."""

import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from drd.api.wire.runbooks import PlanBody, PlanShape
from drd.api.wire.runs import KillBody, RunShape, StartBody
from drd.cli.client import NO_DAEMON, Daemon
from drd.cli.common import Common
from drd.cli.cost_view import cost_line
from drd.cli.faults import CommandError, usage_error
from drd.cli.following import PATIENCE_SECONDS, Pace
from drd.cli.output import lines_of, tell
from drd.cli.plan_view import exposures, summary_sheets
from drd.cli.starting import agreed, confirmed_name, given_reason
from drd.cli.words import Words
from drd.domain.durations import parse_duration, parse_instant
from drd.domain.plan import Mode


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """A start, as typed. The key names this one wish, however often it has to be sent."""

    runbook: str
    mode: Mode
    graceful: bool
    incident_at: str
    inputs: dict[str, Any]
    confirm: str
    reason: str
    is_agreed: bool
    only: tuple[str, ...] = ()
    skip: tuple[str, ...] = ()
    recovery_point: str = ""
    key: str = ""
    kill: KillBody | None = None


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


def kill_of(*, wanted: bool, seed: str, among_others: bool) -> KillBody | None:
    """Read `--kill-conductor` and what belongs to it. Raises CommandError where that is given alone."""
    if not wanted and (seed or among_others):
        raise usage_error("--kill-seed and --among-others belong to --kill-conductor", "add --kill-conductor")
    return KillBody(seed=seed, among_others=among_others) if wanted else None


def seconds_of(text: str | None) -> float | None:
    """Read `--timeout`."""
    return None if text is None else parse_duration(text).total_seconds()


def start_run(common: Common, words: Words, daemon: Daemon, wish: Wish) -> RunShape:
    """Show what the start means, let a person confirm it, and start exactly the plan that was shown.

    Raises:
        CommandError: not confirmed, or the daemon refuses.
    """
    plan = daemon.plan(
        PlanBody(
            runbook=wish.runbook,
            tenant=common.tenant,
            mode=wish.mode,
            inputs=wish.inputs,
            graceful=wish.graceful,
            only=wish.only,
            skip=wish.skip,
            recovery_point=wish.recovery_point,
        )
    )
    confirm, reason = wish.confirm, wish.reason
    if wish.mode is Mode.DRILL:
        if plan.cost is not None:
            tell(common, words.say("cost-told", said=cost_line(words, plan)))
        if wish.kill is not None:
            tell(common, words.say("kills-conductor"))
        agreed(common, words, is_given=wish.is_agreed)
        if wish.only or wish.skip:
            reason = given_reason(common, words, reason)
    else:
        _tell_summary(common, words, daemon, plan, wish.incident_at)
        confirm = confirmed_name(common, words, plan.to_confirm, confirm)
        reason = given_reason(common, words, reason)
    return sent(
        daemon,
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
            only=wish.only,
            skip=wish.skip,
            recovery_point=wish.recovery_point,
            key=wish.key,
            kill=wish.kill,
        ),
        Pace(),
    )


def new_key() -> str:
    """Make a key that no other wish has."""
    return secrets.token_hex(16)


def sent(daemon: Daemon, body: StartBody, pace: Pace) -> RunShape:
    """Send a start until there is an answer; its key makes one run of however many of them arrive.

    Raises:
        CommandError: the daemon refuses, or does not answer for a while; then it says how to find out.
    """
    began = pace.elapsed()
    while True:
        try:
            return daemon.start(body)
        except CommandError as error:
            if error.problem.code != NO_DAEMON or not body.key:
                raise
            if pace.elapsed() - began >= PATIENCE_SECONDS:
                title = "the daemon does not answer: nobody can tell whether the run was started"
                hint = f"give the same command again with --key {body.key}: it starts nothing twice"
                told = error.problem.model_copy(update={"title": title, "hint": hint})
                raise CommandError(told, error.exit_code) from error
        pace.wait(pace.every_seconds)


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
