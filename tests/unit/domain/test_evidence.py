"""A run as a record of evidence: everything from its journal, and what nobody knows is unknown."""

import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from drd.domain.call import Call
from drd.domain.canonical import canonical_json
from drd.domain.drill_verdict import APART, Listing
from drd.domain.durations import format_instant
from drd.domain.estate import Classification, NamedCheck, Objectives, Service
from drd.domain.events import FILES, Event, Kind
from drd.domain.evidence import FIELDS, NOT_APPLICABLE, UNKNOWN, EvidenceKind, EvidenceRecord, record_text
from drd.domain.evidence_of_run import RunFacts, evidence_of_run
from drd.domain.ids import RunId, ServiceId, StepId, TenantId
from drd.domain.language import Text
from drd.domain.plan import ApprovalTerms, Mode, Phase, RecoveryPlan, Step
from tests.fakes.engine_house import check, machine, plan, step
from tests.fakes.virtual_clock import EPOCH
from tests.golden import keeping

ONE, TWO = machine("vm-1"), machine("vm-2")
TERMS = ApprovalTerms(ask=Text(nl="Mag het?"), by=("crisisteam",))
NETWORK = "/subscriptions/s/resourceGroups/g/providers/Microsoft.Network/virtualNetworks/vnet-drill"
GROUP = "/subscriptions/s/resourceGroups/rg-drill-r-1"
Told = tuple[Kind, str | None, dict[str, Any]]


def drill(*more: Step) -> RecoveryPlan:
    """Make a drill of two machines."""
    isolation = step("isolation", "check.isolation", {"network": NETWORK}, phase=Phase.BEFORE)
    restore = step("restore", "asr.test-failover", item=ONE.id)
    return plan(isolation, restore, check("web"), *more, mode=Mode.DRILL, items=(ONE, TWO), tier=1)


def done(name: str, **outputs: Any) -> Told:
    """Let a step succeed."""
    return Kind.STEP_DONE, name, {"outputs": outputs}


def facts(of: RecoveryPlan, *told: Told, state: str = "succeeded", **others: Any) -> RunFacts:
    """Make a run of a plan, a minute from one event to the next; `an` does what people do."""
    accepted: dict[str, Any] = {
        "plan": of.hash(),
        "incident-at": format_instant(EPOCH),
        "trigger": "k-1",
        "parent": None,
    }
    all_told: list[Told] = [
        (Kind.RUN_ACCEPTED, None, accepted),
        (Kind.RUN_CLAIMED, None, {"daemon": "d-1"}),
        *told,
        (Kind.RUN_FINISHED, None, {"state": state, "because": "every step is done", "figures": {}}),
    ]
    people = {Kind.APPROVAL_GIVEN, Kind.STEP_SKIPPED, Kind.RUN_NOTE, Kind.RUN_GRACE, Kind.RUN_ACCEPTED, Kind.STEP_RETRY}
    events = [
        Event(
            run=RunId("r-1"), sequence=number, kind=kind, step=StepId(name) if name else None, payload=payload,
            at=EPOCH + timedelta(minutes=number), attempt=1,
            actor="an" if kind in people or payload.get("by-hand") else "drd",
            reason="seen" if kind in people else "",
        )
        for number, (kind, name, payload) in enumerate(all_told, start=1)
    ]  # fmt: skip
    return RunFacts(plan=of, events=events, **others)


def told(given: RunFacts) -> dict[str, Any]:
    """Give the record as it is read back."""
    text = record_text(EvidenceKind.DRILL, TenantId("t"), evidence_of_run(given), key="run/r-1", at=EPOCH)
    body: dict[str, Any] = json.loads(text)
    return body


ISOLATED = done("isolation", green=True, evidence={"network": NETWORK, "openings": []})
RESTORED = done(
    "restore", **{"recovery-point": "p-7", "recovery-point-time": format_instant(EPOCH - timedelta(hours=1))}
)


