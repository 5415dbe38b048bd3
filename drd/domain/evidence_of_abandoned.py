"""A run that a person gave up, as a record of evidence: its end, what is damaged, and what nobody watches any more.

Its journal is damaged, so nothing is told from it but what its end wrote down of it; the rest is unknown.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from drd.domain.abandonment import Abandonment
from drd.domain.canonical import Json
from drd.domain.durations import format_instant
from drd.domain.estate import Service
from drd.domain.evidence import NOT_APPLICABLE, UNKNOWN, Contents
from drd.domain.evidence_findings import findings_told
from drd.domain.evidence_of_ledger import Entries, clean_up, data_protection, left, service_told
from drd.domain.ids import RunId, ServiceId
from drd.domain.plan import Mode

ABANDONED = "abandoned"
"""The state that such a record tells."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AbandonedFacts:
    """What such a record is made of: the run's card, not its journal.

    Attributes:
        plan_hash: of the plan that was approved, as the card has it.
        ledger: entries of the run, as they stand in its archive.
        service: as the catalogue has it when the record is written; None for a parent, or when it is gone.
        children: how the runs that it started stand, by id.
        version: of the drd that writes the record.
        role_file: SHA-256 of the role files that this drd ships.
    """

    run: RunId
    runbook: str
    service_id: ServiceId | None
    mode: Mode
    plan_hash: str
    accepted_at: datetime
    parent: RunId | None
    word: Abandonment
    ledger: Entries = ()
    service: Service | None = None
    children: Mapping[str, str] = field(default_factory=dict)
    version: str = UNKNOWN
    role_file: str = UNKNOWN


def evidence_of_abandoned(facts: AbandonedFacts) -> Contents:
    """Give the members of the record of a run that was abandoned."""
    word, drill = facts.word, facts.mode is Mode.DRILL
    at = format_instant(word.at)
    proven: bool | str = NOT_APPLICABLE
    if drill:
        # What the ledger knows is gone; what else the run made nobody can tell.
        proven = False if left(facts.ledger) else UNKNOWN
    return {
        "run": {
            "id": facts.run,
            "accepted-at": format_instant(facts.accepted_at),
            "ended-at": at,
            "graceful": UNKNOWN,
            "events": UNKNOWN,
            "last-event-hash": UNKNOWN,
        },
        "service": service_told(facts.service_id, facts.service, facts.service.tier if facts.service else None),
        "plan": {
            "id": facts.runbook,
            "version": UNKNOWN,
            "hash": facts.plan_hash,
            "inputs": UNKNOWN,
            "choices": UNKNOWN,
        },
        "trigger": {
            "by": UNKNOWN,
            "why": UNKNOWN,
            "key": UNKNOWN,
            "parent": facts.parent,
            "declared-at": format_instant(facts.accepted_at),
            "incident-at": UNKNOWN,
        },
        "outcome": {
            "state": ABANDONED,
            "because": word.reason,
            "by": word.actor,
            "at": at,
            "damage": word.damage,
            "under-way": list(word.under_way),
        },
        "participants": [{"who": word.actor, "did": {"run.abandoned": 1}}],
        "environment": {
            "mode": facts.mode.value,
            "home-region": UNKNOWN,
            "recovery-region": UNKNOWN,
            "moved-production": False if drill else UNKNOWN,
        },
        "isolation": UNKNOWN if drill else NOT_APPLICABLE,
        "children": [{"step": UNKNOWN, "run": run, "outcome": state} for run, state in sorted(facts.children.items())],
        "deviations": [{"what": ABANDONED, "step": None, "at": at, "who": word.actor, "why": word.reason}],
        "findings": _findings(facts),
        "clean-up": clean_up(facts.ledger, proven=proven),
        "data-protection": data_protection(facts.ledger, drill=drill),
        "tool": {"version": facts.version, "daemons": UNKNOWN},
        "role-file": facts.role_file,
        "controls": [],
    }


def _findings(facts: AbandonedFacts) -> list[Json]:
    found: list[tuple[str, str, str]] = [("journal-damaged", facts.run, facts.word.damage)]
    found += [("under-way", facts.run, line) for line in facts.word.under_way]
    if facts.mode is Mode.DRILL:
        found += [("left-over", str(entry["id"]), "it is neither kept nor gone") for entry in left(facts.ledger)]
    owner = facts.service.owner if facts.service else ""
    critical = [(code, "critical", subject, message) for code, subject, message in found]
    return findings_told(critical, owner=owner, ended_at=facts.word.at)
