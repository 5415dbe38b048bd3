"""A finished run as a record of evidence: a fold over its journal, beside what catalogue, ledger and inventory say.

What a journal does not tell is `unknown`. docs/evidence.md tells each member's meaning.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from drd.domain import evidence_of_steps as of_steps
from drd.domain.canonical import Json
from drd.domain.climbing import PREFIX
from drd.domain.cost import PriceTable
from drd.domain.drill_verdict import Judgement, Listing
from drd.domain.durations import format_instant
from drd.domain.estate import Mechanism, NamedCheck, ProtectedItem, Service
from drd.domain.events import FILES, Event, Kind
from drd.domain.evidence import NOT_APPLICABLE, UNKNOWN, Contents
from drd.domain.evidence_findings import findings_told
from drd.domain.evidence_of_conductor import SeenJob, conductor
from drd.domain.evidence_of_cost import cost
from drd.domain.evidence_of_isolation import probe_told
from drd.domain.evidence_of_ledger import clean_up, data_protection, left, service_told
from drd.domain.evidence_of_verdict import is_clean, listings_told, verdict_told
from drd.domain.figures import RecoveryFigures, Verdict, recovery_figures
from drd.domain.ids import ItemId
from drd.domain.lifecycle import RunState, StepState
from drd.domain.plan import Mode, Phase, RecoveryPlan, Step
from drd.domain.points import ITEMS, POINT, POINT_TIME, POINT_TIMES
from drd.domain.progress import Progress, fold, is_undo
from drd.domain.steady import hypothesis_told
from drd.domain.step_progress import StepProgress

RECOVERY_TIME = (
    "from the incident, or from the declaration where no time of the incident was given, to the instant at which the"
    " last check after the recovery was green"
)
RECOVERY_POINT = (
    "age at the instant of the incident of the oldest recovery point that was used; unknown unless one is known for"
    " every protected item of the plan"
)
_ISOLATION = "check.isolation"
_REFUSALS = frozenset({"outside-drill", "outside-plan", "mode-refused", "network-not-isolated"})
"""Codes of failures by which a guardrail stopped a step."""

_CONTROLS: Mapping[bool, tuple[str, ...]] = {
    True: ("CyFun PR.DS-11.4", "CyFun ID.IM-02.1", "CyFun GV.OC-04.4", "NIS2 IR 4.1.4", "NIS2 IR 4.2.6"),
    False: ("CyFun RC.RP-01.1", "CyFun RC.RP-05.1", "CyFun GV.OC-04.4", "NIS2 IR 4.1.2"),
}
"""What a record of a drill, and of any other run, is evidence for."""

_MECHANISMS = {"asr": Mechanism.SITE_RECOVERY, "backup": Mechanism.BACKUP, "snapshot": Mechanism.SNAPSHOT}


@dataclass(frozen=True, slots=True, kw_only=True)
class RunFacts:
    """What a record is made of.

    Attributes:
        ledger: entries of the run, as they stand in its archive.
        service: as the catalogue has it when the record is written; None for a parent, or when it is gone.
        vaults: by id in one casing, what was last seen of them: region, redundancy, immutability, encryption-key,
            seen-at.
        children: how the runs that it started stand, by id.
        jobs: those that Azure lists; None where it was not asked, or did not tell.
        prices: by which a drill's cost is estimated; None where there is no table.
        judgement: the verdict on a drill. listings: how its end was looked at.
        version: of the drd that writes the record.
        role_file: SHA-256 of the role files that this drd ships.
        clock_offset: how far the host's clock is off, when the record is written.
    """

    plan: RecoveryPlan
    events: Sequence[Event]
    ledger: Sequence[Mapping[str, Json]] = ()
    service: Service | None = None
    vaults: Mapping[str, Mapping[str, Json]] = field(default_factory=dict)
    children: Mapping[str, str] = field(default_factory=dict)
    judgement: Judgement | None = None
    listings: Sequence[Listing] = ()
    jobs: Sequence[SeenJob] | None = None
    prices: PriceTable | None = None
    version: str = UNKNOWN
    role_file: str = UNKNOWN
    clock_offset: Json = UNKNOWN


def evidence_of_run(facts: RunFacts) -> Contents:
    """Give the members of a run's record. Needs the whole journal of a run that is over."""
    plan, events = facts.plan, facts.events
    progress, figures = fold(plan, events), recovery_figures(plan, events)
    drill, first, last = plan.mode is Mode.DRILL, events[0], events[-1]
    return {
        "run": _run(facts, progress),
        "service": service_told(facts.plan.service, facts.service, facts.plan.tier),
        "plan": {
            "id": plan.runbook,
            **_file(plan, first),
            "hash": str(first.payload["plan"]),
            "inputs": dict(plan.inputs),
            "choices": dict(plan.choices),
        },
        "trigger": {
            "by": first.actor,
            "why": first.reason,
            "key": first.payload.get("trigger") or UNKNOWN,
            "parent": first.payload.get("parent"),
            "declared-at": format_instant(first.at),
            "incident-at": first.payload.get("incident-at") or UNKNOWN,
        },
        "outcome": {
            "state": str(last.payload["state"]),
            "because": str(last.payload.get("because", "")),
            **verdict_told(facts.judgement),
        },
        "approvals": of_steps.approvals(progress, events),
        "participants": of_steps.participants(events),
        "environment": {
            "mode": plan.mode.value,
            "home-region": plan.home_region,
            "recovery-region": plan.recovery_region,
            "moved-production": not drill,
        },
        "isolation": _isolation(progress, events) if drill else NOT_APPLICABLE,
        "hypothesis": hypothesis_told(plan, events) if drill else NOT_APPLICABLE,
        "points": _points(facts, progress, figures),
        "steps": of_steps.steps(progress, events),
        "children": of_steps.children(progress, facts.children),
        "integrity": _integrity(progress),
        "recovery-time": _recovery_time(figures),
        "recovery-point": _recovery_point(figures),
        "deviations": of_steps.deviations(events),
        "findings": _findings(facts, progress, figures),
        "not-tested": _not_tested(facts, progress),
        "clean-up": {
            **clean_up(facts.ledger, proven=is_clean(left(facts.ledger), facts.listings, drill=drill)),
            "listings": listings_told(facts.listings, drill=drill),
        },
        "data-protection": data_protection(facts.ledger, drill=drill),
        "end-of-recovery": {
            "criteria": [step.id for step in plan.steps if step.phase is Phase.AFTER],
            "met-at": format_instant(figures.green_at) if figures.green_at else None,
            "declared-by": UNKNOWN,
        },
        "tool": {"version": facts.version, "daemons": _daemons(events)},
        "role-file": facts.role_file,
        "clock-offset": facts.clock_offset,
        "controls": list(_CONTROLS[drill]),
        "conductor": conductor(plan, events, facts.jobs),
        "cost": cost(plan, facts.ledger, facts.prices),
    }