def test_a_drill_tells_isolation_points_and_figures() -> None:
    """With what was promised, what was measured, and from when to when."""
    body = told(facts(drill(), ISOLATED, RESTORED, done("web", green=True, sentence="it answers")))

    assert body["isolation"]["proven"] is True
    assert body["isolation"]["readings"][0] | {"at": ""} == {
        "step": "isolation", "at": "", "network": NETWORK, "openings": [], "outcome": "done",
    }  # fmt: skip
    (point,) = body["points"]
    assert (point["item"], point["point"], point["age-ms"], point["mechanism"]) == (
        "vm-1",
        "p-7",
        3600000,
        "site-recovery",
    )
    assert point["vault"].endswith("/vaults/rsv")
    assert point["redundancy"] == point["encryption-key-reachable"] == UNKNOWN
    assert (body["recovery-time"]["target-ms"], body["recovery-time"]["measured-ms"]) == (7200000, 300000)
    assert body["recovery-time"]["definition"].startswith("from the incident")
    assert body["recovery-point"]["verdict"] == UNKNOWN
    assert body["integrity"]["probes"][0]["said"] == "it answers"
    assert (body["outcome"]["state"], body["tool"]["daemons"]) == ("succeeded", ["d-1"])


@pytest.mark.parametrize(
    ("files", "version", "file"),
    [
        ({"burgerzaken": {"digest": "d", "version": "7.2"}, "databank": {"digest": "x", "version": "1"}}, "7.2", "d"),
        ({"burgerzaken": {"digest": "d", "version": None}}, "unknown", "d"),
        (None, "unknown", "unknown"),
    ],
)
def test_the_record_names_the_file_that_the_plan_was_made_of(files: Any, version: str, file: str) -> None:
    """As the run's first event has it; journals of older versions do not tell."""
    given = facts(drill())
    first = replace(given.events[0], payload={**given.events[0].payload, **({FILES: files} if files else {})})
    body = told(replace(given, events=(first, *given.events[1:])))

    assert (body["plan"]["version"], body["plan"]["file"]) == (version, file)


def test_what_was_not_tested_is_named() -> None:
    """Steps left out, items without a point, checks of the service that nobody asked, and what people did by hand."""
    asked, other = (
        NamedCheck(id=name, call=Call(uses="check.http", values={"url": name})) for name in ("web", "kassa")
    )
    service = Service(
        id=ServiceId("burgerzaken"), name=Text(nl="Burgerzaken"), tier=1, owner="team-bz", checks=(asked, other),
        objectives=Objectives(rpo=None, rto=timedelta(hours=1)),
        classification=Classification(confidentiality=3, integrity=4, availability=5),
    )  # fmt: skip
    body = told(
        facts(
            drill(step("mail"), step("print")), ISOLATED, RESTORED, done("web", green=True),
            (Kind.STEP_SKIPPED, "mail", {"because": "no time"}),
            (Kind.STEP_DONE, "print", {"outputs": {}, "by-hand": True}),
            service=service,
        )
    )  # fmt: skip

    assert body["not-tested"] == {
        "steps": [{"step": "mail", "outcome": "skipped", "because": "no time"}],
        "checks": ["kassa"], "items": ["vm-2"], "by-hand": ["print"], "services": [],
    }  # fmt: skip
    assert [(each["what"], each["step"], each["who"]) for each in body["deviations"]] == [
        ("skipped", "mail", "an"), ("resolved-by-hand", "print", "an"),
    ]  # fmt: skip
    assert (body["service"]["owner"], body["service"]["tier"]) == ("team-bz", 1)
    assert body["service"]["class"] == {"confidentiality": 3, "integrity": 4, "availability": 5}


def test_a_drill_without_a_reading_proves_no_isolation() -> None:
    """Nobody looked is not the same as nobody was there; and what a guardrail stopped is told."""
    refused = {"failure": {"code": "outside-drill", "message": "no", "target": "/x"}, "final": True}
    body = told(facts(drill(), (Kind.STEP_FAILED, "restore", refused), state="failed"))

    assert body["isolation"]["proven"] == UNKNOWN
    assert [(each["step"], each["code"], each["target"]) for each in body["isolation"]["refusals"]] == [
        ("restore", "outside-drill", "/x")
    ]
    assert ("step-failed", "restore") in {(each["code"], each["subject"]) for each in body["findings"]}


