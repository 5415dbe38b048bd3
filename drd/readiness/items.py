"""Whether a service's items are protected, and have a recovery point that is young enough."""

from collections.abc import Iterator

from drd.domain.durations import format_duration
from drd.domain.estate import Mechanism, ProtectedItem, Protection
from drd.domain.findings import Finding, Severity
from drd.readiness.matter import Known, Matter

_OFF = {
    Mechanism.SITE_RECOVERY: "replication-off",
    Mechanism.BACKUP: "backup-off",
    Mechanism.SNAPSHOT: "snapshots-missing",
}


def look_at_items(matter: Matter, known: Known) -> Iterator[Finding]:
    """Look at every item of the service, as the last collections saw it."""
    for item in matter.service.items if matter.service else ():
        if not item.protection:
            yield matter.found("item-unprotected", item.id, "the catalogue names no protection for it")
            continue
        for protection in item.protection:
            yield from _protection(matter, known, item, protection)
        yield from _point(matter, known, item)


def _protection(matter: Matter, known: Known, item: ProtectedItem, protection: Protection) -> Iterator[Finding]:
    facts = known.facts(matter.tenant.id, item.id, protection.mechanism)
    subject, where = f"{item.id}/{protection.mechanism.value}", protection.vault.name
    if facts is None:
        yield matter.found("protection-unknown", subject, f"nothing was seen of it in {where} lately")
    elif facts.state == "unprotected":
        yield matter.found(_OFF[protection.mechanism], subject, f"{where}: {facts.note or 'nothing of it is there'}")
    elif facts.state == "unknown":
        yield matter.found("protection-unknown", subject, f"{where} does not say how it is protected")
    elif facts.state != "ok":
        severity = Severity.WARNING if facts.state == "warning" else Severity.CRITICAL
        said = f"{where} calls it {facts.state}" + (f": {facts.note}" if facts.note else "")
        yield matter.found("protection-unhealthy", subject, said, severity=severity)


def _point(matter: Matter, known: Known, item: ProtectedItem) -> Iterator[Finding]:
    seen = [known.facts(matter.tenant.id, item.id, each.mechanism) for each in item.protection]
    points = [point.time for facts in seen if facts for point in facts.points if point.usable]
    rpo = matter.service.objectives.rpo if matter.service else None
    if not points:
        if None in seen:
            yield matter.found("recovery-points-unknown", item.id, "its recovery points were not seen lately")
        else:
            yield matter.found("no-usable-point", item.id, "no protection of it has a usable recovery point")
    elif rpo is not None and known.now - max(points) > rpo:
        age = format_duration(known.now - max(points))
        said = f"its newest usable recovery point is {age} old, and the objective is {format_duration(rpo)}"
        yield matter.found("recovery-point-too-old", item.id, said)
