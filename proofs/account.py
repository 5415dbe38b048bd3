"""What the sandbox's own journal says: what reached Azure, what it set in motion, and when guests answered.

Nothing here asks drd: entries are those of `GET /_sandbox/journal`, over HTTP or in process.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from http import HTTPStatus
from typing import Any

Entry = Mapping[str, Any]

ONCE = frozenset(
    {
        "asr.failover",
        "asr.commit",
        "asr.switch-protection",
        "asr.plan-failover",
        "asr.plan-commit",
        "asr.plan-test-failover",
        "asr.plan-test-failover-cleanup",
        "asr.plan-switch-protection",
        "asr.job-resume",
        "asr.test-failover",
        "asr.test-cleanup",
        "backup.restore",
        "backup.cross-region-restore",
        "group.create",
        "group.delete",
        "nic.create",
        "vm.create",
        "vm.deallocate",
        "vm.extension",
        "disk.create",
        "deployment.write",
        "hostpool.write",
        "hostpool.token",
        "workspace.write",
        "dns.write",
        "security-rule.write",
        "snapshot.create",
        "snapshot.copy",
        "traffic.endpoint-write",
        "sessionhost.update",
        "usersession.delete",
        "usersession.message",
    }
)
"""Kinds of effect that one run has at most once on one target."""

_GUEST = "guest"
_LOST = "ServiceUnavailable"


def effects(entries: Iterable[Entry]) -> Counter[tuple[str, str]]:
    """Count what was set in motion, by kind and target."""
    return Counter((effect["kind"], _target(effect)) for entry in entries for effect in entry["effects"])


def _target(effect: Mapping[str, Any]) -> str:
    # A restore's item may be restored by two runs, into two groups: one run's target is both.
    return f"{effect.get('item') or effect.get('id') or ''} {effect.get('group', '')}".strip().casefold()


def repeated(entries: Iterable[Entry]) -> dict[tuple[str, str], int]:
    """Give what happened more than once (P1). Empty is good."""
    return {what: times for what, times in effects(entries).items() if times > 1}


def kinds(entries: Iterable[Entry]) -> Counter[str]:
    """Count what was set in motion, by kind."""
    return Counter(effect["kind"] for entry in entries for effect in entry["effects"])


def of_runs(entries: Iterable[Entry], *, rehearsed: bool = False) -> list[Entry]:
    """Leave out what only observes, by identity: drills share theirs with collection, failovers have their own."""
    identity = "drd-standing" if rehearsed else "drd-failover"
    return [entry for entry in entries if entry["identity"] == identity and entry["operation"] != "token"]


def asked_of_lost_region(entries: Iterable[Entry]) -> list[Entry]:
    """Give the requests that a lost region had to answer and did not (P7)."""
    return [entry for entry in entries if entry["code"] == _LOST and not entry["fault"]]


def last_answer(entries: Iterable[Entry], questions: Iterable[str], *, until: datetime) -> datetime | None:
    """Give when the last of these questions to guests (HOST:PORT or HOST:PORT/PATH) was first answered well.

    "First" counts from the last refusal on: what turned sick again was not green yet.
    """
    green: dict[str, datetime | None] = dict.fromkeys(questions)
    for entry in entries:
        at = instant(entry["at"])
        question = entry["path"].casefold()
        if entry["operation"] != _GUEST or question not in green or at > until:
            continue
        if entry["status"] >= HTTPStatus.BAD_REQUEST:
            green[question] = None
        elif green[question] is None:
            green[question] = at
    found = list(green.values())
    return None if None in found else max((at for at in found if at is not None), default=None)


def points_used(entries: Iterable[Entry]) -> dict[str, str]:
    """Give the recovery point that each machine was brought back from: name of the point by name of the machine."""
    found: dict[str, str] = {}
    for entry in entries:
        for effect in entry["effects"]:
            if effect["kind"] in {"asr.failover", "backup.cross-region-restore", "backup.restore"}:
                found[effect["source"].rsplit("/", 1)[1].casefold()] = effect["point"]
    return found


def instant(text: str) -> datetime:
    """Read an instant."""
    return datetime.fromisoformat(text)


def apart(one: datetime | None, other: datetime | None) -> timedelta:
    """Give how far two instants are apart. Two that are both missing are not."""
    if one is None or other is None:
        return timedelta(0) if one is other else timedelta.max
    return abs(one - other)