def _file(plan: RecoveryPlan, first: Event) -> dict[str, Json]:
    """Tell the file that the plan was made of; a verification of a backup has none."""
    if plan.runbook.startswith(PREFIX) and "prove" in plan.choices:
        return {"version": NOT_APPLICABLE, "file": NOT_APPLICABLE}
    files = first.payload.get(FILES)
    found = files.get(plan.runbook) if isinstance(files, Mapping) else None
    told = found if isinstance(found, Mapping) else {}
    return {"version": told.get("version") or UNKNOWN, "file": told.get("digest") or UNKNOWN}


def _run(facts: RunFacts, progress: Progress) -> Json:
    first, last = facts.events[0], facts.events[-1]
    return {
        "id": first.run,
        "accepted-at": format_instant(first.at),
        "ended-at": format_instant(last.at),
        "graceful": progress.graceful,
        "events": last.sequence,
        "last-event-hash": last.hash,
    }


def _daemons(events: Sequence[Event]) -> list[Json]:
    claims = [str(event.payload.get("daemon", UNKNOWN)) for event in events if event.kind is Kind.RUN_CLAIMED]
    return list(dict.fromkeys(claims))


def _isolation(progress: Progress, events: Sequence[Event]) -> Json:
    """Give what was read of the drill's networks, and where a guardrail stopped a step."""
    asked = [each for each in of_steps.checks(progress) if each.step.call.uses == _ISOLATION]
    read = [each for each in asked if each.state in {StepState.DONE, StepState.FAILED}]
    refused: list[Json] = [
        {"step": event.step, "at": format_instant(event.at), "code": code, "target": target}
        for event in events
        for code, target in _refusal(event)
    ]
    proven = all(each.outputs.get("green") is True and not each.by_hand for each in read)
    return {
        "proven": proven if read else UNKNOWN,
        "readings": [_reading(each) for each in asked],
        "refusals": refused,
        "probe-before-boot": probe_told(progress),
    }


def _refusal(event: Event) -> Iterator[tuple[str, str]]:
    failure = event.payload.get("failure")
    if isinstance(failure, Mapping) and failure.get("code") in _REFUSALS:
        yield str(failure["code"]), str(failure.get("target", ""))


def _reading(each: StepProgress) -> Json:
    found, values = each.outputs.get("evidence"), (each.intent or {}).get("values")
    evidence = found if isinstance(found, Mapping) else {}
    wanted = values if isinstance(values, Mapping) else each.step.call.values
    return {
        "step": each.step.id,
        "at": format_instant(each.ended_at) if each.ended_at else None,
        "network": evidence.get("network") or wanted.get("network") or UNKNOWN,
        "openings": evidence.get("openings", UNKNOWN),
        "outcome": each.state.value,
    }


def _used(progress: Progress) -> Iterator[tuple[ItemId, StepProgress, str, str]]:
    """Give items with the step that brought each up, the point's id and its time."""
    for each in progress.steps.values():
        outputs = each.outputs
        names, times = outputs.get(ITEMS), outputs.get(POINT_TIMES)
        if isinstance(names, list | tuple) and isinstance(times, list | tuple):
            yield from ((ItemId(str(name)), each, UNKNOWN, str(time)) for name, time in zip(names, times, strict=True))
        elif each.step.item is not None and isinstance(outputs.get(POINT_TIME), str):
            yield each.step.item, each, str(outputs.get(POINT) or UNKNOWN), str(outputs[POINT_TIME])