def test_the_clean_up_is_proven_by_the_ledger_and_two_listings() -> None:
    """What was made, what was read back as gone, what is left; nobody looked twice, and nothing is proven."""
    made: dict[str, Any] = {
        "id": GROUP, "kind": "resource-group", "step": "restore", "recorded-at": "2026-11-22T03:00:00.000Z",
        "keep": False, "expires-at": None, "item": "vm-1", "details": {}, "removed-at": "2026-11-22T04:00:00.000Z",
    }  # fmt: skip
    looks = [Listing(at=EPOCH), Listing(at=EPOCH + APART)]
    clean = told(facts(drill(), ledger=[made], listings=looks))
    once = told(facts(drill(), ledger=[made], listings=looks[:1]))
    dirty = told(facts(drill(), ledger=[made, made | {"id": f"{GROUP}-2", "removed-at": None}]))

    assert (clean["clean-up"]["proven"], once["clean-up"]["proven"]) == (True, False)
    assert [each["found"] for each in clean["clean-up"]["listings"]] == [[], []]
    assert clean["clean-up"]["deleted"] == [{"id": GROUP, "at": "2026-11-22T04:00:00.000Z"}]
    assert clean["data-protection"]["copies-deleted-at"] == "2026-11-22T04:00:00.000Z"
    assert (dirty["clean-up"]["proven"], dirty["clean-up"]["left"]) == (False, [f"{GROUP}-2"])
    assert dirty["data-protection"]["copies-deleted-at"] is None
    assert "left-over" in {each["code"] for each in dirty["findings"]}


def test_approvals_tell_who_when_and_why() -> None:
    """And an approval that a person skipped is an override."""
    of = plan(step("go", "approve", approval=TERMS), step("dns", "approve", approval=TERMS))
    asked: dict[str, Any] = {"plan": of.hash(), "by": ["crisisteam"], "minimum": 1, "expires-at": None}
    body = told(
        facts(
            of, (Kind.APPROVAL_ASKED, "go", asked), (Kind.APPROVAL_GIVEN, "go", {}),
            done("go", **{"approved-by": ["an"]}), (Kind.STEP_SKIPPED, "dns", {"because": "skipped by an"}),
        )
    )  # fmt: skip

    go, dns = body["approvals"]
    assert (go["answers"][0]["who"], go["answers"][0]["why"], go["answers"][0]["answer"]) == ("an", "seen", "approved")
    assert (go["override"], dns["override"]) == (False, True)
    assert go["plan"] == body["plan"]["hash"] == of.hash()
    assert body["participants"] == [{"who": "an", "did": {"approval.given": 1, "run.accepted": 1, "step.skipped": 1}}]
    assert body["isolation"] == body["clean-up"]["proven"] == NOT_APPLICABLE


def test_steps_tell_their_operations() -> None:
    """Azure's id of the operation, the request, and what the activity log knows it by."""
    operation = {
        "kind": "arm", "target": "/t", "started-at": "2026-11-22T03:00:00.000Z", "request-id": "q-1", "job": "",
        "status-url": "https://management.azure.com/s/operationsStatus/op-9?api-version=1", "location-url": "",
        "details": {"correlation-id": "c-3"},
    }  # fmt: skip
    first = facts(drill(), (Kind.STEP_INTENT, "restore", {}), (Kind.STEP_RECORDED, "restore", {"operation": operation}))
    (sent,) = next(each["operations"] for each in told(first)["steps"] if each["id"] == "restore")

    assert (sent["operation-id"], sent["client-request-id"], sent["correlation-id"]) == ("op-9", "q-1", "c-3")
    assert sent["job"] == UNKNOWN


@pytest.mark.parametrize(
    "path", [path for path in keeping.kept() if path.stem.startswith("88be34b")], ids=lambda path: path.stem
)
def test_every_kept_journal_becomes_a_record(path: Any) -> None:
    """Whatever happened in it, with all members, twice the same, and in its one form."""
    golden = keeping.read(path)
    for run, card in golden.cards.items():
        given = RunFacts(plan=golden.plans[card.plan_hash], events=golden.of(run), version="1")
        texts = {
            record_text(EvidenceKind.of(card.mode), card.tenant, evidence_of_run(given), key=f"run/{run}", at=EPOCH)
            for _ in range(2)
        }
        (text,) = texts
        body = json.loads(text)
        assert set(body) == set(FIELDS)
        assert canonical_json(body) == text
        assert body["outcome"]["state"] == card.state.value
        assert body["run"]["last-event-hash"] == golden.of(run)[-1].hash


def test_a_line_is_canonical_and_withholds_what_is_asked() -> None:
    """The chain's part says all that the next record needs."""
    text = record_text(EvidenceKind.REAL, TenantId("t"), {}, key="run/r-1", at=EPOCH)
    record = EvidenceRecord.sealed(text, installation="i-1", previous="0" * 64, sequence=1)
    line, without = json.loads(record.line()), json.loads(record.line(withheld=True))

    assert canonical_json(line) == record.line()
    assert line["record"] == record.body()
    assert without == line | {"record": None}
