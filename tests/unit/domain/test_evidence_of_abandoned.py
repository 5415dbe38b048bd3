"""A run that was abandoned, as a record: its end is told, and nothing is invented from its damaged journal."""

import json
from datetime import timedelta
from typing import Any

import pytest

from drd.domain.abandonment import Abandonment
from drd.domain.evidence import NOT_APPLICABLE, UNKNOWN, EvidenceKind, record_text
from drd.domain.evidence_of_abandoned import AbandonedFacts, evidence_of_abandoned
from drd.domain.ids import RunId, ServiceId, TenantId
from drd.domain.plan import Mode
from tests.fakes.virtual_clock import EPOCH

WORD = Abandonment(
    at=EPOCH + timedelta(hours=1), actor="an", reason="brand", damage="event 2 is missing", under_way=("a: was sent",)
)
MADE = {
    "id": "/subscriptions/s/resourceGroups/rg-drill", "kind": "resource-group", "step": "a", "keep": False,
    "recorded-at": "2026-11-22T03:00:00.000Z", "expires-at": None, "item": "vm-1", "details": {}, "removed-at": None,
}  # fmt: skip


def told(mode: Mode, *ledger: dict[str, Any]) -> dict[str, Any]:
    """Give the record as it is read back."""
    facts = AbandonedFacts(
        run=RunId("r-1"), runbook="burgerzaken", service_id=ServiceId("burgerzaken"), mode=mode, plan_hash="h",
        accepted_at=EPOCH, parent=RunId("r-0"), word=WORD, ledger=ledger, children={"r-2": "running"},
    )  # fmt: skip
    body = evidence_of_abandoned(facts)
    read: dict[str, Any] = json.loads(record_text(EvidenceKind.of(mode), TenantId("t"), body, key="run/r-1", at=EPOCH))
    return read


def test_its_end_is_told_and_its_steps_are_unknown() -> None:
    """Who, why, what is damaged, what nobody watches, and the runs that it started."""
    body = told(Mode.FAILOVER)

    assert body["outcome"] == {
        "state": "abandoned", "because": "brand", "by": "an", "at": "2026-11-22T04:00:00.000Z",
        "damage": "event 2 is missing", "under-way": ["a: was sent"],
    }  # fmt: skip
    assert (body["type"], body["trigger"]["parent"], body["plan"]["hash"]) == ("real", "r-0", "h")
    assert {body[name] for name in ("steps", "points", "recovery-time", "integrity", "cost")} == {UNKNOWN}
    assert body["children"] == [{"step": UNKNOWN, "run": "r-2", "outcome": "running"}]
    assert {(each["due"], each["status"], each["owner"]) for each in body["findings"]} == {
        ("2026-12-06", "open", UNKNOWN)
    }
    assert [(each["code"], each["message"]) for each in body["findings"]] == [
        ("journal-damaged", "event 2 is missing"), ("under-way", "a: was sent"),
    ]  # fmt: skip
    assert (body["clean-up"]["proven"], body["environment"]["moved-production"]) == (NOT_APPLICABLE, UNKNOWN)


@pytest.mark.parametrize(
    ("removed", "proven", "findings"), [("2026-11-22T05:00:00.000Z", UNKNOWN, 2), (None, False, 3)]
)
def test_a_drill_that_was_abandoned_never_proves_that_it_left_nothing(
    removed: str | None, proven: bool | str, findings: int
) -> None:  # fmt: skip
    """Also when everything in the ledger is gone: what else it made nobody can tell."""
    body = told(Mode.DRILL, MADE | {"removed-at": removed})

    assert (body["type"], body["clean-up"]["proven"], len(body["findings"])) == ("drill", proven, findings)
    assert (body["isolation"], body["environment"]["moved-production"]) == (UNKNOWN, False)