def _points(facts: RunFacts, progress: Progress, figures: RecoveryFigures) -> Json:
    ages = {point.item: point.achieved for point in figures.points}
    items = {item.id: item for item in facts.plan.items}
    return [
        {
            "item": item,
            "step": each.step.id,
            "point": point,
            "point-time": time,
            "age-ms": round(ages[item].total_seconds() * 1000) if item in ages else UNKNOWN,
            "consistency": each.outputs.get("consistency") or UNKNOWN,
            **_vault(facts, items.get(item), _MECHANISMS.get(each.step.call.uses.partition(".")[0])),
        }
        for item, each, point, time in _used(progress)
    ]


def _vault(facts: RunFacts, item: ProtectedItem | None, mechanism: Mechanism | None) -> dict[str, Json]:
    protection = item.protected_by(mechanism) if item is not None and mechanism is not None else None
    seen = facts.vaults.get(protection.vault.key, {}) if protection else {}
    return {
        "mechanism": mechanism.value if mechanism else UNKNOWN,
        "vault": str(protection.vault) if protection else UNKNOWN,
        "region": seen.get("region") or UNKNOWN,
        "redundancy": seen.get("redundancy") or UNKNOWN,
        "immutability": seen.get("immutability") or UNKNOWN,
        "encryption-key": seen.get("encryption-key") or UNKNOWN,
        "encryption-key-reachable": UNKNOWN,
        "vault-seen-at": seen.get("seen-at") or UNKNOWN,
    }


def _integrity(progress: Progress) -> Json:
    probes = [of_steps.answer(each) for each in of_steps.checks(progress) if each.step.phase is not Phase.BEFORE]
    return {
        "probes": probes,
        "checksums": UNKNOWN,
        "row-counts": UNKNOWN,
        "malware-scan": UNKNOWN,
        "accepted-by": UNKNOWN,
    }


def _recovery_time(figures: RecoveryFigures) -> Json:
    told = figures.to_json()
    return {
        "target-ms": told["recovery-time-objective-ms"],
        "measured-ms": told["achieved-recovery-time-ms"],
        "verdict": told["recovery-time"],
        "from": told["incident-at"],
        "to": told["green-at"],
        "definition": RECOVERY_TIME,
    }


def _recovery_point(figures: RecoveryFigures) -> Json:
    told = figures.to_json()
    return {
        "target-ms": told["recovery-point-objective-ms"],
        "measured-ms": told["achieved-recovery-point-ms"],
        "verdict": told["recovery-point"],
        "by-item": told["points"],
        "definition": RECOVERY_POINT,
    }


def _findings(facts: RunFacts, progress: Progress, figures: RecoveryFigures) -> Json:
    found: list[tuple[str, str, str, str]] = []
    verdicts = {"recovery-time": figures.recovery_time_verdict, "recovery-point": figures.recovery_point_verdict}
    for name, verdict in verdicts.items():
        if verdict in {Verdict.MISSED, Verdict.UNKNOWN}:
            found.append((f"{name}-{verdict.value}", "warning", facts.plan.service or "", f"{name} is {verdict.value}"))
    for each in progress.steps.values():
        if each.state is StepState.FAILED:
            told = str((each.failure or {}).get("message", ""))
            found.append(("step-failed", "critical" if each.step.critical else "warning", each.step.id, told))
    if facts.plan.mode is Mode.DRILL:
        found += [
            ("left-over", "critical", str(entry["id"]), "it is neither kept nor gone") for entry in left(facts.ledger)
        ]
    owner = facts.service.owner if facts.service else ""
    return findings_told(found, owner=owner, ended_at=facts.events[-1].at)


def _not_tested(facts: RunFacts, progress: Progress) -> Json:
    """Name what this run says nothing about, so that nobody reads more into it."""
    own = [each for each in progress.steps.values() if not is_undo(each.step.id)]
    asked = [each.step for each in own if each.state is StepState.DONE and not each.by_hand]
    service_checks = facts.service.checks if facts.service else ()
    used = {item for item, *_ in _used(progress)}
    return {
        "steps": [
            {"step": each.step.id, "outcome": each.state.value, "because": each.because or _why(each)}
            for each in own
            if each.state is not StepState.DONE
        ],
        "checks": [check.id for check in service_checks if not any(_asks(step, check) for step in asked)],
        "items": [item.id for item in facts.plan.items if item.id not in used],
        "by-hand": [each.step.id for each in own if each.by_hand],
        "services": [
            str(each.step.child.service or each.step.child.runbook)
            for each in own
            if each.step.child is not None and facts.children.get(each.child) != RunState.SUCCEEDED.value
        ],
    }


def _asks(step: Step, check: NamedCheck) -> bool:
    same = (step.call.uses, dict(step.call.values)) == (check.call.uses, dict(check.call.values))
    return same or step.id == check.id


def _why(each: StepProgress) -> str:
    if each.failure:
        return str(each.failure.get("message", ""))
    return "it never began" if each.state in {StepState.PENDING, StepState.TAKEN} else ""
